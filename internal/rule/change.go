package rule

import (
	"slices"
	"strings"
	"time"

	"mtasts/internal/sts"
)

// past is what senders may hold of the domain: what was seen of it before.
type past struct {
	*Case
	known bool // a valid policy, and a record that leads to it
}

// meetPast sorts out what was seen before, if anything was handed over.
func (c *Case) meetPast() {
	if c.opt.Before == nil {
		return
	}
	b := newCase(c.opt.Before, Options{})
	c.before = &past{Case: b, known: b.served != nil && len(b.policyProblems) == 0 && len(b.records) == 1 && len(b.recordProblems) == 0}
}

// when is a clause about what is held: "that is published now".
func (c *Case) when() string {
	if c.Given != nil {
		return "that is published now"
	}
	return "of " + c.before.At.UTC().Format("2 January 2006")
}

// until is when the last sender has forgotten the policy that it fetched when it was seen last (RFC
// 8461 §3.2).
func (b *past) until() string {
	return b.At.UTC().Add(time.Duration(b.policy.MaxAge) * time.Second).Format("2006-01-02 15:04 UTC")
}

// nothingHeld is the hit where no policy is known that senders could hold.
func (c *Case) nothingHeld() Hit {
	h := Hit{Reason: "first", Subject: c.before.Domain, Vars: Vars{"said": ""}}
	r := c.before.judge(c.rules)
	if r.Protection != UnsureProtection {
		h.Evidence = []string{string(r.Protection)}
		return h
	}
	h.Reason, h.Vars["said"] = "undetermined", "the look was ended early"
	if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Status == Unknown }); i >= 0 {
		h.Vars["said"] = r.Findings[i].Rule + " (" + r.Findings[i].Reason + ")"
		h.Evidence = r.Findings[i].Evidence
	}
	return h
}

func policyIDChanged() Rule {
	return Rule{
		ID: "policy-id-changed", Group: "change", Ref: "RFC 8461 §3.1", Needs: PartPolicy,
		Title: "a policy that differs from the one before has a new id in the record",
		Why:   "Senders that hold a policy look at the id alone to see whether there is another. While the id stays, they keep to the old policy.",
		More:  "The id stands in the TXT record at _mta-sts. It may be any letters and digits; the time of the change does well. This is judged where there is something to compare with: mtasts lint --against-live does so before you publish.",
		Reasons: []Reason{
			{
				Word: "not-bumped", Status: Fail, Exception: "warn where the policy was given without a record",
				More:    "The file was edited and the record forgotten; or the id was written by hand and copied along.",
				Message: "The policy differs from the one {when}, {id}. Senders that hold that one keep to it for up to {age}, its max_age.",
				Fix:     "Publish this record as soon as the new policy is served:",
			},
			{
				Word: "first", Status: Info,
				More:    "A sender holds a policy when it has fetched one that is valid, by a record that is valid.",
				Message: "There is no valid policy of {domain} yet with a record that leads to it, so there is none that senders could still hold.",
			},
			{
				Word: "undetermined", Status: Unknown,
				More:    "The comparison needs the record and the policy. One of them could not be fetched from here.",
				Message: "What senders may hold of {domain} could not be found out: {said}. So there is nothing to compare with.",
				Fix:     "Look again later, or from elsewhere: mtasts check says what is in the way.",
			},
		},
		Check: checkIDChanged,
	}
}

func checkIDChanged(c *Case) []Hit {
	switch {
	case c.before == nil || c.served == nil || !c.readable():
		return nil
	case !c.before.known:
		return []Hit{c.nothingHeld()}
	}
	changed := differences(c.before.policy, c.policy)
	h := Hit{Of: "record", Subject: c.below("_mta-sts"), Evidence: append(changed, "id "+c.before.record.ID)}
	without := c.Given != nil && !c.gave(PartRecord)
	switch {
	case len(changed) == 0, !without && c.record.ID != "" && c.record.ID != c.before.record.ID:
		return []Hit{h}
	case !without && c.record.ID == "":
		return nil // sts-record and sts-record-syntax tell
	}
	h.Reason, h.Records = "not-bumped", c.newRecords()
	h.Vars = Vars{"when": c.when(), "id": "and the id is still " + c.record.ID, "age": seconds(c.before.policy.MaxAge)}
	if without {
		h.Status, h.Of = Warn, "policy"
		h.Vars["id"] = "and no record with another id than " + c.before.record.ID + " was given"
	}
	return []Hit{h}
}

