package publish_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/sts"
)

const (
	freshRecord = `_mta-sts.example.com. TXT "v=STSv1; id=20260131120000Z"`
	freshReport = `_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:tlsrpt@example.com"`
)

func TestRecords(t *testing.T) {
	tests := []struct {
		name string
		seen *fact.Observation
		wish func(*publish.Wish)
		want []string
	}{
		{"nothing there", bare(), nil, []string{"mta-sts.example.com. CNAME example.com.", freshReport, freshRecord}},
		{"no web server", edit(bare(), func(o *fact.Observation) { o.Apex = []fact.Answer{address("example.com", "A")} }), nil, []string{freshReport, freshRecord}},
		{"all there", sound(), nil, []string{freshRecord}},
		{
			"no MX record", edit(bare(), func(o *fact.Observation) {
				o.MX.Records, o.Hosts = nil, []fact.MailHost{{Name: "example.com", Implicit: true}}
			}), nil,
			[]string{"example.com. MX 10 example.com.", "mta-sts.example.com. CNAME example.com.", freshReport, freshRecord},
		},
		{
			"addresses", bare(), func(w *publish.Wish) { w.Host.Addresses = addrs("192.0.2.10", "192.0.2.11", "2001:db8::10") },
			[]string{"mta-sts.example.com. A 192.0.2.10", "mta-sts.example.com. A 192.0.2.11", "mta-sts.example.com. AAAA 2001:db8::10", freshReport, freshRecord},
		},
		{
			"addresses in any order, one of them twice", bare(), func(w *publish.Wish) {
				w.Host.Addresses = addrs("192.0.2.11", "2001:db8::10", "192.0.2.10", "192.0.2.11")
			},
			[]string{"mta-sts.example.com. A 192.0.2.10", "mta-sts.example.com. A 192.0.2.11", "mta-sts.example.com. AAAA 2001:db8::10", freshReport, freshRecord},
		},
		{
			"the same place for reports twice", sound(), func(w *publish.Wish) { w.RUA = []string{"mailto:a@example.net", "mailto:a@example.net"} },
			[]string{`_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:a@example.net"`, freshRecord},
		},
		{
			"another address than before", sound(), func(w *publish.Wish) { w.Host.Addresses = addrs("192.0.2.99") },
			[]string{"mta-sts.example.com. A 192.0.2.99", freshRecord},
		},
		{
			"another family than before", sound(), func(w *publish.Wish) { w.Host.Addresses = addrs("2001:db8::99") },
			[]string{"-mta-sts.example.com. A", "mta-sts.example.com. AAAA 2001:db8::99", freshRecord},
		},
		{
			"an alias in place of an address", sound(), func(w *publish.Wish) { w.Host.Name = "www.example.net" },
			[]string{"-mta-sts.example.com. A", "mta-sts.example.com. CNAME www.example.net.", freshRecord},
		},
		{
			"an address in place of an alias", edit(sound(), func(o *fact.Observation) { o.Host.A.Aliases = []string{"www.example.net"} }),
			func(w *publish.Wish) { w.Host.Addresses = addrs("192.0.2.99") },
			[]string{"-mta-sts.example.com. CNAME", "mta-sts.example.com. A 192.0.2.99", freshRecord},
		},
		{
			"another place for reports", sound(), func(w *publish.Wish) {
				w.RUA = []string{"mailto:a@example.net", "https://example.net/tls"}
			},
			[]string{`_smtp._tls.example.com. TXT "v=TLSRPTv1; rua=mailto:a@example.net,https://example.net/tls"`, freshRecord},
		},
		{
			"a report record that is not sound", edit(sound(), func(o *fact.Observation) {
				o.TLSRPT = txt("_smtp._tls.example.com", "v=TLSRPTv1; rua=ftp://example.com/")
			}),
			nil,
			[]string{freshReport, freshRecord},
		},
		{
			"two report records", edit(sound(), func(o *fact.Observation) {
				o.TLSRPT = txt("_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:b@example.com")
			}), nil,
			[]string{freshReport, freshRecord},
		},
		{
			"delegated within the organisation", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"sts.mail.example.com"} }), nil,
			[]string{`sts.mail.example.com. TXT "v=STSv1; id=20260131120000Z"`},
		},
		{
			"delegated to others", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"_mta-sts.mx.cloudflare.net"} }), nil,
			[]string{"-_mta-sts.example.com. CNAME", freshRecord},
		},
		{
			"delegated to nothing", edit(sound(), func(o *fact.Observation) {
				o.STS = fact.Answer{Name: "_mta-sts.example.com", Type: "TXT", RCode: "NXDOMAIN", Aliases: []string{"gone.example.com"}}
			}), nil,
			[]string{"-_mta-sts.example.com. CNAME", freshRecord},
		},
		{
			"delegated to a name that no file can hold", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"a;b\n.example.com"} }), nil,
			[]string{"-_mta-sts.example.com. CNAME", freshRecord},
		},
		{
			"a wildcard's alias is nobody's", edit(bare(), func(o *fact.Observation) {
				o.STS = txt("_mta-sts.example.com", "v=spf1 -all")
				o.STS.Aliases = []string{"www.example.net"}
				w := txt("random.example.com", "v=spf1 -all")
				w.Aliases = o.STS.Aliases
				o.Wildcard = &w
			}), nil,
			[]string{"mta-sts.example.com. CNAME example.com.", freshReport, freshRecord},
		},
		{"taken back", sound(), func(w *publish.Wish) { w.Mode = sts.None }, []string{freshRecord}},
		{"taken back before it was there", bare(), func(w *publish.Wish) { w.Mode = sts.None }, []string{freshRecord}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := wish()
			if tt.wish != nil {
				tt.wish(&w)
			}
			p := plan(t, tt.seen, w)
			if diff := cmp.Diff(tt.want, short(p.Records)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			for _, r := range p.Records {
				if want := uint32(3600); r.Value != "" && r.TTL != want {
					t.Errorf("%s %s has the TTL %d; want %d", r.Name, r.Type, r.TTL, want)
				}
			}
		})
	}
}

