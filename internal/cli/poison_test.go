package cli_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"mtasts/internal/cli"
)

// poisons are what somebody might say to a checker for what becomes of it on a terminal, in a log, in a
// spreadsheet, on a page. None of them may be found in what is told as it is.
func poisons() []string {
	return []string{
		"\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\\x1bP0;1|17/ab\x1b\\\x1b_x\x1b\\",
		"c1 \u009b31m \u009d0;t\u009c \x9b31m \x90q\x9c",
		"\u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c zero\u200bwidth\u200d\u2060\ufeff \u00ad\u034f\u115f\u3164\u2800\ufe0f\U000e0041",
		"not \xff\xfe UTF-8 \xc3( \xed\xa0\x80 \xf4\x90\x80\x80",
		"a\nb\r\nc\rd\te\x0bf\x0cg\x85h\u2028i\u2029j\u0085k\x00l",
		"=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(1)", " =1+1", "\"=1+1", "\t=1+1", "＝1＋1", "x;=1+1", "\u00a0=1",
		"\n::error file=x::pwned\n##[error]pwned\n::add-mask::a", "%0A::stop-commands::x%0D%0A", "::set-output name=a::b",
		"[click](http://evil.example) ![i](http://evil.example/i.png) <http://evil.example> [r][1]\n\n[1]: http://evil.example",
		"<script>alert(1)</script><img src=x onerror=alert(1)><!-- </details></summary>", "| a | b |\n|---|---|\n| c | d |", "```\n# h\n````` ~~~", "@team **b** _i_ `c` # h",
		"]]><evil/><![CDATA[ &lt; &#x1b; \" ' \ufffe\uffff\x01", "a\"} 1\nevil_metric 2\\", "OK | 'a'=1;2;3\n| b=2 $(id) `id` $HOME",
		"\u2028{\"a\":1}\u2029", "plain",
	}
}

// mixed are all of them in one, and then each.
func mixed() []string { return append([]string{strings.Join(poisons(), "")}, poisons()...) }

// some are all forms for the first of those, and for each of the others two: a table, for which its
// beginning matters, and another.
func some(forms []string, i int) []string {
	if i == 0 {
		return forms
	}
	return []string{"csv", forms[i%len(forms)]}
}

// hidden tells what of a text a terminal could act on, or a reader would not see; "" where there is nothing.
func hidden(s string) string {
	if !utf8.ValidString(s) {
		return "bytes that are not UTF-8"
	}
	for i, r := range s {
		if r != '\n' && (!unicode.IsPrint(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Co, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == '\u2800') {
			return fmt.Sprintf("%U in %q", r, s[max(0, i-40):min(len(s), i+40)])
		}
	}
	return ""
}

// readers hold what is told in each form against the rules of that form.
func readers() map[string]func(string) error {
	return map[string]func(string) error{
		"json": readJSON, "jsonl": readJSONL, "sarif": readJSON, "gitlab": readJSON, "csv": readTable, "junit": readXML,
		"github": readCommands, "markdown": readPage, "prometheus": readSamples, "nagios": readStatus,
		"text": func(string) error { return nil },
	}
}

func readJSON(s string) error {
	if !json.Valid([]byte(s)) {
		return errors.New("it is not JSON")
	}
	return nil
}

func readJSONL(s string) error {
	for l := range strings.Lines(s) {
		if !json.Valid([]byte(l)) || !strings.HasSuffix(l, "\n") {
			return fmt.Errorf("no line of JSON: %.100q", l)
		}
	}
	return nil
}

func readTable(s string) error {
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	for _, cell := range slices.Concat(rows...) {
		for part := range strings.SplitSeq(cell, ";") {
			if strings.IndexAny(strings.TrimLeft(part, " \"\u00a0\t"), "=+-@＝＋－＠") == 0 {
				return fmt.Errorf("a formula: %q", cell)
			}
		}
		if strings.ContainsAny(cell, "\n\r\t") {
			return fmt.Errorf("a line end in a cell: %q", cell)
		}
	}
	return err
}

func readXML(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	known := []string{"testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out"}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.StartElement:
			if !slices.Contains(known, x.Name.Local) {
				return fmt.Errorf("an element %s", x.Name.Local)
			}
		case xml.Comment, xml.Directive:
			return fmt.Errorf("%v", x)
		}
	}
}

