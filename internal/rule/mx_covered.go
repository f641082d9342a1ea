package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
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
	return slices.DeleteFunc(slices.Clone(c.uncovered()), func(host string) bool {
		return slices.ContainsFunc(c.takers, func(m *fact.MailHost) bool { return strings.EqualFold(m.Name, host) && c.targetNamed(m) })
	})
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
	for _, host := range hosts {
		if p, ok := c.policy.Find(host); ok {
			lines = append(lines, host+" matches mx: "+p.Text)
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
	return slices.DeleteFunc(slices.Clone(c.policy.MX), func(p sts.Pattern) bool {
		return !p.Valid() || addr.Literal(p.Text) || slices.ContainsFunc(hosts, p.Matches)
	})
}

// slips are the patterns that were meant for a host that they do not match: a wildcard of too few
// labels, or a name misspelt. Such a pattern is the cause of that host's finding, not another one.
func (c *Case) slips() []sts.Pattern {
	return c.slipped.of(func() []sts.Pattern {
		return slices.DeleteFunc(c.unmatched(), func(p sts.Pattern) bool {
			return !slices.ContainsFunc(c.uncovered(), func(host string) bool { return shallow(p, host) || misspelt(p, host) })
		})
	})
}

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

// shallow tells that the host lies under a wildcard's base, at another depth than one label.
func shallow(p sts.Pattern, host string) bool {
	base, wild := strings.CutPrefix(strings.ToLower(p.Text), "*.")
	return wild && p.Valid() && !p.Matches(host) && (host == base || strings.HasSuffix(host, "."+base))
}

// cause explains the two commonest slips: the depth of `*.` (RFC 8461 §4.1), and spelling.
func (c *Case) cause(bare []string) string {
	for _, m := range c.takers {
		if slices.Contains(bare, strings.ToLower(m.Name)) && c.targetNamed(m) {
			return fmt.Sprintf(" %s is an alias (CNAME) of %s, which the policy names; yet it is the name in the MX record that has to match.", m.Name, targetOf(m))
		}
	}
	for _, p := range c.policy.MX {
		base := strings.TrimPrefix(strings.ToLower(p.Text), "*.")
		for _, host := range bare {
			if shallow(p, host) {
				labels := strings.Count(strings.TrimSuffix(host, base), ".")
				return fmt.Sprintf(" `*.` stands for exactly one label, and %s has %s before %s.", host, plural(int64(labels), "label"), base)
			}
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
