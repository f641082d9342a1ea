package render

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/rule"
)

type document struct {
	sink
	items  int
	bad    int         // lines that are no domain
	status rule.Counts // of the domains
	told   map[string]bool
}

// NewMarkdown writes for people who read it in an issue, a wiki or the summary of a pipeline: a heading
// a domain with the verdict, each problem with its evidence and its fix in fenced blocks, and at the
// end of several domains a line that counts them. What servers said can neither be markup nor call
// somebody by name.
func NewMarkdown(w io.Writer) Writer {
	return &document{sink: sink{out: w}, told: map[string]bool{}}
}

func (d *document) Result(e Item) error {
	text := itemMarkdown(e, d.told)
	if d.items > 0 {
		text = "\n" + text
	}
	d.items++
	if e.Error != "" {
		d.bad++
	} else {
		count(&d.status, e.Status)
	}
	return d.put(text)
}

func (d *document) Close() error {
	switch d.items {
	case 0:
		return d.put("No domain was looked at.\n")
	case 1:
		return d.err
	}
	text := plural(d.items-d.bad, "**1 domain:** ", "**# domains:** ") + strings.Join(tally(d.status), ", ")
	if d.bad == d.items {
		text = "**No domain**"
	}
	if d.bad > 0 {
		text += plural(d.bad, "; 1 line is no domain", "; # lines are no domains")
	}
	return d.put("\n---\n\n" + text + "\n")
}

// Where an item is longer than these, the rest of it is counted.
const (
	longestMarkdown = 60_000 // bytes of an item: GitHub takes 65,536 characters in one comment
	longestBlock    = 10_000 // bytes of one thing to paste
)

// itemMarkdown is one item, at most about longestMarkdown bytes of it. Told are the findings that lie
// with this machine and were told before: see [page].
func itemMarkdown(e Item, told map[string]bool) string {
	if e.Error != "" {
		return fmt.Sprintf("## %s %s\n\n%s\n", symbol(e.Status), codeMarkdown(said(e.Input)), proseMarkdown(said(e.mishap())))
	}
	m := &itemText{page: page{told: told}}
	m.verdict(e.Result)
	for _, f := range e.Findings {
		if problem(f.Status) && !isDelivery(f) {
			m.problem(f)
		}
	}
	if m.left > 0 {
		m.put(plural(m.left, "There is one more problem, and no room for it here.", "There are # more problems, and no room for them here."))
	}
	m.rest(e.Result)
	return strings.TrimPrefix(m.out.String(), "\n")
}

// itemText is the Markdown of one item in the making.
type itemText struct {
	out  strings.Builder
	page page // knows what was told and given before
	left int  // problems for which there was no room
}

// put writes a block of Markdown, with a blank line before it.
func (m *itemText) put(block string) { m.out.WriteString("\n" + block + "\n") }

// paragraph writes text that is to mean nothing to Markdown, behind a label that may.
func (m *itemText) paragraph(label, text string) {
	if text != "" {
		m.put(label + proseMarkdown(said(text)))
	}
}

func (m *itemText) verdict(r rule.Result) {
	m.put("## " + symbol(r.Status) + " " + proseMarkdown(said(label(r))))
	text := "**" + proseMarkdown(Escape(string(r.Status))) + "**, " + proseMarkdown(meaning(r))
	if counts := tally(r.Counts); len(counts) > 0 {
		text += " (" + strings.Join(counts, ", ") + ")"
	}
	m.put(text)
	if r.Interrupted {
		m.put("This is what was known when the check was ended; the rest was not asked.")
	}
	for _, f := range r.Findings {
		if isDelivery(f) {
			m.paragraph(symbol(f.Status)+" ", f.Message)
		}
	}
}

// problem writes a finding in full. From the first on for which there is no room they are counted.
func (m *itemText) problem(f rule.Finding) {
	before := m.out.String()
	if m.left == 0 {
		known := f.Here && m.page.told[name(f)]
		m.head(f, known)
		if !known {
			m.body(f)
		}
	}
	if m.left == 0 && m.out.Len() <= longestMarkdown {
		m.page.told[name(f)] = m.page.told[name(f)] || f.Here
		return
	}
	m.left++
	m.out.Reset()
	m.out.WriteString(before)
}

