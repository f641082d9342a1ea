package rule

import (
	"strings"

	"mtasts/internal/fact"
)

// wall is a product that keeps programs out and lets browsers in, by its marks.
type wall struct {
	name   string
	header string // a header that must be there, canonical
	value  string // what its value contains, lower case; empty: anything
	body   string // what the body contains, lower case; empty: anything
	cure   string
}

// wallOf tells which product answered 401, 403, 429 or 503 in place of the web server.
func wallOf(f *fact.Fetch) (wall, bool) {
	switch f.Status {
	case 401, 403, 405, 429, 503:
	default:
		return wall{}, false
	}
	body := strings.ToLower(string(f.Body))
	for _, w := range walls() {
		value, ok := f.Get(w.header)
		if (w.header == "" || ok && strings.Contains(strings.ToLower(value), w.value)) && strings.Contains(body, w.body) {
			return w, true
		}
	}
	return wall{}, false
}

func walls() []wall {
	return []wall{
		{
			name: "Cloudflare's bot protection", header: "Cf-Mitigated",
			cure: "In Cloudflare, switch off Bot Fight Mode (a rule cannot except a path from it on the free plan) and add a configuration rule for this host that switches off Browser Integrity Check; or have the host name answer past the proxy (grey cloud).",
		},
		{
			name: "Cloudflare", header: "Server", value: "cloudflare", body: "cloudflare",
			cure: "In Cloudflare, look under Security > Events which rule blocks this path (Bot Fight Mode, Browser Integrity Check, a WAF rule) and switch it off for this host; or have the host name answer past the proxy (grey cloud).",
		},
		{
			name: "Anubis", body: "anubis",
			cure: "In Anubis' bot policy, allow the path /.well-known/mta-sts.txt (action ALLOW), or have the web server answer it before the request gets there.",
		},
		{
			name: "Sucuri", header: "X-Sucuri-Id",
			cure: "In Sucuri's firewall, allow the path /.well-known/mta-sts.txt.",
		},
		{
			name: "Imperva", header: "X-Iinfo",
			cure: "In Imperva, add an exception for the path /.well-known/mta-sts.txt to bot protection.",
		},
		{
			name: "DDoS-Guard", header: "Server", value: "ddos-guard",
			cure: "In DDoS-Guard, except the path /.well-known/mta-sts.txt from the browser check.",
		},
		{
			name: "Akamai", header: "Server", value: "akamaighost",
			cure: "In Akamai, except the path /.well-known/mta-sts.txt from bot management.",
		},
		{
			name: "AWS WAF", header: "X-Amzn-Waf-Action",
			cure: "In AWS WAF, allow the path /.well-known/mta-sts.txt before the challenge rule.",
		},
	}
}
