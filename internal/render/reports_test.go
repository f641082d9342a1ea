package render

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtasts/internal/reports"
)

func TestReportsGolden(t *testing.T) {
	none := &reports.Analysis{Schema: 1, Other: 17}
	for file, a := range map[string]*reports.Analysis{
		"reports-clean": clean(), "reports-troubled": troubled(), "reports-ready": answered(),
		"reports-none": none, "reports-hostile": strange(evil, 1000),
	} {
		for form, write := range reportForms() {
			golden(t, file+"."+form, asReports(t, write, a))
		}
	}
	golden(t, "reports-troubled-40.txt", asReports(t, inStyle(Style{Width: 40}), troubled()))
	golden(t, "reports-troubled-verbose.txt", asReports(t, inStyle(Style{Width: 100, Verbose: true}), troubled()))
	golden(t, "reports-endless.txt", asReports(t, inStyle(Style{}), endless(60)))
}

func TestReportsAreAsWideAsThePage(t *testing.T) {
	for _, width := range []int{40, 80, 100} {
		for _, a := range []*reports.Analysis{clean(), troubled(), answered(), endless(60)} {
			for l := range strings.Lines(asReports(t, inStyle(Style{Width: width}), a)) {
				if n := columns(strings.TrimSuffix(l, "\n")); n > width {
					t.Errorf("%d columns of %d: %s", n, width, l)
				}
			}
		}
	}
}

func TestColourAddsNothingToReports(t *testing.T) {
	for _, a := range []*reports.Analysis{troubled(), answered()} {
		plain, colour := asReports(t, inStyle(Style{}), a), asReports(t, inStyle(Style{Color: true}), a)
		if !strings.Contains(colour, "\x1b[") {
			t.Error("no colour where it was asked for")
		}
		if diff := cmp.Diff(plain, withoutColour(colour)); diff != "" {
			t.Errorf("colour changes the text (-plain +colour):\n%s", diff)
		}
	}
}

