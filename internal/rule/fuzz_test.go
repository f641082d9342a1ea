package rule

import (
	"cmp"
	"reflect"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// FuzzFix: whatever a domain publishes, what it is told to publish instead is sound, and each place
// that is named lies inside the text.
func FuzzFix(f *testing.F) {
	f.Add("v=STSv1; id=1", "version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 604800\n", "v=TLSRPTv1; rua=mailto:a@example.com", "mx.example.com", "text/plain", "")
	f.Add("v=STSv1; id=1-2; x=\"\\;", "version: STSv1\nMode: enforced\nmx: *.example.com.\nmax_age: 7d\n\n", "v=TLSRPTv1; rua=a@example.com!10m", "MX1.example.com.", "text/html", "_mta-sts.example.net")
	f.Add("v=STSv1, id=1", "<html>", "v=TLSRPTv1; rua=mailto:a@b; mailto:c@d", ".", "", "b\xff.example")
	f.Add("v=STSv1; id=1; x=y", "version: STSv1\nmode: enforce\nmx: b.example\nmax_age: 1\nmode: none\n\xff: \x00", "", "mx.a\u00fc.example", "", "a.example")
	f.Add("", "", "v=tlsrptv1;rua=https://[::1]/\u00fc", "192.0.2.1", "x/\"\r\n", "")
	f.Fuzz(func(t *testing.T, record, policy, reports, host, kind, alias string) {
		host, alias = presented(host), presented(alias)
		o := seen(record, policy)
		o.TLSRPT, o.MX.Records[0].Host, o.Hosts[0].Name = answer("_smtp._tls.example.com", "TXT", text(reports)), host, host
		o.Host.Fetches[0].Header = []fact.Header{{Name: "Content-Type", Value: fact.Text(kind)}}
		if alias != "" {
			o.STS.Aliases, o.TLSRPT.Aliases = []string{alias}, []string{alias}
		}
		r := Judge(o, Options{Senders: true})
		if !reflect.DeepEqual(r, Judge(o, Options{Senders: true})) {
			t.Error("judged twice, it differs")
		}
		for _, f := range r.Findings {
			if f.Message == "" {
				t.Errorf("%s gave the reason %q, which it does not have", f.Rule, f.Reason)
			}
			if f.Fix != nil {
				checkFix(t, f)
			}
		}
	})
}

// presented is a name in the form that names of DNS answers have in facts; none if it cannot be one.
func presented(name string) string {
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(dns.Fqdn(name), wire, 0, nil, false)
	if err != nil || name == "" {
		return ""
	}
	plain, _, err := dns.UnpackDomainName(wire[:n], 0)
	if err != nil {
		return ""
	}
	return cmp.Or(strings.TrimSuffix(strings.ToLower(plain), "."), ".")
}

// checkFix holds a fix against the parsers of what it is to be pasted into.
func checkFix(t *testing.T, f Finding) {
	t.Helper()
	if f.Fix.File != nil && strings.HasSuffix(f.Fix.File.Path, sts.PolicyPath) {
		if _, problems := sts.ParsePolicy([]byte(f.Fix.File.Content)); len(problems) > 0 {
			t.Errorf("%s (%s): to serve %q: %v", f.Rule, f.Reason, f.Fix.File.Content, problems)
		}
	}
	for _, r := range f.Fix.Records {
		if r.Value == "" {
			continue
		}
		rr, err := dns.NewRR(r.Name + " 60 IN " + r.Type + " " + r.Value)
		if err != nil {
			t.Errorf("%s (%s): to publish %+v: %v", f.Rule, f.Reason, r, err)
			continue
		}
		if txt, ok := rr.(*dns.TXT); ok {
			checkText(t, f, strings.Join(txt.Txt, ""))
		}
	}
}

func checkText(t *testing.T, f Finding, escaped string) {
	t.Helper()
	txt := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(escaped)
	_, problems := sts.ParseRecord(txt)
	if strings.HasPrefix(txt, "v=TLSRPT") {
		_, problems = tlsrpt.ParseRecord(txt)
	}
	if len(problems) > 0 {
		t.Errorf("%s (%s): to publish %q: %v", f.Rule, f.Reason, txt, problems)
	}
}
