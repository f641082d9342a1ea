package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// The conditions of readiness.
const (
	condDays          = "days"
	condOrganizations = "organizations"
	condFailures      = "recent-failures"
	condMX            = "mx-seen"
	condPolicy        = "policy-seen"
	condLive          = "live"
)

// What has to be there besides the days: reporters, and days without failures.
const (
	enoughOrganizations = 2
	quietDays           = 7
)

// Readiness tells whether the domain may go to mode enforce at some time, by reports on so many days (two
// weeks are what RFC 8461 §8 and those who run large senders have in mind), and by a check of about that time
// that assumes mode enforce; live is nil where there was none.
func (a *Analysis) Readiness(domain string, at time.Time, days int, live *rule.Result) Readiness {
	q := question{days: days, today: at.UTC().Truncate(day), live: &look{Result: live}}
	q.Domain = Domain{Domain: domain}
	if i := slices.IndexFunc(a.Domains, func(d Domain) bool { return d.Domain == domain }); i >= 0 {
		q.Domain = a.Domains[i]
	}
	q.meet()
	conditions := []Condition{q.enoughDays(), q.enoughReporters(), q.quiet(), q.hostsSeen(), q.policySeen(), q.checked()}
	return Readiness{Verdict: verdict(conditions, live != nil), Conditions: conditions, Unproved: q.unproved()}
}

// verdict sums up the conditions. What is clearly wrong counts before what is not known yet. Which MX hosts
// reporters came to is hardly ever known, so that alone stands in nobody's way; nor does a check that was
// not made.
func verdict(conditions []Condition, checked bool) string {
	v := IsReady
	for _, c := range conditions {
		short := c.ID == condDays || c.ID == condOrganizations
		switch {
		case c.Holds != nil && *c.Holds:
		case c.Holds != nil && !short:
			return NotReady
		case c.Holds != nil, c.ID != condMX && (c.ID != condLive || checked):
			v = NotEnoughData
		}
	}
	return v
}

// question is a domain with the time that is asked about.
type question struct {
	Domain
	days  int
	today time.Time // midnight, UTC
	live  *look
	// from and since are days: the beginning of the window, and the first report of a policy.
	from, since string
	holders     []holder             // the reporters that saw a policy within the window
	blind       map[string]time.Time // when reporters last saw none
}

// holder is a reporter with the policy that it saw last, which may be one that its reports do not name.
type holder struct {
	Held
	policy sts.Policy
}

// meet finds out what several conditions ask for. The window is twice as long as the days that are asked for,
// since reports come a day late and small domains have days without any.
func (q *question) meet() {
	q.from, q.blind = dateOf(q.start()), map[string]time.Time{}
	last := map[string]holder{}
	for _, s := range q.Policies {
		p := policyOf(s.String)
		for _, held := range s.proved {
			h := holder{held, p}
			switch {
			case s.Type == noPolicy && held.Last.After(q.blind[held.Organization]):
				q.blind[held.Organization] = held.Last
			case s.Type == typeSTS:
				q.meetOne(h, last)
			}
		}
	}
	q.holders = slices.Collect(maps.Values(last))
	slices.SortFunc(q.holders, func(a, b holder) int { return strings.Compare(a.Organization, b.Organization) })
}

// meetOne meets a reporter with one policy; last has what it saw last so far.
func (q *question) meetOne(h holder, last map[string]holder) {
	if first := dateOf(h.First); checking(h.policy) && (q.since == "" || first < q.since) {
		q.since = first
	}
	if !h.Last.After(q.start()) || h.First.After(q.end()) {
		return
	}
	if before, seen := last[h.Organization]; !seen || h.later(before) {
		last[h.Organization] = h
	}
}

// start and end are the moments of the window.
func (q *question) start() time.Time { return q.today.AddDate(0, 0, -2*q.days) }
func (q *question) end() time.Time   { return q.today.AddDate(0, 0, 1) }

// later tells that one time with a policy is behind another. On the day of a change a reporter sees both.
// One that is named tells more than one that is not.
func (h holder) later(b holder) bool {
	if !h.Last.Equal(b.Last) {
		return h.Last.After(b.Last)
	}
	if named := readable(h.policy); named != readable(b.policy) {
		return named
	}
	return h.First.After(b.First)
}

func condition(id string, holds *bool, evidence ...string) Condition {
	return Condition{ID: id, Holds: holds, Evidence: evidence}
}

func is(b bool) *bool { return &b }

// proved is how many days from one to today have reports of sessions under a policy that senders check.
func (q *question) proved(from string) int {
	n := 0
	for _, p := range q.proof {
		if p.sessions > 0 && p.until >= from && p.date <= dateOf(q.today) {
			n++
		}
	}
	return n
}

// untold is how many sessions from a day on failed of which the reports say nothing more.
func (q *question) untold(from string) int64 {
	n := int64(0)
	for _, p := range q.proof {
		if p.untold > 0 && p.late >= from {
			n = plus(n, p.untold)
		}
	}
	return n
}

