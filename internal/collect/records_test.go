package collect

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

func namesOf(answers []fact.Answer) (list []string) {
	for _, a := range answers {
		list = append(list, a.Name+" "+a.Type)
	}
	return list
}

func TestNothingPublished(t *testing.T) {
	o := newWorld(t, "example.com. A 192.0.2.80\n").observe()
	want := []string{
		"_mta_sts.example.com TXT", "mta-sts.example.com TXT", "example.com TXT", "_mta-sts.example.com.example.com TXT",
		"_smtp-tlsrpt.example.com TXT", "_tlsrpt.example.com TXT", "_smtp_tls.example.com TXT", "_smtp._tls.example.com.example.com TXT",
	}
	if diff := cmp.Diff(want, namesOf(o.Elsewhere)); diff != "" {
		t.Errorf("elsewhere (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"example.com A", "example.com AAAA"}, namesOf(o.Apex)); diff != "" {
		t.Errorf("apex (-want +got):\n%s", diff)
	}
	if o.Wildcard != nil || o.Destinations != nil || o.Host.Fetches != nil {
		t.Errorf("asked too much: %+v", o)
	}
	if len(o.Hosts) != 1 || !o.Hosts[0].Implicit || o.Hosts[0].Name != "example.com" || !o.Hosts[0].A.Found() {
		t.Errorf("hosts = %+v, want the domain itself (RFC 5321)", o.Hosts)
	}
}

func TestNoSuchDomain(t *testing.T) {
	o := newWorld(t, "").observe()
	if o.MX.RCode != "NXDOMAIN" || o.Hosts != nil || len(o.Apex) != 2 {
		t.Errorf("MX %+v, hosts %+v, apex %+v", o.MX, o.Hosts, o.Apex)
	}
}

func TestOnlyTheMissingPartIsLookedFor(t *testing.T) {
	w := soundWorld(t)
	delete(w.zone, "_smtp._tls.example.com. TXT")
	want := []string{"_smtp-tlsrpt.example.com TXT", "_tlsrpt.example.com TXT", "_smtp_tls.example.com TXT", "_smtp._tls.example.com.example.com TXT"}
	if diff := cmp.Diff(want, namesOf(w.observe().Elsewhere)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWildcard(t *testing.T) {
	w := soundWorld(t)
	w.zone["_mta-sts.example.com. TXT"] = nil
	w.publish(`_mta-sts.example.com. TXT "v=spf1 -all"`)
	o := w.observe()
	if o.Wildcard == nil || !regexp.MustCompile(`^[a-z]{12}\.example\.com$`).MatchString(o.Wildcard.Name) {
		t.Fatalf("wildcard = %+v", o.Wildcard)
	}
	if diff := cmp.Diff([]string{"_mta_sts.example.com TXT", "mta-sts.example.com TXT", "example.com TXT", "_mta-sts.example.com.example.com TXT"}, namesOf(o.Elsewhere)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownIsNotAbsent(t *testing.T) {
	w := soundWorld(t)
	for _, q := range []string{"_mta-sts.example.com. TXT", "_smtp._tls.example.com. TXT", "example.com. MX", "mta-sts.example.com. A", "mta-sts.example.com. AAAA"} {
		delete(w.zone, q)
		w.code[q] = dns.RcodeServerFailure
	}
	o := w.observe()
	if !o.STS.Unknown() || !o.TLSRPT.Unknown() || !o.MX.Unknown() {
		t.Errorf("answers: %+v %+v %+v", o.STS, o.TLSRPT, o.MX)
	}
	if o.Elsewhere != nil || o.Wildcard != nil || o.Apex != nil || o.Hosts != nil || o.Destinations != nil {
		t.Errorf("a domain whose DNS fails was asked for more: %+v", o)
	}
}

// TestHalfAnAnswer: one family fails in the DNS, the other is looked at all the same.
func TestHalfAnAnswer(t *testing.T) {
	w := soundWorld(t)
	w.code["mta-sts.example.com. A"] = dns.RcodeServerFailure // beside the record
	delete(w.zone, "mx1.example.com. AAAA")
	w.code["mx1.example.com. AAAA"] = dns.RcodeRefused
	o := w.observe()
	if o.Host.A.RCode != "SERVFAIL" || !o.Host.A.Unknown() || !o.Host.AAAA.Found() || o.Apex != nil {
		t.Errorf("A %+v, AAAA %+v, apex %+v", o.Host.A, o.Host.AAAA, o.Apex)
	}
	if f := o.Host.Fetches; len(f) != 1 || f[0].Address != "2001:db8::10" || f[0].Status != 200 {
		t.Errorf("fetches = %+v", f)
	}
	if h := o.Hosts[0]; !h.A.Found() || h.AAAA.RCode != "REFUSED" || !h.AAAA.Unknown() {
		t.Errorf("host = %+v", h)
	}
}

func TestMailHosts(t *testing.T) {
	w := newWorld(t, `
example.com. MX 10 mx1.example.com.
example.com. MX 20 192.0.2.1.
mx1.example.com. A 192.0.2.11
`)
	o := w.observe()
	if len(o.Hosts) != 2 || !o.Hosts[0].A.Found() || o.Hosts[1].Name != "192.0.2.1" || o.Hosts[1].A.Name != "" {
		t.Errorf("hosts = %+v", o.Hosts)
	}
	if w.questions("192.0.2.1. A") > 0 {
		t.Error("an address was looked up as a name")
	}
}

func TestNullMX(t *testing.T) {
	w := newWorld(t, "example.com. MX 0 .\n")
	if o := w.observe(); o.Hosts != nil || w.questions(". A") > 0 || o.MX.Records[0].Host != "." {
		t.Errorf("hosts = %+v, MX %+v", o.Hosts, o.MX)
	}
}

func TestManyMailHosts(t *testing.T) {
	mx := fact.Answer{RCode: "NOERROR", Type: "MX"}
	for i := range maxHosts + 2 {
		mx.Records = append(mx.Records, fact.Record{Host: fmt.Sprintf("mx%03d.example.com", i)})
	}
	hosts := hostsOf(mx)
	if len(hosts) != maxHosts+2 || hosts[maxHosts-1].Skipped != "" || hosts[maxHosts].Skipped != fact.SkipLimit {
		t.Errorf("%d hosts, the last within the limit %q, the first beyond %q", len(hosts), hosts[maxHosts-1].Skipped, hosts[maxHosts].Skipped)
	}
}

func TestDestinations(t *testing.T) {
	w := newWorld(t, `
_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:a@Reports.Example,https://up.example/x,http://clear.example/"
reports.example. MX 10 mx.reports.example.
up.example. A 192.0.2.99
`)
	var got []string
	for _, d := range w.observe().Destinations {
		got = append(got, fmt.Sprintf("%s %s mx=%v a=%q aaaa=%q", d.Scheme, d.Host, d.MX.Found(), d.A.RCode, d.AAAA.RCode))
	}
	want := []string{
		`mailto reports.example mx=true a="NOERROR" aaaa="NOERROR"`,
		`https up.example mx=false a="NOERROR" aaaa="NOERROR"`,
		`http clear.example mx=false a="" aaaa=""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.questions("up.example. MX") > 0 {
		t.Error("a web host was asked for its MX")
	}
}

func TestManyDestinations(t *testing.T) {
	list := destinationsOf(t, 12)
	if len(list) != 12 || list[9].Skipped != "" || list[10].Skipped != fact.SkipLimit || list[10].MX.Name != "" {
		t.Errorf("destinations = %+v", list)
	}
	if n := len(destinationsOf(t, mostDestinations+1)); n != mostDestinations {
		t.Errorf("%d destinations are listed", n)
	}
}

// destinationsOf is those of a record with so many URIs.
func destinationsOf(t *testing.T, n int) []fact.Destination {
	t.Helper()
	var uris []string
	for i := range n {
		uris = append(uris, fmt.Sprintf("mailto:a@d%d.example", i))
	}
	o, err := newWorld(t, "").network().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	l := o.look("example.com")
	l.destinations(t.Context(), "v=TLSRPTv1; rua="+strings.Join(uris, ","))
	return l.seen.Destinations
}

func TestOddDomains(t *testing.T) {
	w := newWorld(t, "")
	o, err := w.network().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	long := strings.Repeat(strings.Repeat("a", 60)+".", 4) + "example" // fits, but not with _mta-sts before it
	for _, domain := range []string{"", ".", "a..b", " ", "-", long, strings.Repeat("b", 64), strings.Repeat("c.", 400), "\x00\xff"} {
		seen := o.Observe(t.Context(), domain)
		if seen.STS.Found() {
			t.Errorf("%q has an MTA-STS record", domain)
		}
		if domain == long && seen.STS.Fault == nil {
			t.Errorf("a name of %d octets was asked for", len("_mta-sts."+long))
		}
	}
}
