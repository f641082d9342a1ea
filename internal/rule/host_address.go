package rule

import (
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func hostAddress() Rule {
	all := append([]string{"policy-host-public", "policy-host-reachable"}, behindDial()...)
	return Rule{
		ID: "policy-host-address", Group: "host", Ref: "RFC 8461 §3.2",
		Title: "the policy host {host} has an address",
		Why:   "Senders fetch the policy from this very name. Where it has no address they have no policy.",
		More:  "The policy is a small text file on a web server. Senders fetch it by HTTPS from the name mta-sts in front of the domain, so this name needs an address: an A record (IPv4), an AAAA record (IPv6), or a CNAME that leads to a name which has one.",
		Reasons: append([]Reason{
			{
				Word: "missing", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: all,
				More:    "A new name has to be published in the DNS before a web server can be found under it.",
				Message: "{host} has no address: neither A nor AAAA.{half}",
				Fix:     "Point the name at the web server that is to serve the policy (any that you run will do), and have it serve this file under this name{invented}:",
			},
			{
				Word: "dangling-alias", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: all,
				More:    "A CNAME says: look under that other name. As a rule a provider has taken the name away, or it is misspelt.",
				Message: "{host} is a CNAME to {target}, which {state}.",
				Fix:     "Ask whoever runs {target} to bring it back, or point the name at a web server of your own{invented}:",
			},
		}, dnsReasons(all...)...),
		Check: checkHostAddress,
	}
}

func checkHostAddress(c *Case) []Hit {
	a, aaaa := c.Host.A, c.Host.AAAA
	if a.Found() || aaaa.Found() {
		return []Hit{halfKnown(c)}
	}
	for _, answer := range []fact.Answer{a, aaaa} {
		if answer.Dangling() {
			h := danglingHit(answer, c.Host.Name, append([]Record{removal(c.Host.Name + ".")}, c.hostRecords()...))
			h.Vars["invented"] = c.invented()
			return []Hit{c.policyFix(h, c.firstPolicy())}
		}
	}
	for _, answer := range []fact.Answer{a, aaaa} {
		if h, trouble := dnsHit(answer); trouble {
			return []Hit{h}
		}
	}
	if !a.Absent() || !aaaa.Absent() {
		return nil
	}
	h := Hit{Reason: "missing", Subject: c.Host.Name, Vars: Vars{"half": "", "invented": c.invented()}, Evidence: []string{said(a), said(aaaa)}, Records: c.hostRecords()}
	if len(c.STS.Aliases) > 0 && len(c.Host.A.Aliases) == 0 {
		h.Vars["half"] = " Only half is delegated: _mta-sts." + c.Domain + " is a CNAME to " + c.STS.Aliases[0] +
			", but that covers the record alone; the policy host needs a delegation of its own (§8.2). Ask the provider which host to point it at, if not at one of yours."
	}
	return []Hit{c.policyFix(h, c.firstPolicy())}
}

// halfKnown passes, unless one family stayed unanswered: senders that ask for it get nowhere.
func halfKnown(c *Case) Hit {
	for _, a := range []fact.Answer{c.Host.A, c.Host.AAAA} {
		if h, trouble := dnsHit(a); trouble {
			h.Partial, h.Evidence = true, hostAddresses(c)
			return h
		}
	}
	return Hit{Subject: c.Host.Name, Evidence: hostAddresses(c)}
}

func hostAddresses(c *Case) []string {
	var lines []string
	for _, a := range []fact.Answer{c.Host.A, c.Host.AAAA} {
		switch {
		case a.Found():
			lines = append(lines, a.Type+" "+strings.Join(a.Addresses(), " "))
		case dnsTrouble(a) != "":
			lines = append(lines, said(a))
		}
	}
	if len(c.Host.A.Aliases) > 0 {
		lines = append(lines, "CNAME "+strings.Join(c.Host.A.Aliases, " -> "))
	}
	return lines
}
