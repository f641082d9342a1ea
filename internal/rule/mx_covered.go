package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/near"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func mxCovered() Rule {
	return Rule{
		ID: "mx-covered", Group: "mx", Ref: "RFC 8461 §4.1", Needs: PartPolicy | PartMX, UnderPolicy: true,
		Title: "every MX host matches an mx line of the policy",
		Why:   "A sender that honours the policy does not deliver to a host that the policy does not name, however good its certificate.",
		More:  "The mx lines of the policy are the list of hosts that a sender may hand the domain's mail to. MX records can be forged on the way; the policy, which came over HTTPS, cannot.",
		Reasons: []Reason{{
			Word: "not-covered", Status: Fail, TLSRPT: tlsrpt.ValidationFailure,
			More:    "As a rule a host was added or renamed in the DNS and not in the policy. A wildcard such as *.{domain} stands for exactly one more label.",
			Message: "The policy names no pattern that matches {hosts}.{cause}",
			InForce: "Senders that honour the policy refuse to deliver there{all}{but}.",
			NotYet:  "Mail still gets there as long as the policy is not in force; under enforce senders would refuse to deliver there{all}{but}.",
			Fix:     "{how}",
		}},
		Check: checkCovered,
	}
}

func checkCovered(c *Case) []Hit {
	hosts := c.coverable()
	if !c.judgesCover() || len(hosts) == 0 {
		return nil
	}
	bare := c.uncovered()
	if len(bare) == 0 {
		return []Hit{{Subject: c.whole(), Evidence: c.coverage(hosts)}}
	}
	h := Hit{
		Reason: "not-covered", Subject: list(bare), Line: c.mxLine(bare[0]), Vars: Vars{"hosts": list(bare), "all": "", "but": "", "cause": c.cause(bare)},
		Evidence: append(mxLines(c.policy.MX), "MX hosts: "+list(hosts)),
	}
	if len(bare) == len(hosts) {
		h.Vars["all"] = ", and there is no other host"
	}
	if c.vouchedFor(bare) {
		h.Vars["but"] = ", unless they check DANE: the TLSA records vouch for what they find there"
	}
	return []Hit{c.coveredFix(h)}
}

// coveredFix adds the hosts to the policy; hosts that are aliases of what the policy names are
// mended in the MX records.
func (c *Case) coveredFix(h Hit) Hit {
	lines := c.toCover()
	if len(lines) == 0 {
		h.Vars["how"], h.Records = "Name the host itself in the MX record:", c.soundMX()
		return h
	}
	instead := ""
	if len(c.slips()) > 0 {
		instead = " in place of " + list(mxLines(c.slips()))
	}
	h.Vars["how"] = "Add " + list(mxLines(patterns(lines))) + " to the policy" + instead + ", then give the record a new id:"
	return c.policyFix(h, c.repaired())
}

