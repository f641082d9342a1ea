package rule

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

func policyMX() Rule {
	return Rule{
		ID: "policy-mx", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "the policy's mx lines are host names, or `*.` and a host name",
		Why:   "The mx lines say which hosts may take the domain's mail. A line that no host can match makes senders refuse the host it was meant for.",
		More:  "Each mx line names one host of the domain's MX records. With *. in front it names all hosts that have exactly one label more: *.{domain} stands for mx1.{domain}, and neither for {domain} nor for a.b.{domain}.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}. Only in mode none may it be without.", serveThis).more("Without a list of hosts a sender would have to refuse them all, so it drops the policy."),
			invalid("bad-pattern", "An mx line is no host name: {text}. {senders}", serveThis).more("Each line takes one host name: no preference as in MX records, no IP address, no URL, no final dot, and no * elsewhere than in front."),
			{
				Word: "too-wide", Status: Warn,
				More:    "Endings such as com and co.uk belong to everybody: who registers a name there can run a host that passes for one of yours.",
				Message: "The line `mx: {text}` covers a host of anybody's: {base} is a suffix under which anybody may register.",
				Fix:     "Name the MX hosts themselves, then give the record a new id:",
			},
		},
		Check: checkPolicyMX,
	}
}

func checkPolicyMX(c *Case) []Hit {
	if c.served == nil {
		return nil
	}
	hits, slip := c.problemHits("mx", mxLines(c.policy.MX)...), c.isSlip()
	fixed := map[string]bool{} // those of one reason become one hit, with the fix of the first
	mend := func(h Hit, p func() sts.Policy) {
		if !fixed[h.Reason] {
			h = c.policyFix(h, p())
		}
		fixed[h.Reason] = true
		hits = append(hits, h)
	}
	for _, p := range c.policy.MX {
		base, wild := strings.CutPrefix(p.Text, "*.")
		h := Hit{Subject: c.url(), Line: p.Line, Column: p.Column, Evidence: []string{place(p.Line, p.Column) + "mx: " + p.Text}}
		switch {
		case !p.Valid(): // a problem of the grammar, told above
		case addr.Literal(base):
			h.Reason, h.Vars = "bad-pattern", Vars{"text": p.Text + " is an IP address", "senders": c.whoOf("mx", "bad-pattern", p.Line)}
			h.Evidence[0] += " (an IP address)"
			mend(h, c.repaired)
		case wild && widestSuffix(base) && !slip(p):
			h.Reason, h.Vars = "too-wide", Vars{"text": p.Text, "base": base}
			mend(h, func() sts.Policy { return c.narrowed(p) })
		}
	}
	return onlyFaults(mergeHits(hits))
}

// widestSuffix tells that anybody may register under a name.
func widestSuffix(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(name))
	return suffix == strings.ToLower(name)
}

// narrowed is the repaired policy without one pattern, the hosts that it covered named one by one.
func (c *Case) narrowed(wide sts.Pattern) sts.Policy {
	p := c.repaired()
	p.MX = without(p.MX, wide)
	index := sts.NewIndex(p.MX)
	for _, host := range c.coverable() {
		if index.Find(host) < 0 {
			p.MX = append(p.MX, sts.Pattern{Text: host})
		}
	}
	return p
}

// without is a list of patterns less some.
func without(list []sts.Pattern, some ...sts.Pattern) []sts.Pattern {
	gone := map[string]bool{}
	for _, p := range some {
		gone[strings.ToLower(p.Text)] = true
	}
	return slices.DeleteFunc(list, func(q sts.Pattern) bool { return gone[strings.ToLower(q.Text)] })
}

func mxLines(list []sts.Pattern) []string {
	var lines []string
	for _, p := range list {
		lines = append(lines, "mx: "+p.Text)
	}
	return lines
}

func policyMXUnused() Rule {
	return Rule{
		ID: "policy-mx-unused", Group: "policy", Ref: "RFC 8461 §8.4", Needs: PartPolicy | PartMX,
		Title: "every mx line of the policy matches an MX host of {domain}",
		Why:   "A line without a host is often left from a former provider, whose customers could then take the domain's mail; or the host that it was meant for has another name.",
		More:  "MX records and policy are two lists of the same hosts, kept in two places. They drift apart when a host is added, renamed or given up.",
		Reasons: []Reason{{
			Word: "unused", Status: Warn,
			More:    "While mail moves from one provider to another, lines for both belong into the policy. Afterwards the old one should go.",
			Message: "No MX host of {domain} matches {pattern} of the policy.",
			Fix:     "If no move of the MX is under way that needs it, take it out, then give the record a new id:",
		}},
		Check: checkUnused,
	}
}

func checkUnused(c *Case) []Hit {
	hosts := c.coverable()
	waiting := slices.ContainsFunc(c.mailHosts(), func(m *fact.MailHost) bool { return unfinished(m.Name) })
	if c.served == nil || c.mode() == sts.None || len(hosts) == 0 || len(c.policy.MX) == 0 || waiting {
		return nil // a host that is still to come may be what a line is for
	}
	unused := slices.DeleteFunc(c.unmatched(), c.isSlip()) // mx-covered tells of these
	if len(unused) == 0 {
		return []Hit{{Subject: c.url()}}
	}
	h := Hit{Reason: "unused", Subject: c.url(), Line: unused[0].Line, Column: unused[0].Column, Vars: Vars{"pattern": list(mxLines(unused))}}
	p := c.repaired()
	p.MX = without(p.MX, unused...)
	for _, u := range unused {
		h.Evidence = append(h.Evidence, place(u.Line, u.Column)+"mx: "+u.Text)
	}
	h.Evidence = append(h.Evidence, "MX hosts: "+list(hosts))
	return []Hit{c.policyFix(h, p)}
}
