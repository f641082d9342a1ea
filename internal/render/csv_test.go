package render

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// readCSV is a table as somebody else's program reads it, its first line included.
func readCSV(t testing.TB, s string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll() // refuses rows of another length
	if err != nil {
		t.Fatalf("%v:\n%s", err, s)
	}
	return rows
}

func TestCSVGolden(t *testing.T) {
	golden(t, "several.csv", writtenItems(t, NewCSV, severalItems()...))
	golden(t, "hostile.csv", writtenItems(t, NewCSV, hostileItem(evil)))
	golden(t, "no-domain.csv", writtenItems(t, NewCSV))
}

// hostileItem says s wherever a text of others gets into a format.
func hostileItem(s string) Item {
	r := withBlocks(s)
	r.Delivery = fuzzedDelivery(s)
	e := fromList(1, r)
	e.Source.File, e.Input = s, s
	e.Observed.Hosts[0].Name, e.Certificates[0].Host = s, s
	e.Published.Record.ID, e.Published.Policy.Mode, e.Published.Policy.MX[0].Text, e.Published.Reports.RUA[0].Text = s, sts.Mode(s), s, s
	return e
}

func TestCSVIsATable(t *testing.T) {
	items := severalItems()
	rows := readCSV(t, writtenItems(t, NewCSV, items...))
	if len(rows) != len(items)+1 {
		t.Fatalf("%d rows of %d items", len(rows)-1, len(items))
	}
	at := func(row int, column string) string { return rows[row][slices.Index(columnNames(), column)] }
	for i, want := range []map[string]string{
		{"domain": "a.example.com", "status": "pass", "problems": "", "certificate_end": "2026-01-29T20:00:00Z", "certificate_host": "mx1.a.example.com:25", "seconds": "1.234", "error": ""},
		{"domain": "b.example.com", "problems": "policy-certificate:expired policy-mode:unknown tlsrpt-record:dns-timeout mx-covered:not-covered", "new_problems": ""},
	} {
		for column, value := range want {
			if got := at(i+1, column); got != value {
				t.Errorf("row %d: %s is %q, want %q", i+1, column, got, value)
			}
		}
	}
	bad := slices.IndexFunc(items, func(e Item) bool { return e.Error != "" }) + 1
	got := []string{at(bad, "domain"), at(bad, "status"), at(bad, "fail"), at(bad, "file"), at(bad, "line"), at(bad, "input"), at(bad, "error")}
	if diff := cmp.Diff([]string{"", "unknown", "", "domains.txt", at(bad, "index"), "a..example", "not a domain: it has an empty label"}, got); diff != "" {
		t.Errorf("the row of a bad line (-want +got):\n%s", diff)
	}
	if got, want := at(bad-1, "new_problems"), "policy-mode:unknown tlsrpt-record:dns-timeout mx-covered:not-covered"; got != want {
		t.Errorf("new are %q, want %q", got, want)
	}
}

func TestCellIsNoFormula(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1":                "'=1+1",
		"+1":                  "'+1",
		"-1":                  "'-1",
		"@SUM(A1)":            "'@SUM(A1)",
		"  =1":                "'  =1",
		"\t=1":                `\t=1`,
		"\r@a":                `\r@a`,
		`"=1"`:                `'"=1"`,
		"＝1":                  "'＝1",
		"a;=cmd|' /C calc'!A": "a;'=cmd|' /C calc'!A",
		"a=b;c-d@e":           "a=b;c-d@e",
		"mx-covered:x":        "mx-covered:x",
		"":                    "",
		"a,b\n\"c\"":          `a,b\n"c"`,
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{evil, "=1+1", " -1", "a;@b", "\"\",\n", strings.Repeat("x;=", 4000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		bad := badLine(2, s)
		bad.Error = s
		text := writtenItems(t, NewCSV, hostileItem(s), bad, Item{Result: rule.Result{Domain: s}})
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%s", why, text)
		}
		rows := readCSV(t, text)
		if len(rows) != 4 {
			t.Errorf("%d rows of 3 items and a header:\n%s", len(rows), text)
		}
		for _, c := range slices.Concat(rows...) {
			if len(c) > 10*longestCell+100 || slices.ContainsFunc(strings.Split(c, ";"), formula) {
				t.Errorf("the cell %.200q, of %d bytes", c, len(c))
			}
		}
	})
}
