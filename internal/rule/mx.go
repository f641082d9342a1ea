package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func mxRules() []Rule {
	return []Rule{mxRecords(), mxHost(), mxAddress(), mxPublic(), mxCovered()}
}

func mxRecords() Rule {
	behind := []string{"mx-host", "mx-address", "mx-public", "mx-covered", "policy-mx-unused"}
	moot := []string{"sts-*", "policy-*", "mx-host", "mx-address", "mx-public", "mx-covered", "tlsrpt-*"}
	return Rule{
		ID: "mx-records", Group: "mx", Ref: "RFC 5321 §5.1",
		Title: "{domain} has MX records",
		Why:   "The MX records say which hosts take the domain's mail; the policy is about those hosts.",
		Reasons: append([]Reason{
			{
				Word: "implicit", Status: Warn,
				Message: "{domain} has no MX record. Since it has an address, mail goes to the domain itself.",
				Fix:     "Say which host takes the mail:",
			},
			{
				Word: "none", Status: Warn,
				Message: "{domain} has neither an MX record nor an address, so it gets no mail.",
				Fix:     "If it is to get no mail, say so with a null MX (RFC 7505); otherwise publish its MX hosts.",
				Hides:   moot,
			},
			{
				Word: "null-mx", Status: Info, Hides: moot,
				Message: "{domain} says that it takes no mail (null MX, RFC 7505), so it needs neither MTA-STS nor TLS-RPT.",
			},
			{
				Word: "null-mx-with-policy", Status: Warn,
				Message: "{domain} says that it takes no mail (null MX, RFC 7505), and yet publishes MTA-STS.",
				Fix:     "Take the record _mta-sts.{domain} and the policy away in the order of RFC 8461 §8.3 (mode none first), or publish the MX hosts if the domain is to get mail.",
				Hides:   behind,
			},
			{
				Word: "null-mx-mixed", Status: Fail,
				Message: "{domain} publishes a null MX (\"takes no mail\") beside other MX records, which RFC 7505 §3 forbids. Some senders bounce its mail.",
				Fix:     "Remove the null MX (the record with the target `.`), or all others. To get mail:",
			},
		}, dnsReasons(behind...)...),
		Check: checkMXRecords,
	}
}

func checkMXRecords(c *Case) []Hit {
	h := Hit{Subject: c.Domain, Evidence: mxEvidence(c)}
	apex := slices.ContainsFunc(c.Apex, fact.Answer.Found)
	if dns, trouble := dnsHit(c.MX); trouble {
		return []Hit{dns}
	}
	switch {
	case c.MX.Unknown() || c.MX.RCode == "NXDOMAIN":
		return nil
	case c.nullMX() && len(c.MX.Records) > 1:
		h.Reason, h.Records = "null-mx-mixed", otherMX(c)
	case c.nullMX() && c.published():
		h.Reason = "null-mx-with-policy"
	case c.nullMX():
		h.Reason = "null-mx"
	case c.MX.Absent() && apex:
		h.Reason, h.Records = "implicit", []Record{{Name: c.Domain + ".", Type: "MX", TTL: newTTL, Value: "10 " + c.Domain + "."}}
	case c.MX.Absent() && len(c.Apex) > 0 && !slices.ContainsFunc(c.Apex, fact.Answer.Unknown):
		h.Reason, h.Partial = "none", c.published()
		h.Records = []Record{{Name: c.Domain + ".", Type: "MX", TTL: newTTL, Value: "0 ."}}
	case c.MX.Absent():
		return nil
	}
	return []Hit{h}
}

func mxEvidence(c *Case) []string {
	var lines []string
	for _, r := range c.MX.Records {
		lines = append(lines, fmt.Sprintf("MX %d %s", r.Preference, r.Host))
	}
	if len(lines) == 0 {
		lines = append(lines, said(c.MX))
	}
	return lines
}

// otherMX are the MX records without the null MX.
func otherMX(c *Case) []Record {
	var records []Record
	for _, r := range c.MX.Records {
		if r.Host != "." {
			records = append(records, Record{
				Name: c.Domain + ".", Type: "MX", TTL: max(c.MX.TTL, newTTL), Value: fmt.Sprintf("%d %s.", r.Preference, r.Host),
			})
		}
	}
	return records
}

func mxHost() Rule {
	return Rule{
		ID: "mx-host", Group: "mx", Ref: "RFC 5321 §5.1",
		Title: "every MX target is a host name that is no alias",
		Why:   "Senders look up the very name in the MX record, hold it against the policy and expect it in the host's certificate.",
		Reasons: []Reason{
			{
				Word: "ip-address", Status: Fail,
				Message: "The MX target {name} is an IP address. Senders look it up as a name and find nothing.",
				Fix:     "Give the host a name with that address, and put the name into the MX record.",
			},
			{
				Word: "alias", Status: Warn,
				Message: "The MX target {name} is an alias (CNAME) of {target}, which RFC 2181 §10.3 does not allow. The policy and the certificate must name {name}, not {target}.",
				Fix:     "Put the host's own name into the MX record, or give {name} an address of its own. Keep the policy's mx lines in step.",
			},
			{
				Word: "not-a-hostname", Status: Fail,
				Message: "The MX target {name} is no host name.",
				Fix:     "Use letters, digits and hyphens alone in the name of the mail host, and put it into the MX record.",
			},
			{
				Word: "placeholder", Status: Fail,
				Message: "The MX target {name} is the placeholder of an unfinished Microsoft 365 set-up. No mail can be delivered to it.",
				Fix:     "Finish the domain's set-up in the Microsoft 365 admin centre, and publish the MX record that it shows in place of this one.",
			},
		},
		Check: checkMXHost,
	}
}

