package rule

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"

	"mtasts/internal/dane"
	"mtasts/internal/fact"
)

// resolver is the one that all answers come from.
const resolver = "127.0.0.1"

// leafFor is a certificate for these names, with so many days left.
func leafFor(t testing.TB, days int, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: noon.AddDate(0, 0, -90), NotAfter: noon.AddDate(0, 0, days),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

type twist func(*fact.Probe)

// reply is one of a single line.
func reply(code int, lines ...string) *fact.Reply {
	r := &fact.Reply{Code: code}
	for _, l := range lines {
		r.Lines = append(r.Lines, fact.Text(l))
	}
	return r
}

// soundProbe is a conversation in which all went well, but for what the twists do to it.
func soundProbe(address string, der []byte, twists ...twist) fact.Probe {
	p := fact.Probe{
		Address: address, Connected: true,
		Greeting: reply(220, "mx.example.com ESMTP"), EHLO: reply(250, "mx.example.com", "STARTTLS"), StartTLS: reply(220, "go"),
		TLS:     &fact.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Chain: [][]byte{der}, Anchor: "CN=Root"},
		EHLOTLS: reply(250, "mx.example.com"),
	}
	for _, twist := range twists {
		twist(&p)
	}
	return p
}

// ends cuts a conversation off at a stage.
func ends(stage fact.Stage, kind fact.Kind) twist {
	return func(p *fact.Probe) {
		p.Fault = &fact.Fault{Stage: stage, Kind: kind, Text: string(kind), Timeout: kind == fact.TimedOut}
		stages := []fact.Stage{fact.Dial, fact.Greet, fact.Hello, fact.StartTLS, fact.Handshake, fact.Secured}
		steps := []func(){
			func() { p.Connected = false }, func() { p.Greeting = nil }, func() { p.EHLO = nil },
			func() { p.StartTLS = nil }, func() { p.TLS = nil }, func() { p.EHLOTLS = nil },
		}
		for i := range stages {
			if i >= slices.Index(stages, stage) {
				steps[i]()
			}
		}
	}
}

// answers cuts it off with a reply, which is there.
func answers(stage fact.Stage, code int) twist {
	return func(p *fact.Probe) {
		ends(stage, fact.Rejected)(p)
		switch r := reply(code, "no"); stage {
		case fact.Greet:
			p.Greeting = r
		case fact.Hello:
			p.EHLO = r
		case fact.StartTLS:
			p.StartTLS = r
		default:
			p.EHLOTLS = r
		}
	}
}

func skipped(why string) twist {
	return func(p *fact.Probe) { *p = fact.Probe{Address: p.Address, Skipped: why} }
}

func plain(p *fact.Probe) {
	*p = fact.Probe{Address: p.Address, Connected: true, Greeting: p.Greeting, EHLO: reply(250, "mx.example.com", "SIZE")}
}

// signedAnswer is one whose AD bit the resolver set.
func signedAnswer(a fact.Answer) fact.Answer {
	a.AD, a.Server = true, resolver
	return a
}

func tlsaAnswer(host string, records ...fact.TLSA) fact.Answer {
	a := answer(dane.Owner(host), "TLSA")
	a.Server = resolver
	for i := range records {
		a.RCode, a.Records = "NOERROR", append(a.Records, fact.Record{TLSA: &records[i]})
	}
	return a
}

func pin(t testing.TB, der []byte) fact.TLSA {
	t.Helper()
	r, ok := dane.Pin(der)
	if !ok {
		t.Fatal("a certificate without a key")
	}
	return r
}

// mailHost is a host with such probes; its one address is signed.
func mailHost(name string, preference uint16, probes ...fact.Probe) fact.MailHost {
	return fact.MailHost{
		Name: name, Preference: preference, Probes: probes,
		A: signedAnswer(answer(name, "A", fact.Record{Address: "198.51.100.2"})), AAAA: answer(name, "AAAA"),
	}
}

// mailSeen is an observation of example.com with a policy in such a mode for such hosts, whose resolver
// is trusted.
func mailSeen(t testing.TB, mode string, hosts ...fact.MailHost) *fact.Observation {
	t.Helper()
	policy := "version: STSv1\nmode: " + mode + "\nmax_age: 604800\n"
	o := seen("v=STSv1; id=1", "")
	o.Hosts, o.MX = hosts, signedAnswer(answer("example.com", "MX"))
	o.Vantage.AllowNets = []string{"198.51.100.0/24", "2001:db8::/32"}
	o.Vantage.ADTrusted, o.Vantage.Port25 = []string{resolver}, fact.Port25Open
	for _, h := range hosts {
		policy += "mx: " + h.Name + "\n"
		o.MX.RCode = "NOERROR"
		o.MX.Records = append(o.MX.Records, fact.Record{Preference: h.Preference, Host: h.Name})
	}
	o.Host.Fetches[0].Body = fact.Text(policy)
	o.Host.Fetches[0].TLS.Chain, o.Host.Fetches[0].TLS.Anchor = [][]byte{leafFor(t, 60, "mta-sts.example.com")}, "CN=Root"
	return o
}
