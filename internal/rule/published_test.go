package rule

import (
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// Only what senders are served counts: a policy in a wrong place is none.
func TestPublished(t *testing.T) {
	o := seen("v=STSv1; id=1", "version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 86400\n")
	o.TLSRPT = answer("_smtp._tls.example.com", "TXT", text("v=TLSRPTv1; rua=mailto:tls@example.com"))
	got := Judge(o, Options{}).Published
	if got.Record.ID != "1" || got.Policy.Mode != sts.Testing || got.Policy.MaxAge != 86400 || len(got.Policy.MX) != 1 || len(got.Reports.RUA) != 1 {
		t.Errorf("got %+v", got)
	}
	o.STS.Records = append(o.STS.Records, text("v=STSv1; id=2"))
	o.Host.Elsewhere, o.Host.Fetches = o.Host.Fetches, []fact.Fetch{{Status: 404}}
	got = Judge(o, Options{}).Published
	if got.Record.ID != "" || got.Policy.Mode != "" || got.Policy.MX != nil {
		t.Errorf("of two records and no policy: got %+v", got)
	}
}
