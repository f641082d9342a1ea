package rule

import (
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func hostReachable() Rule {
	const fix = "Have the web server listen on port 443 of this address and let it through the firewall, or take the address out of the DNS."
	all := behindDial()
	return Rule{
		ID: "policy-host-reachable", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "every address of {host} accepts connections on port 443",
		Why:   "Senders pick any of the addresses; the policy must be had from each. A browser hides a dead one by trying the next.",
		More:  "Port 443 is where web servers take HTTPS connections. A name may have several addresses, often one for IPv4 and one for IPv6.",
		Reasons: []Reason{
			{
				Word: "refused", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Fix: fix, Hides: all,
				More:    "Something answered that nothing listens on this port: the web server is not running, listens on another address or on port 80 alone, or a firewall answers in its place.",
				Message: "No address of {host} accepts connections on port 443.",
			},
			{
				Word: "timeout", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Fix: fix, Hides: all,
				More:    "Nothing comes back at all. As a rule a firewall drops the connection, the machine is switched off, or the address is an old one.",
				Message: "No address of {host} answers on port 443 in time.",
			},
			{
				Word: "partly", Status: Warn, Fix: fix,
				More:    "Often the AAAA record (IPv6) leads to an old machine, or the web server listens on IPv4 alone.",
				Message: "{host} does not accept connections at {failed}. Senders that pick this address get no policy.",
			},
			{
				Word: "no-ipv6-here", Status: Unknown, Hides: all, Here: true,
				More:    "This says nothing about the domain: many office, home and cloud networks have no IPv6. Senders that have it use these addresses.",
				Message: "This machine has no IPv6, so {failed} could not be tried.",
				Fix:     "Look again from a machine that has IPv6, or leave it out with -4.",
			},
			{
				Word: "not-tried", Status: Unknown, Hides: all,
				More:    "This says nothing about the address: mtasts tries a number of them at most, leaves out those of a family that it is told to, and counts a fault of this machine or of its proxy as not tried.",
				Message: "Not tried was {failed}: {cause}.",
				Fix:     "Mend the cause and look again.",
			},
		},
		Check: checkReachable,
	}
}

func checkReachable(c *Case) []Hit {
	by := map[string][]*fact.Fetch{}
	for i := range c.Host.Fetches {
		f := c.unskipped(&c.Host.Fetches[i])
		word := reachability(f)
		by[word] = append(by[word], f)
	}
	if len(by) == 1 {
		by["not-tried"] = append(by["not-tried"], by["left-out"]...)
	}
	alive, dead := len(by["alive"]) > 0, by["dead"]
	var hits []Hit
	add := func(word string, fs []*fact.Fetch, partial bool) {
		if len(fs) > 0 {
			hits = append(hits, reachHit(c, word, fs, partial))
		}
	}
	switch {
	case alive, len(by["no-ipv6-here"])+len(by["not-tried"]) > 0: // not all are known to be dead
		add("partly", dead, true)
	case len(dead) > 0 && dead[0].Fault.Timeout:
		add("timeout", dead, false)
	default:
		add("refused", dead, false)
	}
	add("not-tried", by["not-tried"], alive)
	add("no-ipv6-here", by["no-ipv6-here"], alive)
	if len(hits) == 0 && alive {
		hits = []Hit{{Subject: c.Host.Name}}
	}
	return hits
}

// unskipped gives a fetch that was left out the reason as its fault.
func (c *Case) unskipped(f *fact.Fetch) *fact.Fetch {
	var why string
	switch f.Skipped {
	case fact.SkipLimit:
		why = "the host has more addresses than are tried"
	case fact.SkipFamily:
		why = "-" + c.Vantage.Family + " leaves out the only addresses that the host has"
	default:
		return f
	}
	left := *f
	left.Fault = &fact.Fault{Text: why}
	return &left
}

// reachability sorts a fetch: "alive", "dead", or why that is not known: "left-out" by the user, ""
// for what was not asked.
func reachability(f *fact.Fetch) string {
	switch {
	case f.Skipped == fact.SkipLimit:
		return "not-tried"
	case f.Skipped == fact.SkipFamily:
		return "left-out"
	case f.Skipped != "", canceled(f.Fault):
		return ""
	case f.Connected:
		return "alive"
	case f.Fault == nil:
		return ""
	case f.Fault.Kind == fact.NoRoute && strings.Contains(f.Address, ":"):
		return "no-ipv6-here"
	case f.Fault.Kind == fact.NoRoute, f.Fault.Kind == fact.Internal:
		return "not-tried"
	}
	return "dead"
}

func reachHit(c *Case, word string, fs []*fact.Fetch, partial bool) Hit {
	h := Hit{
		Reason: word, Subject: c.Host.Name, Partial: partial,
		Vars: Vars{"failed": list(addressesOf(fs)), "cause": fs[0].Fault.Text},
	}
	for _, f := range fs {
		h.Evidence = append(h.Evidence, f.Address+": "+f.Fault.Text)
	}
	return h
}

func addressesOf(fs []*fact.Fetch) []string {
	var names []string
	for _, f := range fs {
		names = append(names, f.Address)
	}
	return names
}
