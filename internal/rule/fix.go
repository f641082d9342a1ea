package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// newTTL is for records that are made anew: an hour lets a slip be mended soon.
const newTTL = 3600

// goodMaxAge is for policies without a usable one: two weeks (RFC 8461 §3.2, "weeks or greater").
const goodMaxAge = 1209600

// at puts a TXT record where it belongs: at its own name, or, where a CNAME there leads to one
// that is meant as it, at the target. A CNAME that leads to nothing of the kind has to go, since
// nothing stands beside a CNAME.
func at(name string, aliases []string, meant bool, text string) []Record {
	switch {
	case len(aliases) == 0:
		return []Record{txt(name+".", text)}
	case meant:
		return []Record{txt(aliases[len(aliases)-1]+".", text)}
	}
	return []Record{removal(name+".", "CNAME"), txt(name+".", text)}
}

// stsRecords are the _mta-sts record with this text, where it belongs.
func (c *Case) stsRecords(text string) []Record {
	aliases := c.STS.Aliases
	if c.Wildcard != nil && slices.Equal(c.Wildcard.Aliases, aliases) {
		aliases = nil // of a wildcard, which a record of its own stands over
	}
	return at("_mta-sts."+c.Domain, aliases, len(c.records)+len(c.nearMisses()) > 0, text)
}

// reportsRecords are the _smtp._tls record with this text, where it belongs.
func (c *Case) reportsRecords(text string) []Record {
	meant := slices.ContainsFunc(c.TLSRPT.Texts(), func(t string) bool {
		_, _, near := tlsrpt.NearMiss(t)
		return near
	})
	return at("_smtp._tls."+c.Domain, c.TLSRPT.Aliases, len(c.reports) > 0 || meant, text)
}

// txt is a TXT record in master-file form; what is over 255 bytes becomes several strings.
func txt(name, text string) Record {
	var parts []string
	for len(text) > 255 {
		parts, text = append(parts, masterQuote(text[:255])), text[255:]
	}
	parts = append(parts, masterQuote(text))
	return Record{Name: name, Type: "TXT", TTL: newTTL, Value: strings.Join(parts, " ")}
}

// masterQuote is RFC 1035 §5.1: quotes and backslashes are escaped, odd bytes are \DDD.
func masterQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '"' || ch == '\\':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch < 0x20 || ch > 0x7e:
			fmt.Fprintf(&b, "\\%03d", ch)
		default:
			b.WriteByte(ch)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// removal is a record that should go; its value is empty.
func removal(name, kind string) Record { return Record{Name: name, Type: kind} }

// newRecords are the _mta-sts record with a fresh id: for a first policy, and after every change
// of the policy (RFC 8461 §8.1).
func (c *Case) newRecords() []Record { return c.stsRecords("v=STSv1; id=" + c.freshID()) }

// newReports is the TLSRPT record to publish; the mailbox is one of the domain's own.
func (c *Case) newReports() []Record {
	return c.reportsRecords("v=TLSRPTv1; rua=mailto:tlsrpt@" + c.Domain)
}

// hostRecords give the policy host an address: that of the domain's own web server, where it
// has one.
func (c *Case) hostRecords() []Record {
	target := c.Domain + "."
	if !c.apexFound() {
		target = "web-server." + target
	}
	return []Record{{Name: c.Host.Name + ".", Type: "CNAME", TTL: newTTL, Value: target}}
}

// withExtensions keeps the fields of the policy that the RFC does not know, as far as they are
// well formed and not a known one misspelt: whoever put them there has a use for them.
func (c *Case) withExtensions(text string) string {
	for _, f := range c.policy.Unknown() {
		_, misspelt := sts.NearKey(f.Name)
		longer := text + f.Name + ": " + f.Value + "\n"
		if _, problems := sts.ParsePolicy([]byte(longer)); !misspelt && len(problems) == 0 {
			text = longer
		}
	}
	return text
}

func (c *Case) apexFound() bool { return slices.ContainsFunc(c.Apex, fact.Answer.Found) }

// invented says so where hostRecords could not know a name.
func (c *Case) invented() string {
	if c.apexFound() {
		return ""
	}
	return " In the record below, put that server's name for web-server." + c.Domain + "."
}

// file is a policy as a file to serve; nil where the MX hosts are not known, since a policy
// without them would be worse than none.
func (c *Case) file(p sts.Policy) *File {
	if len(p.MX) == 0 && p.Mode != sts.None {
		return nil
	}
	return &File{Path: c.url(), Content: c.withExtensions(p.Render())}
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
	if !c.seemsPolicy() {
		return c.firstPolicy()
	}
	p := sts.Policy{Version: "STSv1", Mode: c.policy.Mode, HasMaxAge: true}
	if p.Mode == "" {
		p.Mode = c.meantMode()
	}
	p.MaxAge = c.soundMaxAge(p.Mode)
	p.MX = c.soundPatterns()
	for _, slip := range c.slips() {
		p.MX = without(p.MX, slip)
	}
	p.MX = append(p.MX, patterns(c.uncovered())...)
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
	least, most := shortestMaxAge(mode), int64(sts.MaxMaxAge)
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
	for _, text := range texts {
		p := sts.Pattern{Text: text}
		known := slices.ContainsFunc(list, func(q sts.Pattern) bool { return strings.EqualFold(q.Text, text) })
		if p.Valid() && !addr.Literal(strings.TrimPrefix(text, "*.")) && !known {
			list = append(list, p)
		}
	}
	return list
}

// fix puts a hit's fix together. Where what should follow the words is not known, it says so; where
// a record stands under another's name, it says who has to publish it.
func (c *Case) fix(text string, h Hit) *Fix {
	if text, ok := strings.CutSuffix(text, ":"); ok && h.File == nil && len(h.Records)+len(h.Lines) == 0 {
		return &Fix{Text: text + ". What to publish depends on the MX hosts: look again when the DNS tells them."}
	}
	for _, r := range h.Records {
		if r.Type == "TXT" && r.Name != "_mta-sts."+c.Domain+"." && r.Name != "_smtp._tls."+c.Domain+"." {
			text = "The name is delegated by a CNAME, so this is for whoever runs " + strings.TrimSuffix(r.Name, ".") + ". " + text
			break
		}
	}
	return &Fix{Text: text, Records: h.Records, File: h.File, Lines: h.Lines}
}

// policyFix is what mends the policy: the file first, then a fresh id (RFC 8461 §8.1).
func (c *Case) policyFix(h Hit, p sts.Policy) Hit {
	if h.File = c.file(p); h.File != nil {
		h.Records = c.newRecords()
	}
	return h
}
