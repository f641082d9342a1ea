package render

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

const (
	typeSTS      = "sts"
	typeNone     = "no-policy-found"
	mostPolicies = 10
	mostHolders  = 5
	// lately is how far before the last report of all an organisation's own last may be, to tell of now.
	lately = 28 * 24 * time.Hour
)

// isPolicy tells that it is a policy of MTA-STS, of which it is known what it says.
func isPolicy(s reports.Seen) bool { return s.Type == typeSTS && len(s.String) > 0 }

// old is a policy behind which there is a newer one.
type old struct {
	reports.Seen
	holders []string // organisations that went by it to their last report, of late
	lost    []string // those whose last report is too old to tell of now
}

// newest is the place of the policy of MTA-STS that is published now; where that was not looked at, of the
// one that came up last, for a sender may go on seeing an older one for long. It is -1 where there is none.
func newest(all []reports.Seen) int {
	at := -1
	for i, s := range all {
		switch {
		case !isPolicy(s):
		case s.Current != nil && *s.Current:
			return i
		case s.Current == nil && (at < 0 || s.First.After(all[at].First)):
			at = i
		}
	}
	return at
}

// lastHeld is when each organisation last reported a policy of MTA-STS.
func lastHeld(all []reports.Seen) map[string]time.Time {
	last := map[string]time.Time{}
	for _, s := range all {
		for _, h := range s.Held {
			if isPolicy(s) && h.Last.After(last[h.Organization]) {
				last[h.Organization] = h.Last
			}
		}
	}
	return last
}

// stale are the policies of MTA-STS but for the newest, the latest first.
func stale(d reports.Domain) []old {
	var list []old
	now, last := newest(d.Policies), lastHeld(d.Policies)
	for i, s := range d.Policies {
		if i != now && isPolicy(s) {
			list = append(list, heldOn(s, last, d.To.Add(-lately)))
		}
	}
	return list
}

// heldOn is a policy with the organisations that reported nothing newer. Last is when each reported any.
func heldOn(s reports.Seen, last map[string]time.Time, since time.Time) old {
	o := old{Seen: s}
	for _, h := range s.Held {
		switch {
		case h.Last.Before(last[h.Organization]):
		case h.Last.Before(since):
			o.lost = append(o.lost, h.Organization)
		default:
			o.holders = append(o.holders, h.Organization)
		}
	}
	return o
}

// holders is "Google Inc., Microsoft and 3 more".
func holders(all []string) string {
	var list []string
	for _, s := range all[:min(mostHolders, len(all))] {
		list = append(list, organization(s))
	}
	switch n := len(all) - len(list); {
	case n > 0:
		return strings.Join(list, ", ") + " and " + grouped(n) + " more"
	case len(list) > 1:
		return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
	}
	return strings.Join(list, "")
}

// seenPolicy is a policy with what is to be told of it.
type seenPolicy struct {
	status rule.Status
	title  string   // "sts, older"
	text   string   // "1,234 sessions, 2026-01-01 to 2026-01-20, Google Inc. and Microsoft."
	lines  []string // as they were reported
}

// seenPolicies are the policies in the order in which they are told.
func seenPolicies(d reports.Domain) []seenPolicy {
	now, older := newest(d.Policies), stale(d)
	var list []seenPolicy
	for i, s := range d.Policies {
		p := newSeenPolicy(s)
		switch {
		case i == now:
			p.newest(s.Current != nil, len(older) > 0)
		case isPolicy(s):
			p.outdated(older[0])
			older = older[1:]
		case s.Type == typeNone && d.NoPolicy > 0:
			p.status = rule.Warn
			p.text += fmt.Sprintf(" Since a policy was first seen, %s of the sessions saw none: those senders could not get it.", noPolicyShare(d))
		}
		list = append(list, p)
	}
	return list
}

func newSeenPolicy(s reports.Seen) seenPolicy {
	p := seenPolicy{status: rule.Info, title: typeTitle(s.Type), text: seenText(s)}
	switch {
	case s.Type == typeSTS && len(s.String) == 0:
		p.title += ", not said which"
	case s.Type == typeSTS:
		p.lines = []string{strings.Join(s.String, "; ")}
	default:
		p.lines = s.String[:min(mostListed, len(s.String))]
	}
	return p
}

// newest tells of the newest policy that it is that.
func (p *seenPolicy) newest(published, others bool) {
	switch {
	case published:
		p.status, p.title = rule.Pass, p.title+", published now"
	case others:
		p.title += ", the newest"
	}
}

// outdated tells of an older policy who still goes by it.
func (p *seenPolicy) outdated(o old) {
	p.title += ", older"
	switch {
	case len(o.holders) > 0:
		p.status = rule.Warn
		p.text += " Still in use: " + holders(o.holders) + " went by it in " + plural(len(o.holders), "its last report.", "their last reports.")
	case len(o.lost) > 0:
		p.text += " Since then, " + holders(o.lost) + " told of no policy."
	default:
		p.text += " Nobody goes by it any more."
	}
}

// noPolicyShare is in percent.
func noPolicyShare(d reports.Domain) string {
	const exact = 1_000_000
	return share(int(d.NoPolicy*exact), exact)
}

func typeTitle(s string) string {
	return cmp.Or(map[string]string{typeSTS: "MTA-STS", "tlsa": "DANE", typeNone: "no policy found"}[s], said(s), "(no type)")
}

func seenText(s reports.Seen) string {
	text := amount(s.Sessions, "session")
	if days := period(s.First, s.Last); days != "" {
		text += ", " + days
	}
	if len(s.Organizations) > 0 {
		text += ", " + holders(s.Organizations)
	}
	return strings.TrimSuffix(text, ".") + "."
}

func (p *reportPage) policies(d reports.Domain) {
	all := seenPolicies(d)
	if len(all) == 0 {
		return
	}
	p.section("Policies as senders saw them")
	list := some(p, all, mostPolicies)
	for _, s := range list {
		p.para(indent, body, []span{{symbol(s.status), p.tint.status[s.status]}}, words(p.tint.strong, s.title+":"), words(nil, s.text))
		p.barred(s.lines)
	}
	p.more(len(all)-len(list), "policy", "policies")
}
