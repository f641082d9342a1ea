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
		{rule.Enforced, rule.Pass, "enforced: a valid policy"},
		{rule.Enforced, rule.Warn, "enforced: a valid policy"},
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

// Whoever reads the first lines only still hears of mail, once, and never where nothing is known.
func TestDeliveryStandsUnderTheVerdict(t *testing.T) {
	const line = "  (1 fail, 1 warn, 2 pass)\n  ! warn  delivery  A sender that honours"
	for _, verbose := range []bool{false, true} {
		got := written(t, asText(Style{Verbose: verbose}), partly())
		if !strings.Contains(got, line) || strings.Count(got, "A sender that honours") != 1 {
			t.Errorf("verbose %v: not once under the verdict:\n%s", verbose, got)
		}
	}
	silent := partly()
	silent.Findings = silent.Findings[:1]
	if got := written(t, asText(Style{Verbose: true}), silent, blocked("example.com")); strings.Contains(got, "honour") {
		t.Errorf("it tells of delivery, and there is no finding:\n%s", got)
	}
}

func TestTableIsBounded(t *testing.T) {
	for n, want := range map[int]string{mostRows: "", mostRows + 1: "... and 1 more address\n", mostRows + 7: "... and 7 more addresses\n"} {
		r := sound()
		r.Delivery = make([]rule.Delivery, n)
		for i := range r.Delivery {
			r.Delivery[i] = delivered("mx.example.com", 10, "192.0.2.1", rule.Refuses)
		}
		got := written(t, asText(Style{Verbose: true}), r)
		if rows := strings.Count(got, "192.0.2.1 "); rows != mostRows || !strings.Contains(got, want) || (want == "") == strings.Contains(got, "... and") {
			t.Errorf("%d addresses: %d rows, want %q:\n%s", n, rows, want, got)
		}
	}
}

// A host's name stands once over its addresses, and again where it has another preference.
func TestTableNamesHosts(t *testing.T) {
	r := sound()
	r.Delivery = []rule.Delivery{
		delivered("a.example", 1, "192.0.2.1", rule.Refuses), delivered("a.example", 1, "192.0.2.2", rule.Refuses),
		delivered("a.example", 2, "192.0.2.1", rule.Refuses), delivered("b.example", 2, "192.0.2.3", rule.Refuses),
	}
	got := written(t, asText(Style{Verbose: true}), r)
	for name, want := range map[string]int{"a.example (1)": 1, "a.example (2)": 1, "b.example (2)": 1} {
		if n := strings.Count(got, name+"\n"); n != want {
			t.Errorf("%d times %q in:\n%s", n, name, got)
		}
	}
}

// What lies with this machine is explained of the first domain; a reason is another matter.
func TestHereIsToldOnce(t *testing.T) {
	other := blocked("example.edu")
	other.Findings[0].Reason = "no-ipv6-here"
	got := written(t, asText(Style{}), blocked("example.com"), blocked("example.net"), other)
	if n := strings.Count(got, "seems to be\n    blocked here"); n != 2 {
		t.Errorf("%d explanations in:\n%s", n, got)
	}
	if n := strings.Count(got, "(as told above)"); n != 3 {
		t.Errorf("%d short forms in:\n%s", n, got)
	}
	if quiet := written(t, asQuiet(Style{}), blocked("example.com"), blocked("example.net")); strings.Contains(quiet, "above") {
		t.Errorf("a short form in:\n%s", quiet)
	}
}

// What one edit mends is to be pasted once, in one domain; the next domain has its own.
func TestBlocksAreGivenOnce(t *testing.T) {
	got := written(t, asText(Style{}), ravaged(), ravaged())
	for _, line := range []string{"version: STSv1", "_mta-sts.example.com.  3600", "certbot renew", "; remove: ", "mta-sts.example.com.  3600  IN  CNAME"} {
		if n := strings.Count(got, "\n"+line); n != 2 {
			t.Errorf("%d times %q in:\n%s", n, line, got)
		}
	}
}

func TestRecall(t *testing.T) {
	file, record, lines := piece{noun: "the file"}, piece{noun: "the record"}, piece{noun: "the lines"}
	cases := []struct {
		text  string
		above []piece
		more  bool
		want  string
	}{
		{"Serve this:", nil, true, "Serve this:"},
		{"Serve this:", []piece{file, record}, false, "Serve this: the file and the record shown above."},
		{"Serve this:", []piece{file}, true, "Serve this: the file shown above, and"},
		{"Add it.", []piece{file}, false, "Add it. The file shown above mends this too."},
		{"Add it.", []piece{file, record}, false, "Add it. The file and the record shown above mend this too."},
		{"Add it.", []piece{lines}, false, "Add it. The lines shown above mend this too."},
		{"Add it.", []piece{file}, true, "Add it. It takes the file shown above, and:"},
		{"", []piece{file}, false, "The file shown above mends this too."},
	}
	for _, c := range cases {
		if got := recall(c.text, c.above, c.more); got != c.want {
			t.Errorf("recall(%q, %v, %v) = %q, want %q", c.text, c.above, c.more, got, c.want)
		}
	}
}

func TestUnjudged(t *testing.T) {
	eight := strings.Split("a b c d e f g h", " ")
	for want, in := range map[string][]string{
		"not judged because of this: a, b, c, d, e, f, g, h": eight,
		"9 rules not judged because of this: a, b, c, ...":   append(eight, "i"),
	} {
		if got := unjudged(in); got != want {
			t.Errorf("got %q, want %q", got, want)
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
	r.Findings = append(r.Findings,
		rule.Finding{Rule: rule.DeliveryRule, Status: rule.Fail, Reason: s, Message: s},
		rule.Finding{Rule: s, Status: rule.Unknown, Subject: s, Message: s, Here: true},
		rule.Finding{Rule: s, Status: rule.Info, Subject: s, Message: s, Here: true})
	r.Delivery = fuzzedDelivery(s)
	r.Interrupted, r.Next = true, []string{s}
	return r
}

// fuzzedDelivery says s wherever a server's or a file's words may stand, with all columns or none.
func fuzzedDelivery(s string) []rule.Delivery {
	list := []rule.Delivery{{MX: s, Address: s}, {MX: s, Address: "2001:db8::25", Verdict: rule.Verdict(s), Because: []string{s}}}
	if len(s)%2 == 0 {
		list[1].UnderEnforce = rule.Verdict(s)
		list[1].Senders = []rule.Sender{{Kind: "mta-sts", Verdict: rule.Refuses}, {Kind: s, Verdict: rule.Verdict(s), Because: []string{s}}}
	}
	return append(list, make([]rule.Delivery, len(s)%30)...)
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
	f.Add(strings.Repeat("word ", 60), 120)
	f.Add(strings.Repeat("日本語", 50)+" x", 60)
	f.Add(`a\"b"c\`, 80)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) < 500 { // what is longer takes its time, and shows nothing else
			checkText(t, s, width)
		}
	})
}

func TestTextOfManyWords(t *testing.T) { checkText(t, strings.Repeat("word ", 600), 120) }

// checkText says s wherever it can be said: lines are no wider than they may be, nothing acts on a
// terminal, and colour changes no text.
func checkText(t *testing.T, s string, width int) {
	t.Helper()
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
}

func TestQuietIsOneLine(t *testing.T) {
	got := written(t, asQuiet(Style{Width: 40}), everything()...)
	if lines := strings.Count(got, "\n"); lines != len(everything()) {
		t.Errorf("%d lines for %d domains", lines, len(everything()))
	}
}
