package rule

import (
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

func recordRules() []Rule { return []Rule{domainExists(), stsRecord(), stsRecordSyntax()} }

func domainExists() Rule {
	return Rule{
		ID: "domain-exists", Group: "record", Ref: "RFC 1035 §4.1.1",
		Title: "the domain exists in the DNS",
		Why:   "A name that the DNS does not know can have neither mail nor a policy.",
		Reasons: []Reason{{
			Word: "nxdomain", Status: Fail,
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

// dnsReasons are the reasons of a question that stayed unanswered; subject is what was asked for.
func dnsReasons(hides ...string) []Reason {
	return []Reason{
		{
			Word: "dns-error", Status: Unknown, Hides: hides,
			Message: "The DNS gave no usable answer for {name}: {said}. Whether the record is there cannot be told.",
			Fix:     "Ask the domain's own name servers for {name}: they answer with an error, are not reached, or their DNSSEC signatures do not hold.",
		},
		{
			Word: "dns-timeout", Status: Unknown, Hides: hides,
			Message: "The DNS did not answer for {name} in time. Whether the record is there cannot be told.",
			Fix:     "Try again, or with another --resolver. If it stays, look whether the domain's name servers are reached from outside.",
		},
	}
}

// dnsHit is the hit of a question that stayed unanswered, if it did.
func dnsHit(a fact.Answer) (Hit, bool) {
	word := dnsTrouble(a)
	if word == "" {
		return Hit{}, false
	}
	return Hit{
		Reason: word, Subject: a.Name, Evidence: []string{said(a)},
		Vars: Vars{"name": a.Type + " " + a.Name, "said": outcomeOf(a)},
	}, true
}

func stsRecord() Rule {
	return Rule{
		ID: "sts-record", Group: "record", Ref: "RFC 8461 §3.1",
		Title: "exactly one TXT record at _mta-sts.{domain} is an MTA-STS record (v=STSv1;)",
		Why:   "Senders look for this record first. Without exactly one they take it that the domain has no MTA-STS, and anybody on the path can strip TLS from its mail.",
		Reasons: append([]Reason{
			{
				Word: "missing", Status: Fail,
				Message: "There is no MTA-STS record at _mta-sts.{domain}{elsewhere}.{served}",
				Fix:     "{advice}",
				Hides:   []string{"sts-record-syntax", "policy-*", "mx-covered"},
			},
			{
				Word: "multiple", Status: Fail,
				Message: "There are {count} MTA-STS records at _mta-sts.{domain}. Senders must then take it that there is none.",
				Fix:     "Leave exactly one of them, this one:",
			},
			{
				Word: "near-miss", Status: Fail,
				Message: "The TXT record at _mta-sts.{domain} is not recognised as an MTA-STS record: {wrong}. Senders take it that there is none.",
				Fix:     "Put this record in its place:",
			},
			{
				Word: "dangling-alias", Status: Fail,
				Message: "_mta-sts.{domain} is a CNAME to {target}, which {state}. For senders there is no record.",
				Fix:     "Ask whoever runs {target} to bring it back, or publish the record here in place of the CNAME:",
				Hides:   []string{"sts-record-syntax"},
			},
			{
				Word: "wildcard", Status: Fail,
				Message: "There is no MTA-STS record at _mta-sts.{domain}: a DNS wildcard answers there with other text{elsewhere}.{served}",
				Fix:     "Publish the record at its own name; it takes the place of the wildcard there. {advice}",
				Hides:   []string{"sts-record-syntax", "policy-*", "mx-covered"},
			},
			{
				Word: "space-before-semicolon", Status: Warn,
				Message: "White space stands before the first semicolon. Some senders (chasquid) do not see the record then, and none would beside another TXT record.",
				Fix:     "Publish it without the white space:",
			},
		}, dnsReasons("sts-record-syntax")...),
		Check: checkRecord,
	}
}

func checkRecord(c *Case) []Hit {
	name := "_mta-sts." + c.Domain
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

// danglingHit tells of a CNAME that leads nowhere.
func danglingHit(a fact.Answer, name string, fix []Record) Hit {
	state := "does not exist"
	if a.Fault != nil {
		state = "leads on in a circle"
	}
	target := name
	if len(a.Aliases) > 0 {
		target = a.Aliases[len(a.Aliases)-1]
	}
	return Hit{
		Reason: "dangling-alias", Subject: name, Vars: Vars{"target": target, "state": state},
		Evidence: []string{aliasPath(a)}, Records: fix,
	}
}

func aliasPath(a fact.Answer) string {
	path := a.Type + " " + strings.Join(append([]string{a.Name}, a.Aliases...), " -> ")
	if a.Found() {
		return path
	}
	return path + ": " + outcomeOf(a)
}

func faultText(f *fact.Fault) string {
	if f == nil {
		return ""
	}
	return f.Text
}

func (c *Case) oneRecord(name string) Hit {
	h := Hit{Subject: name, Evidence: []string{quote(c.records[0])}}
	if len(c.STS.Aliases) > 0 {
		h.Evidence = append(h.Evidence, strings.Join(append([]string{name}, c.STS.Aliases...), " -> "))
	}
	if !strings.HasPrefix(c.records[0], "v=STSv1;") {
		h.Reason = "space-before-semicolon"
		_, rest, _ := strings.Cut(c.records[0], ";")
		h.Records = c.stsRecords("v=STSv1;" + rest)
	}
	return h
}

// nearMisses are the TXT records that were meant as MTA-STS records and are none.
func (c *Case) nearMisses() []string {
	return slices.DeleteFunc(c.STS.Texts(), func(t string) bool {
		_, _, ok := sts.NearMiss(t)
		return !ok
	})
}

// noRecord tells what is there in place of the record.
func (c *Case) noRecord(name string) Hit {
	if misses := c.nearMisses(); len(misses) > 0 {
		wrong, corrected, _ := sts.NearMiss(misses[0])
		records := c.newRecords()
		if corrected != "" {
			records = c.stsRecords(corrected)
		}
		return Hit{Reason: "near-miss", Subject: name, Vars: Vars{"wrong": wrong}, Evidence: quoteAll(misses), Records: records}
	}
	h := Hit{Reason: "missing", Subject: name, Vars: Vars{"elsewhere": c.misplaced(), "served": ""}, Evidence: quoteAll(c.STS.Texts())}
	if c.STS.Found() && c.Wildcard != nil && slices.Equal(c.Wildcard.Texts(), c.STS.Texts()) {
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
		return h
	}
	h.Vars["advice"] = "Publish these, the policy first and the _mta-sts record last. Mode testing refuses no mail: it has senders report what would fail."
	if len(c.Host.Fetches) == 0 {
		h.Records = c.hostRecords()
		h.Vars["advice"] += c.invented()
	}
	if !c.TLSRPT.Unknown() && len(c.reports) == 0 {
		h.Records = append(h.Records, c.newReports()...)
	}
	h.Records = append(h.Records, c.newRecords()...)
	if h.File = c.file(c.firstPolicy()); h.File == nil {
		h.Vars["advice"] = "Publish these when there is a policy to serve, which names the MX hosts: look again when the DNS tells them."
	}
	return h
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

func stsRecordSyntax() Rule {
	const fix = "Publish this record:"
	reason := func(word, message string) Reason {
		return Reason{Word: word, Status: Fail, Message: message + " Senders must treat the record as if it were not there.", Fix: fix}
	}
	return Rule{
		ID: "sts-record-syntax", Group: "record", Ref: "RFC 8461 §3.1",
		Title: "the record at _mta-sts.{domain} follows the grammar",
		Why:   "A record that breaks the grammar counts as none. The id tells senders when to fetch the policy anew, so they need it.",
		Reasons: []Reason{
			reason("id-missing", "The record has no usable id: {text}."),
			reason("id-characters", "The record's id is not well formed: {text}."),
			reason("id-length", "The record's id is too long: {text}."),
			{
				Word: "id-duplicate", Status: Fail, Fix: fix,
				Message: "The record has more than one id: {text}. The RFC has the first count, but mox drops the record, and maddy and postfix-mta-sts-resolver take the last.",
			},
			reason("field-syntax", "The record breaks the grammar: {text}."),
		},
		Check: checkRecordSyntax,
	}
}

func checkRecordSyntax(c *Case) []Hit {
	if len(c.records) != 1 {
		return nil
	}
	hit := func(reason, text string, evidence ...string) Hit {
		return Hit{
			Reason: reason, Subject: "_mta-sts." + c.Domain, Vars: Vars{"text": text},
			Evidence: append([]string{quote(c.records[0])}, evidence...), Records: c.soundRecords(),
		}
	}
	var hits []Hit
	for _, p := range c.recordProblems {
		hits = append(hits, hit(p.Reason, p.Text, column(p.Column)...))
	}
	if ids := c.ids(); len(ids) > 1 && len(hits) == 0 {
		hits = append(hits, hit("id-duplicate", list(quoteAll(ids))))
	}
	if len(hits) == 0 {
		hits = []Hit{{Subject: "_mta-sts." + c.Domain, Evidence: []string{"id " + c.record.ID}}}
	}
	return mergeHits(hits)
}

// column is where a problem is, as evidence; what is missing is nowhere.
func column(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{"column " + strconv.Itoa(n)}
}

func (c *Case) ids() []string {
	var ids []string
	for _, f := range c.record.Fields {
		if f.Name == "id" {
			ids = append(ids, f.Value)
		}
	}
	return ids
}

// soundRecords are the record with what can be kept of it: the id where it is good, or evident.
func (c *Case) soundRecords() []Record {
	id := c.record.ID
	for _, p := range c.recordProblems {
		if id == "" && strings.HasPrefix(p.Reason, "id-") {
			id = strings.TrimPrefix(p.Near, "id=")
		}
	}
	if _, problems := sts.ParseRecord("v=STSv1; id=" + id); len(problems) == 0 {
		return c.stsRecords("v=STSv1; id=" + id)
	}
	return c.newRecords()
}

// mergeHits makes one hit of those with the same reason and subject: the first, with the
// evidence of all.
func mergeHits(hits []Hit) []Hit {
	var merged []Hit
	others := map[int]int{}
	for _, h := range hits {
		i := slices.IndexFunc(merged, func(m Hit) bool { return m.Reason == h.Reason && m.Subject == h.Subject })
		if i < 0 {
			merged = append(merged, h)
			continue
		}
		if text, ok := merged[i].Vars["text"]; ok && text != h.Vars["text"] {
			others[i]++
		}
		for _, e := range h.Evidence {
			if !slices.Contains(merged[i].Evidence, e) {
				merged[i].Evidence = append(merged[i].Evidence, e)
			}
		}
	}
	for i, n := range others {
		merged[i].Vars["text"] += " (and " + plural(int64(n), "more fault") + " of this kind)"
	}
	return merged
}
