package render

import (
	"cmp"
	"fmt"
	"slices"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

func verdicts() []string { return []string{reports.IsReady, reports.NotReady, reports.NotEnoughData} }

// readyText is the answer with its symbol, and a sentence.
func readyText(d reported) (rule.Status, string, string) {
	of := metOf(d.ready.Conditions)
	switch d.ready.Verdict {
	case reports.IsReady:
		return rule.Pass, "yes", d.name() + " may go to mode enforce: " + of
	case reports.NotReady:
		return rule.Fail, "no", d.name() + " should not go to mode enforce yet: " + of
	}
	return rule.Unknown, "not enough data", "Whether " + d.name() + " may go to mode enforce cannot be told yet: " + of
}

// metOf is how many of the conditions are met, among those of which enough is known.
func metOf(all []reports.Condition) string {
	met, judged, which, verb := 0, 0, "", "are"
	for _, c := range all {
		if c.Holds != nil {
			judged++
		}
		if holding(c) == isMet {
			met++
		}
	}
	switch {
	case judged == 0:
		return "none of the conditions could be judged."
	case judged < len(all):
		which = " that could be judged"
	}
	if met == 1 || judged == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s%s %s met.", met, amount(judged, "condition"), which, verb)
}

// conditions are those that are not met, then those of which not enough is known, then the others.
func conditions(r *reports.Readiness) []reports.Condition {
	rank := func(c reports.Condition) int {
		return slices.Index([]string{notMet, notKnown, isMet}, holding(c))
	}
	return slices.SortedStableFunc(slices.Values(r.Conditions), func(a, b reports.Condition) int { return rank(a) - rank(b) })
}

// What may be said of a condition.
const (
	isMet    = "met"
	notMet   = "not met"
	notKnown = "not known"
)

// holding is a condition's state in a word.
func holding(c reports.Condition) string {
	switch {
	case c.Holds == nil:
		return notKnown
	case *c.Holds:
		return isMet
	}
	return notMet
}

func holdingStatus(c reports.Condition) rule.Status {
	switch {
	case c.Holds == nil:
		return rule.Unknown
	case *c.Holds:
		return rule.Pass
	}
	return rule.Fail
}

// conditionTitle is a condition in plain words.
func conditionTitle(id string) string {
	return cmp.Or(map[string]string{
		"days":            "reports of enough days",
		"organizations":   "enough organisations that report",
		"recent-failures": "no failure of late that enforce would turn into refused mail",
		"mx-seen":         "every MX host of the policy seen",
		"policy-seen":     "the present policy seen by all who report",
		"live":            "a check of now, as if enforced, without a failure",
	}[id], said(id))
}

func (p *reportPage) ready(d reported) {
	if d.ready == nil {
		return
	}
	p.section("May it go to enforce?")
	status, word, text := readyText(d)
	p.para(indent, body, []span{{symbol(status) + " " + word + ":", p.tint.status[status]}}, words(nil, text))
	for _, c := range conditions(d.ready) {
		s := holdingStatus(c)
		p.para(body, body+indent, []span{{symbol(s) + " " + holding(c) + ":", p.tint.status[s]}}, words(nil, conditionTitle(c.ID)))
		p.barred(c.Evidence)
	}
	if len(d.ready.Unproved) > 0 {
		p.section("What reports cannot show")
		for _, s := range d.ready.Unproved {
			p.para(body+"- ", body+indent, words(nil, said(s)))
		}
	}
}
