package reports

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// most is the largest sum: the largest that JSON carries exactly (RFC 8259 §6).
const most = 1<<53 - 1

// maxCount is the largest count that is believed: no sender has as many sessions with one domain in a day,
// and one such count would drown all others.
const maxCount = 1_000_000_000_000

// plus adds counts, of which none is negative, and stops at the largest.
func plus(a, b int64) int64 { return min(a+b, most) }

// cut makes a text of what was read, and leaves out what is too long.
func cut(raw []byte, limit int) string {
	if len(raw) <= limit {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:limit]), "")
}

// words reads a text without the white space around it. What is no string is taken as it is written,
// null is none.
func (c *cursor) words(limit int) string {
	switch c.peek() {
	case '"':
		raw := bytes.TrimSpace(c.text())
		if len(raw) > limit {
			c.notes.add(noteLong)
		}
		return cut(raw, limit)
	case 'n':
		c.literal("null")
		return ""
	case '{', '[':
		c.notes.add(noteType)
		c.skip()
		return ""
	}
	c.notes.add(noteType)
	return cut(c.scalar(), limit)
}

// count reads a number of sessions.
func (c *cursor) count() int64 {
	switch b := c.peek(); {
	case b == '"':
		c.notes.add(noteCountText)
		return c.parseCount(bytes.TrimSpace(c.text()))
	case b == '-' || b-'0' <= 9:
		return c.parseCount(c.number())
	}
	c.notes.add(noteCount)
	c.skip()
	return 0
}

func (c *cursor) parseCount(raw []byte) int64 {
	if n, ok := digits(raw); ok && n <= maxCount {
		return n
	}
	f, err := strconv.ParseFloat(cut(raw, maxTime), 64)
	switch {
	case err != nil || math.IsNaN(f) || f > maxCount:
		c.notes.add(noteCount)
		return 0
	case f < 0:
		c.notes.add(noteNegative)
		return 0
	}
	if bytes.ContainsAny(raw, ".eE") {
		c.notes.add(noteFraction)
	}
	return int64(math.Round(f))
}

// digits reads what nearly every count is.
func digits(raw []byte) (n int64, ok bool) {
	if len(raw) == 0 || len(raw) > 15 {
		return 0, false
	}
	for _, b := range raw {
		if b-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(b-'0')
	}
	return n, true
}

// list reads an array of texts, or the one text that stands in its place: that is noted.
func (c *cursor) list(one note) []string {
	var list []string
	add := func() {
		if s := c.words(maxText); s != "" && len(list) < maxLines {
			list = append(list, s)
		} else if s != "" {
			c.notes.add(noteLong)
		}
	}
	switch c.peek() {
	case '[':
		for more := c.open(']'); more; more = c.more(']') {
			add()
		}
		return list
	case '"':
		c.notes.add(one)
		return c.single()
	}
	add()
	return list
}

// single reads a text that may be a whole policy, and so be longer than others.
func (c *cursor) single() []string {
	raw := bytes.TrimSpace(c.text())
	if len(raw) == 0 {
		return nil
	}
	if len(raw) > maxText*8 {
		c.notes.add(noteLong)
	}
	return []string{cut(raw, maxText*8)}
}

// known finds a word of RFC 8460 in another case or with underscores; what is none of them stays.
func (c *cursor) known(raw string, words []string, unknown note) string {
	for _, w := range words {
		if raw == w {
			return w
		}
	}
	if raw != "" {
		c.notes.add(unknown)
	}
	folded := strings.ReplaceAll(strings.ToLower(raw), "_", "-")
	for _, w := range words {
		if folded == w {
			return w
		}
	}
	return raw
}

// policyTypes are those of RFC 8460 §4.4.
func policyTypes() []string { return []string{"sts", "tlsa", noPolicy} }

const noPolicy = "no-policy-found"

func (r *reader) policyType(s string) string {
	if s == "" {
		r.notes.add(noteNoPolicy)
	}
	return r.known(s, policyTypes(), notePolicyType)
}

// resultTypes are those of RFC 8460 §4.3, those of single hosts first.
func resultTypes() []string {
	return []string{
		"starttls-not-supported", "certificate-host-mismatch", "certificate-expired",
		"certificate-not-trusted", "validation-failure", "tlsa-invalid", "dnssec-invalid",
		"dane-required", "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid",
	}
}

func (r *reader) resultType() string {
	return r.known(r.words(maxName), resultTypes(), noteResultType)
}

// ofPolicy tells of result types that are about a policy and no MX host.
func ofPolicy(resultType string) bool {
	return strings.HasPrefix(resultType, "sts-")
}

// hostName is a name in A-labels, lower case, without final dot. What is no name stays, in lower case:
// it is what was reported.
func hostName(s string) string {
	s = strings.TrimRight(cut([]byte(strings.ToLower(s)), maxName), ".")
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			continue
		}
		if name, err := idna.Lookup.ToASCII(s); err == nil && len(name) <= maxName {
			return strings.TrimRight(name, ".")
		}
		break
	}
	return s
}

// patterns are the values of mx-host as they stand in a policy.
func (r *reader) patterns(list []string) []string {
	if len(list) == 1 {
		list = r.explode(strings.ReplaceAll(list[0], ",", ";"))
	}
	var out []string
	for _, s := range list {
		if rest, ok := strings.CutPrefix(strings.ToLower(s), "mx:"); ok {
			r.notes.add(notePrefix)
			s = strings.TrimSpace(rest)
		}
		if s = hostName(cut([]byte(s), maxName)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// lines are the lines of a policy of MTA-STS, or TLSA records, one each.
func (r *reader) lines(list []string, policyType string) []string {
	if len(list) == 1 {
		list = r.explode(list[0])
	}
	if policyType != "tlsa" {
		return list
	}
	records := list[:0]
	for _, s := range list {
		if last := len(records) - 1; last >= 0 && !strings.ContainsRune(s, ' ') {
			records[last] += s // the rest of a record that a line break was in
			continue
		}
		records = append(records, record(s))
	}
	return records
}

// explode takes apart a text that holds all of a list: as JSON, as Microsoft does with TLSA records, or
// as prose, which is what RFC 8460 §4 speaks of.
func (r *reader) explode(s string) []string {
	if inner, ok := nested(s); ok {
		r.notes.add(noteNested)
		return inner
	}
	separator := "\n"
	if !strings.Contains(s, separator) {
		separator = ";"
	}
	var out []string
	for part := range strings.SplitSeq(s, separator) {
		if part = strings.Trim(part, "; \t\r"); part != "" && len(out) < maxLines {
			out = append(out, cut([]byte(part), maxText))
		}
	}
	if len(out) > 1 {
		r.notes.add(noteProse)
	}
	return out
}

// nested reads an array of texts that is the whole of a text.
func nested(s string) ([]string, bool) {
	if !strings.HasPrefix(s, "[") {
		return nil, false
	}
	c := cursor{data: []byte(s)}
	list := c.list(noteOneLine)
	c.space()
	return list, c.err == nil && c.at == len(c.data)
}

// record brings a TLSA record into one line: three numbers, and the data without the line breaks that
// the samples of RFC 8460 have in it.
func record(s string) string {
	fields := strings.Fields(s)
	if len(fields) <= 4 {
		return strings.Join(fields, " ")
	}
	return strings.Join(fields[:3], " ") + " " + strings.Join(fields[3:], "")
}
