package resolve

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolvConf(t *testing.T) {
	n := newInternet(t)
	check := func(text string, try time.Duration, tries int, servers ...string) {
		t.Helper()
		r := n.open(Config{ResolvConf: n.conf(text)})
		if d := cmp.Diff(servers, r.Servers()); d != "" || r.kit.try != try || r.tries != tries {
			t.Errorf("%q: %s, try %s, %d tries", text, d, r.kit.try, r.tries)
		}
	}
	check("# nothing\n", 2*time.Second, 2, "127.0.0.1", "::1")
	check("nameserver x\nnameserver\n", 2*time.Second, 2, "127.0.0.1", "::1")
	check("search example.com\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n", 2*time.Second, 2, "192.0.2.53", "2001:db8::53")
	check("nameserver fe80::1%eth0\noptions timeout:3 attempts:4\n", 3*time.Second, 4, "fe80::1%eth0")
	check("nameserver 192.0.2.1\noptions timeout:900 attempts:900\n", maxConfTimeout, maxConfAttempts, "192.0.2.1")
	check("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n", 2*time.Second, 2, "192.0.2.1", "192.0.2.2", "192.0.2.3")
	check("nameserver 192.0.2.1\noptions timeout:99999999999999999999\n", maxConfTimeout, 2, "192.0.2.1")
	check("# timeout:9 attempts:9\n; options timeout:9\nsearch timeout:9 attempts:9\noptions\n", 2*time.Second, 2, "127.0.0.1", "::1")
	check("options rotate\noptions ndots:2 timeout:1", time.Second, 2, "127.0.0.1", "::1")

	r := n.open(Config{ResolvConf: "/does/not/exist", Try: time.Second, Tries: 1})
	if d := cmp.Diff([]string{"127.0.0.1", "::1"}, r.Servers()); d != "" || r.kit.try != time.Second || r.tries != 1 {
		t.Error(d, r.kit.try, r.tries)
	}
}

// TestNameservers is about systems without a resolv.conf. What asks nobody is an error: such a system has
// no server of its own as a rule.
func TestNameservers(t *testing.T) {
	n := newInternet(t)
	said := func(list ...string) func() ([]string, error) { return func() ([]string, error) { return list, nil } }
	some := said("192.0.2.1", "fe80::1%12", "192.0.2.1")
	check := func(c Config, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, n.open(c).Servers()); d != "" {
			t.Error(d)
		}
	}
	check(Config{Nameservers: some}, "192.0.2.1", "fe80::1%12")
	check(Config{Nameservers: some, Servers: []string{"192.0.2.53"}}, "192.0.2.53")
	check(Config{Nameservers: said("192.0.2.1"), ResolvConf: n.conf("nameserver 192.0.2.2")}, "192.0.2.2")
	check(Config{}, "127.0.0.1", "::1")
	named := Config{Nameservers: said("192.0.2.1"), Servers: []string{"tls://dns.example"}}
	if d := cmp.Diff([]string{"192.0.2.1"}, n.open(named).names.Servers()); d != "" {
		t.Error("the name of a server is asked of others:", d)
	}

	fails := func(c Config, want string) {
		t.Helper()
		c.Dial, c.Now = n.Dial, n.now
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
	const none = "this machine knows no DNS server (none of its networks names one); name one with --resolver"
	broken := func() ([]string, error) { return nil, errors.New("broken") }
	fails(Config{Nameservers: said()}, none)
	fails(Config{Nameservers: said(), Servers: []string{"192.0.2.53", "tls://dns.example"}}, none)
	fails(Config{Nameservers: broken}, "this machine knows no DNS server (broken); name one with --resolver")
}

// TestMaxTry: it bounds a try wherever that comes from, and makes none longer.
func TestMaxTry(t *testing.T) {
	n := newInternet(t)
	check := func(c Config, want time.Duration) {
		t.Helper()
		if r := n.open(c); r.kit.try != want {
			t.Errorf("%+v: %s, want %s", c, r.kit.try, want)
		}
	}
	short := n.conf("options timeout:1\n")
	check(Config{ResolvConf: short, MaxTry: 1500 * time.Millisecond}, time.Second)
	check(Config{ResolvConf: short, MaxTry: time.Millisecond}, time.Millisecond)
	check(Config{ResolvConf: n.conf(""), MaxTry: 1500 * time.Millisecond}, 1500*time.Millisecond)
	check(Config{ResolvConf: n.conf(""), MaxTry: time.Minute}, 2*time.Second)
	check(Config{Servers: []string{"192.0.2.53"}, Try: time.Minute, MaxTry: time.Second}, time.Second)
	if r := n.open(Config{Servers: []string{"tls://dns.example"}, MaxTry: time.Second}); r.names.kit.try != time.Second {
		t.Error("the names of servers are asked for with more patience")
	}
}

// TestADTrusted: the AD bit counts within this machine, over TLS, and where the user says so.
func TestADTrusted(t *testing.T) {
	n := newInternet(t)
	check := func(c Config, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, n.open(c).ADTrusted()); d != "" {
			t.Errorf("%+v: %s", c, d)
		}
	}
	far := []string{"192.0.2.53", "tcp://[2001:db8::53]"}
	check(Config{Servers: far})
	check(Config{Servers: far, TrustAD: true}, far...)
	check(Config{Servers: []string{"128.0.0.1", "127.0.0.53", "192.0.2.53", "tcp://127.255.0.1:5353", "::2", "::1", "::ffff:127.0.0.1"}},
		"127.0.0.53", "tcp://127.255.0.1:5353", "::1", "127.0.0.1")
	check(Config{Servers: []string{"tls://dns.example", "192.0.2.53", "https://192.0.2.53"}}, "tls://dns.example", "https://192.0.2.53/dns-query")

	server := "nameserver 192.0.2.53\n"
	check(Config{ResolvConf: n.conf(server)})
	check(Config{ResolvConf: n.conf(server), TrustAD: true}, "192.0.2.53")
	check(Config{ResolvConf: n.conf(server + "options edns0 trust-ad\n")}, "192.0.2.53")
	check(Config{ResolvConf: n.conf(server + "options trust-ads\n")})
	check(Config{ResolvConf: n.conf(server + "# options trust-ad\nsearch trust-ad\n")})
	check(Config{ResolvConf: n.conf(server + "options trust-ad\n"), Servers: far})
	check(Config{ResolvConf: n.conf("")}, "127.0.0.1", "::1")
}

func TestServersOnce(t *testing.T) {
	n := newInternet(t)
	r := n.open(Config{Servers: []string{"192.0.2.53", "tcp://192.0.2.53", "udp://192.0.2.53:53"}})
	if d := cmp.Diff([]string{"192.0.2.53", "tcp://192.0.2.53"}, r.Servers()); d != "" {
		t.Error(d)
	}
}

func TestBadConfig(t *testing.T) {
	n := newInternet(t)
	for _, c := range []Config{
		{Servers: []string{"192.0.2.53", "dns.example.net"}, Dial: n.Dial, Now: n.now},
		{Dial: n.Dial},
		{Now: n.now},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
