package rule

func stsRecordSyntax() Rule {
	const fix = "Put this record in its place:"
	reason := func(word, message string) Reason {
		return Reason{Word: word, Status: Fail, Message: message + " Senders must treat the record as if it were not there.", Fix: fix}
	}
	return Rule{
		ID: "sts-record-syntax", Group: "record", Ref: "RFC 8461 §3.1", Needs: PartRecord,
		Title: "the record at _mta-sts.{domain} follows the grammar",
		Why:   "A record that breaks the grammar counts as none. The id tells senders when to fetch the policy anew, so they need it.",
		More:  "The record is a list of fields, name=value, with semicolons between them: v=STSv1 first, then id. The id is 1 to 32 letters and digits; senders only compare it with the one they know, so any new one will do. The date and time are a good choice.",
		Reasons: []Reason{
			reason("id-missing", "The record has no usable id: {text}.").more("Without an id a sender cannot tell a changed policy from the one that it holds."),
			reason("id-characters", "The record's id is not well formed: {text}.").more("Hyphens, dots and colons slip in with dates and times: 2026-01-31 is no id, 20260131 is one."),
			reason("id-length", "The record's id is too long: {text}.").more("Checksums and long random texts do not fit. A date with the time has 14 digits."),
			{
				Word: "id-duplicate", Status: Fail, Fix: fix,
				More:    "As a rule a new id was added to the record and the old one left in it.",
				Message: "The record has more than one id: {text}. The RFC has the first count, but {senders}, and most others take the last.",
			},
			reason("field-syntax", "The record breaks the grammar: {text}.").more("Common slips are a comma in place of the semicolon, a field without a value, and quotes that became part of the text."),
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
			Reason: reason, Subject: c.below("_mta-sts"), Vars: Vars{"text": text},
			Evidence: append([]string{quote(c.records[0])}, evidence...), Records: c.newRecords(),
		}
	}
	var hits []Hit
	for _, p := range c.recordProblems {
		h := hit(p.Reason, p.Text, column(p.Column)...)
		h.Column = p.Column
		hits = append(hits, h)
	}
	if ids := c.ids(); len(ids) > 1 && len(hits) == 0 {
		h := hit("id-duplicate", list(quoteAll(ids)))
		h.Vars["senders"] = whoDrops(c.records[0])
		hits = append(hits, h)
	}
	if len(hits) == 0 {
		hits = []Hit{{Subject: c.below("_mta-sts"), Evidence: []string{"id " + c.record.ID}}}
	}
	return mergeHits(hits)
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
