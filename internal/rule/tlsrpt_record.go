package rule

import (
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func reportsRecord() Rule {
	behind := []string{"tlsrpt-record-syntax", "tlsrpt-destination"}
	return Rule{
		ID: "tlsrpt-record", Group: "tlsrpt", Ref: "RFC 8460 §3", Needs: PartReports,
		Title: "exactly one TXT record at _smtp._tls.{domain} is a TLSRPT record (v=TLSRPTv1;)",
		Why:   "TLS-RPT has senders tell you each day what failed. Without it nobody tells you that mail is refused, or would be under enforce.",
		More:  "TLS-RPT is a TXT record that names an address (rua). Large senders, among them Google and Microsoft, send a file there each day: how many connections to the domain worked, how many failed, and why.",
		Reasons: append([]Reason{
			{
				Word: "missing", Status: Warn, Exception: "fail where the policy is in mode testing, which does nothing but have senders report", Hides: behind,
				More:    "Everything else works without it; only nobody tells you.",
				Message: "There is no TLSRPT record at _smtp._tls.{domain}{elsewhere}, so no sender reports what fails.{testing}",
				Fix:     "Publish this record, and have the mailbox take mail:",
			},
			{
				Word: "multiple", Status: Fail, Hides: behind,
				More:    "As a rule a second service for reports was added with a record of its own. One record takes several addresses: rua=mailto:a@{domain},mailto:b@{domain}.",
				Message: "There are {count} TLSRPT records at _smtp._tls.{domain}. Senders must then take it that there is none.",
				Fix:     "Leave exactly one of them; it may name several addresses:",
			},
			{
				Word: "near-miss", Status: Fail, Hides: behind,
				More:    "The text has to begin with v=TLSRPTv1; in exactly this spelling. Whatever begins otherwise is some other TXT record to senders, and is passed over.",
				Message: "The TXT record at _smtp._tls.{domain} is no TLSRPT record by the RFC: {wrong}. It has senders take it that there is none.",
				Fix:     "Put this record in its place:",
			},
			{
				Word: "dangling-alias", Status: Fail, Hides: behind,
				More:    "A CNAME says: look under that other name. As a rule the service that takes the reports has taken the name away, or it is misspelt.",
				Message: "_smtp._tls.{domain} is a CNAME to {target}, which {state}. For senders there is no record.",
				Fix:     "Have it lead to a record again (ask whoever runs {target}), or publish the record here in place of the CNAME:",
			},
		}, dnsReasons(behind...)...),
		Check: checkReportsRecord,
	}
}

func checkReportsRecord(c *Case) []Hit {
	name := c.below("_smtp._tls")
	if c.TLSRPT.Dangling() {
		return []Hit{danglingHit(c.TLSRPT, name, c.newReports())}
	}
	if h, trouble := dnsHit(c.TLSRPT); trouble {
		return []Hit{h}
	}
	switch {
	case c.TLSRPT.Unknown():
		return nil
	case len(c.reports) == 0:
		return []Hit{c.noReports(name)}
	case len(c.reports) > 1:
		return []Hit{{
			Reason: "multiple", Subject: name, Vars: Vars{"count": strconv.Itoa(len(c.reports))},
			Evidence: quoteAll(c.reports), Records: c.mergedReports(),
		}}
	}
	return []Hit{{Subject: name, Evidence: quoteAll(c.reports)}}
}

// mergedReports are one record with the addresses of several.
func (c *Case) mergedReports() []Record {
	var uris []string
	for _, text := range c.reports {
		r, _ := tlsrpt.ParseRecord(text)
		for _, u := range r.RUA {
			if !slices.Contains(uris, u.Text) {
				uris = append(uris, u.Text)
			}
		}
	}
	return c.reportsTo(uris)
}

// reportsTo are a TLSRPT record for these URIs; the domain's own mailbox where there is none.
func (c *Case) reportsTo(uris []string) []Record {
	if len(uris) == 0 {
		return c.newReports()
	}
	return c.reportsRecords("v=TLSRPTv1; rua=" + strings.Join(uris, ","))
}

func (c *Case) noReports(name string) Hit {
	for _, text := range c.TLSRPT.Texts() {
		wrong, corrected, ok := tlsrpt.NearMiss(text)
		if !ok {
			continue
		}
		records := c.newReports()
		if corrected != "" {
			records = c.reportsRecords(corrected)
		}
		return Hit{Reason: "near-miss", Subject: name, Vars: Vars{"wrong": wrong}, Evidence: append([]string{quote(text)}, c.unquoted(c.TLSRPT, text)...), Records: records}
	}
	h := Hit{
		Reason: "missing", Subject: name, Vars: Vars{"elsewhere": c.misplacedReports(), "testing": ""},
		Evidence: append(quoteAll(c.TLSRPT.Texts()), aliasPath(c.TLSRPT)), Records: c.newReports(),
	}
	if c.Given != nil && c.TLSRPT.Found() && !c.wild(c.TLSRPT) {
		h.Status = Fail // whoever publishes a text there means it as a record
	}
	if c.seemsPolicy() && c.mode() == sts.Testing {
		h.Status = Fail
		h.Vars["testing"] = " A policy in mode testing has no other effect than these reports, so it has none."
	}
	return h
}

func (c *Case) misplacedReports() string {
	var names []string
	for _, a := range c.Elsewhere {
		for _, t := range a.Texts() {
			_, _, near := tlsrpt.NearMiss(t)
			if near || len(tlsrpt.Select([]string{t})) > 0 {
				names = append(names, a.Name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (one was found at " + list(slices.Compact(names)) + ", where no sender looks)"
}