func edit(o *fact.Observation, f func(*fact.Observation)) *fact.Observation {
	f(o)
	return o
}

func addrs(list ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range list {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func TestPolicy(t *testing.T) {
	const hosts = "mx: mx1.example.com\nmx: mx2.example.com\n"
	tests := []struct {
		name string
		seen *fact.Observation
		wish func(*publish.Wish)
		want string
	}{
		{"first", bare(), nil, "version: STSv1\nmode: testing\n" + hosts + "max_age: 1209600\n"},
		{"enforce", sound(), func(w *publish.Wish) { w.Mode = sts.Enforce }, "version: STSv1\nmode: enforce\n" + hosts + "max_age: 1209600\n"},
		{
			"a longer max_age stays", serving("version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 31557600\n"),
			func(w *publish.Wish) { w.Mode = sts.Enforce }, "version: STSv1\nmode: enforce\n" + hosts + "max_age: 31557600\n",
		},
		{"a max_age of one's own", sound(), func(w *publish.Wish) { w.MaxAge = 604800 }, "version: STSv1\nmode: testing\n" + hosts + "max_age: 604800\n"},
		{"what is in force stays so", serving(enforced), nil, enforced},
		{"none", sound(), func(w *publish.Wish) { w.Mode = sts.None }, "version: STSv1\nmode: none\n" + hosts + "max_age: 86400\n"},
		{
			"none, of a domain without MX hosts", edit(sound(), func(o *fact.Observation) {
				o.MX.Records, o.Hosts = []fact.Record{{Host: "."}}, nil
			}), func(w *publish.Wish) { w.Mode = sts.None },
			"version: STSv1\nmode: none\n" + hosts + "max_age: 86400\n",
		},
		{
			"none, of a domain with an MX host that cannot be named", edit(sound(), func(o *fact.Observation) { o.Hosts[0].Name = "mx_1.example.com" }),
			func(w *publish.Wish) { w.Mode = sts.None }, "version: STSv1\nmode: none\nmx: mx2.example.com\nmax_age: 86400\n",
		},
		{
			"none, where no host was ever named", edit(serving("version: STSv1\nmode: none\nmax_age: 86400\n"), func(o *fact.Observation) {
				o.MX.Records, o.Hosts = []fact.Record{{Host: "."}}, nil
			}), func(w *publish.Wish) { w.Mode = sts.None }, "version: STSv1\nmode: none\nmx: example.com\nmax_age: 86400\n",
		},
		{"hosts to come", sound(), func(w *publish.Wish) { w.Coming = []string{"mx.example.net"} }, "version: STSv1\nmode: testing\n" + hosts + "mx: mx.example.net\nmax_age: 1209600\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := wish()
			if tt.wish != nil {
				tt.wish(&w)
			}
			p := plan(t, tt.seen, w)
			if diff := cmp.Diff(tt.want, p.PolicyText()); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			if _, problems := sts.ParsePolicy([]byte(p.PolicyText())); len(problems) > 0 {
				t.Errorf("the policy is not valid: %v", problems)
			}
		})
	}
}

// The id is the time, and never the one in use.
func TestFreshID(t *testing.T) {
	o := sound()
	o.STS = txt("_mta-sts.example.com", "v=STSv1; id=20260131120000Z")
	if got, want := plan(t, o, wish()).ID, "20260131120001Z"; got != want {
		t.Errorf("id %s; want %s", got, want)
	}
}

// Without a look the MX hosts are the user's, and nothing is taken to be there.
func TestMakeWithoutALook(t *testing.T) {
	w := wish()
	w.MX = []string{"mx.example.net"}
	p, err := publish.Make(w, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{freshReport, freshRecord}, short(p.Records)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if !mentions(p.Notes, "Nobody looked") || !mentions(texts(p.Steps), "Give mta-sts.example.com an address") {
		t.Errorf("it does not say what is not known: %q, %q", p.Notes, texts(p.Steps))
	}
}

func TestMakeErrors(t *testing.T) {
	host := func(name string) *fact.Observation {
		return edit(bare(), func(o *fact.Observation) { o.Hosts = append(o.Hosts, fact.MailHost{Name: name}) })
	}
	none := func(f func(*fact.Observation)) *fact.Observation {
		return edit(bare(), func(o *fact.Observation) { o.MX.Records, o.Hosts = nil, nil; f(o) })
	}
	tests := []struct {
		name string
		seen *fact.Observation
		want string
	}{
		{"an address", host("192.0.2.25"), "it is an IP address"},
		{"an underscore", host("mx_1.example.com"), "no underscore"},
		{"other characters", host("mx 1.example.com"), "no host name"},
		{"a wildcard", host("*.example.com"), "no host name"},
		{"one label", host("localhost"), "not fully qualified"},
		{"null MX", none(func(o *fact.Observation) { o.MX.Records = []fact.Record{{Host: "."}} }), "takes no mail"},
		{"no such domain", none(func(o *fact.Observation) { o.MX.RCode = "NXDOMAIN" }), "does not exist"},
		{"nothing to deliver to", none(func(o *fact.Observation) { o.Apex = nil }), "--mx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			live, err := publish.Look(tt.seen)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = publish.Make(wish(), live); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v; want one with %q", err, tt.want)
			}
		})
	}
}

