package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

// What a live check says of a failure.
const (
	liveConfirmed = "confirmed"
	liveMended    = "mended"
)

const (
	mostCauses = 3 // that are told of a failure
	mostSteps  = 5
	// recent is how far back from the last report a failure is still expected to go on.
	recent = 7 * 24 * time.Hour
)

// failures are those of one result type that have one cause and one fix: what one edit mends is told once,
// whoever met it.
type failures struct {
	reports.Kind // the first of them
	kinds        []reports.Kind
	sessions     int64
	last         string // day
}

// failuresOf are the failures of a domain, those that a check of now finds mended last, and else those
// with the most sessions first.
func failuresOf(d reports.Domain) []*failures {
	var list []*failures
	at := map[string]*failures{}
	for _, k := range d.Failures {
		key := sameFailure(k)
		f := at[key]
		if f == nil {
			f = &failures{Kind: k}
			at[key] = f
			list = append(list, f)
		}
		f.add(k)
	}
	slices.SortStableFunc(list, func(a, b *failures) int {
		return cmp.Or(a.mended()-b.mended(), cmp.Compare(b.sessions, a.sessions))
	})
	return list
}

// mended is 1 where a check of now finds nothing of the kind.
func (f *failures) mended() int {
	if f.Live == liveMended {
		return 1
	}
	return 0
}

// add counts a failure in.
func (f *failures) add(k reports.Kind) {
	f.kinds = append(f.kinds, k)
	f.sessions = together(f.sessions, k.Sessions)
	f.last = max(f.last, k.Last)
}

func sameFailure(k reports.Kind) string {
	parts := []string{k.ResultType, k.PolicyType, k.Fix, k.Live}
	for _, c := range k.Causes {
		parts = append(parts, c.Rule, c.Text, c.Reason)
	}
	return strings.Join(parts, "\x00")
}

// title is "certificate-expired", with the policy where it is not that of MTA-STS.
func (f *failures) title() string {
	text := said(f.ResultType)
	if text == "" {
		text = "(no result type)"
	}
	if f.PolicyType != "" && f.PolicyType != "sts" {
		text += " (" + said(f.PolicyType) + ")"
	}
	return text
}

func (p *reportPage) failures(d reported, all []*failures) {
	untold := d.untold()
	if len(all) > 0 || untold != "" {
		p.section("Failures")
	}
	list := some(p, all, mostBlocks)
	for _, f := range list {
		p.failure(f)
		p.blank()
	}
	p.more(len(all)-len(list), "kind of failure", "kinds of failure")
	p.prose("", untold)
	p.blank()
}

// untold is what the summaries count and no detail tells of.
func (d reported) untold() string {
	if d.Failed <= d.detailed {
		return ""
	}
	return "The reports tell nothing more of " + amount(d.Failed-d.detailed, "failed session") + "."
}

// lump tells that these were of more kinds than are kept, so that it is not known which.
func (f *failures) lump() bool { return f.ResultType == reports.MoreKinds }

// lumped is what there is to be told of such.
const lumped = "There were too many kinds of failures to keep them apart: the sessions of these are counted, and nothing else is known of them. Read fewer reports at a time, with --domain, --since or --until."

