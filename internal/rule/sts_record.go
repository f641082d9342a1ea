package rule

import (
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/sts"
)

func stsRecord() Rule {
	return Rule{
		ID: "sts-record", Group: "record", Ref: "RFC 8461 §3.1", Needs: PartRecord,
		Title: "exactly one TXT record at _mta-sts.{domain} is an MTA-STS record (v=STSv1;)",
		Why:   "Senders look for this record first. Without exactly one they take it that the domain has no MTA-STS, and anybody on the path can strip the encryption (TLS) from its mail.",
		More:  "MTA-STS has two parts: this record, which says that there is a policy and which edition of it (id), and the policy itself, a file that senders fetch from {url}. They fetch it again when the id is a new one.",
		Reasons: append([]Reason{
			{
				Word: "missing", Status: Fail,
				More:    "Whatever else is published for MTA-STS has no effect: a sender that finds no record does not ask for the policy. One that holds a policy from before goes by that until it has run out.",
				Message: "There is no MTA-STS record at _mta-sts.{domain}{elsewhere}.{served}",
				Fix:     "{advice}",
				Hides:   []string{"sts-record-syntax", "policy-*", "mx-covered"},
			},
			{
				Word: "multiple", Status: Fail,
				More:    "As a rule a new record was added and the old one left. Senders do not guess which of them is meant.",
				Message: "There are {count} MTA-STS records at _mta-sts.{domain}. Senders must then take it that there is none.",
				Fix:     "Leave exactly one of them, this one:",
			},
			{
				Word: "near-miss", Status: Fail,
				More:    "The text has to begin with v=STSv1; in exactly this spelling. Whatever begins otherwise is some other TXT record to senders, and is passed over.",
				Message: "The TXT record at _mta-sts.{domain} is no MTA-STS record by the RFC: {wrong}. It has senders take it that there is none.",
				Fix:     "Put this record in its place:",
			},
			{
				Word: "dangling-alias", Status: Fail,
				More:    "A CNAME says: look under that other name. As a rule a provider published the record there and has taken it away, or its name is misspelt.",
				Message: "_mta-sts.{domain} is a CNAME to {target}, which {state}. For senders there is no record.",
				Fix:     "Have it lead to a record again (ask whoever runs {target}), or publish the record here in place of the CNAME:",
				Hides:   []string{"sts-record-syntax"},
			},
			{
				Word: "wildcard", Status: Fail,
				More:    "A wildcard, a record at *.{domain}, answers for every name that has none of its own. It was made for something else.",
				Message: "There is no MTA-STS record at _mta-sts.{domain}: a DNS wildcard answers there with other text{elsewhere}.{served}",
				Fix:     "Publish the record at its own name; it takes the place of the wildcard there. {advice}",
				Hides:   []string{"sts-record-syntax", "policy-*", "mx-covered"},
			},
			{
				Word: "space-before-semicolon", Status: Warn,
				More:    `White space is a blank or a tab: "v=STSv1 ; id=1" in place of "v=STSv1; id=1".`,
				Message: "White space stands before the first semicolon. {senders} then; beside another TXT record the RFC has it discarded.",
				Fix:     "Publish it without the white space:",
			},
		}, dnsReasons("sts-record-syntax")...),
		Check: checkRecord,
	}
}

func checkRecord(c *Case) []Hit {
	name := c.below("_mta-sts")
	if c.STS.Dangling() {
		return []Hit{danglingHit(c.STS, name, c.newRecords())}
	}
	if h, trouble := dnsHit(c.STS); trouble {
		if c.dead() {
			h.Hides = []string{"policy-*", "mx-*", "tlsrpt-*"}
			h.Evidence = append(h.Evidence, said(c.Host.A), said(c.MX), said(c.TLSRPT))
		}
		return []Hit{h}
	}
	if c.STS.Unknown() {
		return nil
	}
	switch len(c.records) {
	case 0:
		return []Hit{c.noRecord(name)}
	case 1:
		return []Hit{c.oneRecord(name)}
	}
	return []Hit{{
		Reason: "multiple", Subject: name, Vars: Vars{"count": strconv.Itoa(len(c.records))},
		Evidence: quoteAll(c.records), Records: c.newRecords(),
	}}
}

