package reports

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mtasts/internal/rule"
	"mtasts/internal/tlsrpt"
)

// at is a day of November 2026, and an hour of it.
func at(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }

// saw is a policy that an organisation saw on the first days of the month.
func saw(organization string, lines ...string) Seen {
	return Seen{
		Type: "sts", String: lines, Organizations: []string{organization}, First: at(1, 0), Last: at(11, 0),
		Held: []Held{{organization, at(1, 0), at(11, 0)}},
	}
}

// explained are the causes of one failure under some policies.
func explained(k Kind, policies ...Seen) Kind {
	if k.First == "" {
		k.First, k.Last = "2026-11-03", "2026-11-05"
	}
	a := Analysis{Domains: []Domain{{Domain: "example.com", Failures: []Kind{k}, Policies: policies}}}
	a.Explain(nil)
	return a.Domains[0].Failures[0]
}

func TestCauses(t *testing.T) {
	const google, microsoft, mailru = "Google Inc.", "Microsoft Corporation", "Mail.ru"
	wide := []string{"version: STSv1", "mode: testing", "mx: *.example.com", "max_age: 86400"}
	kind := func(organization, result, mx, reason string) Kind {
		return Kind{Organization: organization, ResultType: result, MX: mx, Reason: reason, PolicyType: "sts"}
	}
	tlsa := func(result, reason string) Kind {
		return Kind{Organization: microsoft, ResultType: result, MX: "mx1.example.com", Reason: reason, PolicyType: "tlsa"}
	}
	const fetch, invalid, webpki = "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"
	for _, c := range []struct {
		name    string
		kind    Kind
		want    string // the first causes
		because string // of the first
		fix     string // part of it
	}{
		{
			"Google, the wildcard stands for one label", kind(google, "validation-failure", "a.mx.example.com", ""), "mx-covered:not-covered",
			"Google Inc. reports this without a reason where the policy does not name the MX host; and the policy has mx: *.example.com, and the wildcard stands for exactly one label: a.mx.example.com has 2 before example.com",
			"Add the line mx: a.mx.example.com to the policy, then give the record _mta-sts.example.com a new id.",
		},
		{
			"Google, the base of the wildcard", kind(google, "validation-failure", "example.com", ""), "mx-covered:not-covered",
			"example.com has none before example.com", "mx: example.com ",
		},
		{
			"Google, another host", kind(google, "validation-failure", "mx.provider.example", ""), "mx-covered:not-covered",
			"the policy has mx: *.example.com, and nothing that matches mx.provider.example", "mx: mx.provider.example ",
		},
		{
			"Google, a host that is named", kind(google, "validation-failure", "mx1.example.com", ""),
			"smtp-certificate:name-mismatch smtp-certificate:untrusted smtp-tls:handshake smtp-tls:old-version",
			"the report gives no reason, and it is not that: the policy names mx1.example.com", "Get a certificate for mx1.example.com",
		},
		{
			"Google, no host", kind(google, "validation-failure", "", ""), "mx-covered:not-covered",
			"without a reason where the policy does not name", "Add an mx line for each MX host that it does not name to the policy",
		},
		{
			"another sender, a host that is not named", kind("Example Ltd.", "validation-failure", "a.mx.example.com", ""), "mx-covered:not-covered",
			"the policy has mx: *.example.com, and the wildcard", "mx: a.mx.example.com ",
		},
		{
			"Stalwart", kind("Example Ltd.", "validation-failure", "a.mx.example.com", "MX not authorized by policy."), "mx-covered:not-covered",
			`the reason given is "MX not authorized by policy."`, "mx: a.mx.example.com ",
		},
		{
			"OpenSSL's words", kind("Company-X", "validation-failure", "mx1.example.com", "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"), "smtp-certificate:untrusted",
			"X509_V_ERR_PROXY", "Get a certificate for mx1.example.com from a public CA",
		},
		{"an alert", kind("mox", "validation-failure", "mx1.example.com", "tls-remote-alert-70-protocol-version-not-supported"), "smtp-tls:old-version", "", "TLS 1.2 and 1.3."},
		{"DNSSEC", kind("mox", "validation-failure", "", "dns-extended-error-7-signature-expired"), "dane:bogus", "", "signed anew"},
		{"Mail.ru, 404", kind(mailru, fetch, "", "bad https response code: 404"), "policy-fetch:http-status", "404", "https://mta-sts.example.com/.well-known/mta-sts.txt."},
		{"Mail.ru, 500", kind(mailru, fetch, "", "bad https response code: 500"), "policy-fetch:http-status", "500", "error log"},
		{"Mail.ru, 403", kind(mailru, fetch, "", "bad https response code: 403"), "policy-fetch:http-status", "403", "whoever asks"},
		{"Mail.ru, 301", kind(mailru, fetch, "", "bad https response code: 301"), "policy-fetch:redirect", "301", "before any rule that redirects."},
		{
			"Microsoft, without host and reason", kind(microsoft, fetch, "", ""),
			"policy-fetch:http-status policy-host-reachable:timeout policy-host-address:missing policy-tls:handshake policy-content-type:wrong-type",
			"Microsoft Corporation gives neither a reason nor a host", "keep robots out",
		},
		{"anybody without reason", kind("Example Ltd.", fetch, "", ""), "policy-fetch:http-status policy-host-reachable:timeout", "no reason", "keep robots out"},
		{"no address", kind("mox", fetch, "", "lookup mta-sts.example.com: no such host"), "policy-host-address:missing policy-host-address:dangling-alias", "", "Publish an address of mta-sts.example.com"},
		{"refused", kind("x", fetch, "", "connect: connection refused"), "policy-host-reachable:refused", "", "port 443 of all addresses of mta-sts.example.com"},
		{"timeout", kind("x", fetch, "", "context deadline exceeded"), "policy-host-reachable:timeout policy-fetch:timeout", "", "443"},
		{"handshake", kind("x", fetch, "", "SSL alert 40"), "policy-tls:handshake", "", "Set up the web server for this name on port 443, with a certificate for it."},
		{"type", kind("x", fetch, "", "invalid Content-Type"), "policy-content-type:wrong-type", "", "text/plain` for this path."},
		{"size", kind("x", fetch, "", "policy too large"), "policy-fetch:too-large", "", "a few lines."},
		{"something else", kind("x", fetch, "", "gremlins"), "policy-fetch:http-status policy-host-reachable:timeout", "gremlins", "200"},
		{"webpki, expired", kind("x", webpki, "", "certificate has expired"), "policy-certificate:expired", "expired", "Renew the certificate of mta-sts.example.com"},
		{"webpki, chain", kind("x", webpki, "", "unable to get local issuer certificate"), "policy-certificate:incomplete-chain", "", "fullchain.pem, not cert.pem."},
		{"webpki", kind("x", webpki, "", ""), "policy-certificate:expired policy-certificate:name-mismatch", "", "Renew"},
		{"invalid, mode", kind("x", invalid, "", "unknown mode"), "policy-mode:unknown", "unknown mode", "mtasts check example.com prints it"},
		{"invalid, max_age", kind("x", invalid, "", "missing max_age"), "policy-max-age:missing", "", "new id"},
		{"invalid", kind("x", invalid, "", ""), "policy-syntax:blank-line policy-mode:unknown", "", "new id"},
		{"no STARTTLS", kind(google, "starttls-not-supported", "mx2.example.com", ""), "starttls:not-offered starttls:refused", "", "Give mx2.example.com a certificate, and switch STARTTLS on."},
		{"STARTTLS refused", kind("x", "starttls-not-supported", "mx2.example.com", "454 4.7.0 TLS not available"), "starttls:refused", "454", "log says why"},
		{"another name", kind(google, "certificate-host-mismatch", "mx1.example.com", ""), "smtp-certificate:name-mismatch smtp-certificate:no-san", "", "Get a certificate for mx1.example.com"},
		{"another name, not in the policy either", kind(google, "certificate-host-mismatch", "a.mx.example.com", ""), "smtp-certificate:name-mismatch mx-covered:not-covered", "", "Get a certificate for a.mx.example.com"},
		{"expired", kind(google, "certificate-expired", "mx1.example.com", ""), "smtp-certificate:expired", "", "Renew the certificate of mx1.example.com, and have the mail server load it."},
		{"not trusted", kind(google, "certificate-not-trusted", "mx1.example.com", ""), "smtp-certificate:incomplete-chain smtp-certificate:self-signed smtp-certificate:untrusted", "", "fullchain.pem"},
		{"incomplete", kind("x", "certificate-not-trusted", "mx1.example.com", "unable to get local issuer certificate"), "smtp-certificate:incomplete-chain", "local issuer", "mx1.example.com send the intermediate"},
		{"self-signed", kind("x", "certificate-not-trusted", "mx1.example.com", "self-signed certificate"), "smtp-certificate:self-signed", "", "from a public CA"},
		{"DANE, expired", tlsa("certificate-expired", ""), "dane:mismatch smtp-certificate:expired", "TLSA records of mx1.example.com", "TLSA record of the key that mx1.example.com uses"},
		{"DANE, anything", tlsa("validation-failure", ""), "dane:mismatch", "not by MTA-STS", "mx1.example.com"},
		{"TLSA", tlsa("tlsa-invalid", ""), "dane:mismatch dane:unusable", "", "mx1.example.com"},
		{"TLSA, mox", tlsa("tlsa-invalid", "all-unusable-records+ignored"), "dane:unusable", "", "3 1 1"},
		{"DNSSEC of TLSA", tlsa("dnssec-invalid", ""), "dane:bogus", "", "_25._tcp.mx1.example.com"},
		{"DANE demanded", tlsa("dane-required", ""), "dane:insecure dane:bogus", "Microsoft Corporation demands DANE", "Publish TLSA records for mx1.example.com"},
		{"a word of its own", kind("x", "gremlin-in-the-works", "mx1.example.com", ""), "", "", `It is not known what x means by "gremlin-in-the-works".`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := explained(c.kind, saw(c.kind.Organization, wide...))
			keys := []string{}
			for _, cause := range got.Causes {
				keys = append(keys, cause.Rule)
			}
			want := strings.Fields(c.want)
			if len(keys) < len(want) || !slices.Equal(keys[:len(want)], want) || (len(want) == 0) != (len(keys) == 0) {
				t.Fatalf("causes are %v, want %v", keys, want)
			}
			if len(got.Causes) > 0 && !strings.Contains(got.Causes[0].Reason, c.because) {
				t.Errorf("because %q, want %q", got.Causes[0].Reason, c.because)
			}
			if !strings.Contains(got.Fix, c.fix) || c.fix == "" {
				t.Errorf("fix %q, want %q", got.Fix, c.fix)
			}
			if got.Live != "" {
				t.Errorf("live %q, and nobody looked", got.Live)
			}
		})
	}
}

