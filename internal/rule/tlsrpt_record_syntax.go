package rule

import (
	"strings"

	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func reportsSyntax() Rule {
	const fix = "Put this record in its place:"
	return Rule{
		ID: "tlsrpt-record-syntax", Group: "tlsrpt", Ref: "RFC 8460 §3", Needs: PartReports,
		Title: "the record at _smtp._tls.{domain} follows the grammar",
		Why:   "A record that breaks the grammar gets no reports, or not from every sender.",
		More:  "The record is v=TLSRPTv1; and then rua= with the addresses for the reports, each a URI: mailto:tlsrpt@{domain}, or https: and the rest of a web address, with commas between several.",
		Reasons: []Reason{
			{Word: "rua-missing", Status: Fail, Fix: fix, Hides: []string{"tlsrpt-destination"}, Message: "The record names no address for the reports: {text}.", More: "Without an address nobody can send anything."},
			{Word: "field-syntax", Status: Fail, Fix: fix, Hides: []string{"tlsrpt-destination"}, Message: "The record breaks the grammar: {text}.", More: "Common slips are a mail address without mailto: in front, and quotes or blanks inside of an address."},
			{Word: "rua-separator", Status: Fail, Fix: fix, Hides: []string{"tlsrpt-destination"}, Message: "The addresses of rua must be separated by a comma, not a semicolon: {text}.", More: "A semicolon ends the field, so what stands behind it is no address any more."},
		},
		Check: checkReportsSyntax,
	}
}

func checkReportsSyntax(c *Case) []Hit {
	if len(c.reports) != 1 {
		return nil
	}
	name := c.below("_smtp._tls")
	if len(c.reportsProblems) == 0 {
		return []Hit{{Subject: name}}
	}
	if len(c.placeholders()) > 0 {
		return nil // the root cause: tlsrpt-destination tells
	}
	var hits []Hit
	for _, p := range c.reportsProblems {
		if c.exclaims(p) {
			continue // tlsrpt-destination tells
		}
		hits = append(hits, Hit{
			Reason: p.Reason, Subject: name, Column: p.Column, Vars: Vars{"text": p.Text},
			Evidence: append([]string{quote(c.reports[0])}, column(p.Column)...),
			Records:  c.soundReports(),
		})
	}
	return mergeHits(hits)
}

// exclaims tells the unencoded `!` of DMARC's size suffix, a fault of the address.
func (c *Case) exclaims(p tlsrpt.Problem) bool {
	text := c.reports[0]
	return p.Column > 0 && p.Column <= len(text) && text[p.Column-1] == '!'
}

// soundReports are the record as it was meant, with the addresses that can be kept: corrected
// where that is evident, and none that reaches nobody. Every finding about the record prints them.
func (c *Case) soundReports() []Record {
	return c.mendedReports.of(func() []Record {
		texts := uriTexts(c.reporting.RUA)
		for _, p := range c.reportsProblems {
			texts = append(texts, strings.Split(strings.TrimPrefix(p.Near, "rua="), ",")...)
		}
		meant, _ := tlsrpt.ParseRecord("v=TLSRPTv1; rua=" + strings.Join(texts, ","))
		var uris []string
		known := map[string]bool{}
		for _, u := range meant.RUA {
			if !known[u.Text] && usable(u) && !placeholder(u.Text, u.Host, c.Domain) && !c.unreached(u) {
				known[u.Text] = true
				uris = append(uris, u.Text)
			}
		}
		return c.reportsTo(uris)
	})
}

// usable tells that a sender can do something with a URI: it is well formed, mailto: with an
// address or https: with a host.
func usable(u tlsrpt.URI) bool {
	_, problems := tlsrpt.ParseRecord("v=TLSRPTv1; rua=" + u.Text)
	mailbox := u.Scheme == "mailto" && (sts.Pattern{Text: u.Host}).Valid()
	return len(problems) == 0 && u.Host != "" && (mailbox || u.Scheme == "https")
}
