package sts

import (
	"fmt"
	"strings"

	"mtasts/internal/field"
)

// take stores a field whose value begins at column, and judges it: the first of a known name and
// every mx by its own grammar, all others as extensions.
func (p *policyParser) take(f Field, column int) {
	p.policy.Fields = append(p.policy.Fields, f)
	first := isKnown(f.Name) && !p.hasSeen(f.Name)
	if f.Name == mxField {
		p.mx(f, column)
		return
	}
	p.see(f.Name)
	switch {
	case f.Value == "" && first:
		p.note(f.Name, "missing", f.Line, f.Column, fmt.Sprintf("%s: has no value", f.Name), "")
	case f.Value == "":
		p.add("bad-value", f.Line, f.Column, fmt.Sprintf("%q has no value", f.Name), "")
	case strings.Contains(f.Value, "\t"):
		p.add("control-character", f.Line, column+strings.IndexByte(f.Value, '\t'), "a tab inside a value", "")
	case first:
		p.judge(f, column)
	}
}

func (p *policyParser) judge(f Field, column int) {
	switch f.Name {
	case versionField:
		p.version(f, column)
	case modeField:
		p.mode(f, column)
	case maxAgeField:
		p.maxAge(f, column)
	}
}

func (p *policyParser) version(f Field, column int) {
	p.policy.Version = f.Value
	switch {
	case f.Value == policyVersion:
	case strings.EqualFold(f.Value, policyVersion):
		p.note(versionField, "case", f.Line, column, fmt.Sprintf("%q: case counts, it must be STSv1", f.Value), policyVersion)
	default:
		p.note(versionField, "unsupported", f.Line, column, fmt.Sprintf("%q is not STSv1, the only version there is", field.Clip(f.Value)), policyVersion)
	}
}

func (p *policyParser) mode(f Field, column int) {
	mode := Mode(f.Value)
	small := Mode(strings.ToLower(f.Value))
	switch {
	case isMode(mode):
		p.policy.Mode = mode
		p.skipMX = mode == None
	case isMode(small):
		p.skipMX = small == None
		p.note(modeField, "case", f.Line, column, fmt.Sprintf("%q: case counts, it must be %s", f.Value, small), string(small))
	default:
		near := nearMode(f.Value)
		p.skipMX = near == None
		p.note(modeField, "unknown", f.Line, column, fmt.Sprintf("%q is none of enforce, testing and none", field.Clip(f.Value)), string(near))
	}
}

func isMode(m Mode) bool { return m == Enforce || m == Testing || m == None }

func (p *policyParser) maxAge(f Field, column int) {
	seconds, reason, text, near := faultOfMaxAge(f.Value)
	if reason != "" {
		p.note(maxAgeField, reason, f.Line, column, text, near)
		return
	}
	p.policy.MaxAge, p.policy.HasMaxAge = seconds, true
}

func (p *policyParser) mx(f Field, column int) {
	p.see(mxField)
	if f.Value == "" {
		column = f.Column
	}
	pattern := Pattern{f.Value, f.Line, column}
	p.policy.MX = append(p.policy.MX, pattern)
	if pattern.Valid() || p.full() {
		return
	}
	text, near := faultOfMX(f.Value)
	p.note(mxField, "bad-pattern", f.Line, column, text, near)
}

// missing tells which required fields are not there, with the field that was meant as it, if any.
func (p *policyParser) missing() {
	if p.skipMX {
		p.see(mxField)
	}
	if p.seen == allSeen {
		return
	}
	meant := p.nearMisses()
	for _, name := range []string{versionField, modeField, maxAgeField, mxField} {
		if p.hasSeen(name) {
			continue
		}
		problem := Problem{Field: name, Reason: "missing", Text: fmt.Sprintf("there is no %s: line", name)}
		if f, ok := meant[name]; ok {
			problem.Line, problem.Column = f.Line, f.Column
			problem.Text = fmt.Sprintf("there is no %s: line, but one that is called %q", name, f.Name)
			problem.Near = name + ": " + f.Value
		}
		p.problems = append(p.problems, problem)
	}
}

// nearMisses gives for each known name the first unknown field that was meant as it.
func (p *policyParser) nearMisses() map[string]Field {
	meant := make(map[string]Field)
	for _, f := range p.policy.Fields {
		if key, ok := NearKey(f.Name); ok {
			if _, given := meant[key]; !given {
				meant[key] = f
			}
		}
	}
	return meant
}

// Known fields that were given, well or badly, as bits of policyParser.seen.
const (
	versionSeen uint8 = 1 << iota
	modeSeen
	maxAgeSeen
	mxSeen

	allSeen = versionSeen | modeSeen | maxAgeSeen | mxSeen
)

func (p *policyParser) see(name string)          { p.seen |= seenBit(name) }
func (p *policyParser) hasSeen(name string) bool { return p.seen&seenBit(name) != 0 }

func seenBit(name string) uint8 {
	switch name {
	case versionField:
		return versionSeen
	case modeField:
		return modeSeen
	case maxAgeField:
		return maxAgeSeen
	case mxField:
		return mxSeen
	}
	return 0
}
