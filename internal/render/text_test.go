package render

import (
	"strings"
	"testing"

	"mtasts/internal/rule"
)

func TestMeaning(t *testing.T) {
	cases := []struct {
		p    rule.Protection
		s    rule.Status
		want string
	}{
		{rule.Enforced, rule.Pass, "enforced: senders"},
		{rule.Enforced, rule.Warn, "enforced: senders"},
		{rule.Enforced, rule.Fail, "enforced: the policy is in force, yet something fails"},
		{rule.Testing, rule.Warn, "testing: "},
		{rule.NoProtection, rule.Warn, "none: "},
		{rule.Absent, rule.Fail, "absent: "},
		{rule.Broken, rule.Fail, "broken: "},
		{rule.UnsureProtection, rule.Unknown, "unknown: "},
		{"", rule.Unknown, "unknown: "},
	}
	for _, c := range cases {
		if got := meaning(rule.Result{Protection: c.p, Status: c.s}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q, %q: got %q", c.p, c.s, got)
		}
	}
}

// A block is pasted: its lines stand alone and whole, from the first column, at any width.
func TestBlocksAreWhole(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		got := written(t, asText(Style{Width: width}), absent())
		file := "\n\nversion: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 86400\n\n"
		record := "\n_smtp._tls.example.com.  3600  IN  TXT    \"v=TLSRPTv1; rua=mailto:tlsrpt@example.com\"\n"
		for _, block := range []string{file, record} {
			if !strings.Contains(got, block) {
				t.Errorf("width %d: no block %q in:\n%s", width, block, got)
			}
		}
	}
}

func TestEndlessStringsAreCut(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("a", longestSaid):        strings.Repeat("a", longestSaid),
		strings.Repeat("a", longestSaid+5):      strings.Repeat("a", longestSaid) + " ... (5 more bytes)",
		"a" + strings.Repeat("ü", longestSaid):  "a" + strings.Repeat("ü", longestSaid/2-1) + " ... (2002 more bytes)",
		strings.Repeat("\x80", longestSaid+100): strings.Repeat(`\x80`, longestSaid-4) + " ... (104 more bytes)",
	} {
		if got := said(in); got != want {
			t.Errorf("%.10q: got %d bytes ending in %q", in, len(got), got[max(0, len(got)-40):])
		}
	}
}

// fuzzed is a result that says s wherever prose is written.
func fuzzed(s string) rule.Result {
	r := result(s, rule.Fail, rule.Broken, rule.Counts{Fail: 12, Unknown: 3, Warn: 4, Pass: 55, Info: 6})
	for _, status := range worstFirst() {
		r.Findings = append(r.Findings, rule.Finding{
			Rule: s, Status: status, Reason: s, Subject: s, Message: s, Why: s, Evidence: []string{s, ""},
			Fix: &rule.Fix{Text: s}, TLSRPT: s, Reference: s, Hides: []string{s, s},
		})
	}
	r.Interrupted, r.Next = true, []string{s}
	return r
}

// withBlocks says s wherever something is pasted, too.
func withBlocks(s string) rule.Result {
	r := fuzzed(s)
	r.Findings[0].Fix = &rule.Fix{
		Text:    s,
		Records: []rule.Record{{Name: s, Type: s, Value: `"` + s}, {Name: s, Type: s}, {Value: s + `\`}},
		File:    &rule.File{Path: s, Content: s}, Lines: []string{s, s},
	}
	return r
}

// overlong tells that a line is wider than it may be although it could have been broken: what
// stands on it is more than one word behind its prefix.
func overlong(line string, width int) bool {
	if columns(line) <= width {
		return false
	}
	line = strings.TrimLeft(line, " ")
	for _, prefix := range []string{"│ ", "1. "} {
		line = strings.TrimPrefix(line, prefix)
	}
	return strings.Contains(strings.Trim(line, " "), " ")
}

func FuzzText(f *testing.F) {
	f.Add(evil, 40)
	f.Add("", 0)
	f.Add("  two  spaces  ", 41)
	f.Add(strings.Repeat("word ", 600), 120)
	f.Add(strings.Repeat("日本語", 50)+" x", 60)
	f.Add(`a\"b"c\`, 80)
	f.Fuzz(func(t *testing.T, s string, width int) {
		style := Style{Width: width % 300, Verbose: true}
		for line := range strings.SplitSeq(written(t, asText(style), fuzzed(s), fuzzed(s)), "\n") {
			if overlong(line, style.columns()) {
				t.Errorf("%q is wider than %d", line, style.columns())
			}
		}
		for _, build := range []func(w Style) string{
			func(s2 Style) string { return written(t, asText(s2), withBlocks(s)) },
			func(s2 Style) string { return written(t, asQuiet(s2), withBlocks(s)) },
		} {
			plain := build(style)
			if why := inert(plain); why != "" {
				t.Errorf("%s:\n%.2000q", why, plain)
			}
			if colour := withoutColour(build(Style{Color: true, Width: style.Width, Verbose: true})); colour != plain {
				t.Errorf("colour changes the text:\n%.2000q\n%.2000q", plain, colour)
			}
		}
	})
}

func TestQuietIsOneLine(t *testing.T) {
	got := written(t, asQuiet(Style{Width: 40}), everything()...)
	if lines := strings.Count(got, "\n"); lines != len(everything()) {
		t.Errorf("%d lines for %d domains", lines, len(everything()))
	}
}
