package sts

import (
	"strings"
	"testing"
)

func TestNearMiss(t *testing.T) {
	type want struct{ what, corrected string }
	for txt, want := range map[string]want{
		"v=stsv1; id=1":                  {"case counts", "v=STSv1; id=1"},
		"V=STSv1; id=20260101":           {`"V="`, "v=STSv1; id=20260101"},
		"V=STSV1;ID=7":                   {"case counts", "v=STSv1; id=7"},
		"v=STSv1 id=20260101000000Z":     {`no ";"`, "v=STSv1; id=20260101000000Z"},
		"v=STSv1, id=1":                  {"a comma", "v=STSv1; id=1"},
		"v=STSv1,id=1;":                  {"a comma", "v=STSv1; id=1"},
		"v=STSv1: id=1":                  {`":" stands behind`, "v=STSv1; id=1"},
		"v=STSv1 ; id=1":                 {"lone TXT record", "v=STSv1; id=1"},
		" v=STSv1; id=1":                 {"white space", "v=STSv1; id=1"},
		"\tv=STSv1; id=2026-01-31":       {"white space", "v=STSv1; id=20260131"},
		`"v=STSv1; id=1"`:                {"quotation", "v=STSv1; id=1"},
		`v=STSv1\; id=1`:                 {"backslashes", "v=STSv1; id=1"},
		"\u201cv=STSv1; id=1\u201d":      {"quotation", "v=STSv1; id=1"},
		"v=STSv1;\u00a0id=1":             {},
		"v=STSv1\u00a0; id=1":            {"not ASCII", "v=STSv1; id=1"},
		"\ufeffv=STSv1; id=1":            {"invisible", "v=STSv1; id=1"},
		"v=STSv2; id=1":                  {`"STSv2"`, "v=STSv1; id=1"},
		"v=STSv10; id=1; foo=bar":        {`"STSv10"`, "v=STSv1; id=1; foo=bar"},
		"v=STS1; id=1":                   {`"STS1"`, "v=STSv1; id=1"},
		"v=STS; id=1":                    {`"STS"`, "v=STSv1; id=1"},
		"v=MTA-STS1; id=1":               {`"MTA-STS1"`, "v=STSv1; id=1"},
		"v=STVs1; id=1":                  {`"STVs1"`, "v=STSv1; id=1"},
		"id=1; v=STSv1":                  {"first", "v=STSv1; id=1"},
		"id=abc; v=STSv1;":               {"first", "v=STSv1; id=abc"},
		"version: STSv1; id=1":           {"policy file", "v=STSv1; id=1"},
		"version=STSv1;id=5":             {"policy file", "v=STSv1; id=5"},
		"v:STSv1; id:1":                  {`begins "v:"`, "v=STSv1; id=1"},
		"v = STSv1; id = 1":              {`begins "v = "`, "v=STSv1; id=1"},
		"v= STSv1; id=1":                 {`begins "v= "`, "v=STSv1; id=1"},
		"STSv1; id=1":                    {`"v=" is missing`, "v=STSv1; id=1"},
		"v=STSv1":                        {"nothing follows", ""},
		"v=STSv1 ":                       {"nothing follows", ""},
		"v=STSv1 20260101":               {`no ";"`, "v=STSv1; id=20260101"},
		"version: STSv1 mode: enforce":   {"policy file", ""},
		"v=STSv1-x; id=a":                {`"STSv1-x"`, "v=STSv1; id=a"},
		"v=STSv1; id=2026-01-01":         {}, // a record; ParseRecord has the rest
		"":                               {},
		"   ":                            {},
		"v=spf1 -all":                    {},
		"v=spf1 include:_spf.sts.test":   {},
		"v=DMARC1; p=none; rua=mailto:a": {},
		"v=DKIM1; k=rsa; p=MIGf":         {},
		"_mta-sts.example.com. IN TXT v=STSv1; id=1": {"stands before", "v=STSv1; id=1"},
		"mta-sts=v=STSv1; id=1":                      {"stands before", "v=STSv1; id=1"},
		"v=BIMI1; l=https://x.example/":              {},
		"v=TLSRPTv1; rua=mailto:a@b":                 {},
		"v=verifydomain MS=123":                      {},
		"google-site-verification=abc":               {},
		"id=foo":                                     {},
		"id=foo; v=spf1":                             {},
		"abc":                                        {},
		"syntax error":                               {},
		"azazaza;asdasdasdasd":                       {},
		"stst":                                       {},
		"version 2 of the site":                      {},
	} {
		what, corrected, ok := NearMiss(txt)
		if ok != (want.what != "") || corrected != want.corrected || !strings.Contains(what, want.what) {
			t.Errorf("NearMiss(%q) = %q, %q, %v; want a clause with %q, and %q", txt, what, corrected, ok, want.what, want.corrected)
		}
	}
}

func FuzzNearMiss(f *testing.F) {
	for _, txt := range []string{"v=stsv1; id=1", " v=STSv1; id=1", "id=1; v=STSv1", "version: STSv1", `"v=STSv1; id=1"`, "v=spf1 -all", "STSv1 id=\u00a01"} {
		f.Add(txt)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		what, corrected, ok := NearMiss(txt)
		if ok != (what != "") {
			t.Errorf("NearMiss(%q): ok is %v and the clause %q", txt, ok, what)
		}
		if !ok && corrected != "" || corrected != "" && corrected == txt {
			t.Errorf("NearMiss(%q) corrects to %q", txt, corrected)
		}
		if corrected == "" {
			return
		}
		if _, problems := ParseRecord(corrected); len(problems) > 0 {
			t.Errorf("NearMiss(%q) gives %q: %v", txt, corrected, problems)
		}
	})
}
