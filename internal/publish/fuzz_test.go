package publish_test

import (
	"strings"
	"testing"

	"mtasts/internal/publish"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// Whatever a domain publishes, a plan that is made is sound: its policy and records are valid, every
// notation holds the same records, and what is not theirs stays in comments.
func FuzzMake(f *testing.F) {
	f.Add("mx1.example.com", soundPolicy, "v=STSv1; id=1", "v=TLSRPTv1; rua=mailto:a@example.com", "", "testing")
	f.Add("a.h-v1.mx.microsoft", enforced, "v=STSv1; id=20260131120000Z", "v=TLSRPTv1; rua=x", "_mta-sts.example.net", "none")
	f.Add(".", "<html>", "v=spf1 -all", "", "a\n b.example.com", "enforce")
	f.Add("192.0.2.1", "version: STSv1\r\nmode: none\r\nmax_age: 1", "v=STSv1; id=1; x=y", "v=TLSRPTv1; rua=https://[::1]/", "x.example.com", "")
	f.Fuzz(func(t *testing.T, host, policy, record, reports, alias, mode string) {
		o := serving(policy)
		o.Hosts[0].Name, o.MX.Records[0].Host = host, host
		o.STS, o.TLSRPT = txt("_mta-sts.example.com", record), txt("_smtp._tls.example.com", reports)
		if alias != "" {
			o.STS.Aliases, o.TLSRPT.Aliases, o.Host.A.Aliases = []string{alias}, []string{alias}, []string{alias}
		}
		live, err := publish.Look(o)
		if err != nil {
			t.Fatal(err)
		}
		w := wish()
		w.Mode = sts.Testing
		if mode == "none" || mode == "enforce" {
			w.Mode = sts.Mode(mode)
		}
		p, err := publish.Make(w, live)
		if err != nil {
			return
		}
		if _, problems := sts.ParsePolicy([]byte(p.PolicyText())); len(problems) > 0 {
			t.Errorf("the policy is not valid: %v\n%s", problems, p.PolicyText())
		}
		checkRecords(t, p)
	})
}

func checkRecords(t *testing.T, p *publish.Plan) {
	t.Helper()
	want := wire(t, zoneOf(p.Records))
	got := wire(t, p.RecordSheet().Text)
	if strings.Join(want, "\n") != strings.Join(got, "\n") {
		t.Errorf("the zone file has %q; want %q", got, want)
	}
	for _, r := range p.Records {
		if r.Type != "TXT" {
			continue
		}
		text := strings.ReplaceAll(strings.Trim(r.Value, `"`), `" "`, "")
		_, sound := sts.ParseRecord(text)
		if _, reports := tlsrpt.ParseRecord(text); len(sound) > 0 && len(reports) > 0 {
			t.Errorf("%s: %q is no record", r.Name, text)
		}
	}
}
