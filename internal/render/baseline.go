package render

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/rule"
)

// since tells how the problems stand to an earlier result of the domain, and which of that are gone.
func (p *page) since(r rule.Result) {
	b := r.Baseline
	if b == nil {
		return
	}
	if b.CheckedAt.IsZero() {
		p.para(indent, body, words(p.tint.dim, "not in the baseline: all of this is new"))
		return
	}
	p.para(indent, body, words(p.tint.dim, "since "+b.CheckedAt.UTC().Format("2006-01-02 15:04 UTC")+": "+strings.Join(changes(r), ", ")))
	for _, g := range b.Gone {
		f := rule.Finding{Rule: g.Rule, Reason: g.Reason}
		p.para(indent, body, []span{{symbol(rule.Pass) + " gone", p.tint.status[rule.Pass]}, {}}, words(nil, name(f)), []span{{}}, words(nil, said(g.Subject)))
	}
	if list := pending(b); list != "" {
		p.para(indent, body, words(p.tint.dim, "not judged this time: "+list))
	}
}

// pending names what could not be judged again, each cause once.
func pending(b *rule.Baseline) string {
	var list []string
	for _, g := range b.Pending {
		if text := name(rule.Finding{Rule: g.Rule, Reason: g.Reason}); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

// change is the mark of a finding that was compared.
func (p *page) change(f rule.Finding) []span {
	if f.Change == "" {
		return nil
	}
	tint := p.tint.dim
	if f.Change != rule.Known {
		tint = p.tint.strong
	}
	return []span{{}, {"(" + Escape(string(f.Change)) + ")", tint}}
}

// changes are how many problems are new, worse, known, gone and not judged: those that there are.
func changes(r rule.Result) []string {
	n := map[rule.Change]int{}
	for _, f := range r.Findings {
		n[f.Change]++
	}
	var list []string
	for _, c := range []rule.Change{rule.Fresh, rule.Worse, rule.Known} {
		if n[c] > 0 {
			list = append(list, fmt.Sprintf("%d %s", n[c], c))
		}
	}
	if gone := len(r.Baseline.Gone); gone > 0 {
		list = append(list, fmt.Sprintf("%d gone", gone))
	}
	if pending := len(r.Baseline.Pending); pending > 0 {
		list = append(list, fmt.Sprintf("%d not judged", pending))
	}
	if len(list) == 0 {
		return []string{"no problem"}
	}
	return list
}

// inBrackets is the same in brackets, behind a line about the domain.
func inBrackets(r rule.Result) string {
	if r.Baseline == nil {
		return ""
	}
	return " (" + strings.Join(changes(r), ", ") + ")"
}
