package sts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/field"
)

// A recordCase is a record with what it should give: the id and no problems, or the problems, as
// "reason@column" with the column 0 where the whole record is meant.
type recordCase struct {
	txt, id string
	want    []string
}

func goodRecord(txt, id string) recordCase            { return recordCase{txt, id, nil} }
func badRecord(txt string, want ...string) recordCase { return recordCase{txt, "", want} }

func recordCases() []recordCase {
	return []recordCase{
		goodRecord("v=STSv1; id=1", "1"),
		goodRecord("v=STSv1;id=1", "1"),
		goodRecord("v=STSv1; id=20260131T120000Z;", "20260131T120000Z"),
		goodRecord("v=STSv1; id=1 ;", "1"),
		goodRecord("v=STSv1; id=1; ", "1"),
		goodRecord("v=STSv1; id=1\t;\t", "1"),
		goodRecord("v=STSv1\t ;\t id=1", "1"), // valid by the ABNF; Select decides on the space
		goodRecord("v=STSv1; id="+strings.Repeat("Z", 32), strings.Repeat("Z", 32)),
		goodRecord("v=STSv1; a=b; id=1", "1"),
		goodRecord("v=STSv1; id=1; id=2", "1"), // §3.2: all but the first are ignored
		goodRecord("v=STSv1; id=1; id=a-b", "1"),
		goodRecord("v=STSv1; id=1; ID=2; v=STSv1", "1"),
		goodRecord("v=STSv1; id=1; "+strings.Repeat("n", 32)+"=x", "1"),
		goodRecord("v=STSv1; id=1; a.b-c_d=!\"#:<>?@[\\]^_`{|}~,", "1"),

		badRecord("", "field-syntax@1"),
		badRecord("hello", "field-syntax@1"),
		badRecord("v=stsv1; id=1", "field-syntax@1"),
		badRecord("v=STSv1", "id-missing@0"),
		badRecord("v=STSv1;", "id-missing@0"),
		badRecord("v=STSv1; a=b", "id-missing@0"),
		badRecord("v=STSv1; ID=1", "id-missing@10"),
		badRecord("v=STSv1; id=", "id-missing@10"),
		badRecord("v=STSv1; id", "field-syntax@10"),
		badRecord("v=STSv1; id = 1", "field-syntax@10"),
		badRecord("v=STSv1; id= 1", "field-syntax@10"),
		badRecord("v=STSv1;\nid=1", "field-syntax@9"),
		badRecord("v=STSv1; id=1 ", "field-syntax@14"),
		badRecord("v=STSv1;; id=1", "field-syntax@9"),
		badRecord("v=STSv1; id=1;;;", "field-syntax@15"),
		badRecord("v=STSv1; id=1; ;", "field-syntax@16"),
		badRecord("v=STSv1; id=1; a", "field-syntax@16"),
		badRecord("v=STSv1; id=1; a=", "field-syntax@16"),
		badRecord("v=STSv1; id=1; _a=b", "field-syntax@16"),
		badRecord("v=STSv1; id=1; a=b=c", "field-syntax@19"),
		badRecord("v=STSv1; id=1; a=b c", "field-syntax@19"),
		badRecord("v=STSv1; id=1; a=\xfc", "field-syntax@18"),
		badRecord("v=STSv1; id=1; "+strings.Repeat("n", 33)+"=x", "field-syntax@16"),
		badRecord("v=STSv1; id=2026-01-31", "id-characters@17"),
		badRecord("v=STSv1; id=1, a=b", "id-characters@14"),
		badRecord("v=STSv1; id=1\n", "id-characters@14"),
		badRecord("v=STSv1; id=\"1\"", "id-characters@13"),
		badRecord("v=STSv1; id=a-b; id=1", "id-characters@14"),
		badRecord("v=STSv1; id=0b8a5c9e-1111-2222-3333-444455556666", "id-characters@21"),
		badRecord("v=STSv1; id="+strings.Repeat("1", 33), "id-length@13"),
		badRecord("v=STSv1; id=-"+strings.Repeat("1", 33), "id-characters@13", "id-length@13"),
		badRecord("v=STSv1; id=1-2; b", "id-characters@14", "field-syntax@18"),
	}
}

func TestParseRecord(t *testing.T) {
	for _, c := range recordCases() {
		record, problems := ParseRecord(c.txt)
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s@%d", p.Reason, p.Column))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", c.txt, diff)
		}
		if c.want == nil && record.ID != c.id {
			t.Errorf("%q: id %q, want %q", c.txt, record.ID, c.id)
		}
	}
}

func TestParseRecordNear(t *testing.T) {
	for txt, want := range map[string]string{
		"v=STSv1; id=2026-01-31": "20260131",
		"v=STSv1; id=1, a=b":     "1",
		"v=STSv1; id=a b":        "ab",
		"v=STSv1; id = 7":        "id=7",
		"v=STSv1; ID=7":          "id=7",
		"v=STSv1; id=7 ":         "id=7",
		"v=STSv1; id=###":        "",
		"v=STSv1; id=0b8a5c9e-1111-2222-3333-444455556666": "0b8a5c9e111122223333444455556666",
	} {
		_, problems := ParseRecord(txt)
		if len(problems) != 1 || problems[0].Near != want {
			t.Errorf("%q: %+v, want one problem that is near %q", txt, problems, want)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct{ txts, want []string }{
		{nil, nil},
		{[]string{"v=spf1 -all"}, nil},
		{[]string{"v=STSv1 ;id=1"}, []string{"v=STSv1 ;id=1"}},
		{[]string{"v=STSv1\t;"}, []string{"v=STSv1\t;"}},
		{[]string{"v=STSv1"}, nil},
		{[]string{"v=STSv10;"}, nil},
		{[]string{"v=STSv1 ;id=1", "other"}, nil}, // the discard rule wants "v=STSv1;"
		{[]string{"x", "v=STSv1;bad", " v=STSv1;id=1"}, []string{"v=STSv1;bad"}},
		{[]string{"v=STSv1;id=1", "v=STSv1;id=1"}, []string{"v=STSv1;id=1", "v=STSv1;id=1"}},
	} {
		if got := Select(c.txts); !slices.Equal(got, c.want) {
			t.Errorf("Select(%q) = %q, want %q", c.txts, got, c.want)
		}
	}
}

// values are the fields of a record without their places.
func (r Record) values() []Field {
	fields := slices.Clone(r.Fields)
	for i := range fields {
		fields[i].Line, fields[i].Column = 0, 0
	}
	return fields
}

func FuzzParseRecord(f *testing.F) {
	for _, c := range recordCases() {
		f.Add(c.txt)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		record, problems := ParseRecord(txt)
		if len(problems) > field.MaxProblems {
			t.Errorf("%d problems", len(problems))
		}
		for _, p := range problems {
			whole := p.Line == 0 && p.Column == 0
			inside := p.Line == 1 && p.Column >= 1 && p.Column <= max(1, len(txt))
			if !whole && !inside || p.Text == "" || p.Field != "record" {
				t.Errorf("%q: %+v", txt, p)
			}
			if near := p.Near; near != "" && strings.HasPrefix(p.Reason, "id-") && p.Reason != "id-missing" && repairID(near) != near {
				t.Errorf("%q: what was meant is no better: %+v", txt, p)
			}
		}
		if len(problems) > 0 {
			return
		}
		again, problems := ParseRecord(record.String())
		if len(problems) > 0 || again.ID != record.ID || !slices.Equal(again.values(), record.values()) {
			t.Errorf("%q renders as %q: %v", txt, record.String(), problems)
		}
	})
}
