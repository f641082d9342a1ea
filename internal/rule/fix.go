package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// newTTL is for records that are made anew: an hour lets a slip be mended soon.
const newTTL = 3600

// fix puts a hit's fix together. Where what should follow the words is not known, it says so; where
// a record stands under another's name, it says who has to publish it.
func (c *Case) fix(text string, h Hit) *Fix {
	if text, ok := strings.CutSuffix(text, ":"); ok && h.File == nil && len(h.Records)+len(h.Lines) == 0 {
		return &Fix{Text: text + ". " + c.wanting()}
	}
	if host := c.Host.A.Aliases; !h.Mail && len(host) > 0 && (h.File != nil || len(h.Lines) > 0) && organisation(host[len(host)-1]) != organisation(c.Domain) {
		text = c.Host.Name + " is an alias (CNAME) of " + host[len(host)-1] + ", so this is for whoever runs that. " + text
	}
	for _, r := range h.Records {
		if r.Type == "TXT" && r.Name != c.owner("_mta-sts") && r.Name != c.owner("_smtp._tls") {
			text = "The name is delegated by a CNAME, so this is for whoever runs " + strings.TrimSuffix(r.Name, ".") + ". " + text
			break
		}
	}
	return &Fix{Text: text, Records: h.Records, File: h.File, Lines: h.Lines}
}

// policyFix is what mends the policy: the file first, then a fresh id (RFC 8461 §8.1).
func (c *Case) policyFix(h Hit, p sts.Policy) Hit {
	if h.File = c.file(p); h.File != nil {
		h.Records = append(h.Records, c.newRecords()...)
	}
	return h
}

// repairFix mends the policy of all its faults. Thousands of hits may have this fix.
func (c *Case) repairFix(h Hit) Hit {
	fix := c.mendedAll.of(func() Hit { return c.policyFix(Hit{}, c.repaired()) })
	h.File, h.Records = fix.File, slices.Clone(fix.Records)
	return h
}

// at puts a TXT record where it belongs: at its own name, or, where a CNAME there leads to one
// that is meant as it, at the target. A CNAME that leads to nothing of the kind has to go, since
// nothing stands beside a CNAME.
func at(owner string, aliases []string, meant bool, text string) []Record {
	switch {
	case len(aliases) == 0:
		return []Record{txt(owner, text)}
	case meant:
		return []Record{txt(aliases[len(aliases)-1]+".", text)}
	}
	return []Record{removal(owner), txt(owner, text)}
}

// newRecords are the _mta-sts record with a fresh id, where it belongs: for a first policy, after
// every change of the policy (RFC 8461 §8.1), and in place of a broken record, so that all findings
// print one and the same. What the record has besides stays.
func (c *Case) newRecords() []Record {
	return c.anew.of(func() []Record {
		text := "v=STSv1; id=" + c.freshID() + c.recordExtensions()
		aliases := c.STS.Aliases
		if c.wild(c.STS) {
			aliases = nil // a record of its own stands over the wildcard
		}
		delegated := c.Given != nil && !c.gave(PartRecord) // what is there was not given, and is nobody's to take away
		return at(c.owner("_mta-sts"), aliases, delegated || len(c.records)+len(c.nearMisses()) > 0, text)
	})
}

// reportsRecords are the _smtp._tls record with this text, where it belongs.
func (c *Case) reportsRecords(text string) []Record {
	meant := slices.ContainsFunc(c.TLSRPT.Texts(), func(t string) bool {
		_, _, near := tlsrpt.NearMiss(t)
		return near
	})
	aliases := c.TLSRPT.Aliases
	if c.wild(c.TLSRPT) {
		aliases = nil
	}
	return at(c.owner("_smtp._tls"), aliases, len(c.reports) > 0 || meant, text)
}

// wild tells that a DNS wildcard answered: a random name got the same.
func (c *Case) wild(a fact.Answer) bool {
	return c.Wildcard != nil && (a.Found() || len(a.Aliases) > 0) &&
		slices.Equal(c.Wildcard.Aliases, a.Aliases) && slices.Equal(c.Wildcard.Texts(), a.Texts())
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

// removal is an alias that should go; its value is empty.
func removal(name string) Record { return Record{Name: name, Type: "CNAME"} }

// recordExtensions are the fields of a record, or of what was meant as one, that the RFC does not
// know, as far as they are well formed.
func (c *Case) recordExtensions() string {
	fields := c.record.Fields
	if len(c.records) == 0 && len(c.nearMisses()) > 0 {
		_, corrected, _ := sts.NearMiss(c.nearMisses()[0])
		meant, _ := sts.ParseRecord(corrected)
		fields = meant.Fields
	}
	var text strings.Builder
	for _, f := range fields {
		field := "; " + f.Name + "=" + f.Value
		_, problems := sts.ParseRecord("v=STSv1; id=1" + field)
		if len(problems) == 0 && !strings.EqualFold(f.Name, "id") && !strings.EqualFold(f.Name, "v") {
			text.WriteString(field)
		}
	}
	return text.String()
}

// newReports is the TLSRPT record to publish; the mailbox is one of the domain's own, if that is known.
func (c *Case) newReports() []Record {
	if c.Domain == "" {
		return nil
	}
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

func (c *Case) apexFound() bool { return slices.ContainsFunc(c.Apex, fact.Answer.Found) }

// invented says so where hostRecords could not know a name.
func (c *Case) invented() string {
	if c.apexFound() {
		return ""
	}
	return " (put its name for web-server." + c.Domain + " in the record)"
}