func (m *itemText) head(f rule.Finding, known bool) {
	text := fmt.Sprintf("### %s %s", symbol(f.Status), Escape(string(f.Status)))
	if f.Change != "" {
		text += " (" + Escape(string(f.Change)) + ")"
	}
	text += ": " + codeMarkdown(name(f))
	if s := subject(f); s != "" {
		text += " " + codeMarkdown(said(s))
	}
	if known {
		text += " (as told above)"
	}
	m.put(text)
}

func (m *itemText) body(f rule.Finding) {
	m.paragraph("", f.Message)
	if len(f.Evidence) > 0 {
		lines := make([]string, len(f.Evidence))
		for i, l := range f.Evidence {
			lines[i] = said(l)
		}
		m.put(fencedMarkdown(lines))
	}
	m.fix(f.Fix)
	foot := f.Reference
	if f.TLSRPT != "" {
		foot += "; senders report " + f.TLSRPT
	}
	m.paragraph("", strings.TrimPrefix(foot, "; "))
	if len(f.Hides) > 0 {
		m.paragraph("", unjudged(f.Hides))
	}
}

func (m *itemText) fix(fix *rule.Fix) {
	if fix == nil {
		return
	}
	text, list := m.page.mending(fix)
	m.paragraph("**Fix:** ", text)
	for _, part := range list {
		block := fencedMarkdown(part.lines)
		switch {
		case part.above:
			m.paragraph("", part.andAbove())
			continue
		case part.title != "":
			m.paragraph("", part.title+":")
		}
		if len(block) > longestBlock { // a part of it would be worse than nothing
			block = "It is too long to be shown here; the text output has it."
		}
		m.put(block)
	}
}

// rest is what asks nothing of the reader, and what to do next.
func (m *itemText) rest(r rule.Result) {
	passes := map[string]bool{}
	var infos []string
	for _, f := range r.Findings {
		switch {
		case f.Status == rule.Pass:
			passes[f.Rule] = true
		case f.Status == rule.Info && !isDelivery(f) && len(infos) < mostRows:
			infos = append(infos, "- "+codeMarkdown(name(f))+" "+proseMarkdown(said(f.Message)))
		}
	}
	if len(infos) > 0 {
		m.put(strings.Join(infos, "\n"))
	}
	if n := len(passes); n > 0 {
		m.put(plural(n, "✓ 1 rule passed.", "✓ # rules passed."))
	}
	for i, step := range r.Next {
		if i == 0 {
			m.put("### What to do next\n")
		}
		fmt.Fprintf(&m.out, "%d. %s\n", i+1, proseMarkdown(said(step)))
	}
}

// proseMarkdown keeps a text of one line from meaning anything to Markdown. An @ before which no word
// stands would call somebody by name on a code host, where a backslash does not help.
func proseMarkdown(s string) string {
	s = strings.TrimLeft(s, " ")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '@' && (i == 0 || !isWord(s[i-1])):
			n := len(s[i:]) - len(strings.TrimLeft(s[i:], "@"))
			b.WriteString("`" + s[i:i+n] + "`")
			i += n - 1
		case strings.IndexByte("\\`*_[]~|$", c) >= 0, begins(s, i):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// begins tells that what stands at i would begin a heading, a list, a rule or a title at the beginning
// of a line: "#", "-", "+", "=", "1." or "1)".
func begins(s string, i int) bool {
	if i == 0 {
		return strings.IndexByte("#-+=", s[0]) >= 0
	}
	return (s[i] == '.' || s[i] == ')') && strings.Trim(s[:i], "0123456789") == ""
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}

// codeMarkdown is a text of one line as code, in which nothing means anything.
func codeMarkdown(s string) string {
	if s == "" {
		return ""
	}
	if strings.Trim(s, "`") != s || strings.Trim(s, " ") != s {
		s = " " + s + " " // Markdown takes one blank off each end, if both are there
	}
	ticks := strings.Repeat("`", backticks(s)+1)
	return ticks + s + ticks
}

// fencedMarkdown is a block of code. Its lines are as they are.
func fencedMarkdown(lines []string) string {
	text := strings.Join(lines, "\n")
	fence := strings.Repeat("`", max(3, backticks(text)+1))
	return fence + "\n" + text + "\n" + fence
}

// backticks is the length of the longest run of them.
func backticks(s string) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}