// differences are the lines that only one of two policies has, however they are written: order, white
// space and line ends are no change.
func differences(was, is sts.Policy) []string {
	a, b := settings(was), settings(is)
	var list []string
	for _, line := range missing(a, b) {
		list = append(list, "was: "+line)
	}
	for _, line := range missing(b, a) {
		list = append(list, "is: "+line)
	}
	return list
}

// missing are the lines that others lack.
func missing(lines, others []string) []string {
	known := map[string]bool{}
	for _, line := range others {
		known[line] = true
	}
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return known[line] })
}

// settings are the lines of a policy, spelt alike.
func settings(p sts.Policy) []string {
	var lines []string
	for _, f := range p.Fields {
		if f.Name == "mx" {
			f.Value = strings.ToLower(f.Value)
		}
		lines = append(lines, f.Name+": "+f.Value)
	}
	return lines
}

// toldOtherwise tells that a host is no news, in what was looked at twice: the policy of now does not
// name it either, of which mx-covered tells; or it was an MX host before, and has not moved.
func (c *Case) toldOtherwise(host string) bool {
	if c.Given != nil {
		return false
	}
	same := func(other string) bool { return strings.EqualFold(host, other) }
	return slices.ContainsFunc(c.uncovered(), same) || slices.ContainsFunc(c.before.coverable(), same)
}

func mxMoved() Rule {
	return Rule{
		ID: "mx-moved", Group: "change", Ref: "RFC 8461 §8.1", Needs: PartMX,
		Title: "every MX host matches the policy that senders may still hold",
		Why:   "A sender keeps a policy for up to its max_age. An MX host that the old policy does not name gets no mail from it until it has fetched another.",
		More:  "When mail moves to another host, the policy comes first: it names the old hosts and the new ones, senders get time to fetch it, and only then the MX records change. This is judged where there is something to compare with: mtasts lint --against-live does so before you publish.",
		Reasons: []Reason{
			{
				Word: "refused", Status: Fail, Exception: "warn where that policy is in mode testing",
				More:    "The MX records are about to change, or have changed, before the policy did.",
				Message: "The policy {when} names no pattern that matches {hosts}. Senders that hold it {refuse}, until {until} at the longest: it may be kept for {age}.",
				Fix:     "{mend}. Serve this policy, which names the new hosts beside the old, give the record a new id, and {later} after {until}:",
			},
			{
				Word: "undetermined", Status: Unknown,
				More:    "The comparison needs the record and the policy. One of them could not be fetched from here.",
				Message: "What senders may hold of {domain} could not be found out: {said}. So it cannot be told whether they would refuse the MX hosts.",
				Fix:     "Look again later, or from elsewhere: mtasts check says what is in the way.",
			},
		},
		Check: checkMoved,
	}
}

func checkMoved(c *Case) []Hit {
	if c.before == nil || len(c.coverable()) == 0 {
		return nil
	}
	if !c.before.known {
		if h := c.nothingHeld(); h.Reason == "undetermined" && c.served == nil { // else policy-id-changed tells
			return []Hit{h}
		}
		return nil
	}
	held := c.before.policy
	if held.Mode == sts.None {
		return nil
	}
	index := sts.NewIndex(held.MX)
	bare := slices.DeleteFunc(c.coverable(), func(host string) bool { return index.Find(host) >= 0 || c.toldOtherwise(host) })
	h := Hit{Of: "mx", Subject: c.whole(), Evidence: append(mxLines(held.MX), "MX hosts: "+list(c.coverable()))}
	if len(bare) == 0 {
		return []Hit{h}
	}
	h.Reason, h.Subject, h.Line = "refused", list(bare), c.mxLine(bare[0])
	h.Vars = Vars{
		"when": c.when(), "hosts": list(bare), "until": c.before.until(), "age": seconds(held.MaxAge),
		"refuse": "refuse to deliver there", "mend": "Leave the MX records as they are for now", "later": "change the MX records",
	}
	if c.Given == nil {
		h.Vars["later"] = "take the old ones out"
		h.Vars["mend"] = "Put MX hosts that it names back beside the new ones, if they still take mail"
	}
	if held.Mode == sts.Testing {
		h.Status, h.Vars["refuse"] = Warn, "report that they would refuse to deliver there"
	}
	p := held
	p.MX = append(slices.Clone(held.MX), patterns(bare)...)
	h.File = &File{Path: sts.PolicyURL(c.before.Domain), Content: p.Render() + c.before.soundExtensions()}
	h.Records = c.newRecords()
	return []Hit{h}
}