func (p *reportPage) failure(f *failures) {
	p.para(indent, body, []span{{"✗", p.tint.status[rule.Fail]}}, words(p.tint.strong, f.title()+":"),
		words(nil, amount(f.sessions, "session")))
	g := grid{header: []string{"sessions", "organisation", "MX host", "first to last"}, numbers: 1}
	for _, k := range some(p, f.shown(), mostRows) {
		g.rows = append(g.rows, gridRow{[]string{grouped(k.Sessions), organization(k.Organization), hostCell(k.MX), days(k.First, k.Last)}, below(k)})
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
	p.more(len(f.shown())-len(g.rows), "row", "rows")
	for _, r := range f.remarks() {
		p.prose(r.label, r.text)
	}
}

// shown are the failures that have a row each.
func (f *failures) shown() []reports.Kind {
	if f.lump() {
		return nil
	}
	return f.kinds
}

// remark is a paragraph with a label.
type remark struct{ label, text string }

// remarks are what is likely behind a failure, what is to be done, and whether it is still so.
func (f *failures) remarks() []remark {
	if f.lump() {
		return []remark{{"", lumped}}
	}
	var list []remark
	label, because := "Likely cause:", ""
	for _, c := range f.Causes[:min(mostCauses, len(f.Causes))] {
		if c.Reason == because {
			c.Reason = "" // it was told
		} else {
			because = c.Reason
		}
		list = append(list, remark{label, causeText(c)})
		label = "Or:"
	}
	return append(list, remark{"Fix:", f.Fix}, remark{"A check of now:", liveText(f.Live)})
}

func hostCell(mx string) string {
	if mx == "" {
		return "(not named)"
	}
	return fit(Escape(mx), longestShown)
}

// below is what the sender gave as the reason, and the addresses it met it at.
func below(k reports.Kind) []string {
	var list []string
	if k.Reason != "" {
		list = append(list, "reason: "+k.Reason)
	}
	if len(k.IPs) > 0 {
		list = append(list, "at "+addresses(k.IPs))
	}
	return list
}

// causeText is the cause with the name by which mtasts explain knows it, and why it is taken to be that.
func causeText(c reports.Cause) string {
	text := c.Text
	if c.Rule != "" {
		text = strings.TrimPrefix(text+" ("+c.Rule+")", " ")
	}
	if c.Reason != "" {
		text += " It looks so because " + strings.TrimSuffix(c.Reason, ".") + "."
	}
	return text
}

func liveText(live string) string {
	known := map[string]string{"": "", liveConfirmed: "it is still so.", liveMended: "nothing of the kind is found any more."}
	if text, ok := known[live]; ok {
		return text
	}
	return "it could not be told from here whether it is still so."
}

// firstSteps are what to do, in order: what fails by how much it fails, then what may be over, then who
// has to be waited for.
func firstSteps(d reported, groups []*failures) []string {
	var list, over []string
	for _, f := range byTitle(groups) {
		switch {
		case f.over(d):
			over = append(over, f.title())
		case len(list) < mostSteps:
			list = append(list, f.step())
		}
	}
	if len(over) > 0 {
		list = append(list, fmt.Sprintf("Look whether that is over: nobody reported %s of late. mtasts check %s tells.",
			strings.Join(over[:min(mostSteps, len(over))], ", "), d.name()))
	}
	return append(list, waits(d.Domain)...)
}

// byTitle are the failures that are not known to be mended, and of which it is known what they are, each
// title once.
func byTitle(groups []*failures) []*failures {
	var list []*failures
	at := map[string]*failures{}
	for _, f := range groups {
		switch same := at[f.title()]; {
		case f.Live == liveMended, f.lump():
		case same != nil:
			same.sessions = together(same.sessions, f.sessions)
			same.last = max(same.last, f.last)
		default:
			same := *f
			at[f.title()] = &same
			list = append(list, &same)
		}
	}
	return list
}

// over tells that a failure may have ended, for nobody reported it of late. A check of now knows better.
func (f *failures) over(d reported) bool {
	last, err := time.Parse(time.DateOnly, f.last)
	return f.Live == "" && err == nil && d.To.Sub(last) > recent
}

// step is what to do about a failure, in a line; the fix stands with it.
func (f *failures) step() string {
	verb := "Mend "
	if f.Fix == "" {
		verb = "Find out about "
	}
	text := verb + f.title() + ": " + amount(f.sessions, "failed session")
	if f.last != "" {
		text += ", the last on " + f.last
	}
	return text + "."
}

// waits are the MX hosts that are to stay, for there are senders who know no others: those that older
// policies name which are in use, and the newest does not.
func waits(d reports.Domain) []string {
	var list []string
	named := map[string]bool{}
	if i := newest(d.Policies); i >= 0 {
		for _, mx := range d.Policies[i].Names() {
			named[mx] = true
		}
	}
	for _, o := range stale(d) {
		if len(o.holders) == 0 || len(list) == mostSteps {
			continue
		}
		if only := unnamed(o.Names(), named); len(only) > 0 {
			list = append(list, fmt.Sprintf("Keep %s among the MX hosts, for the policy first seen on %s: %s went by that in %s.",
				holders(only), day(o.First), holders(o.holders), plural(len(o.holders), "its last report", "their last reports")))
		}
	}
	return list
}

// unnamed are the MX hosts and wildcards of a policy that another does not name.
func unnamed(names []string, named map[string]bool) []string {
	return slices.DeleteFunc(names, func(mx string) bool {
		_, base, _ := strings.Cut(mx, ".")
		return named[mx] || named["*."+base]
	})
}