// Whether a policy names the host is asked of the policies that this sender held at that time.
func TestOlderPolicy(t *testing.T) {
	old := saw("Google Inc.", "version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 86400")
	fresh := saw("Google Inc.", "version: STSv1", "mode: testing", "mx: mx1.example.com", "mx: mx2.example.com", "max_age: 86400")
	others := saw("Microsoft Corporation", "version: STSv1", "mode: testing", "mx: mx.elsewhere.example", "max_age: 86400")
	k := Kind{Organization: "Google Inc.", ResultType: "validation-failure", MX: "mx2.example.com", PolicyType: "sts", First: "2026-11-03", Last: "2026-11-05"}
	for _, c := range []struct {
		name     string
		policies []Seen
		want     string
	}{
		{"both", []Seen{fresh, old}, "mx-moved:refused"},
		{"the old one alone", []Seen{old, others}, "mx-covered:not-covered"},
		{"the new one alone", []Seen{fresh, others}, "smtp-certificate:name-mismatch"},
		{"that of others", []Seen{others}, "mx-covered:not-covered"},
		{"none", nil, "mx-covered:not-covered"},
	} {
		got := explained(k, c.policies...)
		if got.Causes[0].Rule != c.want {
			t.Errorf("%s: %s, want %s", c.name, got.Causes[0].Rule, c.want)
		}
	}
	before := old
	before.First, before.Last, before.Held = at(1, 0), at(3, 0), []Held{{"Google Inc.", at(1, 0), at(3, 0)}}
	if got := explained(k, fresh, before); got.Causes[0].Rule != "smtp-certificate:name-mismatch" {
		t.Errorf("a policy that was gone before the failure is the cause: %s", got.Causes[0].Rule)
	}
}

