package rule

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/sts"
)

// goodMaxAge is for policies without a usable one: two weeks (RFC 8461 §3.2, "weeks or greater").
const goodMaxAge = 1209600

// longestMaxAge is the most that all senders keep to: 365 days. Stalwart takes the maximum itself for
// too much.
const longestMaxAge = 31536000

// extensions are the lines of the policy that the RFC does not know, as far as they are well formed
// and not a known one misspelt: whoever put them there has a use for them.
func (c *Case) extensions() string {
	const sound = "version: STSv1\nmode: none\nmax_age: 1\n"
	var text strings.Builder
	for _, f := range c.policy.Unknown() {
		line := f.Name + ": " + f.Value + "\n"
		_, misspelt := sts.NearKey(f.Name)
		if _, problems := sts.ParsePolicy([]byte(sound + line)); !misspelt && len(problems) == 0 {
			text.WriteString(line)
		}
	}
	return text.String()
}

// file is a policy as a file to serve; nil where the MX hosts are not known, since a policy
// without them would be worse than none.
func (c *Case) file(p sts.Policy) *File {
	if len(p.MX) == 0 && p.Mode != sts.None {
		return nil
	}
	return &File{Path: c.target(), Content: p.Render() + c.soundExtensions()}
}

// asItIs is the policy served or found, to the letter where nothing is to be changed in it.
func (c *Case) asItIs() *File {
	same := len(c.policyProblems) == 0 && len(c.repeated) == 0 && c.policy.Render() == c.repaired().Render()
	if f := cmp.Or(c.served, c.found); f != nil && same {
		return &File{Path: c.target(), Content: string(f.Body)}
	}
	return c.file(c.repaired())
}

// firstPolicy is the policy for a domain that has none that could be read: mode testing, with
// its real MX hosts.
func (c *Case) firstPolicy() sts.Policy {
	return sts.Policy{
		Version: "STSv1", Mode: sts.Testing, MX: patterns(c.coverable()), MaxAge: goodMaxAge, HasMaxAge: true,
	}
}

func patterns(names []string) []sts.Pattern {
	var list []sts.Pattern
	for _, n := range names {
		list = append(list, sts.Pattern{Text: n})
	}
	return list
}

// repaired is the policy with all its faults mended at once, so that every finding about it
// prints the same file and one edit does for all: spelling and form put right, every MX host
// covered, a max_age that senders take. The mode stays what it was meant to be.
func (c *Case) repaired() sts.Policy {
	p := c.mended.of(c.repairs)
	p.MX = slices.Clone(p.MX)
	return p
}

func (c *Case) repairs() sts.Policy {
	if !c.readable() {
		return c.firstPolicy()
	}
	p := sts.Policy{Version: "STSv1", Mode: c.policy.Mode, HasMaxAge: true}
	if p.Mode == "" {
		p.Mode = c.meantMode()
	}
	p.MaxAge = c.soundMaxAge(p.Mode)
	p.MX = without(slices.Clone(c.soundPatterns()), c.slips()...)
	p.MX = append(p.MX, patterns(c.toCover())...)
	return p
}

// meant is the value that a broken or misnamed field was meant to have, "" where nobody can tell.
func (c *Case) meant(field string) string {
	for _, p := range c.policyProblems {
		if p.Field == field && p.Near != "" {
			return strings.TrimPrefix(p.Near, field+": ")
		}
	}
	return ""
}

// meantMode is the mode that a broken mode line was meant as; testing where nobody can tell.
func (c *Case) meantMode() sts.Mode {
	if m := sts.Mode(strings.ToLower(c.meant("mode"))); m == sts.Enforce || m == sts.None {
		return m
	}
	return sts.Testing
}

// soundMaxAge keeps the policy's own where no rule has anything against it.
func (c *Case) soundMaxAge(mode sts.Mode) int64 {
	least, most := shortestMaxAge(mode), int64(longestMaxAge)
	if mode == sts.None {
		most = 86400
	}
	age := c.policy.MaxAge
	if !c.policy.HasMaxAge {
		age, _ = strconv.ParseInt(c.meant("max_age"), 10, 64)
	}
	if age < least || age == 0 {
		age = goodMaxAge
	}
	return min(age, most)
}

// soundPatterns are the policy's patterns, once each, the bad ones as they were meant.
func (c *Case) soundPatterns() []sts.Pattern {
	return c.meantMX.of(func() []sts.Pattern {
		var texts []string
		for _, p := range c.policy.MX {
			texts = append(texts, p.Text)
		}
		for _, p := range c.policyProblems {
			if p.Field == "mx" && p.Reason == "bad-pattern" {
				texts = append(texts, strings.Split(p.Near, "\n")...)
			}
		}
		for _, f := range c.policy.Unknown() {
			if near, ok := sts.NearKey(f.Name); ok && near == "mx" {
				texts = append(texts, f.Value)
			}
		}
		var list []sts.Pattern
		known := map[string]bool{}
		for _, text := range texts {
			p, small := sts.Pattern{Text: text}, strings.ToLower(text)
			if !known[small] && p.Valid() && !addr.Literal(strings.TrimPrefix(text, "*.")) {
				known[small] = true
				list = append(list, p)
			}
		}
		return list
	})
}
