package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/addr"
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
				Hides:   append([]string{"policy-enforced"}, behind...),
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
	if dns, trouble := dnsHit(c.MX); trouble {
		return []Hit{dns}
	}
	switch {
	case c.MX.Unknown() || c.MX.RCode == "NXDOMAIN":
		return nil
	case c.nullMX() && len(c.MX.Records) > 1:
		h.Reason, h.Records = "null-mx-mixed", c.mxWith(".", "")
	case c.nullMX() && c.published():
		h.Reason = "null-mx-with-policy"
	case c.nullMX():
		h.Reason = "null-mx"
	case c.MX.Absent() && c.apexFound():
		h.Reason, h.Records = "implicit", []Record{c.mxRecord(10, c.Domain)}
	case c.MX.Absent() && len(c.Apex) > 0 && !slices.ContainsFunc(c.Apex, fact.Answer.Unknown):
		h.Reason, h.Partial = "none", c.published()
		h.Records = []Record{c.mxRecord(0, "")}
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

func mxHost() Rule {
	return Rule{
		ID: "mx-host", Group: "mx", Ref: "RFC 5321 §5.1",
		Title: "every MX target is a host name that is no alias",
		Why:   "Senders look up the very name in the MX record, hold it against the policy and expect it in the host's certificate.",
		Reasons: []Reason{
			{
				Word: "ip-address", Status: Fail,
				Message: "The MX target {name} is an IP address. Senders look it up as a name and find nothing.",
				Fix:     "Give the host a name with that address, and put the name into the MX record.{or}",
			},
			{
				Word: "alias", Status: Warn,
				Message: "The MX target {name} is an alias (CNAME) of {target}, which RFC 2181 §10.3 does not allow. As long as it is, the policy and the certificate must name {name}, not {target}.",
				Fix:     "Give {name} an address of its own in place of the CNAME; or name {target} in the MX record, once its certificate and the policy name it as well:",
			},
			{
				Word: "not-a-hostname", Status: Fail,
				Message: "The MX target {name} is no host name that senders anywhere could look up.",
				Fix:     "Give the mail host a public name of letters, digits and hyphens, and put that into the MX record.{or}",
			},
			{
				Word: "placeholder", Status: Fail,
				Message: "The MX target {name} is the placeholder of an unfinished Microsoft 365 set-up. No mail can be delivered to it.",
				Fix:     "Finish the domain's set-up in the Microsoft 365 admin centre, and publish the MX record that it shows in place of this one.{or}",
				Hides:   []string{"mx-address", "mx-covered", "policy-mx-unused"},
			},
		},
		Check: checkMXHost,
	}
}

func checkMXHost(c *Case) []Hit {
	var hits []Hit
	for _, m := range c.mailHosts() {
		hits = append(hits, c.hostHit(m))
	}
	return onePass(c, hits)
}

func (c *Case) hostHit(m fact.MailHost) Hit {
	h := Hit{
		Subject: m.Name, Vars: Vars{"name": m.Name, "target": "", "or": ""},
		Evidence: []string{fmt.Sprintf("MX %d %s", m.Preference, m.Name)}, Partial: len(c.coverable()) > 0,
	}
	switch aliases := aliasesOf(m); {
	case unfinished(m.Name):
		h.Reason = "placeholder"
	case addr.Literal(m.Name):
		h.Reason = "ip-address"
	case !isHostName(m.Name):
		h.Reason = "not-a-hostname"
	case len(aliases) > 0 && !m.Implicit && addressState(m) != "missing": // else it has no address: mx-address tells
		h.Reason, h.Vars["target"] = "alias", aliases[len(aliases)-1]
		h.Evidence = append(h.Evidence, m.Name+" -> "+strings.Join(aliases, " -> "))
		h.Records = c.mxWith(m.Name, h.Vars["target"])
		return h
	}
	if h.Records = c.mxWith(m.Name, ""); len(h.Records) > 0 {
		h.Vars["or"] = " Until then, publish the MX records without it:"
	}
	return h
}

// aliasesOf are the CNAME targets that a mail host's name leads through.
func aliasesOf(m fact.MailHost) []string {
	if len(m.A.Aliases) > 0 {
		return m.A.Aliases
	}
	return m.AAAA.Aliases
}

// mxWith are the domain's MX records with one target replaced, or left out where by is empty; none
// where no record would be left.
func (c *Case) mxWith(target, by string) []Record {
	var records []Record
	for _, r := range c.MX.Records {
		host := r.Host
		if strings.EqualFold(host, target) {
			host = by
		}
		if host != "" {
			records = append(records, c.mxRecord(r.Preference, host))
		}
	}
	return records
}

func (c *Case) mxRecord(preference uint16, host string) Record {
	return Record{
		Name: c.Domain + ".", Type: "MX", TTL: newTTL,
		Value: fmt.Sprintf("%d %s.", preference, strings.TrimSuffix(host, ".")),
	}
}

// isHostName tells names that a sender anywhere can look up: letters, digits and hyphens, more
// than one label, not of a zone that is private by definition (RFC 6761, RFC 6762, RFC 9476).
func isHostName(name string) bool {
	i := strings.LastIndexByte(name, '.')
	private := slices.Contains([]string{"localhost", "local", "internal", "invalid", "alt", "onion"}, strings.ToLower(name[i+1:]))
	return i > 0 && !private && !addr.Literal(name) && !strings.HasPrefix(name, "*") && (sts.Pattern{Text: name}).Valid()
}

// unfinished tells Microsoft's placeholder for a domain that is not set up yet.
func unfinished(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".msv1.invalid") }

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