func (c *Case) oneRecord(name string) Hit {
	h := Hit{Subject: name, Evidence: []string{quote(c.records[0])}}
	if len(c.STS.Aliases) > 0 {
		h.Evidence = append(h.Evidence, strings.Join(append([]string{name}, c.STS.Aliases...), " -> "))
	}
	if !strings.HasPrefix(c.records[0], "v=STSv1;") {
		h.Reason, h.Records = "space-before-semicolon", c.newRecords()
		h.Vars = Vars{"senders": whoDrops(c.records[0])}
	}
	return h
}

// nearMisses are the TXT records that were meant as MTA-STS records and are none.
func (c *Case) nearMisses() []string {
	return c.misses.of(func() []string {
		return slices.DeleteFunc(c.STS.Texts(), func(t string) bool {
			_, _, ok := sts.NearMiss(t)
			return !ok
		})
	})
}

// noRecord tells what is there in place of the record.
func (c *Case) noRecord(name string) Hit {
	if len(c.nearMisses()) > 0 {
		wrong, _, _ := sts.NearMiss(c.nearMisses()[0])
		return Hit{Reason: "near-miss", Subject: name, Vars: Vars{"wrong": wrong}, Evidence: append(quoteAll(c.nearMisses()), c.unquoted(c.STS, c.nearMisses()[0])...), Records: c.newRecords()}
	}
	h := Hit{Reason: "missing", Subject: name, Vars: Vars{"elsewhere": c.misplaced(), "served": ""}, Evidence: quoteAll(c.STS.Texts())}
	if c.wild(c.STS) {
		h.Reason = "wildcard"
		h.Evidence = append(h.Evidence, "the same at "+c.Wildcard.Name)
	} else if len(h.Evidence) == 0 || len(c.STS.Aliases) > 0 {
		h.Evidence = append(h.Evidence, aliasPath(c.STS))
	}
	return c.firstSteps(h)
}

// firstSteps completes a hit for a domain without a record: with all that there is to publish,
// or only the record where a policy is served already.
func (c *Case) firstSteps(h Hit) Hit {
	if c.seemsPolicy() {
		h.Partial = true // what is wrong with the policy is worth knowing as well
		h.Vars["served"] = " The policy at " + c.url() + " is not even asked for."
		h.Vars["advice"] = "Publish the record that points senders to the policy that is served already:"
		h.Records = c.newRecords()
		return c.unpublished(h)
	}
	h.Partial = c.gave(PartPolicy)
	if c.Given != nil && (c.Domain == "" || !c.gave(PartMX)) {
		h.Vars["advice"], h.Records = "Publish this record:", c.newRecords()
		return h
	}
	h.Vars["advice"] = "Publish these, the policy first and the _mta-sts record last. Mode testing refuses no mail: it has senders report what would fail. The policy is served by a web server with a certificate for " + c.Host.Name + "."
	if len(c.Host.Fetches) == 0 && !c.hostGiven() {
		h.Records = c.hostRecords()
		h.Vars["advice"] = strings.TrimSuffix(h.Vars["advice"], ".") + c.invented() + "."
	}
	elsewhere := c.gave(PartMXRecords) && !c.gave(PartReports) // the zone leads there
	if reports := c.noReports(""); !elsewhere && !c.TLSRPT.Unknown() && len(c.reports) == 0 && reports.Reason == "missing" {
		h.Records = append(h.Records, reports.Records...)
	}
	h.Records = append(h.Records, c.newRecords()...)
	if h.File = c.file(c.repaired()); h.File == nil {
		h.Vars["advice"] = "Publish these when there is a policy to serve, which names the MX hosts: look again when the DNS tells them."
	}
	return h
}

// unpublished says of a policy that was given what is said of one that is served.
func (c *Case) unpublished(h Hit) Hit {
	if c.Given != nil {
		h.Vars["served"] = " Without it no sender asks for the policy."
		h.Vars["advice"] = "Publish the record that points senders to the policy:"
	}
	return h
}

// hostGiven tells that the zone which was given has something at the policy host's name.
func (c *Case) hostGiven() bool {
	a, aaaa := c.Host.A, c.Host.AAAA
	return c.Given != nil && (a.Found() || aaaa.Found() || len(a.Aliases) > 0)
}

// misplaced names where a record was found instead: a pre-standard name, or the apex.
func (c *Case) misplaced() string {
	var names []string
	for _, a := range c.Elsewhere {
		for _, t := range a.Texts() {
			_, _, near := sts.NearMiss(t)
			if near || len(sts.Select([]string{t})) > 0 {
				names = append(names, a.Name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; one was found at " + list(slices.Compact(names)) + ", where no sender looks"
}
