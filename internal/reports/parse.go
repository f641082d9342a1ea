package reports

import (
	"bytes"
	"errors"
)

// Bounds of what is kept of one report; what is beyond them is a note.
const (
	maxPolicies = 10_000
	maxFailures = 100_000 // of all policies together
	maxLines    = 1_000   // of one policy-string or mx-host
	maxText     = 1_024   // bytes of a text
	maxName     = 253     // bytes of a name, RFC 1035 §2.3.4
	maxTime     = 64
)

// reader puts a report together.
type reader struct {
	cursor

	out              Report
	begin, end       moment
	hasBegin, hasEnd bool
	entries          int  // of policies, objects or not
	failures         int  // of all policies
	dmarc            bool // a key was there that DMARC reports have
}

// Parse reads the JSON of one report. What senders get wrong in form is in the notes of the report. The
// error is one clause about why it is no report; the input is not kept.
func Parse(json []byte) (*Report, error) {
	r := reader{cursor: cursor{data: json}}
	r.start()
	seen := r.top()
	if r.err != nil {
		return nil, r.why()
	}
	if r.space(); r.at < len(r.data) {
		r.notes.add(noteTrailing)
	}
	if err := r.finish(seen); err != nil {
		return nil, err
	}
	return &r.out, nil
}

// why is the error, or what the input is instead of JSON.
func (r *reader) why() error {
	text := bytes.TrimSpace(r.data[:min(len(r.data), 1<<12)])
	switch {
	case len(text) == 0 || text[0] != '<':
		return r.err
	case bytes.Contains(text, []byte("<feedback")):
		return errors.New("it is XML: it looks like a DMARC report")
	}
	return errors.New("it is XML or HTML and no JSON")
}

// top reads the report, be it bare or the only one of an array.
func (r *reader) top() keySet {
	var seen keySet
	switch r.peek() {
	case '{':
		return r.report()
	case '[':
		r.notes.add(noteArray)
		n := 0
		for more := r.open(']'); more; more = r.more(']') {
			if n++; n == 1 && r.peek() == '{' {
				seen = r.report()
				continue
			}
			r.skip()
		}
		if n != 1 {
			r.fail(errors.New("it is an array and no report"))
		}
	default:
		r.scalar()
		r.fail(errors.New("it is JSON, but no object"))
	}
	return seen
}

// report reads the members of the outermost object.
func (r *reader) report() keySet {
	var seen keySet
	for more := r.open('}'); more; more = r.more('}') {
		switch k := r.member(&seen); k {
		case keyOrganization:
			r.out.Organization = r.words(maxText)
		case keyID:
			r.out.ID = r.words(maxText)
		case keyContact:
			r.out.Contact = r.words(maxText)
		case keyPolicies:
			r.policies()
		case keyDMARC:
			r.dmarc = true
			r.skip()
		default:
			r.other(k)
		}
	}
	return seen
}

// other reads date-range, and its ends where they stand alone.
func (r *reader) other(k key) {
	switch {
	case k == keyRange && r.peek() == '{':
		var seen keySet
		for more := r.open('}'); more; more = r.more('}') {
			r.rangeEnd(r.member(&seen))
		}
	case k == keyBegin || k == keyEnd:
		r.notes.add(noteKeys)
		r.rangeEnd(k)
	default:
		r.skip()
	}
}

func (r *reader) rangeEnd(k key) {
	switch k {
	case keyBegin:
		r.begin, r.hasBegin = r.moment()
	case keyEnd:
		r.end, r.hasEnd = r.moment()
	default:
		r.skip()
	}
}

// finish judges what was read as a whole.
func (r *reader) finish(seen keySet) error {
	out := &r.out
	if err := r.isReport(seen); err != nil {
		return err
	}
	for _, missing := range []struct {
		text string
		note note
	}{{out.Organization, noteOrganization}, {out.ID, noteID}, {out.Contact, noteContact}} {
		if missing.text == "" {
			r.notes.add(missing.note)
		}
	}
	out.Begin, out.End = r.span()
	out.Notes = r.notes.texts()
	return nil
}

// isReport tells what is missing without which nothing is reported.
func (r *reader) isReport(seen keySet) error {
	switch {
	case r.dmarc && len(r.out.Policies) == 0:
		return errors.New("there are no policies in it: it looks like a DMARC report")
	case !seen.has(keyPolicies) && r.out.Organization == "":
		return errors.New("there are no policies in it and no organization-name: it is some other JSON")
	case !seen.has(keyPolicies):
		return errors.New("there are no policies in it")
	case r.entries > 0 && len(r.out.Policies) == 0:
		return errors.New("there is nothing in its policies that is one")
	case !r.hasBegin && !r.hasEnd:
		return errors.New("there is no date-range in it that can be read")
	}
	return nil
}

// policies reads all policies: of the last key of that name, if there are several.
func (r *reader) policies() {
	r.out.Policies, r.entries, r.failures = nil, 0, 0
	switch r.peek() {
	case '[':
		for more := r.open(']'); more; more = r.more(']') {
			r.entry()
		}
		if r.entries == 0 {
			r.notes.add(noteEmpty)
		}
	case '{':
		r.notes.add(noteObject)
		r.entry()
	case 'n':
		r.notes.add(noteEmpty)
		r.skip()
	default:
		r.entries++
		r.skip()
	}
}

// entry reads one entry of policies.
func (r *reader) entry() {
	r.entries++
	switch {
	case r.peek() != '{':
		r.notes.add(noteEntry)
		r.skip()
	case len(r.out.Policies) >= maxPolicies:
		r.notes.add(noteCut)
		r.skip()
	default:
		r.policy()
	}
}
