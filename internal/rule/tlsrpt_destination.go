package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func reportsDestination() Rule {
	const fix = "Publish the record with an address that takes the reports:"
	reason := func(word string, status Status, message string) Reason {
		r := Reason{Word: word, Status: status, Message: message}
		if status == Fail {
			r.Fix = fix
		}
		return r
	}
	return Rule{
		ID: "tlsrpt-destination", Group: "tlsrpt", Ref: "RFC 8460 §3", Needs: PartReports, Partly: true,
		Title: "every address of rua can be reached",
		Why:   "Senders do not tell you that a report could not be delivered: a dead address looks like a world without failures.",
		More:  "rua names where senders send their reports: by mail (mailto:) or to a web service (https:). mtasts asks the DNS whether there is anybody; it sends nothing there.",
		Reasons: []Reason{
			reason("scheme", Fail, "This is no address that senders report to: they know mailto: and https: alone.").more("A bare mail address lacks mailto: in front; http: is not encrypted and not allowed."),
			placeholderReason(reason("placeholder", Fail, "{uri} is a placeholder out of an example, or was garbled by a web page that hides addresses. Nobody gets the reports.")).more("Web pages show addresses as a bracketed text to keep harvesters off, and who copies from such a page copies that."),
			reason("syntax", Fail, "{what}.").more("An address in rua is a URI, in which some characters have to be written as % and two digits."),
			reason("no-such-domain", Fail, "The DNS knows no {target}, so the reports get lost.").more("A misspelt domain, or a service that was given up."),
			reason("no-mail", Fail, "{target} {what}, so the reports get lost.").more("The domain is there, but no mail server takes mail for it."),
			{
				Word: "dns-error", Status: Unknown,
				More:    "SERVFAIL means that the resolver got no answer that it could use. The reports may arrive all the same.",
				Message: "Whether {target} can be reached cannot be told: {said}.",
				Fix:     "Ask the name servers of {target}: they answer with an error, or not at all.",
			},
			reason("external", Info, "The reports go to {target}, another organisation. Unlike DMARC this needs no consent record; see that the name is spelt as you mean it.").more("Many domains have a service read their reports. Nothing is wrong with that."),
			reason("first-only", Info, "rua names {count} addresses. Senders may pick one, and Microsoft is reported to use the first alone: put the most important first.").more("Several addresses are allowed; that each of them gets a report is not promised."),
		},
		Check: checkDestination,
	}
}

// placeholderReason adds that text which stands in for an address is no address by the grammar either.
func placeholderReason(r Reason) Reason {
	r.Hides = []string{"tlsrpt-record-syntax"}
	return r
}

// mostDestinations is how many addresses are judged, each with a finding of its own: as many as are
// looked up. Senders use a few of them at best.
const mostDestinations = 10

func checkDestination(c *Case) []Hit {
	if len(c.reports) != 1 {
		return nil
	}
	name := c.below("_smtp._tls")
	var hits []Hit
	for _, text := range c.placeholders() {
		hits = append(hits, Hit{Reason: "placeholder", Subject: name, Vars: Vars{"uri": text}, Evidence: []string{quote(c.reports[0])}})
	}
	for _, p := range c.reportsProblems {
		if c.exclaims(p) {
			hits = append(hits, Hit{
				Reason: "syntax", Subject: name, Column: p.Column, Evidence: append([]string{quote(c.reports[0])}, column(p.Column)...),
				Vars: Vars{"uri": "rua", "what": "An exclamation mark must be written %21; a size suffix as in DMARC does not exist"},
			})
		}
	}
	for _, u := range c.reporting.RUA[:min(len(c.reporting.RUA), mostDestinations)] {
		if !placeholder(u.Text, u.Host, c.Domain) {
			hits = append(hits, c.destinationHits(u)...)
		}
	}
	if n := len(c.reporting.RUA); n > 1 {
		hits = append(hits, Hit{Reason: "first-only", Subject: name, Vars: Vars{"count": strconv.Itoa(n)}, Evidence: uriTexts(c.reporting.RUA)})
	}
	for i := range hits {
		if hits[i].Reason != "dns-error" {
			hits[i].Records = c.soundReports()
		}
	}
	if len(hits) == 0 && len(c.reporting.RUA) > 0 {
		return []Hit{{Subject: name, Evidence: uriTexts(c.reporting.RUA)}}
	}
	return mergeHits(hits)
}

