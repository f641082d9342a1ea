package render

import (
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// installed is a program that somebody else wrote. A test that needs it is left out where it is not
// there, unless MTASTS_NEED_TOOLS says that it has to be.
func installed(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("MTASTS_NEED_TOOLS") != "":
		t.Fatalf("%s is not installed, and MTASTS_NEED_TOOLS is set: %v (Debian's package %s)", name, err, debian)
	}
	t.Skipf("%s is not installed (Debian's package %s)", name, debian)
	return ""
}

func asJUnit(failOn string) func(io.Writer) Writer {
	return func(w io.Writer) Writer { return NewJUnit(w, About{FailOn: failOn}) }
}

// What a reader of JUnit makes of it.
type (
	junitSuites struct {
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitOutcome `xml:"failure"`
		Error   *junitOutcome `xml:"error"`
		Skipped *junitOutcome `xml:"skipped"`
		Out     string        `xml:"system-out"`
	}
	junitOutcome struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func readJUnit(t testing.TB, s string) []junitSuite {
	t.Helper()
	var list junitSuites
	if err := xml.Unmarshal([]byte(s), &list); err != nil {
		t.Fatalf("%v:\n%.3000s", err, s)
	}
	for _, suite := range list.Suites {
		var failures, errors, skipped int
		for _, c := range suite.Cases {
			for outcome, n := range map[*junitOutcome]*int{c.Failure: &failures, c.Error: &errors, c.Skipped: &skipped} {
				if outcome != nil {
					*n++
				}
			}
		}
		got := []int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}
		if diff := cmp.Diff([]int{len(suite.Cases), failures, errors, skipped}, got); diff != "" {
			t.Errorf("%s: tests, failures, errors, skipped (-counted +told):\n%s", suite.Name, diff)
		}
	}
	return list.Suites
}

func TestJUnitGolden(t *testing.T) {
	golden(t, "several.junit.xml", writtenItems(t, asJUnit("fail"), severalItems()...))
	golden(t, "hostile.junit.xml", writtenItems(t, asJUnit("never"), hostileItem(evil)))
	golden(t, "no-domain.junit.xml", writtenItems(t, asJUnit("fail")))
}

// unseen is a domain of which not all was seen, and nothing found.
func unseen() rule.Result {
	r := result("unseen.example", rule.Unknown, rule.UnsureProtection, rule.Counts{})
	r.Observed = &fact.Observation{}
	return r
}

