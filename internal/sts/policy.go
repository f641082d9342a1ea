package sts

import (
	"strconv"
	"strings"
)

// policyVersion is the one value that version can have.
const policyVersion = "STSv1"

// Mode is what a policy asks of senders, RFC 8461 §5.
type Mode string

// The three modes.
const (
	Enforce Mode = "enforce" // do not deliver to hosts that fail
	Testing Mode = "testing" // deliver, and report failures (RFC 8460)
	None    Mode = "none"    // as if there were no policy
)

// Policy is the content of a policy file, RFC 8461 §3.2. Where a field stands twice the first
// counts, except mx. When there are problems it holds what could be read all the same.
type Policy struct {
	Version   string    // as written, "" if missing
	Mode      Mode      // "" if missing or not exactly one of the three
	MaxAge    int64     // seconds, 0 to MaxMaxAge
	HasMaxAge bool      // max_age is there and good
	MX        []Pattern // every mx in order, also those that are not valid
	Fields    []Field   // every field in order, known or not, duplicates included
}

// Render is the policy as canonical text: version, mode, every mx, max_age, each on a line that LF
// ends. Unknown fields are left out. What parses without problems parses to the same values when
// rendered.
func (p Policy) Render() string {
	var b strings.Builder
	b.WriteString("version: " + policyVersion + "\nmode: " + string(p.Mode) + "\n")
	for _, mx := range p.MX {
		b.WriteString("mx: " + mx.Text + "\n")
	}
	b.WriteString("max_age: " + strconv.FormatInt(p.MaxAge, 10) + "\n")
	return b.String()
}

// Find returns the first pattern that allows the MX host, as [Pattern.Matches] has it.
func (p Policy) Find(host string) (Pattern, bool) {
	name, ok := hostName(host)
	if !ok {
		return Pattern{}, false
	}
	for _, mx := range p.MX {
		if mx.matches(name) {
			return mx, true
		}
	}
	return Pattern{}, false
}

// Unknown returns the fields that the RFC does not know, in order. Senders ignore them (§3.2), but
// one may have been meant as a known one: see [NearKey].
func (p Policy) Unknown() (unknown []Field) {
	for _, f := range p.Fields {
		if !isKnown(f.Name) {
			unknown = append(unknown, f)
		}
	}
	return unknown
}

// Duplicates returns the fields other than mx that have stood before, in order. Senders ignore them
// (§3.2): the first is in force.
func (p Policy) Duplicates() (later []Field) {
	seen := make(map[string]bool)
	for _, f := range p.Fields {
		if f.Name != mxField && seen[f.Name] {
			later = append(later, f)
		}
		seen[f.Name] = true
	}
	return later
}