// What one edit mends is told once, what is mended comes last.
func TestFailuresOf(t *testing.T) {
	kinds := []reports.Kind{
		{ResultType: "a", Sessions: 9, Last: "2026-01-01", Live: "mended"},
		{ResultType: "b", Sessions: 5, Last: "2026-01-02"},
		{ResultType: "c", Sessions: 3, Last: "2026-01-03", Fix: "it"},
		{ResultType: "c", Sessions: 3, Last: "2026-01-04", Fix: "it"},
		{ResultType: "c", Sessions: 1, Fix: "it otherwise"},
	}
	var got []string
	for _, f := range failuresOf(reports.Domain{Failures: kinds}) {
		got = append(got, strings.Join([]string{f.ResultType, grouped(f.sessions), grouped(len(f.kinds)), f.last}, " "))
	}
	if diff := cmp.Diff([]string{"c 6 2 2026-01-04", "b 5 1 2026-01-02", "c 1 1 ", "a 9 1 2026-01-01"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What goes on comes before what may be over, a result type is told once, and what is mended is no step.
func TestFirstSteps(t *testing.T) {
	d := reports.Domain{Domain: "example.com", To: january(31), Failures: []reports.Kind{
		{ResultType: "long-ago", Sessions: 900, Last: "2026-01-02", Fix: "it"},
		{ResultType: "checked", Sessions: 90, Last: "2026-01-02", Live: "confirmed"},
		{ResultType: "mended", Sessions: 80, Last: "2026-01-30", Live: "mended"},
		{ResultType: "going-on", Sessions: 7, Last: "2026-01-29", Fix: "it"},
		{ResultType: "going-on", Sessions: 1, Last: "2026-01-30", Fix: "it otherwise"},
		{ResultType: "no-day", Sessions: 1},
	}}
	want := []string{
		"Find out about checked: 90 failed sessions, the last on 2026-01-02.",
		"Mend going-on: 8 failed sessions, the last on 2026-01-30.",
		"Find out about no-day: 1 failed session.",
		"Look whether that is over: nobody reported long-ago of late. mtasts check example.com tells.",
	}
	if diff := cmp.Diff(want, firstSteps(reported{Domain: d}, failuresOf(d))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStalePolicies(t *testing.T) {
	yes, no := true, false
	seen := func(first int, current *bool, held ...reports.Held) reports.Seen {
		return reports.Seen{Type: "sts", String: []string{"version: STSv1"}, First: january(first), Current: current, Held: held}
	}
	for name, c := range map[string]struct {
		list []reports.Seen
		now  int
		want []string // of each older one, who holds it
		to   time.Time
	}{
		"none":                     {nil, -1, nil, january(9)},
		"one":                      {[]reports.Seen{seen(1, nil, heldBy("G", 1, 9))}, 0, nil, january(9)},
		"all moved":                {[]reports.Seen{seen(5, nil, heldBy("G", 5, 9)), seen(1, nil, heldBy("G", 1, 6))}, 0, []string{""}, january(9)},
		"one did not":              {[]reports.Seen{seen(1, nil, heldBy("G", 1, 6), heldBy("M", 1, 9)), seen(5, nil, heldBy("G", 5, 9))}, 1, []string{"M"}, january(9)},
		"an older one again":       {[]reports.Seen{seen(1, &yes, heldBy("G", 1, 9)), seen(5, &no, heldBy("G", 5, 6))}, 0, []string{""}, january(9)},
		"none is published":        {[]reports.Seen{seen(5, &no, heldBy("G", 5, 9)), seen(1, &no, heldBy("G", 1, 6))}, -1, []string{"G", ""}, january(9)},
		"both on the last day":     {[]reports.Seen{seen(5, nil, heldBy("G", 5, 9)), seen(1, nil, heldBy("G", 1, 9))}, 0, []string{"G"}, january(9)},
		"one is silent":            {[]reports.Seen{seen(1, nil, heldBy("M", 1, 2)), seen(5, nil, heldBy("G", 5, 9))}, 1, []string{""}, january(31)},
		"one does not say which":   {[]reports.Seen{{Type: "sts", Held: []reports.Held{heldBy("M", 1, 9)}}, seen(5, nil, heldBy("G", 5, 9))}, 1, nil, january(9)},
		"none found is no old one": {[]reports.Seen{seen(5, nil, heldBy("G", 5, 9)), {Type: "no-policy-found"}}, 0, nil, january(9)},
	} {
		var got []string
		for _, o := range stale(reports.Domain{Policies: c.list, To: c.to}) {
			got = append(got, strings.Join(o.holders, ","))
		}
		if now := newest(c.list); now != c.now || !slices.Equal(got, c.want) {
			t.Errorf("%s: the newest is %d, want %d; held by %q, want %q", name, now, c.now, got, c.want)
		}
	}
}

func TestBars(t *testing.T) {
	daily := func(n, every int) []reports.Day {
		var list []reports.Day
		for i := range n {
			d := reports.Day{Date: day(january(1).AddDate(0, 0, i))}
			if i%every == 0 {
				d.Reports, d.Successful = 1, 7
			}
			list = append(list, d)
		}
		return list
	}
	for _, c := range []struct {
		n, every    int
		title       string
		bars        int
		first, last string
	}{
		{0, 1, "Sessions a day (UTC)", 0, "", ""},
		{40, 1, "Sessions a day (UTC)", 40, "2026-01-01", "2026-02-09"},
		{41, 1, "Sessions a week (UTC), by its Monday", 7, "2025-12-29", "2026-02-09"},
		{400, 399, "Sessions a day (UTC)", 3, "2026-01-01", "2027-02-04"},
		{400, 1, "Sessions a month (UTC)", 14, "2026-01", "2027-02"},
		{2000, 1, "Sessions a year (UTC)", 6, "2026", "2031"},
		{20000, 1, "Sessions a year (UTC), the last of them", 40, "2041", "2080"},
	} {
		title, list := bars(daily(c.n, c.every))
		if title != c.title || len(list) != c.bars || c.n > 0 && (list[0].first != c.first || list[len(list)-1].last != c.last) {
			t.Errorf("%d days: %q, %d bars: %v", c.n, title, len(list), list)
		}
	}
}

// However few they are, failures are seen, and successes.
func TestBarsShowWhatIsFew(t *testing.T) {
	s := scale{room: 40, most: 1_000_000}
	for _, c := range []struct{ good, bad, wantGood, wantBad int }{
		{1_000_000, 0, 40, 0},
		{999_999, 1, 39, 1},
		{1, 999_999, 1, 39},
		{1, 1, 1, 1},
		{0, 1, 0, 1},
		{0, 0, 0, 0},
		{500_000, 500_000, 20, 20},
	} {
		if good, bad := s.cells(bar{good: int64(c.good), bad: int64(c.bad)}); good != c.wantGood || bad != c.wantBad {
			t.Errorf("%d and %d: %d and %d marks, want %d and %d", c.good, c.bad, good, bad, c.wantGood, c.wantBad)
		}
	}
}

// Nothing is null but what may be, and all of it is valid by the schema, each line of JSONL too.
func TestReportsJSONIsOfItsSchema(t *testing.T) {
	for name, a := range map[string]*reports.Analysis{"empty": {Schema: 1}, "troubled": troubled(), "ready": answered(), "bare": {Schema: 1, Domains: []reports.Domain{{
		Hosts: make([]reports.Host, 1), Failures: make([]reports.Kind, 1), Policies: make([]reports.Seen, 1),
	}}, Ready: map[string]reports.Readiness{"": {Verdict: "no", Conditions: make([]reports.Condition, 1)}}}} {
		before, _ := json.Marshal(a)
		valid := func(part, text string) {
			schema, err := SchemaOf(part)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled(t, schema).Validate(value); err != nil {
				t.Errorf("%s: %v\n%s", name, err, text)
			}
		}
		valid("reports", asReports(t, ReportsJSON, a))
		for l := range strings.Lines(asReports(t, ReportsJSONL, a)) {
			valid("report", l)
		}
		if after, _ := json.Marshal(a); string(before) != string(after) {
			t.Errorf("%s: writing changed it:\n%s\n%s", name, before, after)
		}
	}
}

func TestReportsJSONL(t *testing.T) {
	type line struct {
		Domain string             `json:"domain"`
		Ready  *reports.Readiness `json:"ready"`
	}
	var got []string
	for l := range strings.Lines(asReports(t, ReportsJSONL, answered())) {
		var v line
		if err := json.Unmarshal([]byte(l), &v); err != nil || !strings.HasPrefix(l, `{"schema":1,"domain":`) {
			t.Fatalf("%v: %s", err, l)
		}
		got = append(got, v.Domain+" "+v.Ready.Verdict)
	}
	if diff := cmp.Diff([]string{"unknown.example not-enough-data", "example.com yes", "example.net no", "example.org not-enough-data"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Of each kind of row the sessions add up to those of the domain.
func TestReportsCSVAddsUp(t *testing.T) {
	rows := readCSV(t, asReports(t, ReportsCSV, clean()))
	column := func(name string) int { return slices.Index(rows[0], name) }
	sums := map[string]int{}
	for _, r := range rows[1:] {
		n := 0
		for _, c := range r[column("successful_sessions")] {
			n = 10*n + int(c-'0')
		}
		sums[r[column("kind")]] += n
	}
	if sums["domain"] != 15030 || sums["day"] != 15030 || sums["organization"] != 15030 {
		t.Errorf("got %v", sums)
	}
}

func TestReportsPrometheusSamples(t *testing.T) {
	a := troubled()
	a.Ready = answered().Ready
	got := readMetrics(t, asReports(t, ReportsPrometheus, a))
	for series, want := range map[string]float64{
		`mtasts_tlsrpt_sessions{domain="example.com",organization="Google Inc.",result="successful"}`:                                           12000,
		`mtasts_tlsrpt_sessions{domain="example.com",organization="Microsoft Corporation",result="failed"}`:                                     300,
		`mtasts_tlsrpt_failed_sessions{domain="example.com",organization="Google Inc.",result_type="certificate-expired",mx="mx1.example.com"}`: 12,
		`mtasts_tlsrpt_failed_sessions{domain="example.com",organization="Microsoft Corporation",result_type="validation-failure",mx=""}`:       12,
		`mtasts_tlsrpt_reports{domain="example.com",organization="Google Inc."}`:                                                                20,
		`mtasts_tlsrpt_last_report_timestamp_seconds{domain="example.com",organization="Google Inc."}`:                                          float64(january(21).Unix()),
		`mtasts_tlsrpt_no_policy_ratio{domain="example.com"}`:                                                                                   0.0215,
		`mtasts_tlsrpt_ready{domain="example.com",verdict="yes"}`:                                                                               1,
		`mtasts_tlsrpt_ready{domain="example.com",verdict="no"}`:                                                                                0,
		`mtasts_tlsrpt_ready{domain="unknown.example",verdict="not-enough-data"}`:                                                               1,
		`mtasts_tlsrpt_reports_read`:      40,
		`mtasts_tlsrpt_reports_duplicate`: 3,
		`mtasts_tlsrpt_reports_skipped`:   25,
	} {
		if value, ok := got[series]; !ok || value != want {
			t.Errorf("%s is %v, %v; want %v", series, value, ok, want)
		}
	}
}

func TestPromtoolTakesReports(t *testing.T) {
	promtool := installed(t, "promtool", "prometheus")
	for name, a := range map[string]*reports.Analysis{
		"none": {}, "troubled": troubled(), "ready": answered(), "hostile": strange(evil, 7), "quotes": strange("\"} 1\n\\", 7),
	} {
		check := exec.Command(promtool, "check", "metrics")
		check.Stdin = strings.NewReader(asReports(t, ReportsPrometheus, a))
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestReportsCannotBeWritten(t *testing.T) {
	for form, write := range reportForms() {
		if err := write(&full{}, troubled()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func FuzzReports(f *testing.F) {
	for i, s := range []string{evil, "", "|`*_@you<b>\n# x", "=1+1;@b", "a\"} 1\n\\", strings.Repeat("x;=", 30), "例え.jp"} {
		f.Add(s, int64(i)*1_000_000_007-3)
	}
	f.Add(evil, int64(-1)<<63)
	f.Add(evil, int64(1<<63-1))
	f.Fuzz(func(t *testing.T, s string, n int64) {
		if len(s) < 500 { // what is longer takes its time, and shows nothing else
			checkReports(t, s, n)
		}
	})
}

func TestReportsOfLongTexts(t *testing.T) { checkReports(t, strings.Repeat("x;=", 3000), 5) }

// checkReports writes strange reports in every form: nothing in them acts on a terminal, and what
// programs read can be read.
func checkReports(t *testing.T, s string, n int64) {
	t.Helper()
	a := strange(s, n)
	for form, write := range reportForms() {
		if form == "json" || form == "jsonl" {
			continue
		}
		text := asReports(t, write, a)
		if why := inert(text); why != "" {
			t.Errorf("%s: %s:\n%s", form, why, text)
		}
	}
	for _, style := range []Style{{Width: 40}, {Width: 100, Verbose: true}} {
		if why := inert(asReports(t, inStyle(style), a)); why != "" {
			t.Errorf("%v: %s", style, why)
		}
	}
	readMetrics(t, asReports(t, ReportsPrometheus, a))
	readCSV(t, asReports(t, ReportsCSV, a))
	text := asReports(t, ReportsJSON, a) + asReports(t, ReportsJSONL, a)
	if why := inert(text); why != "" {
		t.Errorf("json: %s", why)
	}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var v any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
