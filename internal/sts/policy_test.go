package sts

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/field"
)

// A policyCase is a policy file with its problems, each as "field/reason@line:column".
type policyCase struct {
	body string
	want []string
}

func good(body string) policyCase                { return policyCase{body, nil} }
func bad(body string, want ...string) policyCase { return policyCase{body, want} }

const (
	v1    = "version: STSv1\n"
	mode  = "mode: enforce\n"
	mx    = "mx: mx.example.com\n"
	age   = "max_age: 604800\n"
	sound = v1 + mode + mx + age // four lines; what a case adds is on the fifth
)

func goodPolicies() []policyCase {
	return []policyCase{
		good(sound),
		good(strings.TrimSuffix(sound, "\n")),
		good(strings.ReplaceAll(sound, "\n", "\r\n")),
		good(v1 + "mode: testing\r\n" + mx + age), // mixed line ends
		good(age + mx + mode + v1),
		good(strings.ReplaceAll(sound, ": ", ":")),
		good(strings.ReplaceAll(sound, ": ", ":\t ")),
		good(strings.ReplaceAll(sound, "\n", " \t\n")),
		good(strings.TrimSuffix(sound, "\n") + "  "),
		good(v1 + "mode: none\n" + age),
		good(v1 + "mode: none\n" + mx + age),
		good(v1 + mode + "mx: *.example.com\nmx: 192.0.2.1\nmx: localhost\n" + age),
		good(v1 + mode + mx + "max_age: 0\n"),
		good(v1 + mode + mx + "max_age: 31557600\n"),
		good(v1 + mode + mx + "max_age: 0031557600\n"),
		good(sound + "mode: testing\nmax_age: soon\nversion: STSv2\n"), // all but the first are ignored
		good(sound + "Mode: testing\nnmx: a_b\n"),
		good(sound + "x: a b  c: d = e ; f\n"),
		good(sound + "x: caf\u00e9 \u4f60\U0001f600 \u0085\n"),
		good(sound + strings.Repeat("n", 32) + ": x\n"),
		good(sound + "0a_b-c.d: <br>\n"),
	}
}