func checkMXHost(c *Case) []Hit {
	var hits []Hit
	for _, m := range c.mailHosts() {
		h := Hit{Subject: m.Name, Vars: Vars{"name": m.Name, "target": ""}, Evidence: []string{fmt.Sprintf("MX %d %s", m.Preference, m.Name)}}
		switch {
		case strings.HasSuffix(strings.ToLower(m.Name), ".msv1.invalid"):
			h.Reason = "placeholder"
		case isAddress(m.Name):
			h.Reason = "ip-address"
		case !(sts.Pattern{Text: m.Name}).Valid() || strings.HasPrefix(m.Name, "*"):
			h.Reason = "not-a-hostname"
		case len(m.A.Aliases) > 0 && !m.Implicit:
			h.Reason = "alias"
			h.Vars["target"] = m.A.Aliases[len(m.A.Aliases)-1]
		}
		hits = append(hits, h)
	}
	return onePass(c, hits)
}

// onePass makes one pass of many, and leaves passes out where something does not pass.
func onePass(c *Case, hits []Hit) []Hit {
	hits = onlyFaults(hits)
	if len(hits) == 0 || hits[0].Reason != "" {
		return hits
	}
	pass := Hit{Subject: c.Domain}
	for _, h := range hits {
		pass.Evidence = append(pass.Evidence, h.Evidence...)
	}
	return []Hit{pass}
}

func mxAddress() Rule {
	return Rule{
		ID: "mx-address", Group: "mx", Ref: "RFC 5321 §5.1",
		Title: "every MX host has an address",
		Why:   "A host without an address takes no mail. While others have one, mail is only slower; senders try the dead one first or in between.",
		Reasons: []Reason{
			{
				Word: "missing", Status: Warn,
				Message: "The MX host {name} has no address: neither A nor AAAA.",
				Fix:     "Publish an address for {name}, or take its MX record out.",
			},
			{
				Word: "dns-error", Status: Unknown,
				Message: "Whether the MX host {name} has an address cannot be told: {said}.",
				Fix:     "Ask the name servers of {name}: they answer with an error, are not reached, or their DNSSEC signatures do not hold.",
			},
		},
		Check: checkMXAddress,
	}
}

func checkMXAddress(c *Case) []Hit {
	var hits []Hit
	someTakeMail := slices.ContainsFunc(c.mailHosts(), func(m fact.MailHost) bool { return addressState(m) != "missing" })
	for _, m := range c.mailHosts() {
		state := addressState(m)
		h := Hit{Reason: state, Subject: m.Name, Vars: Vars{"name": m.Name}, Evidence: []string{said(m.A), said(m.AAAA)}}
		switch state {
		case "":
			continue
		case "found":
			h.Reason, h.Evidence = "", mailAddresses(m)
		case "dns-error":
			h.Vars["said"] = said(m.A)
			if dnsTrouble(m.A) == "" {
				h.Vars["said"] = said(m.AAAA)
			}
		case "missing":
			if !someTakeMail {
				h.Status = Fail
			}
		}
		hits = append(hits, h)
	}
	return onePass(c, hits)
}

// addressState is "found", "missing" or "dns-error"; "" where the host was not looked up to the end.
func addressState(m fact.MailHost) string {
	switch {
	case m.A.Found() || m.AAAA.Found():
		return "found"
	case m.Skipped != "" || m.A.Name == "" || canceled(m.A.Fault) || canceled(m.AAAA.Fault):
		return ""
	case dnsTrouble(m.A) != "" && !m.A.Dangling(), dnsTrouble(m.AAAA) != "" && !m.AAAA.Dangling():
		return "dns-error"
	}
	return "missing"
}

func mailAddresses(m fact.MailHost) []string {
	return []string{m.Name + " " + strings.Join(append(m.A.Addresses(), m.AAAA.Addresses()...), " ")}
}

func mxPublic() Rule {
	return Rule{
		ID: "mx-public", Group: "mx", Ref: "RFC 6890 §2.2.1",
		Title:   "every address of the MX hosts is globally reachable",
		Why:     "A private, loopback or documentation address may work from your network and from nowhere else.",
		Reasons: publicReasons(tlsrpt.ValidationFailure),
		Check: func(c *Case) []Hit {
			var hits []Hit
			for _, m := range c.mailHosts() {
				if addresses := append(m.A.Addresses(), m.AAAA.Addresses()...); len(addresses) > 0 {
					hits = append(hits, c.publicHit(m.Name, addresses))
				}
			}
			return onePass(c, hits)
		},
	}
}
