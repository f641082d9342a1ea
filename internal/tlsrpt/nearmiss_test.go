package tlsrpt

import (
	"strings"
	"testing"
)

func TestNearMiss(t *testing.T) {
	const sound = "v=TLSRPTv1; rua=mailto:a@example.com"
	type want struct{ what, corrected string }
	for txt, want := range map[string]want{
		"v=TLSRPT1; rua=mailto:a@example.com":                {`"TLSRPT1"`, sound},
		"v=TLSRPTv2; rua=mailto:a@example.com":               {`"TLSRPTv2"`, sound},
		"v=TLSRPTv10; rua=mailto:a@example.com":              {`"TLSRPTv10"`, sound},
		"v=TLSRPT; rua=mailto:a@example.com":                 {`"TLSRPT"`, sound},
		"v=TLS-RPTv1; rua=mailto:a@example.com":              {`"TLS-RPTv1"`, sound},
		"v=TLSPRTv1; rua=mailto:a@example.com":               {`"TLSPRTv1"`, sound},
		"v=tlsrptv1; rua=mailto:a@example.com":               {"case counts", sound},
		"v=TLSRPTV1;rua=mailto:a@example.com;":               {"case counts", sound},
		"V=TLSRPTv1; rua=mailto:a@example.com":               {`"V="`, sound},
		"v=TLSRPTv1 rua=mailto:a@example.com":                {`no ";"`, sound},
		"v=TLSRPTv1, rua=mailto:a@example.com":               {"a comma", sound},
		"v=TLSRPTv1: rua=mailto:a@example.com":               {`":" stands`, sound},
		"v=TLSRPTv1 ; rua=mailto:a@example.com":              {"lone TXT record", sound},
		" v=TLSRPTv1; rua=mailto:a@example.com":              {"white space", sound},
		"v:TLSRPTv1; rua:mailto:a@example.com":               {`begins "v:"`, sound},
		"p=TLSRPTv1;rua=mailto:a@example.com":                {`begins "p="`, sound},
		"version=TLSRPTv1; rua=mailto:a@example.com":         {`begins "version="`, sound},
		"TLSRPTv1; rua=mailto:a@example.com":                 {`"v=" is missing`, sound},
		`"v=TLSRPTv1; rua=mailto:a@example.com"`:             {"quotation", sound},
		`v=TLSRPTv1\; rua=mailto:a@example.com`:              {"backslashes", sound},
		"v=TLSRPTv1\u00a0; rua=mailto:a@example.com":         {"not ASCII", sound},
		"rua=mailto:a@example.com; v=TLSRPTv1":               {"does not stand first", sound},
		"rua=mailto:a@example.com":                           {"is missing before the rua", sound},
		"RUA=mailto:a@example.com, https://r.example.com/x":  {"is missing before the rua", sound + ",https://r.example.com/x"},
		"v=TLSRPT1; rua=a@example.com":                       {`"TLSRPT1"`, sound},
		"v=TLSRPTv1 rua=mailto:a@example.com!10m":            {`no ";"`, sound},
		"_smtp._tls TXT v=TLSRPTv1;rua=mailto:a@example.com": {"stands before", sound},
		"v=TLSRPTv1":      {"nothing follows", ""},
		"v=TLSRPTv1 rua=": {`no ";"`, ""},
		"":                {},
		"hello":           {},
		"v=DMARC1; p=none; rua=mailto:a@example.com":                 {},
		"v=DMARC1; rua=mailto:a@example.com; ruf=mailto:tlsrpt@x.de": {},
		"p=none; rua=mailto:a@example.com":                           {},
		"v=STSv1; id=1":                                              {},
		"v=spf1 include:tlsrpt.example.com -all":                     {},
		"tls-verification=abc":                                       {},
		"v=TLSRPTv1; bad":                                            {}, // a record; ParseRecord has the rest
		"tlsrpting is fun":                                           {},
		"rua of the north":                                           {},
	} {
		what, corrected, ok := NearMiss(txt)
		if ok != (want.what != "") || corrected != want.corrected || !strings.Contains(what, want.what) {
			t.Errorf("NearMiss(%q) = %q, %q, %v; want a clause with %q, and %q", txt, what, corrected, ok, want.what, want.corrected)
		}
	}
}

func FuzzNearMiss(f *testing.F) {
	for _, txt := range []string{"v=tlsrptv1; rua=mailto:a@b", " v=TLSRPTv1; rua=x", "rua=mailto:a@b.c!1m; v=TLSRPTv1", "v=DMARC1; rua=mailto:a@b", `"v=TLSRPTv1"`} {
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
