package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/sts"
)

// The policy types of RFC 8460 §4.4.
const (
	typeSTS  = "sts"
	typeTLSA = "tlsa"
)

// grip is whether the policies that a sender held name an MX host.
type grip int

const (
	unheld   grip = iota // not known: no host, or no policy
	holding              // all name it
	slipping             // an older one does not
	loose                // none does
)

// background is what is known of a domain's policies of MTA-STS, worked out once for all its failures.
type background struct {
	domain string
	only   string // the one host that all of them name, where there is one
	all    []term
	by     map[string][]term // by organisation
}

// term is the days on which a policy was held.
type term struct {
	sts.Policy

	first, last string
}

// mostTerms is how many policies are looked at: those that were seen last come first.
const mostTerms = 10

func (d *Domain) background() *background {
	b := &background{domain: d.Domain, by: map[string][]term{}}
	hosts := map[string]bool{}
	for _, s := range d.Policies {
		p := policyOf(s.String)
		if s.Type != typeSTS || len(p.MX) == 0 {
			continue
		}
		for _, h := range hostsOf(p) {
			hosts[h] = true
		}
		b.all = append(b.all, term{p, dateOf(s.First), lastDay(s.Last)})
		for _, h := range s.holders() {
			b.by[h.Organization] = append(b.by[h.Organization], term{p, dateOf(h.First), lastDay(h.Last)})
		}
	}
	for h := range hosts {
		if len(hosts) == 1 && !strings.HasPrefix(h, "*") {
			b.only = clip(h)
		}
	}
	return b
}

// heldBy are the policies that an organisation saw in some days; those of all where it tells none.
func (b *background) heldBy(organization, first, last string) []sts.Policy {
	for _, terms := range [][]term{b.by[organization], b.all} {
		var list []sts.Policy
		for _, t := range terms {
			if t.first <= last && t.last >= first && len(list) < mostTerms {
				list = append(list, t.Policy)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// hold finds out whether the policy that the sender saw names the host (RFC 8461 §4.1), and says why. It
// returns how many mx lines it looked at.
func (m *matter) hold() (lines int) {
	seen := m.heldBy(m.Organization, m.First, m.Last)
	if m.MX == "" || len(seen) == 0 {
		return 0
	}
	var without []sts.Policy
	for _, p := range seen {
		lines += len(p.MX)
		if _, ok := p.Find(m.MX); !ok {
			without = append(without, p)
		}
	}
	switch {
	case len(without) == 0:
		m.grip, m.held = holding, "the policy names "+clip(m.MX)
	case len(without) < len(seen):
		m.grip, m.held = slipping, "an older policy that senders held has "+notNaming(without[0], m.MX)
	default:
		m.grip, m.held = loose, "the policy has "+notNaming(without[0], m.MX)
	}
	return lines
}

// holders are who held the policy and when; for all the same time where no more is known.
func (s Seen) holders() []Held {
	if len(s.Held) > 0 {
		return s.Held
	}
	var list []Held
	for _, o := range s.Organizations {
		list = append(list, Held{Organization: o, First: s.First, Last: s.Last})
	}
	return list
}

func dateOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// policyOf reads a policy from the lines of a report. Some put all of it into one string, with line
// ends or, as the prose of RFC 8460 §4.4 has it, semicolons.
func policyOf(lines []string) sts.Policy {
	var clean []string
	for _, line := range strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return r == '\n' || r == '\r' || r == ';' }) {
		if line = strings.TrimSpace(line); line != "" {
			clean = append(clean, line)
		}
	}
	p, _ := sts.ParsePolicy([]byte(strings.Join(clean, "\n")))
	return p
}

// mostLines is how many mx lines are told of a policy.
const mostLines = 4

// notNaming tells the mx lines of a policy, none of which matches the host, and why where the reason is
// the depth of a wildcard.
func notNaming(p sts.Policy, host string) string {
	var lines []string
	for _, mx := range p.MX[:min(mostLines, len(p.MX))] {
		lines = append(lines, "mx: "+clip(mx.Text))
	}
	text := strings.Join(lines, ", ")
	if more := len(p.MX) - mostLines; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	for _, mx := range p.MX {
		if labels, base := depth(mx, host); labels != 1 {
			return text + ", and the wildcard stands for exactly one label: " + clip(host) + " has " + number(labels) + " before " + clip(base)
		}
	}
	return text + ", and nothing that matches " + clip(host)
}

// depth is how many labels a host has before the base of a wildcard; 1 also where it does not lie there.
func depth(p sts.Pattern, host string) (int, string) {
	base, wild := strings.CutPrefix(strings.ToLower(p.Text), "*.")
	switch front, under := strings.CutSuffix(host, "."+base); {
	case wild && p.Valid() && host == base:
		return 0, base
	case wild && p.Valid() && under:
		return strings.Count(front, ".") + 1, base
	}
	return 1, base
}

func number(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// samePolicy tells that two policies say the same, in whatever order.
func samePolicy(a, b sts.Policy) bool {
	return a.Version == b.Version && a.Mode == b.Mode && a.MaxAge == b.MaxAge && slices.Equal(hostsOf(a), hostsOf(b))
}

// hostsOf are the patterns of a policy, sorted, each once.
func hostsOf(p sts.Policy) []string {
	var list []string
	for _, mx := range p.MX {
		list = append(list, strings.ToLower(mx.Text))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Names are the hosts and wildcards in the mx lines of the policy, sorted, each once. One of mode none keeps
// senders to no host, so it has none; nor counts a line that matches nothing.
func (s Seen) Names() []string {
	p := policyOf(s.String)
	if p.Mode == sts.None {
		return nil
	}
	p.MX = slices.DeleteFunc(p.MX, func(mx sts.Pattern) bool { return !mx.Valid() })
	return hostsOf(p)
}

// readable tells that a text is a policy at all.
func readable(p sts.Policy) bool { return p.Version != "" || p.Mode != "" || len(p.MX) > 0 }