// What the DNS did not answer is never taken to be absent.
func TestLookUnknown(t *testing.T) {
	failing := func(a *fact.Answer) { *a = fact.Answer{Name: a.Name, Type: a.Type, RCode: "SERVFAIL"} }
	tests := map[string]*fact.Observation{
		"MX of example.com":             edit(bare(), func(o *fact.Observation) { failing(&o.MX) }),
		"TXT of _mta-sts.example.com":   edit(bare(), func(o *fact.Observation) { failing(&o.STS) }),
		"TXT of _smtp._tls.example.com": edit(bare(), func(o *fact.Observation) { failing(&o.TLSRPT) }),
		"AAAA of mta-sts.example.com":   edit(bare(), func(o *fact.Observation) { failing(&o.Host.AAAA) }),
		"A of example.com":              edit(bare(), func(o *fact.Observation) { failing(&o.Apex[0]) }),
		"A of mta-sts.example.com": edit(bare(), func(o *fact.Observation) {
			o.Host.A = fact.Answer{Name: o.Host.Name, Type: "A", Fault: &fact.Fault{Text: "no answer", Timeout: true}}
		}),
	}
	for what, o := range tests {
		_, err := publish.Look(o)
		var unknown *publish.UnknownError
		if !errors.As(err, &unknown) || unknown.What != what {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

// A loop of aliases is an answer: what stands there has to go.
func TestLookLoop(t *testing.T) {
	o := sound()
	o.STS = fact.Answer{Name: "_mta-sts.example.com", Type: "TXT", Aliases: []string{"_mta-sts.example.com"}, Fault: &fact.Fault{Kind: fact.AliasLoop}}
	if diff := cmp.Diff([]string{"-_mta-sts.example.com. CNAME", freshRecord}, short(plan(t, o, wish()).Records)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