// enoughDays: only reports count that tell of sessions under a policy. Mode none is none.
func (q *question) enoughDays() Condition {
	if q.since == "" {
		return condition(condDays, is(false), "no report tells of sessions under an MTA-STS policy of "+q.name()+" in mode testing or enforce")
	}
	n := q.proved(q.from)
	evidence := []string{fmt.Sprintf("reports of %s from %s to %s; %d are wanted", plural(n, "day"), max(q.from, q.since), dateOf(q.today), q.days)}
	if q.since > q.from {
		evidence = append(evidence, "the first report of a policy is of "+q.since)
	}
	return condition(condDays, is(n >= q.days), evidence...)
}

func (q *question) name() string {
	if q.Domain.Domain == "" {
		return "the domain"
	}
	return q.Domain.Domain
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// enoughReporters: who saw no policy says nothing about it.
func (q *question) enoughReporters() Condition {
	n := 0
	var holders []string
	for _, h := range q.holders {
		line := name(h.Organization) + ", last on " + lastDay(h.Last)
		switch {
		case !checking(h.policy):
			line += ", in mode none: it checks nothing"
		case !readable(h.policy):
			line += "; it tells of a policy, not which"
		}
		if checking(h.policy) {
			n++
		}
		holders = append(holders, line)
	}
	evidence := []string{fmt.Sprintf("%s saw the policy since %s; %d are wanted", plural(n, "organisation"), q.from, enoughOrganizations)}
	evidence = append(evidence, holders...)
	for _, o := range q.Organizations {
		saw := slices.ContainsFunc(q.holders, func(h holder) bool { return h.Organization == o.Name })
		if !saw && o.Last.After(q.start()) {
			evidence = append(evidence, name(o.Name)+" reports too, and "+q.vainly(o.Name))
		}
	}
	return condition(condOrganizations, is(n >= enoughOrganizations), bounded(evidence)...)
}

// vainly is why reports of an organisation do not count.
func (q *question) vainly(organization string) string {
	for _, s := range q.Policies {
		saw := func(h Held) bool { return h.Organization == organization && h.Last.After(q.start()) }
		if s.Type == typeSTS && slices.ContainsFunc(s.Held, saw) {
			return "tells of no session under the policy"
		}
	}
	return "tells of no policy"
}

// lastDay is the day of which a report is that ends then: the end is the first moment behind it.
func lastDay(end time.Time) string { return dateOf(end.Add(-time.Second)) }

// mostEvidence is how many lines there are for one condition.
const mostEvidence = 12

func bounded(lines []string) []string {
	if more := len(lines) - mostEvidence; more > 0 {
		return append(lines[:mostEvidence:mostEvidence], fmt.Sprintf("and %d more", more))
	}
	return lines
}

// hostsSeen: a report names the MX host where a session failed, and hardly ever where it went well. So it
// can be known that a host was seen, and not that it was not.
func (q *question) hostsSeen() Condition {
	hosts := q.mailHosts()
	if p, _ := q.present(); len(hosts) == 0 && !readable(p) {
		return condition(condMX, nil, "which MX hosts there are is not known: no report names the policy, and there was no check")
	}
	if len(hosts) == 0 {
		return condition(condMX, nil, "which MX hosts there are is not known: the policy names them by wildcards, and there was no check")
	}
	p, _ := q.present()
	var seen, unseen, left []string
	for _, host := range hosts {
		_, named := p.Find(host)
		switch {
		case readable(p) && !named:
			left = append(left, host)
		case q.cameTo(host), len(hosts) == 1 && len(q.holders) > 0:
			seen = append(seen, host)
		default:
			unseen = append(unseen, host)
		}
	}
	var evidence []string
	if len(left) > 0 {
		evidence = append(evidence, "the policy does not name "+several(left))
	}
	if len(seen) > 0 {
		evidence = append(evidence, "senders came to "+several(seen))
	}
	if len(unseen) > 0 {
		evidence = append(evidence, "whether senders came to "+several(unseen)+" cannot be told: reports name a host where something failed, not where all went well")
	}
	switch {
	case len(left) > 0:
		return condition(condMX, is(false), evidence...)
	case len(unseen) > 0:
		return condition(condMX, nil, evidence...)
	}
	return condition(condMX, is(true), evidence...)
}

// mailHosts are the MX hosts: those of now, else those that the policy names in full.
func (q *question) mailHosts() []string {
	if hosts := q.live.hosts(); len(hosts) > 0 {
		return hosts
	}
	p, _ := q.present()
	hosts := hostsOf(p)
	if slices.ContainsFunc(hosts, func(h string) bool { return strings.HasPrefix(h, "*.") }) {
		return nil
	}
	return hosts
}

// cameTo tells that a failure names the host.
func (q *question) cameTo(host string) bool {
	return slices.ContainsFunc(q.Failures, func(k Kind) bool { return strings.EqualFold(k.MX, host) })
}

func several(list []string) string {
	list = slices.Clone(list)
	if more := len(list) - mostLines; more > 0 {
		list = append(list[:mostLines], fmt.Sprintf("%d more", more))
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}

// present is the policy that counts: the one that is published now, else the one that was reported last.
func (q *question) present() (sts.Policy, bool) {
	if p, ok := q.live.published(); ok {
		return p, true
	}
	var last *holder
	for i := range q.holders {
		if h := &q.holders[i]; readable(h.policy) && (last == nil || h.Last.After(last.Last) || h.Last.Equal(last.Last) && h.First.After(last.First)) {
			last = h
		}
	}
	if last == nil {
		return sts.Policy{}, false
	}
	return last.policy, false
}
