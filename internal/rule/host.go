package rule

import (
	"net/netip"
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func hostRules() []Rule {
	return []Rule{
		hostAddress(), hostPublic(), hostReachable(), hostTLS(), hostCertificate(), hostCertificateExpiry(),
		policyFetch(), fetchTime(), policyConsistent(), contentType(),
	}
}

// contents are the rules about what the policy host serves, and about the policy itself.
func contents() []string {
	return []string{
		"policy-fetch-time", "policy-consistent", "policy-content-type", "policy-syntax", "policy-version", "policy-mode",
		"policy-enforced", "policy-max-age*", "policy-mx*", "policy-duplicate-field", "mx-covered",
	}
}

// behindTLS are the rules that need a handshake.
func behindTLS() []string {
	return append([]string{"policy-certificate*", "policy-fetch"}, contents()...)
}

// behindDial are the rules that need a connection.
func behindDial() []string { return append([]string{"policy-tls"}, behindTLS()...) }

func hostAddress() Rule {
	all := append([]string{"policy-host-public", "policy-host-reachable"}, behindDial()...)
	return Rule{
		ID: "policy-host-address", Group: "host", Ref: "RFC 8461 §3.2",
		Title: "the policy host {host} has an address",
		Why:   "Senders fetch the policy from this very name. Where it has no address they have no policy.",
		Reasons: append([]Reason{
			{
				Word: "missing", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: all,
				Message: "{host} has no address: neither A nor AAAA.{half}",
				Fix:     "Point the name at the web server that is to serve the policy (any that you run will do), and have it serve this file under this name.{invented}",
			},
			{
				Word: "dangling-alias", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: all,
				Message: "{host} is a CNAME to {target}, which {state}.",
				Fix:     "Ask whoever runs {target} to bring it back, or point the name at a web server of your own.{invented}",
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
			h := danglingHit(answer, c.Host.Name, append([]Record{removal(c.Host.Name+".", "CNAME")}, c.hostRecords()...))
			h.File, h.Vars["invented"] = c.file(c.firstPolicy()), c.invented()
			return []Hit{h}
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
	h := Hit{Reason: "missing", Subject: c.Host.Name, Vars: Vars{"half": "", "invented": c.invented()}, Evidence: []string{said(a), said(aaaa)}, Records: c.hostRecords(), File: c.file(c.firstPolicy())}
	if len(c.STS.Aliases) > 0 && len(c.Host.A.Aliases) == 0 {
		h.Vars["half"] = " Only half is delegated: _mta-sts." + c.Domain + " is a CNAME to " + c.STS.Aliases[0] +
			", but that covers the record alone; the policy host needs a delegation of its own (§8.2)."
	}
	return []Hit{h}
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

// scope sorts addresses by whether all senders reach them: those that are not globally
// reachable with why, and how many the user vouches for.
type scope struct {
	local   []string // "10.0.0.1: private (RFC 1918)"
	global  int
	vouched int // inside --allow-net
}

func (c *Case) scopeOf(addresses []string) scope {
	var s scope
	for _, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		switch ok, what := addr.Global(a); {
		case ok:
			s.global++
		case c.vouched(a):
			s.vouched++
		default:
			s.local = append(s.local, text+": "+what)
		}
	}
	return s
}

// vouched tells that the user declared the address reachable with --allow-net.
func (c *Case) vouched(a netip.Addr) bool {
	return slices.ContainsFunc(c.Vantage.AllowNets, func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		return err == nil && p.Contains(a.Unmap())
	})
}

// publicReasons are those of policy-host-public and mx-public; hides go with none-public.
func publicReasons(kind tlsrpt.ResultType, hides ...string) []Reason {
	const fix = "Publish only addresses that the whole Internet reaches. For a look from inside, --allow-net declares a network reachable and --allow-private contacts it all the same."
	return []Reason{
		{
			Word: "none-public", Status: Fail, TLSRPT: kind, Fix: fix, Hides: hides,
			Message: "No address of {name} is globally reachable, so senders cannot connect to it. It was not contacted.",
		},
		{
			Word: "some-not-public", Status: Warn, Fix: fix,
			Message: "{name} has an address that is not globally reachable. Senders that pick it fail; it was not contacted.",
		},
		{
			Word: "allowed", Status: Info,
			Message: "{name} has an address that is not globally reachable; it was contacted because --allow-private says so.",
		},
	}
}

// publicHit judges one host's addresses.
func (c *Case) publicHit(name string, addresses []string) Hit {
	s := c.scopeOf(addresses)
	h := Hit{Subject: name, Vars: Vars{"name": name}, Evidence: s.local}
	switch {
	case len(s.local) == 0:
	case c.Vantage.AllowPrivate:
		h.Reason = "allowed"
	case s.global+s.vouched == 0:
		h.Reason = "none-public"
	default:
		h.Reason = "some-not-public"
	}
	return h
}

func hostPublic() Rule {
	return Rule{
		ID: "policy-host-public", Group: "host", Ref: "RFC 6890 §2.2.1",
		Title:   "every address of {host} is globally reachable",
		Why:     "A private, loopback or documentation address may work from your network and from nowhere else.",
		Reasons: publicReasons(tlsrpt.STSPolicyFetchError, append([]string{"policy-host-reachable"}, behindDial()...)...),
		Check: func(c *Case) []Hit {
			addresses := append(c.Host.A.Addresses(), c.Host.AAAA.Addresses()...)
			if len(addresses) == 0 {
				return nil
			}
			return []Hit{c.publicHit(c.Host.Name, addresses)}
		},
	}
}

func hostReachable() Rule {
	const fix = "Have the web server listen on port 443 of this address and let it through the firewall, or take the address out of the DNS."
	all := behindDial()
	return Rule{
		ID: "policy-host-reachable", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "every address of {host} accepts connections on port 443",
		Why:   "Senders pick any of the addresses; the policy must be had from each. A browser hides a dead one by trying the next.",
		Reasons: []Reason{
			{
				Word: "refused", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Fix: fix, Hides: all,
				Message: "No address of {host} accepts connections on port 443.",
			},
			{
				Word: "timeout", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Fix: fix, Hides: all,
				Message: "No address of {host} answers on port 443 in time.",
			},
			{
				Word: "partly", Status: Warn, Fix: fix,
				Message: "{host} does not accept connections at {failed}. Senders that pick this address get no policy.",
			},
			{
				Word: "no-ipv6-here", Status: Unknown, Hides: all,
				Message: "This machine has no IPv6, so {failed} could not be tried. Look again from a machine that has it, or leave IPv6 out with -4.",
			},
			{
				Word: "not-tried", Status: Unknown, Hides: all,
				Message: "Not tried was {failed}: {cause}.",
				Fix:     "Mend the cause and look again.",
			},
		},
		Check: checkReachable,
	}
}

func checkReachable(c *Case) []Hit {
	by := map[string][]fact.Fetch{}
	for _, f := range c.Host.Fetches {
		if f.Skipped == fact.SkipLimit {
			f.Fault = &fact.Fault{Text: "the host has more addresses than are tried"}
		}
		word := reachability(f)
		by[word] = append(by[word], f)
	}
	alive, dead := len(by["alive"]) > 0, by["dead"]
	var hits []Hit
	add := func(word string, fs []fact.Fetch, partial bool) {
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

// reachability sorts a fetch: "alive", "dead", or why that is not known; "" where nobody wanted to
// know.
func reachability(f fact.Fetch) string {
	switch {
	case f.Skipped == fact.SkipLimit:
		return "not-tried"
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

func reachHit(c *Case, word string, fs []fact.Fetch, partial bool) Hit {
	h := Hit{
		Reason: word, Subject: c.Host.Name, Partial: partial,
		Vars: Vars{"failed": list(addressesOf(fs)), "cause": fs[0].Fault.Text},
	}
	for _, f := range fs {
		h.Evidence = append(h.Evidence, f.Address+": "+f.Fault.Text)
	}
	return h
}

func addressesOf(fs []fact.Fetch) []string {
	var names []string
	for _, f := range fs {
		names = append(names, f.Address)
	}
	return names
}

// outcome is what fetches of several addresses have in common: one root cause is one finding,
// whether it shows at one address or at all.
type outcome struct {
	word    string
	fetches []fact.Fetch
}

// outcomes groups fetches by the word that of gives them; those with none are left out.
func outcomes(fs []fact.Fetch, of func(fact.Fetch) string) []outcome {
	var groups []outcome
	for _, f := range fs {
		word := of(f)
		if word == "" {
			continue
		}
		i := slices.IndexFunc(groups, func(o outcome) bool { return o.word == word })
		if i < 0 {
			groups, i = append(groups, outcome{word: word}), len(groups)
		}
		groups[i].fetches = append(groups[i].fetches, f)
	}
	return groups
}

// subject is the policy host, with the addresses where not all are meant.
func (c *Case) subject(o outcome) string {
	if len(o.fetches) == len(c.fetched()) {
		return c.Host.Name
	}
	return c.Host.Name + " [" + strings.Join(addressesOf(o.fetches), ", ") + "]"
}

// partial tells that a policy is served all the same, from another address.
func (c *Case) partial() bool { return c.served != nil }