func badPolicies() []policyCase {
	return []policyCase{
		// the file as a whole
		bad("", "syntax/empty@1:1"),
		bad("\r\n", "syntax/empty@1:1"),
		bad(" \n\n\t", "syntax/empty@1:1"),
		bad("\xef\xbb\xbf", "syntax/empty@1:1"),
		bad("<!DOCTYPE html>\n<p>404: not found</p>\n", "syntax/html@1:1"),
		bad("\n <html><body>version: STSv1", "syntax/html@1:1"),
		bad(strings.ReplaceAll(sound, "\n", "<br>\n"), "syntax/html@1:10"),
		bad(`{"version": "STSv1"}`, "syntax/bad-key@1:1"),
		bad("\xef\xbb\xbf"+sound, "syntax/bom@1:1"),
		bad("\xef\xbb\xbfversion: STSv2\n"+mode+mx+age, "syntax/bom@1:1", "version/unsupported@1:13"),
		bad(inUTF16(sound, false), "syntax/utf-16@1:1"),
		bad(inUTF16(sound, true), "syntax/utf-16@1:1"),
		bad(inUTF16("\ufeff"+sound, true), "syntax/utf-16@1:1"),
		bad(strings.ReplaceAll(sound, "\n", "\r"), "syntax/bare-cr@1:14"),
		bad("\xef\xbb\xbf\r"+sound, "syntax/bom@1:1", "syntax/bare-cr@1:3"),
		bad(strings.ReplaceAll(sound, "\n", "\r\r\n"), "syntax/bare-cr@1:14"),
		bad(strings.ReplaceAll(sound, "\n", "\n\r"), "syntax/bare-cr@2:1"),
		bad(strings.TrimSpace(strings.ReplaceAll(sound, "\n", `\n`)), "syntax/bad-value@1:1"),
		bad(strings.ReplaceAll(sound, "\n", `\r\n`)+"\n", "syntax/bad-value@1:1"),
		bad(strings.ReplaceAll(sound, "\n", " "), "syntax/bad-value@1:1"),
		bad(strings.ReplaceAll(sound, "\n", "; "), "syntax/bad-value@1:1"),
		bad("hello", "syntax/no-colon@1:1", "version/missing@0:0", "mode/missing@0:0", "max_age/missing@0:0", "mx/missing@0:0"),

		// lines
		bad(sound+"\n", "syntax/blank-line@5:1"),
		bad(sound+"  ", "syntax/blank-line@5:1"),
		bad("\n"+sound, "syntax/blank-line@1:1"),
		bad("\xef\xbb\xbf\n"+sound, "syntax/bom@1:1", "syntax/blank-line@1:1"),
		bad(sound+"\n\n\nx: y\n\n", "syntax/blank-line@5:1", "syntax/blank-line@9:1"),
		bad(sound+"# a: b\n", "syntax/comment@5:1"),
		bad(sound+" // b\n", "syntax/comment@5:2"),
		bad(" "+sound, "syntax/leading-space@1:1"),
		bad("\t version :STSv1\n"+mode+mx+age, "syntax/leading-space@1:1", "syntax/space-before-colon@1:10"),
		bad("version : STSv1\n"+mode+mx+age, "syntax/space-before-colon@1:8"),
		bad("version=STSv1\n"+mode+mx+age, "syntax/no-colon@1:1"),
		bad("v=STSv1\n"+mode+mx+age, "syntax/no-colon@1:1"),
		bad(v1+"mode enforce\n"+mx+age, "syntax/no-colon@2:1"),
		bad(v1+" mode = enforced\n"+mx+age, "syntax/no-colon@2:2", "mode/unknown@2:9"),
		bad(v1+"mode\n"+mx+age, "syntax/no-colon@2:1", "mode/missing@0:0"),
		bad(sound+"a b\n", "syntax/no-colon@5:1"),
		bad(sound+": b\n", "syntax/bad-key@5:1"),
		bad(sound+" : b\n", "syntax/bad-key@5:1"),
		bad(sound+"_a: b\n", "syntax/bad-key@5:1"),
		bad(sound+"a b: c\n", "syntax/bad-key@5:1"),
		bad(sound+"caf\u00e9: c\n", "syntax/bad-key@5:1"),
		bad(sound+strings.Repeat("n", 33)+": c\n", "syntax/bad-key@5:1"),
		bad(`"version": "STSv1"`+"\n"+mode+mx+age, "syntax/bad-key@1:1", "version/unsupported@1:12"),
		bad("- "+v1+mode+mx+age, "syntax/bad-key@1:1"),
		bad(sound+"a:\n", "syntax/bad-value@5:1"),
		bad(sound+"a: \t\n", "syntax/bad-value@5:1"),
		bad(sound+"mode:\n", "syntax/bad-value@5:1"),
		bad(sound+"a: b\tc\n", "syntax/control-character@5:5"),
		bad(sound+"a: b\x00c\n", "syntax/control-character@5:5"),
		bad(sound+"a: b\x7f\n", "syntax/control-character@5:5"),
		bad(v1+"mode: en\x01force\n"+mx+age, "syntax/control-character@2:9"),
		bad(v1+"mode: en\tforce\n"+mx+age, "syntax/control-character@2:9"),
		bad(sound+"a: b\rc\n", "syntax/bare-cr@5:4"),
		bad(sound+"a: caf\xe9\n", "syntax/not-utf8@5:7"),
		bad(v1+mode+"mx: m\xfcnchen.example\n"+age, "syntax/not-utf8@3:6"),

		// version
		bad(mode+mx+age, "version/missing@0:0"),
		bad("version:\n"+mode+mx+age, "version/missing@1:1"),
		bad("Version: STSv1\n"+mode+mx+age, "version/missing@1:1"),
		bad("version: stsv1\n"+mode+mx+age, "version/case@1:10"),
		bad("version: STSv2\n"+mode+mx+age, "version/unsupported@1:10"),
		bad("version: STSv2\n"+sound, "version/unsupported@1:10"),

		// mode
		bad(v1+mx+age, "mode/missing@0:0"),
		bad(v1+"mode:\n"+mx+age, "mode/missing@2:1"),
		bad(v1+mx+age+"MODE: none\n", "mode/missing@4:1"),
		bad(v1+"mode: Enforce\n"+mx+age, "mode/case@2:7"),
		bad(v1+"mode: NONE\n"+age, "mode/case@2:7"),
		bad(v1+"mode:  enforced\n"+mx+age, "mode/unknown@2:8"),
		bad(v1+"mode: off\n"+age, "mode/unknown@2:7"),
		bad(v1+"mode: enforce # yes\n"+mx+age, "mode/unknown@2:7"),

		// max_age
		bad(v1+mode+mx, "max_age/missing@0:0"),
		bad(v1+mode+mx+"max_age:\n", "max_age/missing@4:1"),
		bad(v1+mode+mx+"max-age: 1\n", "max_age/missing@4:1"),
		bad(v1+mode+mx+"max_age: 7d\n", "max_age/not-a-number@4:10"),
		bad(v1+mode+mx+"max_age: +1\n", "max_age/not-a-number@4:10"),
		bad(v1+mode+mx+"max_age: -1\n", "max_age/negative@4:10"),
		bad(v1+mode+mx+"max_age: 00000000001\n", "max_age/too-long@4:10"),
		bad(v1+mode+mx+"max_age: 31557601\n", "max_age/over-maximum@4:10"),

		// mx
		bad(v1+mode+age, "mx/missing@0:0"),
		bad(v1+mode+age+"nmx: mx.example.com\n", "mx/missing@4:1"),
		bad(v1+mode+"mx:\n"+age, "mx/bad-pattern@3:1"),
		bad(v1+mode+"mx: mx.example.com.\n"+age, "mx/bad-pattern@3:5"),
		bad(v1+"mode: none\nmx: *\n"+age, "mx/bad-pattern@3:5"),
		bad(sound+"mx: a,b\nmx:\tx_y\n", "mx/bad-pattern@5:5", "mx/bad-pattern@6:5"),
	}
}

