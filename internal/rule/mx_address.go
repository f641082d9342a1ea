package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/fact"
)

func mxAddress() Rule {
	return Rule{
		ID: "mx-address", Group: "mx", Ref: "RFC 5321 §5.1",
		Title: "every MX host has an address",
		Why:   "A host without an address takes no mail. While others have one, mail is only slower; senders try the dead one first or in between.",
		More:  "Senders look up the A (IPv4) and AAAA (IPv6) records of each MX host to know where to connect to.",
		Reasons: []Reason{
			{
				Word: "missing", Status: Warn, Exception: "fail where no MX host has an address",
				More:    "As a rule the host was switched off and its MX record left, or its name is misspelt.",
				Message: "The MX host {name} has no address: neither A nor AAAA.",
				Fix:     "Publish an address for {name}, or take it out of the MX records.{or}",
			},
			{
				Word: "dns-error", Status: Unknown,
				More:    `SERVFAIL means that the resolver got no answer that it could use. That is not the same as the answer "no such record".`,
				Message: "Whether the MX host {name} has {what} cannot be told: {said}.",
				Fix:     "Ask the name servers of {name}: they answer with an error, are not reached, or their DNSSEC signatures do not hold.",
			},
			{
				Word: "not-tried", Status: Unknown,
				More:    "This says nothing about those hosts. A domain needs two or three.",
				Message: "{domain} has more MX hosts than are looked at; {name} was left out.",
				Fix:     "Publish fewer MX records: senders try a few of them alone.",
			},
		},
		Check: checkMXAddress,
	}
}

func checkMXAddress(c *Case) []Hit {
	var hits []Hit
	var leftOut []string
	for _, m := range c.mailHosts() {
		switch {
		case m.Skipped != "":
			leftOut = append(leftOut, m.Name)
		case addressState(m) != "":
			hits = append(hits, c.addressHit(m))
		}
	}
	if len(leftOut) > 0 {
		hits = append(hits, Hit{Reason: "not-tried", Subject: c.Domain, Vars: Vars{"name": list(leftOut)}, Evidence: leftOut})
	}
	return onePass(c, hits)
}

func (c *Case) addressHit(m *fact.MailHost) Hit {
	h := Hit{Subject: m.Name, Evidence: mailAddresses(m)}
	state := addressState(m)
	if state == "found" {
		return h
	}
	h.Vars = Vars{"name": m.Name, "or": "", "what": "an address", "said": ""}
	switch state {
	case "dns-error":
		h.Reason = "dns-error"
		if m.A.Found() || m.AAAA.Found() {
			h.Vars["what"] = "another address"
		}
		for _, a := range []fact.Answer{m.A, m.AAAA} {
			if dnsTrouble(a) != "" {
				h.Vars["said"] = said(a)
			}
		}
	case "missing":
		h.Reason = "missing"
		others := slices.ContainsFunc(c.mailHosts(), func(o *fact.MailHost) bool { return !c.withoutAddress(o.Name) })
		if !others {
			h.Status, h.Hides = Fail, mailRules()
		} else if h.Records = c.soundMX(); len(h.Records) > 0 {
			h.Vars["or"] = " Without it they are:"
		}
	}
	return h
}

// addressState is "found", "missing" or "dns-error"; "" where the host was not looked up to the
// end, and for a name that nobody could look up, which mx-host tells of.
func addressState(m *fact.MailHost) string {
	trouble := func(a fact.Answer) bool { return dnsTrouble(a) != "" && !a.Dangling() }
	switch {
	case m.Skipped != "", m.A.Name == "", canceled(m.A.Fault), canceled(m.AAAA.Fault), !isHostName(m.Name):
		return ""
	case trouble(m.A), trouble(m.AAAA):
		return "dns-error"
	case m.A.Found() || m.AAAA.Found():
		return "found"
	}
	return "missing"
}

// mailAddresses is what the DNS says of a mail host, as evidence.
func mailAddresses(m *fact.MailHost) []string {
	var lines []string
	if found := append(m.A.Addresses(), m.AAAA.Addresses()...); len(found) > 0 {
		lines = append(lines, fmt.Sprintf("%s %s", m.Name, strings.Join(found, " ")))
	}
	for _, a := range []fact.Answer{m.A, m.AAAA} {
		if !a.Found() && (len(lines) == 0 || dnsTrouble(a) != "") {
			lines = append(lines, aliasPath(a))
		}
	}
	return lines
}
