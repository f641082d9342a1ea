package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// given is what was judged where nothing was looked up.
func given(r rule.Result) *fact.Given {
	if r.Observed == nil {
		return nil
	}
	return r.Observed.Given
}

// label is what a result is about: the domain, or what was given.
func label(r rule.Result) string {
	g := given(r)
	if g == nil {
		return r.Domain
	}
	var names []string
	for _, s := range []*fact.Source{g.Policy, g.STS, g.TLSRPT, g.MX} {
		if s != nil && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), r.Domain)
}

// meaningOfGiven says how that stands which was given.
func meaningOfGiven(r rule.Result) string {
	parts := "the given " + partsOf(given(r))
	if r.Domain != "" {
		parts += " of " + said(r.Domain)
	}
	switch r.Status {
	case rule.Fail:
		return "something is wrong with " + parts
	case rule.Warn:
		return "there is something to look at in " + parts
	case rule.Unknown:
		return "what was given is not enough to tell"
	default:
		return "nothing is wrong with " + parts
	}
}

// partsOf names what was given: "policy, _mta-sts record and MX hosts".
func partsOf(g *fact.Given) string {
	var list []string
	for _, part := range []struct {
		source *fact.Source
		name   string
	}{{g.Policy, "policy"}, {g.STS, "_mta-sts record"}, {g.TLSRPT, "_smtp._tls record"}, {g.MX, "MX hosts"}} {
		if part.source != nil {
			list = append(list, part.name)
		}
	}
	n := len(list) - 1
	if n < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:n], ", ") + " and " + list[n]
}

// place is where the cause of a finding stands: "policy.txt:3:7"; empty where it is in no file.
func place(f rule.Finding) string {
	at := f.Location
	if at == nil || at.File == "" {
		return ""
	}
	text := at.File
	for _, n := range []int{at.Line, at.Column} {
		if n > 0 {
			text += fmt.Sprintf(":%d", n)
		}
	}
	return text
}

// subject is what a finding is about. A file is named with the place in it.
func subject(f rule.Finding) string {
	at := place(f)
	switch {
	case at == "":
		return f.Subject
	case f.Subject == f.Location.File || f.Subject == "":
		return at
	}
	return f.Subject + " " + at
}