func inUTF16(s string, bigEndian bool) string {
	var b strings.Builder
	for _, r := range s {
		if bigEndian {
			b.Write([]byte{byte(r >> 8), byte(r)})
		} else {
			b.Write([]byte{byte(r), byte(r >> 8)})
		}
	}
	return b.String()
}

func TestParsePolicy(t *testing.T) {
	for _, c := range append(goodPolicies(), badPolicies()...) {
		_, problems := ParsePolicy([]byte(c.body))
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s/%s@%d:%d", p.Field, p.Reason, p.Line, p.Column))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", c.body, diff)
		}
	}
}

// What was evidently meant is read on after a fault of form.
func TestParsePolicyReadsOn(t *testing.T) {
	for _, body := range []string{
		" " + sound,
		"version=STSv1\nmode enforce\n" + mx + age,
		"\xef\xbb\xbf" + sound + "\n",
		inUTF16(sound, false),
		strings.ReplaceAll(sound, "\n", "\r"),
		strings.ReplaceAll(sound, "\n", `\n`),
		strings.ReplaceAll(sound, "\n", " "),
		"# policy\n\n" + sound,
	} {
		p, problems := ParsePolicy([]byte(body))
		if got := p.Render(); len(problems) == 0 || got != sound || !p.HasMaxAge || p.Version != "STSv1" {
			t.Errorf("%q reads as %q with %v", body, got, problems)
		}
	}
}