// Where the values are known no text has a general word or an example in their place; where they are not,
// it still reads.
func TestCausesAreSpecific(t *testing.T) {
	told := catalogue()
	for _, r := range rows() {
		k := Kind{Organization: "Org", ResultType: string(r.result), MX: "mx7.domain.test", Reason: "why", PolicyType: "sts", Last: "2026-11-05"}
		for _, domain := range []string{"domain.test", ""} {
			m := matter{Kind: k, background: (&Domain{Domain: domain}).background(), held: "held"}
			if domain == "" {
				m.MX = ""
			}
			fill := m.filler()
			texts := []string{fill(r.because), fill(r.fix)}
			for _, key := range r.causes {
				if told[key].text == "" || told[key].fix == "" {
					t.Errorf("%s: %s is told by nobody", r.result, key)
				}
				texts = append(texts, sentence(fill(told[key].text)), sentence(fill(told[key].fix)))
			}
			for _, text := range texts[2:] {
				if !strings.HasSuffix(text, ".") || strings.ToUpper(text[:1]) != text[:1] && !strings.HasPrefix(text, "m") && !strings.HasPrefix(text, "https") {
					t.Errorf("no sentence: %q", text)
				}
			}
			for _, text := range texts {
				if foreign.MatchString(text) || domain != "" && strings.Contains(text, someHost+" ") && !strings.Contains(text, "does not name") {
					t.Errorf("%s: %q", r.result, text)
				}
			}
		}
	}
}

