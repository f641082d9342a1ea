package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// issue is a problem as code hosts want it, which show it at a line of a file and know it again the
// next time. SARIF, GitLab and GitHub are told the same issues.
type issue struct {
	rule.Finding
	domain string
	at     spot
	print  string // its fingerprint
}

// spot is a place in a file.
type spot struct {
	file   string // as the user named it; of what is no file, a name that stands for it
	named  bool   // it is a file
	line   int    // from 1
	column int    // 0: the whole line
}

// What stands for a file where there is none: code hosts refuse a problem without.
const (
	argumentsName = "mtasts-arguments" // its lines are the arguments
	stdinName     = "mtasts-stdin"
)

// lineRule is the rule that a line which names no domain breaks. It stands behind those of the catalogue.
const lineRule = "list-line"

// tracker makes issues of the items of a run.
type tracker struct {
	told map[string]bool // what lies with this machine: told once, however many domains it is met at
}

func (t *tracker) issues(e Item) []issue {
	findings := e.Findings
	if e.Error != "" {
		findings = []rule.Finding{notDomain(e)}
	}
	var list []issue
	seen := map[string]int{}
	for _, f := range findings {
		if !problem(f.Status) || f.Here && t.again(f) {
			continue
		}
		i := issue{Finding: f, domain: e.Domain, at: spotOf(e, f)}
		key := i.key()
		seen[key]++
		i.print = fmt.Sprintf("%s:%d", key, seen[key])
		list = append(list, i)
	}
	return list
}

func (t *tracker) again(f rule.Finding) bool {
	known := t.told[name(f)]
	if t.told == nil {
		t.told = map[string]bool{}
	}
	t.told[name(f)] = true
	return known
}

// notDomain is the finding about a line that names no domain. Nothing was looked at for it, and only who
// wrote the line can mend that: so it warns.
func notDomain(e Item) rule.Finding {
	return rule.Finding{
		Rule: lineRule, Status: rule.Warn, Reason: "no-domain", Subject: e.Input, Message: e.Error,
		Fix: &rule.Fix{Text: "Write the name of a domain there, or take the line out."},
	}
}

// key is what stays of a problem from run to run, hashed: neither the line of the list, nor the words of
// the message with their days and figures, nor at which addresses of a host it shows. What lies with this machine is the same for all domains.
func (i issue) key() string {
	parts := []string{i.Rule, i.Reason, i.domain, i.About()}
	if i.Here {
		parts = parts[:2]
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:16])
}

// spotOf is where the owner of the files finds the cause, or else the domain.
func spotOf(e Item, f rule.Finding) spot {
	switch file := givenFile(e.Result); {
	case f.Location != nil && f.Location.File != "":
		return spotIn(f.Location.File, f.Location.Line, f.Location.Column)
	case file != "":
		return spotIn(file, 1, 0)
	case e.Source != nil:
		return spotIn(e.Source.File, e.Source.Line, 0)
	}
	return spot{file: argumentsName, line: max(e.Index, 1)}
}

func spotIn(file string, line, column int) spot {
	if file == "-" || file == fact.Stdin {
		return spot{stdinName, false, max(line, 1), column}
	}
	return spot{file, true, max(line, 1), column}
}

// givenFile is a file that was given to be judged: the policy, else the zone.
func givenFile(r rule.Result) string {
	g := given(r)
	if g == nil {
		return ""
	}
	for _, s := range []*fact.Source{g.Policy, g.STS, g.TLSRPT, g.MX} {
		if s != nil && s.File {
			return s.Name
		}
	}
	return ""
}

// path is the file with slashes, relative to the directory if it lies below it. An empty directory leaves
// the path as it is.
func (s spot) path(dir string) string {
	file := filepath.Clean(s.file)
	if dir == "" || !s.named {
		return filepath.ToSlash(file)
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	if below, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(below) {
		file = below
	}
	return filepath.ToSlash(file)
}

// longestTitle is what GitHub takes.
const longestTitle = 255

// title is the problem in a few words: "example.com: sts-record (missing)".
func (i issue) title() string {
	text := name(i.Finding)
	if i.domain != "" && !i.Here {
		text = Escape(i.domain) + ": " + text
	}
	return bounded([]string{text}, longestTitle)
}

// text is all there is to say of it: what is wrong, what to do, what was seen, where to read on. Its
// lines are escaped, and together no longer than most bytes.
func (i issue) text(most int) string {
	lines := append([]string{i.about() + said(i.Message)}, i.remedy()...)
	if len(i.Evidence) > 0 {
		lines = append(lines, "")
		for _, seen := range i.Evidence {
			lines = append(lines, "Seen: "+said(seen))
		}
	}
	if i.Reference != "" {
		lines = append(lines, "", said(i.Reference))
	}
	return bounded(lines, most)
}

// about names whom the message is about: "example.com, mx1.example.com: ". What the message names itself,
// and the policy's address, go without saying.
func (i issue) about() string {
	subject := i.Subject
	if subject == i.domain || subject == i.at.file || subject == sts.PolicyURL(i.domain) || strings.Contains(i.Message, subject) {
		subject = ""
	}
	switch {
	case i.Here || i.domain+subject == "":
		return ""
	case subject == "":
		return said(i.domain) + ": "
	case i.domain == "":
		return said(subject) + ": "
	}
	return said(i.domain) + ", " + said(subject) + ": "
}

// remedy is the fix, with what is to be pasted set off by empty lines.
func (i issue) remedy() []string {
	if i.Fix == nil {
		return nil
	}
	lines := []string{"", "Fix: " + said(i.Fix.Text)}
	for _, part := range new(page).pieces(i.Fix) {
		if part.above {
			continue
		}
		if part.title != "" {
			lines = append(lines, "", said(part.title)+":")
		}
		lines = append(append(lines, ""), part.lines...)
	}
	return lines
}

// bounded is lines up to a number of bytes, and how many more there are.
func bounded(lines []string, most int) string {
	whole := strings.Join(lines, "\n")
	if len(whole) <= most {
		return whole
	}
	n, room := 0, most-len("... (1000000 more lines)")
	for len(lines[n]) < room {
		room -= len(lines[n]) + 1
		n++
	}
	if n == 0 {
		return strings.ToValidUTF8(lines[0][:room], "") + " ..."
	}
	return strings.Join(lines[:n], "\n") + fmt.Sprintf("\n... (%d more lines)", len(lines)-n)
}
