package resolve

import (
	"strings"
	"testing"
)

func TestSpelling(t *testing.T) {
	good := func(text, want string) {
		t.Helper()
		e, err := parseEndpoint(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			return
		}
		if e.String() != want {
			t.Errorf("%q means %q, want %q", text, e, want)
		}
		again, err := parseEndpoint(e.String())
		if err != nil || again != e {
			t.Errorf("%q: its own spelling %q is read as %+v, %v", text, e, again, err)
		}
	}
	good("192.0.2.53", "192.0.2.53")
	good(" 192.0.2.53:53 ", "192.0.2.53")
	good("192.0.2.53:5353", "192.0.2.53:5353")
	good("2001:db8::53", "2001:db8::53")
	good("[2001:DB8::53]", "2001:db8::53")
	good("[2001:db8::53]:53", "2001:db8::53")
	good("[2001:db8::53]:5353", "[2001:db8::53]:5353")
	good("::ffff:192.0.2.53", "192.0.2.53")
	good("fe80::1%eth0", "fe80::1%eth0")
	good("[fe80::1%eth0]:5353", "[fe80::1%eth0]:5353")
	good("udp://192.0.2.53", "192.0.2.53")
	good("udp://[2001:db8::53]:5353", "[2001:db8::53]:5353")
	good("tcp://192.0.2.53", "tcp://192.0.2.53")
	good("TCP://192.0.2.53:53/", "tcp://192.0.2.53")
	good("tcp://2001:db8::53", "tcp://[2001:db8::53]")
	good("tls://dns.example.net", "tls://dns.example.net")
	good("tls://DNS.example.net.:853", "tls://dns.example.net")
	good("tls://192.0.2.53:8853", "tls://192.0.2.53:8853")
	good("tls://[2001:db8::53]", "tls://[2001:db8::53]")
	good("https://dns.example.net", "https://dns.example.net/dns-query")
	good("https://dns.example.net/", "https://dns.example.net/dns-query")
	good("https://dns.example.net/dns-query{?dns}", "https://dns.example.net/dns-query")
	good("https://dns.example.net:8443/q/x", "https://dns.example.net:8443/q/x")
	good("https://[2001:db8::53]/dns-query", "https://[2001:db8::53]/dns-query")

	bad := func(text, because string) {
		t.Helper()
		e, err := parseEndpoint(text)
		if err == nil {
			t.Errorf("%q is read as %+v", text, e)
			return
		}
		if !strings.Contains(err.Error(), because) || !strings.Contains(err.Error(), "write for example") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want something of %q", text, err, because)
		}
	}
	bad("", "not an IP address")
	bad("dns.example.net", "not an IP address")
	bad("192.0.2.300", "not an IP address")
	bad("192.0.2.53:0", "the port")
	bad("192.0.2.53:65536", "the port")
	bad("192.0.2.53:domain", `"domain"`)
	bad("tcp://dns.example.net", "not an IP address")
	bad("tls://", "neither an IP address nor a host name")
	bad("tls://192.0.2.300", "neither an IP address nor a host name")
	bad("tls://dns..example.net", "neither")
	bad("tls://user@dns.example.net", "neither")
	bad("tls://dns.example.net/x", "neither")
	bad("https://dns.example.net/dns-query?dns=x", "the path")
	bad("https://dns.example.net/#x", "the path")
	bad("http://dns.example.net", "not one of udp, tcp, tls, https")
	bad("quic://dns.example.net", `"quic"`)
}

func FuzzSpelling(f *testing.F) {
	for _, seed := range []string{"192.0.2.53", "[2001:db8::53]:5353", "tls://dns.example.net", "https://x/y%20z", "https://[fe80::1%25a]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseEndpoint(text)
		if err != nil {
			return
		}
		if again, err := parseEndpoint(e.String()); err != nil || again != e {
			t.Errorf("%q: its own spelling %q is read as %+v, %v", text, e, again, err)
		}
	})
}