// toCover are the hosts to be added to the policy: the uncovered ones, but for aliases of what it
// names.
func (c *Case) toCover() []string {
	aliases := map[string]bool{}
	for _, m := range c.takers {
		if c.targetNamed(m) {
			aliases[strings.ToLower(m.Name)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.uncovered()), func(host string) bool { return aliases[host] })
}

// uncovered are the MX hosts that the policy leaves out. A host that a broken line was meant for is
// not among them: policy-mx tells of that line; nor is one without an address: mx-address does.
func (c *Case) uncovered() []string {
	return c.bare.of(func() []string {
		return slices.DeleteFunc(c.coverable(), func(host string) bool { return c.withoutAddress(host) || c.names(host) })
	})
}

func (c *Case) withoutAddress(host string) bool { return c.homeless[strings.ToLower(host)] }

func (c *Case) coverage(hosts []string) []string {
	var lines []string
	index := sts.NewIndex(c.policy.MX)
	for _, host := range hosts {
		if i := index.Find(host); i >= 0 {
			lines = append(lines, host+" matches mx: "+c.policy.MX[i].Text)
		}
	}
	return lines
}

// unmatched are the patterns that match no MX host.
func (c *Case) unmatched() []sts.Pattern {
	hosts := c.coverable()
	for i := range c.Hosts {
		hosts = append(hosts, targetOf(&c.Hosts[i])) // mx-covered tells of these
	}
	there := sts.NewHosts(hosts)
	return slices.DeleteFunc(slices.Clone(c.policy.MX), func(p sts.Pattern) bool {
		return !p.Valid() || addr.Literal(p.Text) || there.Match(p)
	})
}

// slips are the patterns that were meant for a host that they do not match: a wildcard of too few
// labels, or a name misspelt. Such a pattern is the cause of that host's finding, not another one.
func (c *Case) slips() []sts.Pattern {
	return c.slipped.of(func() []sts.Pattern {
		list, hosts := c.unmatched(), c.uncovered()
		deep, few := deepHosts(hosts), len(list)*len(hosts) <= mostSlips
		return slices.DeleteFunc(list, func(p sts.Pattern) bool {
			return !deep.has(p) && !(few && slices.ContainsFunc(hosts, func(host string) bool { return misspelt(p, host) }))
		})
	})
}

// isSlip tells of a pattern whether it is one of them.
func (c *Case) isSlip() func(sts.Pattern) bool {
	set := map[sts.Pattern]bool{}
	for _, p := range c.slips() {
		set[p] = true
	}
	return func(p sts.Pattern) bool { return set[p] }
}

// mostSlips is how many pairs of an unmatched pattern and an uncovered host are looked at for slips of
// spelling. Who has more has not mistyped a name, and letters are compared slowly.
const mostSlips = 2500

// misspelt tells that a pattern is a host's name but for a slip in one label. Names that differ
// in digits alone are two hosts of one set, not a slip.
func misspelt(p sts.Pattern, host string) bool {
	a, b := strings.Split(strings.ToLower(p.Text), "."), strings.Split(host, ".")
	if len(a) != len(b) {
		return false
	}
	slip := false
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		_, ok := near.Nearest(a[i], b[i:i+1])
		if slip || !ok || withoutDigits(a[i]) == withoutDigits(b[i]) {
			return false
		}
		slip = true
	}
	return slip
}

func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// deep are hosts by the names that they lie under at another depth than one label: the first of each.
type deep map[string]string

func deepHosts(hosts []string) deep {
	list := deep{}
	for _, host := range hosts {
		for depth, base, more := 0, host, true; more; depth++ {
			if _, known := list[base]; !known && depth != 1 {
				list[base] = host
			}
			_, base, more = strings.Cut(base, ".")
		}
	}
	return list
}

// has tells that a host lies under a wildcard's base, where it does not match.
func (d deep) has(p sts.Pattern) bool { return d.under(p) != "" }

// under is that host.
func (d deep) under(p sts.Pattern) string {
	base, wild := strings.CutPrefix(strings.ToLower(p.Text), "*.")
	if !wild || !p.Valid() {
		return ""
	}
	return d[base]
}

// cause explains the two commonest slips: the depth of `*.` (RFC 8461 §4.1), and spelling.
func (c *Case) cause(bare []string) string {
	for _, m := range c.takers {
		if c.targetNamed(m) && slices.Contains(bare, strings.ToLower(m.Name)) {
			return fmt.Sprintf(" %s is an alias (CNAME) of %s, which the policy names; yet it is the name in the MX record that has to match.", m.Name, targetOf(m))
		}
	}
	below := deepHosts(bare)
	for _, p := range c.policy.MX {
		if host := below.under(p); host != "" {
			base := strings.TrimPrefix(strings.ToLower(p.Text), "*.")
			labels := strings.Count(strings.TrimSuffix(host, base), ".")
			return fmt.Sprintf(" `*.` stands for exactly one label, and %s has %s before %s.", host, plural(int64(labels), "label"), base)
		}
	}
	for _, p := range c.slips() {
		i := slices.IndexFunc(bare, func(host string) bool { return misspelt(p, host) })
		if i >= 0 {
			return fmt.Sprintf(" `mx: %s` seems to be meant for %s, but is spelt otherwise.", p.Text, bare[i])
		}
	}
	return ""
}
