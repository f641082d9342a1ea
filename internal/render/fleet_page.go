package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"

	"mtasts/internal/rule"
)

const (
	mostListed = 10 // problems, and failures
	// fewDomains is from how many domains on a provider's failure is told here: what one or two have
	// is told with them.
	fewDomains = 3
	// longestShown is how many columns a name has: a row of 80 columns holds it behind its numbers.
	longestShown = 52
)

// fleetPage is the summary in the making. All its rows are a number of domains, their share, and
// what they have in common.
type fleetPage struct {
	page
	sum *fleet
}

// text is the summary.
func (f *fleet) text() string {
	p := &fleetPage{page{width: f.style.columns(), tint: newPalette(f.style.Color), owed: true}, f}
	p.para("", indent, words(nil, p.speed()+p.badLines()))
	if f.domains > 0 {
		p.protections()
		p.statuses()
		p.changes()
		p.frequent()
		p.providers()
	}
	return p.out.String()
}

// speed is "40,000 domains in 3 min 12 s, 208/s.".
func (p *fleetPage) speed() string {
	took := p.sum.now().Sub(p.sum.begun)
	fresh := p.sum.domains - p.sum.earlier
	text := amount(p.sum.domains, "domain")
	switch {
	case p.sum.domains == 0:
		return text + "."
	case fresh == 0:
		return text + ", all of them from an earlier run."
	case p.sum.earlier > 0:
		text += fmt.Sprintf(": %s from an earlier run, %s", grouped(p.sum.earlier), grouped(fresh))
	}
	text += " in " + lasting(took)
	if took >= time.Second {
		text += ", " + rate(float64(fresh)/took.Seconds())
	}
	return text + "."
}

func (p *fleetPage) badLines() string {
	switch p.sum.bad {
	case 0:
		return ""
	case 1:
		return " 1 line of the list is no domain."
	}
	return " " + grouped(p.sum.bad) + " lines of the list are no domains."
}

func (p *fleetPage) row(n int, what ...[]span) {
	lead := fmt.Sprintf("%s%*s  %7s  ", body, len(grouped(p.sum.domains)), grouped(n), share(n, p.sum.domains))
	p.para(lead, strings.Repeat(" ", len(lead)), what...)
}

func (p *fleetPage) protections() {
	tints := map[rule.Protection]*color.Color{
		rule.Enforced:         p.tint.status[rule.Pass],
		rule.Testing:          p.tint.status[rule.Info],
		rule.Broken:           p.tint.status[rule.Fail],
		rule.UnsureProtection: p.tint.status[rule.Unknown],
	}
	p.section("Protection")
	for _, word := range protections() {
		if n := p.sum.protection[word]; n > 0 {
			p.row(n, []span{{string(word), tints[word]}})
		}
	}
}

func (p *fleetPage) statuses() {
	p.section("Status")
	for _, s := range worstFirst() {
		if n := number(p.sum.status, s); n > 0 {
			p.row(n, []span{p.tint.mark(s)})
		}
	}
}

// changes are told where results were compared with earlier ones.
func (p *fleetPage) changes() {
	c := p.sum.compared
	if c.domains == 0 {
		return
	}
	p.section("Compared with the baseline")
	text := fmt.Sprintf("%s new, %s worse, %s known, %s gone.", amount(c.fresh, "problem"), grouped(c.worse), grouped(c.known), grouped(c.old))
	if c.strange > 0 {
		is := "are"
		if c.strange == 1 {
			is = "is"
		}
		text += fmt.Sprintf(" %s %s not in it: all that is wrong there counts as new.", amount(c.strange, "domain"), is)
	}
	p.para(body, body, words(nil, text))
}

func (p *fleetPage) frequent() {
	all := p.sum.problems.sorted(func(a, b *seen[problemKind, struct{}]) int {
		return cmp.Or(b.times-a.times, a.kind.compare(b.kind))
	})
	if len(all) == 0 {
		return
	}
	p.section("Most frequent problems")
	shown := all[:min(mostListed, len(all))]
	for _, s := range shown {
		p.row(s.times, []span{p.tint.mark(s.kind.status), {}}, words(nil, s.kind.name(longestShown)))
	}
	p.rest(len(all)-len(shown), p.sum.problems.forgot, slices.ContainsFunc(shown, func(s *seen[problemKind, struct{}]) bool { return s.late }))
}

// rest is what is not listed, and what is not known of what is.
func (p *fleetPage) rest(n int, forgot, late bool) {
	switch {
	case n > 0 && forgot:
		p.small("... and more")
	case n > 0:
		p.small("... and " + grouped(n) + " more")
	}
	if late {
		p.small("There were too many kinds to count them all: some of these numbers may be too low.")
	}
}

// providers are those at which several domains fail alike. Where mail is lost now comes first.
func (p *fleetPage) providers() {
	all := p.sum.failures.sorted(func(a, b *seen[failure, failing]) int {
		return cmp.Or(b.more.now-a.more.now, b.times-a.times, a.kind.compare(b.kind))
	})
	all = slices.DeleteFunc(all, func(s *seen[failure, failing]) bool { return s.times < fewDomains })
	if len(all) == 0 {
		return
	}
	p.section("MX providers at which many domains fail at once")
	p.small("Senders that check whom they deliver to refuse these hosts, or will once the policy is in force. Those that are refused now come first.")
	shown := all[:min(mostListed, len(all))]
	for _, s := range shown {
		kind := problemKind{rule: s.kind.rule, reason: s.kind.reason}
		p.row(s.times, words(p.tint.strong, fit(Escape(s.kind.provider), longestShown)), []span{{}},
			words(nil, kind.name(longestShown)), []span{{}}, words(p.tint.dim, s.more.text(s.times)))
	}
	p.rest(len(all)-len(shown), p.sum.failures.forgot, slices.ContainsFunc(shown, func(s *seen[failure, failing]) bool { return s.late }))
}

// text is "mx1.mail.example.net and 3 more hosts; refused now for 12 domains", of so many domains.
func (v failing) text(domains int) string {
	text := fit(Escape(v.hosts[0]), longestShown)
	n := len(v.hosts) - 1
	switch {
	case v.others:
		text += fmt.Sprintf(" and at least %d more hosts", n+1)
	case n > 0:
		text += " and " + amount(n, "more host")
	}
	switch {
	case v.now == domains:
		text += "; refused now"
	case v.now > 0:
		text += "; refused now for " + amount(v.now, "domain")
	}
	return text
}