// foreign is what belongs to the example of explain, or was not filled in.
var foreign = regexp.MustCompile(`example\.|192\.0\.2|20[0-9][0-9]-[0-9]|2001:db8|[{}]|days ago|this machine|named here|CN=|this address|alert:`)

// Every result type of RFC 8460 has causes.
func TestEveryResultType(t *testing.T) {
	for _, kind := range []tlsrpt.ResultType{
		tlsrpt.StartTLSNotSupported, tlsrpt.CertificateHostMismatch, tlsrpt.CertificateExpired, tlsrpt.CertificateNotTrusted, tlsrpt.ValidationFailure,
		tlsrpt.TLSAInvalid, tlsrpt.DNSSECInvalid, tlsrpt.DANERequired, tlsrpt.STSPolicyFetchError, tlsrpt.STSPolicyInvalid, tlsrpt.STSWebPKIInvalid,
	} {
		for _, policy := range []string{"sts", "tlsa", "no-policy-found", "other"} {
			for _, reason := range []string{"", "gremlins"} {
				if got := explained(Kind{ResultType: string(kind), PolicyType: policy, Reason: reason}); len(got.Causes) == 0 || got.Fix == "" {
					t.Errorf("%s under %s with %q: %+v", kind, policy, reason, got)
				}
			}
		}
	}
}

// What explain says a sender would report is what the table takes for its cause.
func TestTableAgreesWithExplain(t *testing.T) {
	causes := map[string]bool{}
	for _, r := range rows() {
		for _, key := range r.causes {
			causes[string(r.result)+" "+key] = true
		}
	}
	for _, e := range rule.Explain() {
		for _, r := range e.Reasons {
			group := map[string]bool{"policy": true, "smtp": true, "mx": true}[e.Group] || e.ID == "policy-certificate"
			if r.TLSRPT == "" || group && r.TLSRPT != "validation-failure" || causes[r.TLSRPT+" "+e.ID+":"+r.Reason] {
				continue
			}
			if !slices.Contains(rest(), e.ID+":"+r.Reason) {
				t.Errorf("%s has senders report %s, and the table does not know", e.ID+":"+r.Reason, r.TLSRPT)
			}
		}
	}
}

// rest are reasons that no report can be told to come from: others of the same rule stand for them.
func rest() []string {
	return []string{
		"policy-host-public:none-public", "policy-fetch:http-error", "mx-public:none-public", "smtp-certificate:malformed",
	}
}
