package tunnel

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"http://proxy.example:3128":           "http://proxy.example:3128",
		"http://me:secret@proxy.example:8080": "http://proxy.example:8080",
		"HTTPS://proxy.example:443/":          "https://proxy.example:443",
		"socks5://127.0.0.1:1080":             "socks5://127.0.0.1:1080",
		"socks5h://me:sec%40ret@[::1]:1080":   "socks5://[::1]:1080",

		"":                                "!this is no URL; write for example http://proxy.example.com:3128",
		"proxy.example:3128":              "!this is no URL; write for example http://proxy.example.com:3128",
		"http://me:sec%zzret@x.example:1": "!this is no URL; write for example http://proxy.example.com:3128",
		"http://proxy.example":            "!the port is missing; write for example http://proxy.example:3128",
		"http://secret@proxy.example:":    "!the port is missing; write for example http://proxy.example:3128",
		"socks5://proxy.example:0":        "!the port is missing; write for example socks5://proxy.example:1080",
		"socks4://proxy.example:1080":     "!the scheme of a proxy is http, https or socks5",
		"ftp://proxy.example:21":          "!the scheme of a proxy is http, https or socks5",
		"http://[fe80::1%25eth0]:3128":    "!the proxy is neither a host name nor an address",
		"http://pro xy.example:3128":      "!this is no URL; write for example http://proxy.example.com:3128",
		"http://pr%C3%BC.example:3128":    "!the proxy is neither a host name nor an address",
		"http://x.example:3128/secret":    "!nothing may stand behind the port of a proxy",
		"http://x.example:3128?secret":    "!nothing may stand behind the port of a proxy",
	} {
		p, err := Parse(text)
		var got string
		if err != nil {
			got = "!" + err.Error()
		} else {
			got = p.String()
		}
		if got != want || strings.Contains(got, "secret") {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestFromEnv: as curl reads them.
func TestFromEnv(t *testing.T) {
	for _, c := range []struct{ env, want, except string }{
		{"", "none", ""},
		{"http_proxy=http://a:1 HTTP_PROXY=http://a:1", "none", ""},
		{"HTTPS_PROXY=http://me:secret@a.example:1", "http://a.example:1", ""},
		{"https_proxy=a.example:1 HTTPS_PROXY=http://b:1 ALL_PROXY=http://c:1", "http://a.example:1", ""},
		{"ALL_PROXY=socks5h://a:1", "socks5://a:1", ""},
		{"all_proxy=socks5://a:1 ALL_PROXY=http://b:1 NO_PROXY=example.com,192.0.2.0/24", "socks5://a:1", "mx.example.com 198.51.100.1; mx.example.org 192.0.2.1"},
		{"ALL_PROXY=http://a:1 no_proxy=.example.com NO_PROXY=*", "http://a:1", "mx.example.com 198.51.100.1"},
		{"ALL_PROXY=http://a:1 NO_PROXY=*", "http://a:1", "mx.example.org 198.51.100.1"},
		{"HTTPS_PROXY=http://secret", "!HTTPS_PROXY in the environment: the port is missing; write for example http://secret:3128", ""},
		{"all_proxy=ftp://secret:1", "!all_proxy in the environment: the scheme of a proxy is http, https or socks5", ""},
	} {
		env := map[string]string{}
		for _, word := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		p, err := FromEnv(func(name string) string { return env[name] })
		got := "none"
		switch {
		case err != nil:
			got = "!" + err.Error()
		case p != nil:
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.env, got, c.want)
		}
		for pair := range strings.SplitSeq(c.except, "; ") {
			if host, at, found := strings.Cut(pair, " "); found && p.Serves(host, netip.AddrPortFrom(netip.MustParseAddr(at), 25)) {
				t.Errorf("%s: %s goes through it", c.env, pair)
			}
		}
		if ok := p.Serves("mx.example.net", netip.MustParseAddrPort("[2001:db8::1]:443")); ok != (p != nil && !strings.HasSuffix(c.env, "NO_PROXY=*") || strings.Contains(c.env, " no_proxy=")) {
			t.Errorf("%s: another host goes through it: %v", c.env, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("http://me:secret@proxy.example:3128")
	f.Add("socks5h://[::1]:1080/")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() || strings.ContainsAny(p.String(), "@%\x1b ") {
			t.Errorf("%q: %q, %v", text, p, err)
		}
	})
}
