package render

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mtasts/internal/rule"
)

// What stands in front of a finding's first line and of its others.
const (
	indent = "  "
	body   = indent + indent
)

// problem writes a finding that asks something of the reader: in full, unless it is known from before.
func (p *page) problem(f rule.Finding) {
	p.blank()
	if p.again(f) {
		return
	}
	p.head(f)
	p.message(f)
	if f.Change == rule.Known && !p.verbose {
		return
	}
	if p.verbose {
		p.prose("Why:", f.Why)
	}
	p.evidence(f)
	p.fix(f.Fix)
	p.foot(f)
}

func (p *page) head(f rule.Finding, more ...[]span) {
	p.para(indent, body, []span{p.tint.mark(f.Status), {}},
		words(p.tint.strong, name(f)), p.change(f), []span{{}}, words(nil, said(subject(f))), slices.Concat(more...))
}

// again writes the short form of a finding whose cause lies with this machine and that was told in full
// before, of this domain or another.
func (p *page) again(f rule.Finding) bool {
	known := f.Here && p.told[name(f)]
	if known {
		p.head(f, words(p.tint.dim, " (as told above)"))
	}
	if f.Here {
		p.told[name(f)] = true
	}
	return known
}

func (p *page) message(f rule.Finding) { p.prose("", f.Message) }

// prose writes a paragraph under a finding, with a label in front where there is one.
func (p *page) prose(label, s string) {
	if s == "" {
		return
	}
	var list []span
	if label != "" {
		list = []span{{label, p.tint.strong}}
	}
	p.para(body, body, list, words(nil, said(s)))
}

func (p *page) evidence(f rule.Finding) { p.barred(f.Evidence) }

// barred are lines set off by a bar: these are the words of others.
func (p *page) barred(lines []string) {
	bar, hang := span{body + "│ ", p.tint.dim}, span{body + "│   ", p.tint.dim}
	for _, line := range lines {
		p.fill(bar, hang, words(nil, said(line)))
	}
}

// foot is where to read on, and what this finding kept from being judged.
func (p *page) foot(f rule.Finding) {
	source := said(f.Reference)
	if f.TLSRPT != "" {
		source += "; senders report " + said(f.TLSRPT)
	}
	p.small(strings.TrimPrefix(source, "; "))
	if len(f.Hides) > 0 {
		p.small(said(unjudged(f.Hides)))
	}
}

// A root cause may hide nearly all rules. Their names help only where they are few.
const (
	mostHides = 8
	fewHides  = 3
)

func unjudged(rules []string) string {
	const because = "not judged because of this: "
	if len(rules) <= mostHides {
		return because + strings.Join(rules, ", ")
	}
	return fmt.Sprintf("%d rules %s%s, ...", len(rules), because, strings.Join(rules[:fewHides], ", "))
}

func (p *page) small(s string) {
	if s != "" {
		p.para(body, body, words(p.tint.dim, s))
	}
}

// longestSaid is how many bytes of one string are shown: a screenful. A server may have sent
// 64 KiB, and the JSON output has them all.
const longestSaid = 2000

// said is a string as it may be shown in prose: escaped, and cut where it is endless.
func said(s string) string { return saidUpTo(longestSaid, s) }

// saidUpTo is said where about that many bytes are shown.
func saidUpTo(most int, s string) string {
	if len(s) <= most {
		return Escape(s)
	}
	n := most
	for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return fmt.Sprintf("%s ... (%d more bytes)", Escape(s[:n]), len(s)-n)
}
