package rule

import (
	"net/netip"
	"slices"

	"mtasts/internal/addr"
	"mtasts/internal/tlsrpt"
)

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
			More:    "As a rule an internal name server's view of the domain was published, or mtasts runs inside a network whose resolver shows internal addresses; from outside the name may have others.",
			Message: "No address of {name} is globally reachable, so senders cannot connect to it. It was not contacted.",
		},
		{
			Word: "some-not-public", Status: Warn, Fix: fix,
			More:    "As a rule an address of the internal network was published beside the public one.",
			Message: "{name} has an address that is not globally reachable. Senders that pick it fail; it was not contacted.",
		},
		{
			Word: "allowed", Status: Info,
			More:    "The flag was given on the command line; without it the address is left alone, and this is a finding.",
			Message: "{name} has an address that is not globally reachable; it was contacted because --allow-private says so.",
		},
	}
}

// publicHit judges one host's addresses.
func (c *Case) publicHit(name string, addresses []string) Hit {
	s := c.scopeOf(addresses)
	h := Hit{Subject: name, Evidence: s.local}
	if len(s.local) == 0 {
		return h
	}
	h.Vars = Vars{"name": name}
	switch {
	case c.Vantage.AllowPrivate:
		h.Reason = "allowed"
	case s.global+s.vouched == 0:
		h.Reason = "none-public"
	default:
		h.Reason = "some-not-public"
	}
	return h
}

const (
	notEverywhere  = "A private, loopback or documentation address may work from your network and from nowhere else."
	localAddresses = "Addresses such as 10.0.0.1, 172.16.0.1 and 192.168.1.1 belong to whoever uses them inside a network of their own, and 127.0.0.1 and ::1 to each machine itself. To a sender elsewhere they lead nowhere, or to a machine of its own."
)

func hostPublic() Rule {
	return Rule{
		ID: "policy-host-public", Group: "host", Ref: "RFC 6890 §2.2.1",
		Title:   "every address of {host} is globally reachable",
		Why:     notEverywhere,
		More:    localAddresses,
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

func mxPublic() Rule {
	return Rule{
		ID: "mx-public", Group: "mx", Ref: "RFC 6890 §2.2.1",
		Title:   "every address of the MX hosts is globally reachable",
		Why:     notEverywhere,
		More:    localAddresses,
		Reasons: publicReasons(tlsrpt.ValidationFailure),
		Check: func(c *Case) []Hit {
			var hits []Hit
			for _, m := range c.mailHosts() {
				if addresses := append(m.A.Addresses(), m.AAAA.Addresses()...); len(addresses) > 0 {
					h := c.publicHit(m.Name, addresses)
					if h.Reason == "none-public" && !c.tried() {
						h.Hides = mailRules()
					}
					hits = append(hits, h)
				}
			}
			return onePass(c, hits)
		},
	}
}