func TestJUnitIsValid(t *testing.T) {
	xmllint := installed(t, "xmllint", "libxml2-utils")
	long := broken()
	long.Findings[1].Fix.File.Content += strings.Repeat("mx: mx.example.com\n", 1000)
	for _, failOn := range []string{"", "fail", "warn", "unknown", "never"} {
		for name, items := range map[string][]Item{
			"several": severalItems(), "none": nil,
			"hostile": {hostileItem(evil), hostileItem("]]>"), badLine(1, evil), {Result: hostile()}, {Result: unseen()}, {Result: long}},
		} {
			file := filepath.Join(t.TempDir(), "results.xml")
			if err := os.WriteFile(file, []byte(writtenItems(t, asJUnit(failOn), items...)), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(xmllint, "--noout", "--nonet", "--schema", "testdata/junit.xsd", file).CombinedOutput(); err != nil {
				t.Errorf("%s, fail on %q: %v\n%s", name, failOn, err, out)
			}
		}
	}
}

// outcomes are what became of the cases: "fail", "error", "skip", "out" or "pass", each with its name.
func outcomes(list []junitCase) []string {
	var all []string
	for _, c := range list {
		word := "pass"
		switch {
		case c.Failure != nil:
			word = "fail " + c.Failure.Type
		case c.Error != nil:
			word = "error " + c.Error.Type
		case c.Skipped != nil:
			word = "skip " + c.Skipped.Type
		case c.Out != "":
			word = "out"
		}
		all = append(all, word+" "+c.Class+": "+c.Name)
	}
	return all
}

func TestJUnitOutcomes(t *testing.T) {
	const host, url = "example.com.host: policy-certificate mta-sts.example.com", "example.com.policy: policy-mode https://mta-sts.example.com/.well-known/mta-sts.txt"
	const report, mx = "example.com.tlsrpt: tlsrpt-record _smtp._tls.example.com", "example.com.mx: mx-covered mx3.example.com"
	passes := []string{"pass example.com.record: sts-record _mta-sts.example.com", "pass example.com.mx: mx-covered example.com"}
	for failOn, want := range map[string][]string{
		"fail":    {"fail policy-certificate:expired " + host, "fail policy-mode:unknown " + url, "skip tlsrpt-record:dns-timeout " + report, "out " + mx},
		"warn":    {"fail policy-certificate:expired " + host, "fail policy-mode:unknown " + url, "skip tlsrpt-record:dns-timeout " + report, "fail mx-covered:not-covered " + mx},
		"unknown": {"fail policy-certificate:expired " + host, "fail policy-mode:unknown " + url, "fail tlsrpt-record:dns-timeout " + report, "fail mx-covered:not-covered " + mx},
		"never":   {"out " + host, "out " + url, "skip tlsrpt-record:dns-timeout " + report, "out " + mx},
	} {
		got := readJUnit(t, written(t, asJUnit(failOn), broken()))[0]
		if diff := cmp.Diff(append(want, passes...), outcomes(got.Cases)); diff != "" {
			t.Errorf("fail on %s (-want +got):\n%s", failOn, diff)
		}
	}
	got := readJUnit(t, written(t, asJUnit("fail"), known()))[0]
	if c := got.Cases[0]; c.Skipped == nil || !strings.HasPrefix(c.Skipped.Message, "known from the baseline: ") || got.Failures != 1 {
		t.Errorf("of what is known: %+v", got)
	}
}

func TestJUnitNamesAreUnique(t *testing.T) {
	r := broken()
	r.Findings = []rule.Finding{expired(), expired(), badMode(), expired()}
	got := outcomes(readJUnit(t, written(t, asJUnit("fail"), r))[0].Cases)
	for i, end := range []string{"mta-sts.example.com", "mta-sts.example.com #2", "mta-sts.txt", "mta-sts.example.com #3"} {
		if !strings.HasSuffix(got[i], end) {
			t.Errorf("case %d is %q, want it to end in %q", i, got[i], end)
		}
	}
}

// A case tells all that there is to do, and what is too long for it is not half there.
func TestJUnitTellsTheFix(t *testing.T) {
	text := readJUnit(t, written(t, asJUnit("fail"), broken()))[0].Cases[1].Failure.Text
	for _, want := range []string{"The mode is", "│ line 2, column 7: mode: enforced", "\nmode: enforce\n", "RFC 8461 §3.2"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	r := broken()
	r.Findings[1].Fix.File.Content += strings.Repeat("mx: mx.example.com\n", 1000)
	text = readJUnit(t, written(t, asJUnit("fail"), r))[0].Cases[1].Failure.Text
	if !strings.Contains(text, "too long to be shown") || strings.Contains(text, "mx: mx.example.com") {
		t.Errorf("got:\n%.2000s", text)
	}
}

func TestJUnitOfWhatWasNotSeen(t *testing.T) {
	for failOn, want := range map[string]string{"fail": "skip incomplete unseen.example.check: complete", "unknown": "fail incomplete unseen.example.check: complete"} {
		if diff := cmp.Diff([]string{want}, outcomes(readJUnit(t, written(t, asJUnit(failOn), unseen()))[0].Cases)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	got := readJUnit(t, writtenItems(t, asJUnit("never"), badLine(3, "a..b")))[0]
	if diff := cmp.Diff([]string{"error no-domain list: a..b"}, outcomes(got.Cases)); diff != "" || got.Name != "domains.txt:3" {
		t.Errorf("a bad line, as %s (-want +got):\n%s", got.Name, diff)
	}
}

func FuzzJUnit(f *testing.F) {
	for _, s := range []string{evil, "]]>", "<!--", "&amp;", "\x00\ufffe\uffff", "'\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := writtenItems(t, asJUnit("fail"), hostileItem(s), badLine(2, s))
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%.2000s", why, text)
		}
		suites := readJUnit(t, text)
		if len(suites) != 2 || suites[1].Cases[0].Name != said(s) {
			t.Errorf("%q comes back as %+v", s, suites)
		}
	})
}
