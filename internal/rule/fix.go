package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/sts"
)

// newTTL is for records that are made anew: an hour lets a slip be mended soon.
const newTTL = 3600

// goodMaxAge is for policies without a usable one: two weeks (RFC 8461 §3.2, "weeks or greater").
const goodMaxAge = 1209600

// stsName is where the TXT record stands: _mta-sts.DOMAIN, or where a sound CNAME there leads.
func (c *Case) stsName() string { return ownerName("_mta-sts."+c.Domain, c.STS.Aliases, c.STS.Found()) }

func (c *Case) tlsrptName() string {
	return ownerName("_smtp._tls."+c.Domain, c.TLSRPT.Aliases, c.TLSRPT.Found())
}

func ownerName(name string, aliases []string, found bool) string {
	if found && len(aliases) > 0 {
		name = aliases[len(aliases)-1]
	}
	return name + "."
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

// newRecord is the _mta-sts record with a fresh id: for a first policy, and after every change
// of the policy (RFC 8461 §8.1).
func (c *Case) newRecord() Record { return txt(c.stsName(), "v=STSv1; id="+c.freshID()) }

// unaliased are the records of a fix that puts a TXT record straight at its own name, where a
// dangling CNAME stands in the way.
func unaliased(name string, r Record, dangling bool) []Record {
	if !dangling {
		return []Record{r}
	}
	r.Name = name
	return []Record{removal(name, "CNAME"), r}
}

// newReports is the TLSRPT record to publish; the mailbox is one of the domain's own.
func (c *Case) newReports() Record {
	return txt(c.tlsrptName(), "v=TLSRPTv1; rua=mailto:tlsrpt@"+c.Domain)
}

// hostRecords give the policy host an address: that of the domain's own web server, where it
// has one.
func (c *Case) hostRecords() []Record {
	target := "web-server." + c.Domain + "."
	for _, a := range c.Apex {
		if a.Found() {
			target = c.Domain + "."
		}
	}
	return []Record{{Name: c.Host.Name + ".", Type: "CNAME", TTL: newTTL, Value: target}}
}

// file is a policy as a file to serve; nil where the MX hosts are not known, since a policy
// without them would be worse than none.
func (c *Case) file(p sts.Policy) *File {
	if len(p.MX) == 0 && p.Mode != sts.None {
		return nil
	}
	return &File{Path: c.url(), Content: p.Render()}
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
	for _, host := range c.coverable() {
		if _, ok := p.Find(host); !ok {
			p.MX = append(p.MX, sts.Pattern{Text: host})
		}
	}
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
		if p.Valid() && !isAddress(strings.TrimPrefix(text, "*.")) && !known {
			list = append(list, p)
		}
	}
	return list
}

// policyFix is what mends the policy: the file first, then a fresh id (RFC 8461 §8.1).
func (c *Case) policyFix(h Hit, p sts.Policy) Hit {
	h.File = c.file(p)
	h.Records = append(h.Records, c.newRecord())
	return h
}
