package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// policySeen: nobody goes by an old policy any more. A reporter that saw one last holds it until its
// max_age has passed; what it holds behind that is not known.
func (q *question) policySeen() Condition {
	present, live := q.present()
	what := "the policy that was reported last"
	if live {
		what = "the policy that is published now"
	}
	evidence := []string{what + ": " + inShort(present)}
	switch {
	case readable(present) && !checking(present):
		return condition(condPolicy, is(false), append(evidence, "mode none: senders check nothing, so their silence proves nothing; go to testing first")...)
	case len(q.holders) == 0:
		return condition(condPolicy, nil, "no report since "+q.from+" tells of a policy")
	case !readable(present):
		evidence = []string{"no report since " + q.from + " names the policy"}
	case present.Mode == sts.Enforce:
		evidence = append(evidence, "it is in mode enforce already")
	}
	told := map[view]int{}
	for _, h := range q.holders {
		v, line := q.view(h, present)
		told[v]++
		evidence = append(evidence, name(h.Organization)+" "+line)
	}
	switch {
	case told[another] > 0:
		return condition(condPolicy, is(false), bounded(evidence)...)
	case told[unsure] > 0, told[same] == 0:
		return condition(condPolicy, nil, bounded(evidence)...)
	}
	return condition(condPolicy, is(true), bounded(evidence)...)
}

// view is what a reporter takes the policy for.
type view int

const (
	unnamed view = iota // it does not say
	same                // the present one
	another             // another one, or none
	unsure              // it is not known any more
)

// view is how a reporter saw the policy last, also in words.
func (q *question) view(h holder, present sts.Policy) (view, string) {
	on, until := lastDay(h.Last), h.Last.Add(time.Duration(h.policy.MaxAge)*time.Second)
	blind := q.blind[h.Organization]
	switch {
	case blind.After(h.Last) && readable(h.policy) && !blind.Before(until):
		return another, "found no policy, last on " + lastDay(blind) + ", since the one that it saw on " + on + " has run out"
	case blind.After(h.Last):
		return unsure, "found no policy, last on " + lastDay(blind) + ", though it saw one on " + on
	case !readable(h.policy):
		return unnamed, "tells of a policy, not which, last on " + on
	case samePolicy(h.policy, present):
		return same, "has seen it, last on " + on
	case sameHosts(h.policy, present):
		return same, "has seen its mx lines, in mode " + string(h.policy.Mode) + ", last on " + on
	case !until.After(q.today):
		return unsure, "saw another one, last on " + on + ", which it may keep until " + dateOf(until) + "; there is no report of what it took then"
	}
	return another, "still held another one on " + on + ": " + inShort(h.policy) + "; it may keep that until " + dateOf(until)
}

// sameHosts tells that two policies, one in testing and the other in enforce, have senders look for the same
// hosts. Who changes the mode may change max_age with it.
func sameHosts(a, b sts.Policy) bool {
	return a.Mode != b.Mode && readable(a) && checking(a) && checking(b) && slices.Equal(hostsOf(a), hostsOf(b))
}

// inShort is a policy in one line.
func inShort(p sts.Policy) string {
	parts := []string{"mode " + string(p.Mode)}
	for i, mx := range p.MX {
		if i == mostLines {
			parts = append(parts, fmt.Sprintf("and %d more", len(p.MX)-mostLines))
			break
		}
		parts = append(parts, "mx "+clip(mx.Text))
	}
	return strings.Join(append(parts, fmt.Sprintf("max_age %d", p.MaxAge)), ", ")
}

// checked: the check finds nothing that fails, and could try every MX host.
func (q *question) checked() Condition {
	r := q.live.Result
	if r == nil {
		return condition(condLive, nil, "the check of now was left out: this goes by the reports alone")
	}
	var faults []string
	for _, f := range r.Findings {
		if f.Status == rule.Fail {
			faults = append(faults, f.Rule+":"+f.Reason+": "+f.Message)
		}
	}
	untried := untriedHosts(r)
	switch {
	case len(faults) > 0:
		return condition(condLive, is(false), bounded(faults)...)
	case r.Interrupted, !readable(r.Published.Policy):
		return condition(condLive, nil, "the check of now could not see the policy")
	case len(r.Delivery) == 0:
		return condition(condLive, nil, "the MX hosts were not tried; to go by the reports alone, say --no-live")
	case len(untried) > 0:
		return condition(condLive, nil, "whether senders could deliver to "+several(untried)+" could not be tried from here; to go by the reports alone, say --no-live")
	}
	return condition(condLive, is(true), "the check of now finds nothing that would fail under mode enforce")
}

// untriedHosts are those of which no address could be tried.
func untriedHosts(r *rule.Result) []string {
	tried := map[string]bool{}
	var hosts, untried []string
	for _, d := range r.Delivery {
		if _, known := tried[d.MX]; !known {
			hosts = append(hosts, d.MX)
		}
		tried[d.MX] = tried[d.MX] || underEnforce(d) != rule.UnknownVerdict
	}
	for _, host := range hosts {
		if !tried[host] {
			untried = append(untried, host)
		}
	}
	return untried
}

// unproved is what the reports cannot show, whatever they say.
func (q *question) unproved() []string {
	list := []string{
		"Senders that send no reports, as most do not: what happens to their mail is not known.",
		"MX hosts to which no reporter came, such as a backup that is used only when the others fail (RFC 8461 §8.4): reports do not name the hosts where all went well.",
		"What happened since the last reports: they come about a day late.",
	}
	if n := q.without(); n > 0 {
		list = append(list, fmt.Sprintf("How the mail of senders would fare that could not get the policy (%s since %s): they delivered as if there were none.", plural(n, "failure"), q.from))
	}
	if q.live.Result == nil {
		list = append(list, "What the domain publishes now, and what its MX hosts show: no check was made.")
	}
	return list
}