func readCommands(s string) error {
	command := regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]*,line=\d+,(col=\d+,)?)?title=[^,:]*::`)
	for l := range strings.Lines(s) {
		if !command.MatchString(l) || strings.Contains(l, "##[") && strings.HasPrefix(l, "##[") {
			return fmt.Errorf("no annotation: %q", l)
		}
	}
	return nil
}

// readPage takes a page that makes nothing of what others said: an address in plain sight may become a link
// to itself, as a code host has it.
func readPage(s string) error {
	source := []byte(s)
	var bad error
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	return errors.Join(ast.Walk(root, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		switch x := n.(type) {
		case *ast.Image:
			bad = fmt.Errorf("an image: %s", x.Destination)
		case *ast.Link:
			if !bytes.HasPrefix(x.Destination, []byte("https://www.rfc-editor.org/")) {
				bad = fmt.Errorf("a link: %s", x.Destination)
			}
		case *ast.RawHTML:
			if got := string(x.Segments.Value(source)); got != "<br>" { // of ours
				bad = fmt.Errorf("HTML: %.60s", got)
			}
		case *ast.HTMLBlock:
			line := x.Lines().At(0)
			if got := string(line.Value(source)); !regexp.MustCompile(`^(<details><summary>[^<>]*</summary>|</details>)\n$`).MatchString(got) {
				bad = fmt.Errorf("HTML: %.100q", got)
			}
		}
		return ast.WalkContinue, nil
	}), bad)
}

func readSamples(s string) error {
	const label = `[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`
	line := regexp.MustCompile(`^(# (HELP|TYPE) mtasts_[a-z_]+ [^\n]*|mtasts_[a-z_]+(?:\{` + label + `(?:,` + label + `)*\})? -?[0-9.e+]+)\n$`)
	for l := range strings.Lines(s) {
		if !line.MatchString(l) {
			return fmt.Errorf("no sample: %q", l)
		}
	}
	return nil
}

func readStatus(s string) error {
	if !strings.HasPrefix(s, "MTASTS ") || strings.Count(s, "\n") != 1 || strings.Count(s, "|") != 1 || strings.ContainsAny(s, "$`<>&") {
		return fmt.Errorf("no line of a plugin: %q", s)
	}
	return nil
}

// poisoned is a JSON value with a poison in each of its texts, but for those of the names that are left out.
func poisoned(v any, poison string, leave ...string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			if !slices.Contains(leave, k) {
				v[k] = poisoned(below, poison, leave...)
			}
		}
	case []any:
		for i := range v {
			v[i] = poisoned(v[i], poison, leave...)
		}
	case string:
		return poison + v + poison
	}
	return v
}

// theater is a system in which a test runs many commands, and reads what they tell.
type theater struct {
	sys     cli.System
	summary string // GITHUB_STEP_SUMMARY
}

func (h *theater) run(t *testing.T, in string, args ...string) string {
	t.Helper()
	var out, complaints bytes.Buffer
	sys := h.sys
	sys.In, sys.Out, sys.Err = strings.NewReader(in), &out, &complaints
	sys.Getenv = func(name string) string { return map[string]string{"GITHUB_STEP_SUMMARY": h.summary}[name] }
	if code := cli.Run(t.Context(), sys, args); code < 0 || code > 3 {
		t.Errorf("mtasts %q: exit code %d", args, code)
	}
	for _, s := range []string{out.String(), complaints.String()} {
		if why := hidden(s); why != "" {
			t.Errorf("mtasts %.300q: %s", args, why)
		}
	}
	return out.String()
}

// inEachForm runs a command in each form and holds what it tells against it.
func (h *theater) inEachForm(t *testing.T, forms []string, in string, args ...string) {
	t.Helper()
	for _, form := range forms {
		h.summary = ""
		if form == "github" {
			h.summary = filepath.Join(t.TempDir(), "summary.md")
		}
		out := h.run(t, in, append(slices.Clone(args), "-o", form)...)
		if err := readers()[form](out); err != nil && out != "" {
			t.Errorf("mtasts %.300q -o %s: %v", args, form, err)
		}
		if h.summary == "" {
			continue
		}
		page, err := os.ReadFile(h.summary)
		if err != nil {
			continue // nothing was judged
		}
		if why := hidden(string(page)); why != "" {
			t.Errorf("mtasts %.300q: the summary has %s", args, why)
		}
		if err := readPage(string(page)); err != nil {
			t.Errorf("mtasts %.300q: the summary has %v", args, err)
		}
	}
}

func resultForms() []string {
	return []string{"text", "json", "jsonl", "csv", "markdown", "sarif", "junit", "github", "gitlab", "prometheus", "nagios"}
}

// unplugged is a system that reaches nothing.
func unplugged() cli.System {
	sys := cli.System{Version: "test"}
	sys.Net.Now = noon
	sys.Net.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") }
	return sys
}
