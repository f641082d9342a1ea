package field

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads a record of a version whose required field is "k"; the values of that are judged.
func read(txt string, once bool) (p Parser, judged []string) {
	p = Parser{Version: "v=X", Required: "k", Once: once, Hint: "!", Meant: func(name string) bool { return strings.EqualFold(name, "k") }}
	p.Judge = func(f Field, column int) { judged = append(judged, fmt.Sprintf("%s@%d", f.Value, column)) }
	p.Whole = func(text string, _ int) bool { return text == "taken" }
	p.Parse(txt)
	return p, judged
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		txt            string
		once           bool
		judged, faults []string
	}{
		{"v=X;k=1", true, []string{"1@7"}, nil},
		{"v=X ; k=1 ;\t", true, []string{"1@9"}, nil},
		{"v=X;k=1;k=2", true, []string{"1@7"}, nil},
		{"v=X;k=1;k=2", false, []string{"1@7", "2@11"}, nil},
		{"v=X;taken;k=a=b", false, []string{"a=b@13"}, nil},
		{"v=X;k=1;k=a=b", true, []string{"1@7"}, []string{"field-syntax@12"}},
		{"v=X;k=", true, nil, []string{"k-missing@5"}},
		{"v=X;k", true, nil, []string{"field-syntax@5"}},
		{"v=X", true, nil, []string{"k-missing@0"}},
		{"v=X;a=1;K=1", true, nil, []string{"k-missing@9"}},
		{"v=Y", true, nil, []string{"field-syntax@1"}},
		{"v=X;;;k=1", true, []string{"1@9"}, []string{"field-syntax@5"}},
		{"v=X; k = 1", true, []string{"1@10"}, []string{"field-syntax@6"}},
		{"v=X;_a = 1;k=2", true, []string{"2@14"}, []string{"field-syntax@5"}},
		{"v=X;k=1 ", true, []string{"1@7"}, []string{"field-syntax@8"}},
	} {
		p, judged := read(c.txt, c.once)
		var faults []string
		for _, problem := range p.Problems {
			faults = append(faults, fmt.Sprintf("%s@%d", problem.Reason, problem.Column))
		}
		if diff := cmp.Diff(c.judged, judged) + cmp.Diff(c.faults, faults); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.txt, diff)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	p, _ := read("v=X"+strings.Repeat(";a", 1000), true)
	if last := p.Problems[len(p.Problems)-1]; len(p.Problems) != MaxProblems || last.Reason != "k-missing" {
		t.Errorf("%d problems, the last %+v", len(p.Problems), last)
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct{ txts, want []string }{
		{nil, nil},
		{[]string{"v=X"}, nil},
		{[]string{"v=X1;"}, nil},
		{[]string{" v=X;"}, nil},
		{[]string{" ;"}, nil},
		{[]string{"v=X\t ;"}, []string{"v=X\t ;"}},
		{[]string{"v=X ;", "y"}, nil},
		{[]string{"v=X;1", "y", "v=X;2"}, []string{"v=X;1", "v=X;2"}},
	} {
		if got := Select("v=X", c.txts); !slices.Equal(got, c.want) {
			t.Errorf("Select(%q) = %q, want %q", c.txts, got, c.want)
		}
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	if got := Clip(strings.Repeat("a", 63) + "\u00fc"); got != strings.Repeat("a", 63)+"..." {
		t.Errorf("Clip = %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, txt := range []string{"v=X;k=1", "v=X ; a=b;\tk=1;", "v=X;;k = 1; K=2", "", "v=X;\xff=", ";\xbdk = 1", ";\rk=1"} {
		f.Add(txt, true)
	}
	f.Fuzz(func(t *testing.T, txt string, once bool) {
		p, _ := read(txt, once)
		for _, problem := range p.Problems {
			if problem.Column < 0 || problem.Column > max(1, len(txt)) || problem.Text == "" {
				t.Errorf("%q: %+v", txt, problem)
			}
		}
		for _, field := range p.Fields {
			if !strings.HasPrefix(txt[field.Column-1:], field.Name) || !IsName(field.Name) || field.Value == "" {
				t.Errorf("%q: %+v", txt, field)
			}
		}
		if len(p.Problems) > 0 {
			return
		}
		if again, _ := read(Render(p.Version, p.Fields), once); len(again.Problems) > 0 || len(again.Fields) != len(p.Fields) {
			t.Errorf("%q renders as %q", txt, Render(p.Version, p.Fields))
		}
	})
}
