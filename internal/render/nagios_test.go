package render

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/rule"
)

// perfData is what a monitor reads behind the bar, by label; the text is what stands before.
func perfData(t testing.TB, line string) (text string, values map[string]float64) {
	t.Helper()
	text, data, found := strings.Cut(line, " | ")
	if !found || strings.Count(line, "|") != 1 || !strings.HasSuffix(line, "\n") || strings.Count(line, "\n") != 1 {
		t.Fatalf("not one line with one bar: %q", line)
	}
	values = map[string]float64{}
	const limit = `(?:-?[0-9]+:?)?`
	datum := regexp.MustCompile(`^(?:([a-z_]+)|'([^'=|]+)')=(-?[0-9]+(?:\.[0-9]+)?)s?;` + limit + `;` + limit + `(?:;0)? ?`)
	for data = strings.TrimSuffix(data, "\n"); data != ""; {
		m := datum.FindStringSubmatch(data)
		if m == nil {
			t.Fatalf("no performance data: %q", data)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if _, known := values[m[1]+m[2]]; err != nil || known {
			t.Fatalf("%q: %v, known %v", m[0], err, known)
		}
		values[m[1]+m[2]] = value
		data = data[len(m[0]):]
	}
	return text, values
}

func asNagios(w io.Writer) Writer { return NewNagios(w, About{ExpiryDays: rule.DefaultExpiryDays}) }

func TestNagiosLines(t *testing.T) {
	soundItem := Item{Index: 1, Result: sound()}
	warned := result("warned.example", rule.Warn, rule.Testing, rule.Counts{Warn: 1})
	warned.Findings = []rule.Finding{uncovered()}
	accepted := known()
	accepted.Findings = accepted.Findings[:1]
	many := []Item{soundItem}
	for i := range 8 {
		r := []rule.Result{warned, broken()}[i%2]
		r.Domain = fmt.Sprintf("%d.example", i)
		many = append(many, Item{Result: r})
	}
	for name, c := range map[string]struct {
		items []Item
		want  string
	}{
		"none":      {nil, "MTASTS UNKNOWN - no domain was looked at"},
		"one":       {[]Item{soundItem}, "MTASTS OK - example.com: enforced"},
		"broken":    {[]Item{{Result: broken()}}, "MTASTS CRITICAL - example.com: broken, 2 fail 1 unknown 1 warn: policy-certificate (expired), policy-mode (unknown), tlsrpt-record (dns-timeout), mx-covered (not-covered)"},
		"warned":    {[]Item{{Result: warned}}, "MTASTS WARNING - warned.example: testing, 1 warn: mx-covered (not-covered)"},
		"unknown":   {[]Item{{Result: interrupted()}}, "MTASTS UNKNOWN - example.org: unknown, interrupted, 1 unknown: tlsrpt-record (dns-timeout)"},
		"unseen":    {[]Item{{Result: unseen()}, soundItem}, "MTASTS UNKNOWN - 2 domains: 1 unknown, 1 pass; unseen.example not all of it was seen"},
		"known":     {[]Item{{Result: known()}}, "MTASTS CRITICAL - example.com: broken, 1 fail 1 unknown 1 warn: policy-mode (unknown), tlsrpt-record (dns-timeout), mx-covered (not-covered) (1 known from the baseline)"},
		"all known": {[]Item{{Result: accepted}}, "MTASTS OK - example.com: broken (1 known from the baseline)"},
		"bad line":  {[]Item{badLine(3, "a..b")}, "MTASTS UNKNOWN - domains.txt:3: not a domain: it has an empty label"},
		"bad lines": {[]Item{badLine(3, "a..b"), soundItem, badLine(4, "a..b")}, "MTASTS UNKNOWN - 1 domain: 1 pass; 2 lines are no domains; domains.txt:3: not a domain: it has an empty label; domains.txt:4: not a domain: it has an empty label"},
		"given":     {[]Item{{Result: badGiven()}}, "MTASTS CRITICAL - policy.txt: something is wrong with the given policy, 1 fail: policy-mode (unknown)"},
		"several":   {[]Item{soundItem, soundItem}, "MTASTS OK - 2 domains: 2 pass"},
		"many": {many, "MTASTS CRITICAL - 9 domains: 4 fail, 4 warn, 1 pass; " +
			"1.example policy-certificate (expired), policy-mode (unknown), tlsrpt-record (dns-timeout) and 1 more; " +
			"3.example policy-certificate (expired), policy-mode (unknown), tlsrpt-record (dns-timeout) and 1 more; " +
			"5.example policy-certificate (expired), policy-mode (unknown), tlsrpt-record (dns-timeout) and 1 more; " +
			"7.example policy-certificate (expired), policy-mode (unknown), tlsrpt-record (dns-timeout) and 1 more; " +
			"0.example mx-covered (not-covered); and 3 more"},
	} {
		got, _ := perfData(t, writtenItems(t, asNagios, c.items...))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNagiosPerformanceData(t *testing.T) {
	items := []Item{fromList(1, sound()), fromList(2, broken()), badLine(3, "a..b")}
	items[1].Domain = "b.example"
	items[1].CheckedAt = at().Add(10e9)
	items[1].Certificates = append(items[1].Certificates, rule.Certificate{Host: "mx2.example.net", Port: 25, NotAfter: at().AddDate(0, 0, 7)})
	line := writtenItems(t, asNagios, items...)
	want := map[string]float64{
		"domains": 2, "fail": 1, "unknown": 0, "warn": 0, "bad_lines": 1, "seconds": 11.234,
		"days mx1.example.com:25": -2, "days mta-sts.example.com:443": 44, "days mx2.example.net:25": 6,
	}
	if _, got := perfData(t, line); !cmp.Equal(want, got) {
		t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
	}
	if !strings.Contains(line, "'days mx1.example.com:25'=-2;14:;0: 'days mx2") {
		t.Errorf("not the soonest first, with thresholds: %s", line)
	}
}

// Of very many domains the line is no longer than of some.
func TestNagiosIsBounded(t *testing.T) {
	var items []Item
	for i := range 500 {
		r := broken()
		r.Domain = fmt.Sprintf("%d.example", i)
		items = append(items, fromList(i, r))
		items[i].Certificates[0].NotAfter = at().AddDate(0, 0, 500-i)
	}
	line := writtenItems(t, asNagios, items...)
	if _, got := perfData(t, line); len(line) > 2000 || got["days mx1.499.example:25"] != 1 || got["days mx1.490.example:25"] != 10 {
		t.Errorf("%d bytes: %s", len(line), line)
	}
}

func FuzzNagios(f *testing.F) {
	for _, s := range []string{evil, "a | b=1", "'a'=1", "$HOME `id`", "<b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, items := range [][]Item{{hostileItem(s)}, {hostileItem(s), badLine(2, s)}, {{Error: s}}} {
			line := writtenItems(t, asNagios, items...)
			text, _ := perfData(t, line)
			if why := inert(line); why != "" || strings.ContainsAny(text, "|'\"`$&<>~") || len(line) > 20_000 {
				t.Errorf("%s: %s", why, line)
			}
		}
	})
}
