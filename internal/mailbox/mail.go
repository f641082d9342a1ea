package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mtasts/internal/words"
)

const (
	depthMost = 10   // mails and multiparts within each other
	partsMost = 1000 // parts of one mail
	outside   = -1   // the level of what is behind the mail
)

// mail is one that is being read.
type mail struct {
	r      *run
	in     *lines
	source string
	bounds []string // the boundaries that may come, the outermost first
	depth  int
	parts  int  // leaves so far
	all    int  // and multiparts
	told   int  // documents, and parts that were skipped
	report bool // it says that it is a report
	why    string
}

// stop is the boundary that ended a body: which one, and whether it is the last of its multipart.
type stop struct {
	level int
	final bool
}

// box reads an mbox.
func (r *run) box(source string, in *bufio.Reader) {
	l := &lines{r: r, in: in, mbox: true, ended: true, rest: true}
	for n := 1; l.resume(); n++ {
		r.message(source+": mail "+strconv.Itoa(n), l)
	}
}

// message reads a mail to its end.
func (r *run) message(source string, in *lines) {
	m := &mail{r: r, in: in, source: source}
	m.entity("text/plain")
	for in.next() {
		// Behind a part too deep, or one too many.
	}
	m.close()
}

// close says what became of the mail as a whole.
func (m *mail) close() {
	if m.in.long && m.told == 0 {
		m.why = "it has a line of more than " + size(m.in.lineMost())
	}
	switch {
	case m.why != "":
		m.r.skip(m.source, m.why)
	case m.told > 0:
	case m.report:
		m.r.skip(m.source, "it says that it is a TLS report, and none is in it")
	default:
		m.r.none(m.source)
	}
}

// entity reads a header and its body: a mail, or a part of one. Without a type it is of the default.
func (m *mail) entity(standard string) stop {
	m.all++
	m.depth++
	defer func() { m.depth-- }()
	if m.depth > depthMost {
		m.why = fmt.Sprintf("its parts are more than %d deep", depthMost)
		return m.body(nil)
	}
	if m.all > partsMost {
		m.why = fmt.Sprintf("it has more than %d parts", partsMost)
		return m.body(nil)
	}
	h, end, ended := m.header()
	m.report = m.report || h.report
	if ended {
		return end
	}
	t := parseValue(h.contentType)
	if t.word == "" {
		t.word = standard
	}
	e := encodingOf(string(h.encoding))
	switch {
	case strings.HasPrefix(t.word, "multipart/"):
		return m.multipart(t)
	case t.word == "message/rfc822" || t.word == "message/global":
		return m.within(e)
	}
	return m.leaf(h, t, e)
}

// multipart reads the parts up to the last boundary, or one further out, or the end.
func (m *mail) multipart(t value) stop {
	m.report = m.report || strings.EqualFold(t.params["report-type"], "tlsrpt")
	standard := "text/plain"
	if t.word == "multipart/digest" {
		standard = "message/rfc822" // RFC 2046 §5.1.5
	}
	mine := len(m.bounds)
	m.bounds = append(m.bounds, strings.TrimRight(t.params["boundary"], " \t"))
	end := m.preamble(mine)
	for end.level == mine && !end.final {
		end = m.entity(standard)
	}
	m.bounds = m.bounds[:mine]
	if end.level == mine {
		return m.body(nil) // the epilogue
	}
	return end
}

// preamble passes over what is before the first part. If a line looks like a boundary, and the header
// of a part follows, it is the boundary, whatever the header of the mail says.
func (m *mail) preamble(mine int) stop {
	for m.in.next() {
		if end, ok := m.boundary(); ok {
			return end
		}
		text := m.in.text
		if !m.in.first || m.in.rest || len(text) < 4 || text[0] != '-' || text[1] != '-' {
			continue
		}
		line := string(bytes.TrimRight(text[2:], " \t\r\n"))
		next, _ := m.in.in.Peek(len("content-"))
		if line != "" && bytes.EqualFold(next, []byte("content-")) {
			m.bounds[mine] = line
			return stop{level: mine}
		}
	}
	return stop{level: outside}
}