func uriTexts(uris []tlsrpt.URI) []string {
	var texts []string
	for _, u := range uris {
		texts = append(texts, u.Text)
	}
	return texts
}

// unreached tells that the DNS knows nobody who would get a report at this address.
func (c *Case) unreached(u tlsrpt.URI) bool {
	return slices.ContainsFunc(c.Destinations, func(d fact.Destination) bool {
		if d.URI != u.Text {
			return false
		}
		word, _, _ := reach(d)
		return word == "no-mail" || word == "no-such-domain"
	})
}

// destinationHits judges one address of rua.
func (c *Case) destinationHits(u tlsrpt.URI) []Hit {
	h := Hit{Subject: u.Text, Vars: Vars{"uri": u.Text, "target": u.Host, "what": "", "said": ""}, Evidence: []string{quote(c.reports[0])}}
	switch {
	case u.Scheme != "mailto" && u.Scheme != "https":
		h.Reason = "scheme"
	case u.Scheme == "mailto" && !(sts.Pattern{Text: u.Host}).Valid():
		h.Reason, h.Vars["what"] = "syntax", "It names no mail address"
	case u.Host == "":
		h.Reason, h.Vars["what"] = "syntax", "It names no host"
	default:
		return c.reachHits(h, u)
	}
	return []Hit{h}
}

// reachHits judges what the DNS knows of an address's host.
func (c *Case) reachHits(h Hit, u tlsrpt.URI) []Hit {
	i := slices.IndexFunc(c.Destinations, func(d fact.Destination) bool { return d.URI == u.Text && d.Skipped == "" })
	if i < 0 || addr.Literal(u.Host) {
		return nil
	}
	d := c.Destinations[i]
	h.Reason, h.Vars["what"], h.Vars["said"] = reach(d)
	if strings.HasPrefix(h.Reason, "no-") && strings.EqualFold(d.Host, c.Domain) {
		return nil // the domain itself takes no mail: domain-exists or mx-records tells
	}
	switch h.Reason {
	case "no-mail", "no-such-domain", "dns-error":
		h.Evidence = destinationEvidence(d)
		return []Hit{h}
	}
	if organisation(d.Host) != organisation(c.Domain) {
		h.Reason = "external"
		return []Hit{h}
	}
	return nil
}

// reach is the reason for which a destination gets nothing, "" where it does.
func reach(d fact.Destination) (word, what, why string) {
	null := slices.ContainsFunc(d.MX.Records, func(r fact.Record) bool { return r.Host == "." })
	answers := []fact.Answer{d.A, d.AAAA}
	if d.Scheme == "mailto" {
		answers = append([]fact.Answer{d.MX}, answers...)
	}
	switch {
	case null && len(d.MX.Records) == 1:
		return "no-mail", "says that it takes no mail (null MX)", ""
	case slices.ContainsFunc(answers, fact.Answer.Found):
		return "", "", ""
	}
	for _, a := range answers {
		if dnsTrouble(a) != "" && !a.Dangling() {
			return "dns-error", "", said(a)
		}
	}
	switch {
	case slices.ContainsFunc(answers, func(a fact.Answer) bool { return canceled(a.Fault) }):
		return "", "", ""
	case answers[0].RCode == "NXDOMAIN":
		return "no-such-domain", "", ""
	case d.Scheme == "mailto":
		return "no-mail", "has neither MX nor address", ""
	}
	return "no-such-domain", "", ""
}

func destinationEvidence(d fact.Destination) []string {
	var lines []string
	for _, a := range []fact.Answer{d.MX, d.A, d.AAAA} {
		switch {
		case a.Name == "":
		case a.Type == "MX" && a.Found():
			lines = append(lines, fmt.Sprintf("MX %s: %d %s", a.Name, a.Records[0].Preference, a.Records[0].Host))
		case !a.Found():
			lines = append(lines, said(a))
		}
	}
	return lines
}

// organisation is the registered domain over a name, the name itself where there is none.
func organisation(name string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(name)); err == nil {
		return org
	}
	return strings.ToLower(name)
}
