package rule

import (
	"mtasts/internal/fact"
)

func domainExists() Rule {
	return Rule{
		ID: "domain-exists", Group: "record", Ref: "RFC 1035 §4.1.1",
		Title: "the domain exists in the DNS",
		Why:   "A name that the DNS does not know can have neither mail nor a policy.",
		More:  "The DNS is the directory of names: senders ask it where the mail of {domain} goes before they do anything else.",
		Reasons: []Reason{{
			Word: "nxdomain", Status: Fail,
			More:    `The DNS answers NXDOMAIN, "no such name". A registration that has run out looks like this too, and so does a domain that was registered and has no name servers yet.`,
			Message: "The DNS knows no domain {domain}{alias}.",
			Fix:     "Look for a slip in the name. If it is right, register the domain, or have its parent zone delegate it.",
			Hides:   []string{"*"},
		}},
		Check: func(c *Case) []Hit {
			switch {
			case c.gone():
				return []Hit{{Reason: "nxdomain", Subject: c.Domain, Vars: Vars{"alias": c.deadEnd()}, Evidence: []string{aliasPath(c.MX)}}}
			case c.MX.Exists() || c.STS.Found() || c.TLSRPT.Found() || c.Host.A.Found():
				return []Hit{{Subject: c.Domain}}
			}
			return nil
		},
	}
}

// gone tells that the DNS knows neither the domain nor anything below it: some servers say
// NXDOMAIN for a name that has only names below it.
func (c *Case) gone() bool {
	nowhere := c.MX.RCode == "NXDOMAIN" || c.MX.Dangling()
	return nowhere && !c.STS.Found() && !c.TLSRPT.Found() && !c.Host.A.Found()
}

// deadEnd tells of an alias that leads nowhere.
func (c *Case) deadEnd() string {
	if len(c.MX.Aliases) == 0 {
		return ""
	}
	return ": it is an alias (CNAME) of " + c.MX.Aliases[len(c.MX.Aliases)-1] + ", which leads nowhere"
}

// dead tells that the DNS answers nothing at all for the domain: one cause, one finding.
func (c *Case) dead() bool {
	for _, a := range []fact.Answer{c.STS, c.TLSRPT, c.MX, c.Host.A, c.Host.AAAA} {
		if dnsTrouble(a) == "" || a.Dangling() {
			return false
		}
	}
	return true
}
