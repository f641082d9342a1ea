package rule

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// Of each host that which ends first on any of its addresses is told, whether it is a good one or not.
func TestCertificates(t *testing.T) {
	soon, late, past := leafFor(t, 5, "mx1.example.com"), leafFor(t, 50, "mx2.example.com"), leafFor(t, -3, "mta-sts.example.com")
	o := mailSeen(t, "enforce",
		mailHost("mx2.example.com", 10, soundProbe("192.0.2.1", late)),
		mailHost("MX1.example.com", 20, soundProbe("192.0.2.2", late), soundProbe("192.0.2.3", soon), soundProbe("192.0.2.4", []byte("no DER"))),
		mailHost("mx3.example.com", 40, soundProbe("192.0.2.6", late, ends(fact.Handshake, fact.TimedOut))),
		mailHost("mx4.example.com", 50, soundProbe("192.0.2.7", []byte("no DER"))),
		mailHost("mx5.example.com", 60, soundProbe("192.0.2.9", late, skipped(fact.SkipLimit))),
		mailHost(".", 0, soundProbe("192.0.2.8", late)),
	)
	o.Host.Fetches = append(o.Host.Fetches, fact.Fetch{TLS: &fact.TLS{Chain: [][]byte{late}}}, fact.Fetch{TLS: &fact.TLS{Chain: [][]byte{past}}}, fact.Fetch{TLS: &fact.TLS{}})
	want := []Certificate{
		{"mta-sts.example.com", 443, noon.AddDate(0, 0, -3)},
		{"mx1.example.com", 25, noon.AddDate(0, 0, 5)},
		{"mx2.example.com", 25, noon.AddDate(0, 0, 50)},
	}
	if diff := cmp.Diff(want, Judge(o, Options{}).Certificates); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNoCertificates(t *testing.T) {
	if got := Judge(&fact.Observation{Domain: "example.com"}, Options{}).Certificates; got != nil {
		t.Errorf("got %v of a domain that showed none", got)
	}
}

func TestCertificatesAreBounded(t *testing.T) {
	o := mailSeen(t, "enforce")
	der := leafFor(t, 5, "mx.example.com")
	for i := range 3 * mostCertificates {
		o.Hosts = append(o.Hosts, mailHost(fmt.Sprintf("mx%d.example.com", i), 10, soundProbe("192.0.2.1", der)))
	}
	if n := len(Judge(o, Options{}).Certificates); n != mostCertificates {
		t.Errorf("%d are told, want %d", n, mostCertificates)
	}
}
