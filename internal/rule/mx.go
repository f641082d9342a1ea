package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/fact"
)

func mxRecords() Rule {
	behind := []string{"mx-host", "mx-address", "mx-public", "mx-covered", "policy-mx-unused"}
	moot := []string{"sts-*", "policy-*", "mx-host", "mx-address", "mx-public", "mx-covered", "tlsrpt-*"}
	return Rule{
		ID: "mx-records", Group: "mx", Ref: "RFC 5321 §5.1", Needs: PartMXRecords,
		Title: "{domain} has MX records",
		Why:   "The MX records say which hosts take the domain's mail; the policy is about those hosts.",
		More:  "An MX record names a host that takes mail for the domain, with a number before it: senders try the host with the lowest number first, then the others.",
		Reasons: append([]Reason{
			{
				Word: "implicit", Status: Warn,
				More:    "Without an MX record senders fall back on the A and AAAA records of the domain, as in the days before there were MX records. As a rule that is the web server.",
				Message: "{domain} has no MX record. Since it has an address, mail goes to the domain itself.",
				Fix:     "Say which host takes the mail:",
			},
			{
				Word: "none", Status: Warn,
				More:    "Senders return the mail at once, or after some days.",
				Message: "{domain} has neither an MX record nor an address, so it gets no mail.",
				Fix:     "Publish its MX hosts; or, if it is to get no mail, say so with a null MX (RFC 7505):",
				Hides:   moot,
			},
			{
				Word: "null-mx", Status: Info, Hides: moot,
				More:    `A null MX is the one record "MX 0 .": it has senders return mail for the domain at once, without trying. It is right for domains that are only a web site.`,
				Message: "{domain} says that it takes no mail (null MX, RFC 7505), so it needs neither MTA-STS nor TLS-RPT.",
			},
			{
				Word: "null-mx-with-policy", Status: Warn,
				More:    `A null MX is the record "MX 0 .", by which a domain says that it gets no mail. One of the two is a leftover.`,
				Message: "{domain} says that it takes no mail (null MX, RFC 7505), and yet publishes MTA-STS.",
				Fix:     "Take the record _mta-sts.{domain} and the policy away in the order of RFC 8461 §8.3 (mode none first), or publish the MX hosts if the domain is to get mail.",
				Hides:   append([]string{"policy-*"}, behind...),
			},
			{
				Word: "null-mx-mixed", Status: Fail,
				More:    `A null MX is the record "MX 0 .", and has to stand alone. As a rule it was put there by a default of the DNS provider, and the real hosts were added later.`,
				Message: "{domain} publishes a null MX (\"takes no mail\") beside other MX records, which RFC 7505 §3 forbids. Some senders bounce its mail.",
				Fix:     "Remove the null MX (the record with the target `.`), or all others. To get mail:",
			},
		}, dnsReasons(append(behind, mailRules()...)...)...),
		Check: checkMXRecords,
	}
}

func checkMXRecords(c *Case) []Hit {
	h := Hit{Subject: c.whole(), Evidence: mxEvidence(c)}
	if dns, trouble := dnsHit(c.MX); trouble {
		return []Hit{dns}
	}
	switch {
	case c.MX.Unknown() || c.MX.RCode == "NXDOMAIN":
		return nil
	case c.nullMX() && len(c.MX.Records) > 1:
		h.Reason, h.Records = "null-mx-mixed", c.soundMX()
	case c.nullMX() && c.published():
		h.Reason = "null-mx-with-policy"
	case c.nullMX():
		h.Reason = "null-mx"
	case c.MX.Absent() && c.apexFound():
		h.Reason, h.Records = "implicit", []Record{c.mxRecord(10, c.Domain)}
	case c.MX.Absent() && len(c.Apex) > 0 && !slices.ContainsFunc(c.Apex, fact.Answer.Unknown):
		h.Reason, h.Partial = "none", c.worthJudging()
		h.Records = []Record{c.mxRecord(0, "")}
	case c.MX.Absent():
		return nil
	}
	return []Hit{h}
}

// worthJudging tells that what there is of MTA-STS is to be judged for a domain without mail, too.
func (c *Case) worthJudging() bool { return c.Given != nil || c.published() }

func mxEvidence(c *Case) []string {
	var lines []string
	for _, r := range c.MX.Records {
		lines = append(lines, mxText(r.Preference, r.Host))
	}
	if len(lines) == 0 {
		lines = append(lines, said(c.MX))
	}
	return lines
}

// mxText is an MX record in a line.
func mxText(preference uint16, host string) string {
	return "MX " + strconv.Itoa(int(preference)) + " " + host
}

// soundMX are the domain's MX records without those that take no mail: every finding about them
// prints this one set. An alias gives way to its target where the policy names that. There is none
// where no record would be left.
func (c *Case) soundMX() []Record {
	return c.mail.of(func() []Record {
		var records []Record
		for _, r := range c.MX.Records {
			i := slices.IndexFunc(c.takers, func(m *fact.MailHost) bool { return strings.EqualFold(m.Name, r.Host) })
			host := r.Host
			switch {
			case !isHostName(host), i >= 0 && addressState(c.takers[i]) == "missing":
				continue
			case i >= 0 && c.targetNamed(c.takers[i]):
				host = targetOf(c.takers[i])
			}
			records = append(records, c.mxRecord(r.Preference, host))
		}
		return records
	})
}

func (c *Case) mxRecord(preference uint16, host string) Record {
	return Record{
		Name: c.owner(""), Type: "MX", TTL: newTTL,
		Value: fmt.Sprintf("%d %s.", preference, strings.TrimSuffix(host, ".")),
	}
}