// boundary tells whether the line is one of the boundaries; the innermost counts first.
func (m *mail) boundary() (stop, bool) {
	text := m.in.text
	if !m.in.first || m.in.rest || len(text) < 3 || text[0] != '-' || text[1] != '-' {
		return stop{}, false
	}
	line := bytes.TrimRight(text[2:], " \t\r\n")
	for i := len(m.bounds) - 1; i >= 0; i-- {
		b := m.bounds[i]
		if b == "" || len(line) < len(b) || string(line[:len(b)]) != b {
			continue
		}
		switch string(line[len(b):]) {
		case "":
			return stop{level: i}, true
		case "--":
			return stop{level: i, final: true}, true
		}
	}
	return stop{}, false
}

// body reads a body into a part, or over it.
func (m *mail) body(p *part) stop {
	for m.in.next() {
		if end, ok := m.boundary(); ok {
			return end
		}
		if p != nil {
			p.write(m.in.text)
		}
	}
	return stop{level: outside}
}

// within reads a mail in a mail. One that is encoded, which RFC 2046 §5.2.1 forbids, is decoded first.
func (m *mail) within(e encoding) stop {
	if e == identity || e == strange {
		return m.entity("text/plain")
	}
	p := &m.r.part
	p.begin(e, m.r.limit)
	p.mail = true
	end := m.body(p)
	p.end()
	inner := *m
	inner.bounds = nil
	b := m.r.take(bytes.NewReader(bytes.Clone(p.data)))
	inner.in = &lines{r: m.r, in: b}
	inner.entity("text/plain")
	m.r.give(b)
	m.parts, m.all, m.told, m.report, m.why = inner.parts, inner.all, inner.told, inner.report, inner.why
	return end
}

// leaf reads a part that has none.
func (m *mail) leaf(h header, t value, e encoding) stop {
	m.parts++
	number := m.parts
	single := len(m.bounds) == 0 && m.depth == 1
	p := &m.r.part
	p.begin(e, m.r.limit)
	end := m.body(p)
	p.end()

	name := parseValue(h.disposition).params["filename"]
	if name == "" {
		name = t.params["name"]
	}
	source := m.source
	if !single {
		source += ": part " + strconv.Itoa(number)
	}
	if name != "" {
		source += " (" + words.Clip(name, textMost) + ")"
	}
	meant := strings.HasPrefix(t.word, "application/tlsrpt") || isReportName(name)
	if e == strange && meant {
		m.skip(source, "its transfer encoding is not known: "+words.Clip(strings.TrimSpace(string(h.encoding)), 40))
		return end
	}
	m.judge(source, p, meant)
	return end
}

// isReportName tells whether a file is named as RFC 8460 §5.1 asks for.
func isReportName(name string) bool {
	lower := strings.ToLower(name)
	return strings.Count(lower, "!") >= 3 && (strings.HasSuffix(lower, ".json") || strings.HasSuffix(lower, ".json.gz"))
}

// judge hands up a part that is a report, or is meant as one. Any other attachment is nothing.
func (m *mail) judge(source string, p *part, meant bool) {
	json, why := m.r.content(p)
	meant = meant || m.report && p.kind == zipped
	switch {
	case !meant && !looksLikeReport(json):
	case why != "":
		m.skip(source, why)
	default:
		m.told++
		in := m.r.take(bytes.NewReader(json))
		_ = m.r.documents(source, in) // it is no larger than the limit, and in memory
		m.r.give(in)
	}
}

func (m *mail) skip(source, why string) {
	m.told++
	m.r.skip(source, why)
}

// content is the JSON of a part, or why there is none; then it may be its beginning.
func (r *run) content(p *part) (json []byte, why string) {
	switch {
	case p.large:
		return p.data, "it has more than " + size(r.limit)
	case p.kind == object:
		return trimFront(p.data), ""
	case p.kind == gzipped:
		json, err := r.inflate(trimFront(p.data))
		json = trimFront(json)
		switch {
		case err == nil && len(json) > 0 && (json[0] == '{' || json[0] == '['):
			return json, ""
		case err == nil:
			return nil, "what is compressed in it is no JSON"
		case errors.Is(err, errLarge):
			return json, "it has more than " + size(r.limit) + " when decompressed"
		}
		return json, damage(err)
	case p.kind == zipped:
		return nil, "a zip in a mail is not opened"
	case p.kind == wide:
		return nil, wideText
	case !p.begun:
		return nil, "it is empty"
	}
	return nil, "it is neither JSON nor gzip"
}

// looksLikeReport tells a report from the other JSON that people are sent.
func looksLikeReport(json []byte) bool {
	return bytes.Contains(json, []byte(`"organization-name"`)) || bytes.Contains(json, []byte(`"policies"`))
}