func TestParsePolicyNear(t *testing.T) {
	for body, want := range map[string]string{
		v1 + "mode: Testing\n" + mx + age:               "testing",
		v1 + "mode: enforced\n" + mx + age:              "enforce",
		v1 + "mode: enfroce\n" + mx + age:               "enforce",
		v1 + "mode: \"enforce\"\n" + mx + age:           "enforce",
		v1 + "mode: report\n" + mx + age:                "testing",
		v1 + "mode: none;\n" + age:                      "none",
		v1 + "mode: bogus\n" + mx + age:                 "",
		v1 + "Mode: testing\n" + mx + age:               "mode: testing",
		v1 + mode + mx + "max_age: 1 week\n":            "604800",
		v1 + mode + mx + "max_age: 604,800\n":           "604800",
		v1 + mode + mx + "max_age: \"86400\"\n":         "86400",
		v1 + mode + mx + "max_age: 86400 # a day\n":     "86400",
		v1 + mode + mx + "max_age: 99 fortnights\n":     "",
		v1 + mode + mx + "max_age: 10 years\n":          "",
		v1 + mode + mx + "max_age: 99999999999999999\n": "31557600",
		v1 + mode + mx + "max_age: 000000000604800\n":   "604800",
		v1 + mode + mx + "max_age: 63072000\n":          "31557600",
		v1 + mode + mx + "max_age: 500 weeks\n":         "31557600",
		v1 + mode + mx + "maxage: 5\n":                  "max_age: 5",
		"ver: STSv1\n" + mode + mx + age:                "version: STSv1",
		v1 + mode + "mx : a.example\n" + age:            "mx: a.example",
		v1 + mode + "* mx: a.example\n" + age:           "mx: a.example",
		v1 + mode + "mx a.example\n" + age:              "mx: a.example",
		v1 + mode + "mx: .a.example\n" + age:            "*.a.example",
		v1 + mode + "mx: a.example b.example\n" + age:   "a.example\nb.example",
		v1 + mode + "mx-host: a.example\n" + age:        "mx: a.example",
	} {
		_, problems := ParsePolicy([]byte(body))
		if len(problems) != 1 || problems[0].Near != want {
			t.Errorf("%q: %+v, want one problem that is near %q", body, problems, want)
		}
	}
}

