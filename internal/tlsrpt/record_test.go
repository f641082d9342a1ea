package tlsrpt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/field"
)

// A recordCase is a record with what it should give: the destinations and no problems, or the
// problems, as "reason@column" with the column 0 where the whole record is meant.
type recordCase struct {
	txt  string
	rua  []string
	want []string
}

func good(txt string, rua ...string) recordCase { return recordCase{txt, rua, nil} }
func bad(txt string, want ...string) recordCase { return recordCase{txt, nil, want} }

const (
	a = "mailto:a@example.com"
	b = "https://b.example.com/x?y=z"
)

func goodRecords() []recordCase {
	return []recordCase{
		good("v=TLSRPTv1; rua="+a, a),
		good("v=TLSRPTv1;rua="+a+";", a),
		good("v=TLSRPTv1 ; rua="+a+"\t; ", a),
		good("v=TLSRPTv1; rua="+a+","+b, a, b),
		good("v=TLSRPTv1; rua="+a+" \t, "+b, a, b),
		good("v=TLSRPTv1; rua="+a+"; rua="+b, a, b),
		good("v=TLSRPTv1; x=y; rua="+a+"; ruf="+a+"; v=TLSRPTv1", a),
		good("v=TLSRPTv1; rua=mailto:a", "mailto:a"),
		good("v=TLSRPTv1; rua=mailto:", "mailto:"),
		good("v=TLSRPTv1; rua=http://x/", "http://x/"),
		good("v=TLSRPTv1; rua=x-a+b.1:y", "x-a+b.1:y"),
		good("v=TLSRPTv1; rua=mailto:a%21b%2Cc%3Bd@example.com", "mailto:a%21b%2Cc%3Bd@example.com"),
		good("v=TLSRPTv1; rua=https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
		good("v=TLSRPTv1; rua=https://[v1.a:b]/", "https://[v1.a:b]/"),
		good("v=TLSRPTv1; rua=https://u:p@h.example:/", "https://u:p@h.example:/"),
		good("v=TLSRPTv1; rua=https://h/?a=b=c#d/?", "https://h/?a=b=c#d/?"),
		good("v=TLSRPTv1; rua=https://h?a@b:c", "https://h?a@b:c"),
	}
}

func badRecords() []recordCase {
	return []recordCase{
		bad("", "field-syntax@1"),
		bad("hello", "field-syntax@1"),
		bad("v=tlsrptv1; rua="+a, "field-syntax@1"),
		bad("v=TLSRPTv1", "rua-missing@0"),
		bad("v=TLSRPTv1;", "rua-missing@0"),
		bad("v=TLSRPTv1; x=y", "rua-missing@0"),
		bad("v=TLSRPTv1; RUA="+a, "rua-missing@13"),
		bad("v=TLSRPTv1; ruf="+a, "rua-missing@13"),
		bad("v=TLSRPTv1; rua=", "rua-missing@13"),
		bad("v=TLSRPTv1; "+a, "rua-missing@13"),
		bad("v=TLSRPTv1; "+b, "rua-missing@13"),
		bad("v=TLSRPTv1; rua", "field-syntax@13"),
		bad("v=TLSRPTv1; rua:"+a, "field-syntax@13"),
		bad("v=TLSRPTv1; rua:", "rua-missing@13"),
		bad("v=TLSRPTv1; rua = "+a, "field-syntax@13"),
		bad("v=TLSRPTv1; rua= "+a, "field-syntax@13"),
		bad("v=TLSRPTv1; rua="+a+" ", "field-syntax@37"),
		bad("v=TLSRPTv1; rua="+a+";;", "field-syntax@38"),
		bad("v=TLSRPTv1;;rua="+a, "field-syntax@12"),
		bad("v=TLSRPTv1; rua="+a+";x", "field-syntax@38"),
		bad("v=TLSRPTv1; rua="+a+";x=", "field-syntax@38"),
		bad("v=TLSRPTv1; rua="+a+";x==", "field-syntax@40"),
		bad("v=TLSRPTv1; rua="+a+";x=y z", "field-syntax@41"),
		bad("v=TLSRPTv1; rua="+a+";%=y", "field-syntax@38"),
		bad("v=TLSRPTv1; rua="+a+";"+strings.Repeat("n", 33)+"=y", "field-syntax@38"),
		bad("v=TLSRPTv1; rua="+a+"; "+a, "rua-separator@39"),
		bad("v=TLSRPTv1; rua="+a+";"+b, "rua-separator@38"),
		bad("v=TLSRPTv1; rua="+a+";"+b+";"+a, "rua-separator@38", "rua-separator@66"),
		bad("v=TLSRPTv1; rua="+a+",", "field-syntax@37"),
		bad("v=TLSRPTv1; rua=,"+a, "field-syntax@17"),
		bad("v=TLSRPTv1; rua="+a+", ,,"+a, "field-syntax@39"),
		bad("v=TLSRPTv1; rua=,, ,", "field-syntax@17"),
		bad("v=TLSRPTv1; rua=a@example.com", "field-syntax@17"),
		bad("v=TLSRPTv1; rua="+a+",b@example.com,c", "field-syntax@38", "field-syntax@52"),
		bad("v=TLSRPTv1; rua=mailto:a b@example.com", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=\"mailto:a@example.com\"", "field-syntax@17"),
		bad("v=TLSRPTv1; rua=mailto:a@example.com!10m", "field-syntax@37"),
		bad("v=TLSRPTv1; rua=mailto:a%2@example.com", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=mailto:a%", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=mailto:\u00fc@example.com", "field-syntax@24"),
		bad("v=TLSRPTv1; rua=mailto:a@[192.0.2.1]", "field-syntax@26"),
		bad("v=TLSRPTv1; rua=1a:b", "field-syntax@17"),
		bad("v=TLSRPTv1; rua=:b", "field-syntax@17"),
		bad("v=TLSRPTv1; rua=https://[2001:db8::1/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://[192.0.2.1]/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://[fe80::1%25eth0]/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://2001:db8::1/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://h:x/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://a@b@h/", "field-syntax@25"),
		bad("v=TLSRPTv1; rua=https://h/[x]", "field-syntax@27"),
		bad("v=TLSRPTv1; rua=https://h/#a#b", "field-syntax@29"),
		bad("v=TLSRPTv1; rua=https://h/a\\b", "field-syntax@28"),
		bad("v=TLSRPTv1; rua=https://h/a;b", "field-syntax@29"),
	}
}

func TestParseRecord(t *testing.T) {
	for _, c := range append(goodRecords(), badRecords()...) {
		record, problems := ParseRecord(c.txt)
		var got, rua []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s@%d", p.Reason, p.Column))
		}
		for _, uri := range record.RUA {
			rua = append(rua, uri.Text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", c.txt, diff)
		}
		if c.want == nil && !slices.Equal(rua, c.rua) {
			t.Errorf("%q: rua %q, want %q", c.txt, rua, c.rua)
		}
	}
}

func TestParseRecordNear(t *testing.T) {
	for rua, want := range map[string]string{
		"rua=a@example.com":                      a,
		"rua=\"mailto:a@example.com\"":           a,
		"rua=<a@example.com>":                    a,
		"rua=mailto: a@example.com":              a,
		"rua=mailto :a@example.com":              a,
		"rua=mailto:a@example.com!10m":           a,
		"rua=mailto:a!50k@example.com":           a,
		"rua=a@example.com!1g":                   a,
		"rua=//r.example.com/x":                  "https://r.example.com/x",
		"rua=mailto:a b@example.com":             "",
		"rua=mailto:a@example.com b@x.example":   a + ",mailto:b@x.example",
		"rua=mailto:[email protected]":           "", // text of a web page that hides addresses
		"rua=reports":                            "",
		"rua:a@example.com":                      "rua=a@example.com",
		"rua =mailto:a@example.com":              "rua=" + a,
		"Rua=mailto:a@example.com":               "rua=" + a,
		"mailto:a@example.com":                   "rua=" + a,
		"rua=mailto:a@example.com ":              "rua=" + a,
		"rua=mailto:a@example.com; mailto:b@b.c": "",
	} {
		_, problems := ParseRecord("v=TLSRPTv1; " + rua)
		if len(problems) == 0 || problems[0].Near != want {
			t.Errorf("%q: %+v, want a problem that is near %q", rua, problems, want)
		}
	}
}

func TestURI(t *testing.T) {
	for text, want := range map[string]URI{
		"mailto:a@Example.com":                   {Scheme: "mailto", Host: "example.com"},
		"MAILTO:a@example.com?subject=x@y":       {Scheme: "mailto", Host: "example.com"},
		"mailto:a%40b@ex%61mple.com":             {Scheme: "mailto", Host: "example.com"},
		"mailto:a@x.example%2Cb@y.example":       {Scheme: "mailto", Host: "x.example"},
		"mailto:a%2Cb@x.example":                 {Scheme: "mailto", Host: "x.example"},
		"mailto:a@%00":                           {Scheme: "mailto"},
		"mailto:a":                               {Scheme: "mailto"},
		"https://R.example.com:8443/a@b":         {Scheme: "https", Host: "r.example.com"},
		"https://u:p@r.example.com?q":            {Scheme: "https", Host: "r.example.com"},
		"https://[2001:DB8::1]:1/":               {Scheme: "https", Host: "2001:db8::1"},
		"https://m%C3%BCnchen.example/":          {Scheme: "https", Host: "m\u00fcnchen.example"},
		"https:///x":                             {Scheme: "https"},
		"https:/x":                               {Scheme: "https"},
		"ftp://ftp.example.com/":                 {Scheme: "ftp", Host: "ftp.example.com"},
		"urn:example:a@b":                        {Scheme: "urn"},
		"mailto:tlsrpt@example.com:25":           {Scheme: "mailto", Host: "example.com:25"},
		"https://a%2Fb.example.com@host.example": {Scheme: "https", Host: "host.example"},
	} {
		want.Text, want.Column = text, 17
		record, problems := ParseRecord("v=TLSRPTv1; rua=" + text)
		if diff := cmp.Diff([]URI{want}, record.RUA); diff != "" || len(problems) > 0 {
			t.Errorf("%q (-want +got):\n%s%v", text, diff, problems)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct{ txts, want []string }{
		{nil, nil},
		{[]string{"v=spf1 -all"}, nil},
		{[]string{"v=TLSRPTv1 ;x"}, []string{"v=TLSRPTv1 ;x"}},
		{[]string{"v=TLSRPTv1"}, nil},
		{[]string{"v=TLSRPTv1 ;x", "y"}, nil},
		{[]string{"v=TLSRPTv1;x", "v=TLSRPTv1", "v=TLSRPTv1;y"}, []string{"v=TLSRPTv1;x", "v=TLSRPTv1;y"}},
	} {
		if got := Select(c.txts); !slices.Equal(got, c.want) {
			t.Errorf("Select(%q) = %q, want %q", c.txts, got, c.want)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	if _, problems := ParseRecord("v=TLSRPTv1" + strings.Repeat(";a", 1000)); len(problems) != field.MaxProblems {
		t.Errorf("%d problems, want %d with the missing rua", len(problems), field.MaxProblems)
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, c := range append(goodRecords(), badRecords()...) {
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
			if !whole && !inside || p.Text == "" {
				t.Errorf("%q: %+v", txt, p)
			}
			// What stands in the text as it is was meant as a whole field, for a fault of form.
			if near := p.Near; !strings.Contains(txt, near) && (strings.HasPrefix(near, "mailto:") || strings.HasPrefix(near, "https:")) {
				for uri := range strings.SplitSeq(near, ",") {
					if fault, _ := faultOfURI(uri); fault != "" {
						t.Errorf("%q: what was meant is no better: %+v", txt, p)
					}
				}
			}
		}
		for _, uri := range record.RUA {
			if !strings.HasPrefix(txt[uri.Column-1:], uri.Text) {
				t.Errorf("%q: %q is not at %d", txt, uri.Text, uri.Column)
			}
		}
		if len(problems) == 0 {
			checkRendering(t, record)
		}
	})
}

// checkRendering parses the record as written anew: the same values, but for their places.
func checkRendering(t *testing.T, record Record) {
	again, problems := ParseRecord(record.String())
	if len(problems) > 0 {
		t.Errorf("%q: %v", record.String(), problems)
	}
	for _, r := range []*Record{&record, &again} {
		for i := range r.RUA {
			r.RUA[i].Column = 0
		}
		for i := range r.Fields {
			r.Fields[i].Column = 0
		}
	}
	if diff := cmp.Diff(record, again); diff != "" {
		t.Errorf("rendered and read again (-first +again):\n%s", diff)
	}
}
