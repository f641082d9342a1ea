package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mtasts/internal/rule"
)

type junit struct {
	sink
	failOn string
	groups map[string]string // of rules
	plain  palette
	begun  bool
}

// NewJUnit writes test results as CI servers read them: a <testsuite> a domain, a <testcase> a finding.
// The name of a case is the rule with what it is about and not with the reason, so that a test which
// passes today and fails tomorrow is the same one. Failures are what About.FailOn says; what could
// not be determined, or is known from a baseline, is skipped. A line that is no domain is an error.
func NewJUnit(w io.Writer, a About) Writer {
	j := &junit{sink: sink{out: w}, failOn: a.FailOn, groups: map[string]string{}, plain: newPalette(false)}
	for _, r := range rule.Catalogue() {
		j.groups[r.ID] = r.Group
	}
	return j
}

func (j *junit) Result(e Item) error { return j.put(j.begin() + j.suite(e).xml()) }

func (j *junit) Close() error { return j.put(j.begin() + "</testsuites>\n") }

func (j *junit) begin() string {
	if j.begun {
		return ""
	}
	j.begun = true
	return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mtasts\">\n"
}

// suite is a <testsuite>.
type suite struct {
	item  Item
	name  string
	cases []testcase
}

// testcase is a <testcase>. Outcome is the element that it holds: "" for a pass.
type testcase struct {
	class, name, outcome, kind, message, text string
}

// What a <testcase> may hold.
const (
	caseFailure = "failure"
	caseError   = "error"
	caseSkipped = "skipped"
	caseOutput  = "system-out" // a pass with something to tell
)

func (j *junit) suite(e Item) suite {
	s := suite{item: e, name: label(e.Result)}
	if e.Error != "" {
		s.name = e.place()
		s.cases = []testcase{{class: "list", name: e.Input, outcome: caseError, kind: "no-domain", message: e.mishap(), text: e.mishap()}}
		return s
	}
	times := map[string]int{}
	for _, f := range e.Findings {
		c := j.testcase(f)
		c.class = s.name + "." + j.groups[f.Rule] // servers take what stands before the last dot for a package
		if times[c.name]++; times[c.name] > 1 {
			c.name += fmt.Sprintf(" #%d", times[c.name])
		}
		s.cases = append(s.cases, c)
	}
	if e.Status == rule.Unknown && e.Counts.Unknown == 0 {
		c := testcase{class: s.name + ".check", name: "complete", outcome: caseSkipped, kind: "incomplete", message: "Not all of it was seen."}
		if j.fails(rule.Unknown) {
			c.outcome = caseFailure
		}
		s.cases = append(s.cases, c)
	}
	return s
}

// fails tells that a status is one to fail on. The order is that of the exit code: fail, warn, unknown.
func (j *junit) fails(s rule.Status) bool {
	switch j.failOn {
	case "never":
		return false
	case "warn":
		return s == rule.Fail || s == rule.Warn
	case "unknown":
		return problem(s)
	default:
		return s == rule.Fail
	}
}

func (j *junit) testcase(f rule.Finding) testcase {
	c := testcase{name: strings.TrimSuffix(f.Rule+" "+subject(f), " ")}
	if f.Status == rule.Pass {
		return c
	}
	c.kind, c.message, c.text = f.Rule+":"+f.Reason, f.Message, j.plainly(f)
	switch {
	case problem(f.Status) && f.Change == rule.Known:
		c.outcome, c.message = caseSkipped, "known from the baseline: "+c.message
	case j.fails(f.Status):
		c.outcome = caseFailure
	case f.Status == rule.Unknown:
		c.outcome = caseSkipped
	default:
		c.outcome = caseOutput
	}
	return c
}

// plainly is a finding as it stands in text, without colour: message, evidence, fix.
func (j *junit) plainly(f rule.Finding) string {
	p := &page{width: mostWidth, tint: j.plain}
	p.message(f)
	p.evidence(f)
	before := p.out.Len()
	p.fix(f.Fix)
	if p.out.Len()-before > longestBlock { // a part of it would be worse than nothing
		text := p.out.String()[:before]
		p.out.Reset()
		p.out.WriteString(text)
		p.prose("Fix:", "It is too long to be shown here; the text output has it.")
	}
	p.foot(f)
	return p.out.String()
}

func (s suite) xml() string {
	count := map[string]int{}
	var cases strings.Builder
	for _, c := range s.cases {
		count[c.outcome]++
		cases.WriteString(c.xml())
	}
	var took time.Duration
	if s.item.Observed != nil {
		took = time.Duration(s.item.Observed.TookMS)
	}
	// The time is in UTC. Ant's schema, which many readers go by, has no place for a zone.
	return fmt.Sprintf("  <testsuite name=%s tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n",
		attribute(s.name), len(s.cases), count[caseFailure], count[caseError], count[caseSkipped],
		took.Seconds(), s.item.CheckedAt.UTC().Format("2006-01-02T15:04:05")) +
		s.properties() + cases.String() + "  </testsuite>\n"
}

func (s suite) properties() string {
	list := [][2]string{{"status", string(s.item.Status)}, {"protection", string(s.item.Protection)}}
	if s.item.Source != nil {
		list = append(list, [2]string{"source", s.item.place()})
	}
	text := "    <properties>\n"
	for _, p := range list {
		text += fmt.Sprintf("      <property name=%s value=%s/>\n", attribute(p[0]), attribute(p[1]))
	}
	return text + "    </properties>\n"
}

func (c testcase) xml() string {
	head := fmt.Sprintf("    <testcase classname=%s name=%s", attribute(c.class), attribute(c.name))
	switch c.outcome {
	case "":
		return head + "/>\n"
	case caseOutput:
		head += "><system-out"
	default:
		head += fmt.Sprintf("><%s type=%s message=%s", c.outcome, attribute(c.kind), attribute(c.message))
	}
	return fmt.Sprintf("%s>%s</%s></testcase>\n", head, content(c.text), c.outcome)
}

// attribute is a text as the value of an attribute, with its quotation marks.
func attribute(s string) string { return `"` + entities(said(s)) + `"` }

// content is a text of several lines between two tags.
func content(s string) string { return entities(strings.Join(escapeLines(s), "\n")) }

// entities takes from a text that can be shown what it would mean to XML. What can be shown may stand
// in XML 1.0.
func entities(s string) string { return toEntities.Replace(s) }

var toEntities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