func TestParsePolicyValue(t *testing.T) {
	got, problems := ParsePolicy([]byte("x: 1\nversion: STSv1\nmode:\ttesting \nmx: *.example.com\nmax_age: 60\nmode: none\nx: 2\nmx: b_c"))
	want := Policy{
		Version: "STSv1", Mode: Testing, MaxAge: 60, HasMaxAge: true,
		MX: []Pattern{{"*.example.com", 4, 5}, {"b_c", 8, 5}},
		Fields: []Field{
			at(1, "x", "1"),
			at(2, "version", "STSv1"),
			at(3, "mode", "testing"),
			at(4, "mx", "*.example.com"),
			at(5, "max_age", "60"),
			at(6, "mode", "none"),
			at(7, "x", "2"),
			at(8, "mx", "b_c"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) != 1 {
		t.Errorf("(-want +got):\n%s%v", diff, problems)
	}
	if diff := cmp.Diff([]Field{at(1, "x", "1"), at(7, "x", "2")}, got.Unknown()); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Field{at(6, "mode", "none"), at(7, "x", "2")}, got.Duplicates()); diff != "" {
		t.Errorf("duplicates (-want +got):\n%s", diff)
	}
	if mx, ok := got.Find("A.example.com."); !ok || mx.Line != 4 {
		t.Errorf("Find: %v, %v", mx, ok)
	}
	if mx, ok := got.Find("b_c"); ok {
		t.Errorf("Find takes %v, which is not valid", mx)
	}
}

// at is a field whose name begins a line.
func at(line int, name, value string) Field {
	return Field{Name: name, Value: value, Line: line, Column: 1}
}

func TestNearKey(t *testing.T) {
	for name, want := range map[string]string{
		"Mode": "mode", "MX": "mx", "nmx": "mx", "mx1": "mx", "max-age": "max_age", "MaxAge": "max_age", "max_aeg": "max_age",
		"v": "version", "verison": "version", "Version": "version", "mod": "mode", "max_ages": "max_age",
		"mode": "", "mx": "", "tx": "", "m": "", "comment": "", "x-report": "", "": "", "_": "", "node2": "",
	} {
		if got, ok := NearKey(name); got != want || ok != (want != "") {
			t.Errorf("NearKey(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	for _, body := range []string{strings.Repeat("mx: \u00fc.\u00fc,\n", 10000), strings.Repeat("\x01\n", 10000), strings.Repeat("\r", 9) + strings.Repeat("?\n\n", 10000)} {
		_, problems := ParsePolicy([]byte(body))
		if n := len(problems); n > field.MaxProblems || n < field.MaxProblems-mostMissing || problems[n-1].Reason != "missing" {
			t.Errorf("%d problems, the last %+v", n, problems[n-1])
		}
	}
	if _, problems := ParseRecord("v=STSv1" + strings.Repeat(";a", 1000)); len(problems) != field.MaxProblems {
		t.Errorf("%d problems, want %d with the missing id", len(problems), field.MaxProblems)
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, c := range append(goodPolicies(), badPolicies()...) {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		policy, problems := ParsePolicy(body)
		if len(problems) > field.MaxProblems {
			t.Errorf("%d problems", len(problems))
		}
		lengths := lineLengths(body)
		for _, p := range problems {
			whole := p.Line == 0 && p.Column == 0
			first := p.Line == 1 && p.Column == 1
			inside := p.Line >= 1 && p.Line <= len(lengths) && p.Column >= 1 && p.Column <= max(1, lengths[p.Line-1])
			if !whole && !first && !inside || p.Text == "" || p.Field == "" {
				t.Errorf("%q: %+v", body, p)
			}
			if !soundNear(p) {
				t.Errorf("%q: what was meant is no better: %+v", body, p)
			}
		}
		if len(problems) == 0 {
			checkRendering(t, policy)
		}
	})
}

// soundNear tells that what was meant in place of a value is itself good.
func soundNear(p Problem) bool {
	if p.Near == "" || p.Reason == "missing" || p.Field == syntaxField {
		return true
	}
	switch p.Field {
	case versionField:
		return p.Near == policyVersion
	case modeField:
		return isMode(Mode(p.Near))
	case maxAgeField:
		_, ok := meantMaxAge(p.Near)
		return ok
	}
	return allValid(p.Near)
}

// lineLengths are the lengths of the lines that places count, in bytes.
func lineLengths(body []byte) (lengths []int) {
	text, fault := asUTF8(body)
	if fault == "bom" {
		text = bom + text
	}
	for text != "" {
		var line string
		line, text, _ = cutLine(text)
		lengths = append(lengths, len(line))
	}
	return lengths
}

func checkRendering(t *testing.T, policy Policy) {
	again, problems := ParsePolicy([]byte(policy.Render()))
	if len(problems) > 0 {
		t.Errorf("%q: %v", policy.Render(), problems)
	}
	for _, p := range []*Policy{&policy, &again} {
		p.Fields = nil
		for i := range p.MX {
			p.MX[i].Line, p.MX[i].Column = 0, 0
		}
	}
	if diff := cmp.Diff(policy, again); diff != "" {
		t.Errorf("rendered and read again (-first +again):\n%s", diff)
	}
}

// BenchmarkParsePolicy parses a common policy, and says how many times as long that takes as
// splitting it at its line ends.
func BenchmarkParsePolicy(b *testing.B) {
	body := []byte(v1 + mode + mx + "mx: *.example.net\nmx: backup.example.org\n" + age)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := ParsePolicy(body); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
	start := time.Now()
	for range b.N {
		bytes.Split(body, []byte("\n"))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(time.Since(start)), "x/split")
}
