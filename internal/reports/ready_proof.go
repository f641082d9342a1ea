package reports

import (
	"slices"
	"strings"
	"time"

	"mtasts/internal/sts"
)

// Readiness asks for more than is shown of reports: what is proved by sessions, and until when a report over
// several days tells of them.

// proof is what the reports that begin on a day prove.
type proof struct {
	date     string // 2026-01-31
	sessions int64  // under a policy that senders check
	until    string // the last day of which the reports of these tell
	untold   int64  // failed sessions of which no details tell
	late     string // the last day of which the reports of those tell
}

// proofTally is proof as it is added up.
type proofTally struct {
	sessions, untold int64
	until, late      date
}

// heldTally is one organisation's time with one policy, and the part of it in which there were sessions.
type heldTally struct {
	span

	proved span
}

// onDay are the sessions of a kind of failure that were reported from a day on.
type onDay struct {
	sessions int64
	until    date // the last day of which these reports tell
}

func newSeen(p *Policy) *seenTally {
	known, isSTS := policyOf(p.String), p.Type == typeSTS
	return &seenTally{
		kind: p.Type, lines: slices.Clone(p.String), held: map[*orgName]*heldTally{},
		vague: isSTS && !readable(known), checked: isSTS && checking(known),
	}
}

// lastOf is the last day of which a report tells.
func lastOf(r *Report) date { return max(dayOf(r.Begin), dayOf(r.End.Add(-time.Second))) }

// checking tells that senders validate under a policy. Under one that the report does not name, they may.
func checking(p sts.Policy) bool {
	return !readable(p) || p.Mode == sts.Testing || p.Mode == sts.Enforce
}

// proves tells that there were sessions under the policy, or without one if that is what the report tells
// of. A sender that names no policy, and could not fetch it, had none.
func (e *entry) proves(seen *seenTally) bool {
	if e.policy.Successful == 0 && e.policy.Failed == 0 {
		return false
	}
	spare := func(f Failure) bool { return harmOf(Kind{ResultType: f.ResultType}) == spared }
	return !seen.vague || !slices.ContainsFunc(e.policy.Failures, spare)
}

// count adds what a policy of a report proves; seen may be nil.
func (one *proofTally) count(e *entry, seen *seenTally) {
	last := lastOf(e.report)
	if seen != nil && seen.checked && e.proves(seen) {
		one.sessions = plus(one.sessions, plus(e.policy.Successful, e.policy.Failed))
		one.until = max(one.until, last)
	}
	told := int64(0)
	for _, f := range e.policy.Failures {
		told = plus(told, f.Sessions)
	}
	if e.policy.Failed > told {
		one.untold = plus(one.untold, e.policy.Failed-told)
		one.late = max(one.late, last)
	}
}

// proofs lists the days that prove something, the earliest first.
func (d *domainTally) proofs() []proof {
	var list []proof
	for _, on := range sorted(d.days) {
		if p := d.days[on].proof; p.sessions > 0 || p.untold > 0 {
			list = append(list, proof{on.String(), p.sessions, p.until.String(), p.untold, p.late.String()})
		}
	}
	return list
}

// provedTimes are those parts of the times with a policy in which there were sessions.
func (p *seenTally) provedTimes() []Held {
	var list []Held
	for n, h := range p.held {
		if !h.proved.last.IsZero() {
			list = append(list, Held{n.shown, h.proved.first, h.proved.last})
		}
	}
	slices.SortFunc(list, func(a, b Held) int { return strings.Compare(a.Organization, b.Organization) })
	return list
}

// until is the last day of which the reports of a failure tell.
func (k Kind) until() string {
	last := k.Last
	for _, d := range k.days {
		last = max(last, d.until)
	}
	return last
}
