package lint

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

func TestObserve(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	in := Input{
		At: at, Version: "test", Policy: &Policy{Name: "policy.txt", Body: []byte("mode: \xff")},
		Records: []string{"a", "b"}, Reports: []string{"c"}, MX: []string{"mx1.example.com", "mx2.example.com"},
	}
	host := func(name string, preference uint16) fact.MailHost {
		return fact.MailHost{Name: name, Preference: preference}
	}
	text := func(s string) fact.Record { return fact.Record{Text: []fact.Text{fact.Text(s)}} }
	want := &fact.Observation{
		Schema: 1, Version: "test", At: at,
		Given: &fact.Given{
			Policy: &fact.Source{Name: "policy.txt", File: true}, STS: &fact.Source{Name: "--record"},
			TLSRPT: &fact.Source{Name: "--tlsrpt"}, MX: &fact.Source{Name: "--mx"},
		},
		STS:    fact.Answer{Name: "_mta-sts", Type: "TXT", RCode: "NOERROR", Records: []fact.Record{text("a"), text("b")}},
		TLSRPT: fact.Answer{Name: "_smtp._tls", Type: "TXT", RCode: "NOERROR", Records: []fact.Record{text("c")}},
		MX: fact.Answer{Type: "MX", RCode: "NOERROR", Records: []fact.Record{
			{Preference: 10, Host: "mx1.example.com"}, {Preference: 20, Host: "mx2.example.com"},
		}},
		Host:  fact.PolicyHost{Name: "mta-sts", Fetches: []fact.Fetch{{Status: 200, Body: "mode: \xff"}}},
		Hosts: []fact.MailHost{host("mx1.example.com", 10), host("mx2.example.com", 20)},
	}
	if diff := cmp.Diff(want, in.Observe()); diff != "" {
		t.Errorf("all of it (-want +got):\n%s", diff)
	}
	none := &fact.Observation{Schema: 1, At: at, Domain: "example.com", Given: &fact.Given{}, Host: fact.PolicyHost{Name: "mta-sts.example.com"}}
	if diff := cmp.Diff(none, Input{At: at, Domain: "example.com"}.Observe()); diff != "" {
		t.Errorf("nothing (-want +got):\n%s", diff)
	}
}

// TestObserveZone: of a zone, what only a look could tell stays open: hosts have names and no addresses.
func TestObserveZone(t *testing.T) {
	const text = `$ORIGIN example.com.
@ SOA ns h 1 2 3 4 5
@ MX 10 mx
@ MX 20 alias
@ A 192.0.2.1
mx A 192.0.2.2
alias CNAME mx
* TXT "wild"
`
	z, err := ReadZone(context.Background(), []byte(text), "db", "")
	if err != nil {
		t.Fatal(err)
	}
	o := Input{Domain: z.Domain, Zone: z, Policy: &Policy{Name: fact.Stdin}}.Observe()
	hosts := []fact.MailHost{
		{Name: "mx.example.com", Preference: 10},
		{Name: "alias.example.com", Preference: 20, A: fact.Answer{Aliases: []string{"mx.example.com"}}},
	}
	if diff := cmp.Diff(hosts, o.Hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	db := &fact.Source{Name: "db", File: true}
	given := &fact.Given{Policy: &fact.Source{Name: "<stdin>", File: true}, STS: db, TLSRPT: db, MX: db}
	if diff := cmp.Diff(given, o.Given); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	if o.Wildcard == nil || !cmp.Equal(o.Wildcard.Texts(), o.STS.Texts()) || o.Wildcard.Name != "*.example.com" {
		t.Errorf("the wildcard is %+v, the record %+v", o.Wildcard, o.STS)
	}
	if !o.Apex[0].Found() || o.Apex[1].Found() || o.Host.Fetches[0].URL != "https://mta-sts.example.com/.well-known/mta-sts.txt" {
		t.Errorf("apex %+v, fetches %+v", o.Apex, o.Host.Fetches)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		`plain`: "plain", `\"\\\;`: `"\;`, `\065\200\000`: "A\xc8\x00", `\256\2`: "2562", `\`: `\`, `a\0651`: "aA1",
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%s) = %q, want %q", in, got, want)
		}
	}
}
