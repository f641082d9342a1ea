package collect

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
)

func problemWords(f fact.Fetch) (list []pkix.Word) {
	for _, p := range pkix.Problems(f.TLS, policyHost, now()) {
		list = append(list, p.Word)
	}
	return list
}

// TestCertificates holds what is recorded of a chain against what is to be said of it.
func TestCertificates(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	old := a.issue(a.root, "Old Intermediate", asCA, valid(-90*day, -2*day))
	good := named(policyHost)
	leaf := a.issue(a.intermediate, "leaf", good)
	lone := a.issue(nil, "lone", good)
	client := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	for _, c := range []struct {
		name   string
		chain  []*issued
		anchor string
		words  []pkix.Word
	}{
		{"good", []*issued{leaf, a.intermediate}, "CN=Test Root", nil},
		{"with root", []*issued{leaf, a.intermediate, a.root}, "CN=Test Root", nil},
		{"out of order", []*issued{leaf, a.root, a.intermediate}, "CN=Test Root", nil},
		{"expired", []*issued{a.issue(a.intermediate, "leaf", good, valid(-90*day, -day)), a.intermediate}, "CN=Test Root", []pkix.Word{pkix.Expired}},
		{"not yet", []*issued{a.issue(a.intermediate, "leaf", good, valid(day, 9*day)), a.intermediate}, "CN=Test Root", []pkix.Word{pkix.NotYetValid}},
		{
			"expired and of another name",
			[]*issued{a.issue(a.intermediate, "leaf", named("x.example"), valid(-90*day, -day)), a.intermediate},
			"CN=Test Root",
			[]pkix.Word{pkix.Expired, pkix.NameMismatch},
		},
		{"expired intermediate", []*issued{a.issue(old, "leaf", good), old}, "CN=Test Root", []pkix.Word{pkix.Expired}},
		{
			"issued after its intermediate had expired",
			[]*issued{a.issue(old, "leaf", good, valid(-day, day)), old},
			"CN=Test Root",
			[]pkix.Word{pkix.Expired},
		},
		{"incomplete", []*issued{leaf}, "", []pkix.Word{pkix.IncompleteChain}},
		{"with a stranger", []*issued{leaf, stranger.intermediate}, "", []pkix.Word{pkix.IncompleteChain}},
		{"self-signed", []*issued{lone}, "", []pkix.Word{pkix.SelfSigned}},
		{
			"untrusted",
			[]*issued{stranger.issue(stranger.intermediate, "leaf", good), stranger.intermediate, stranger.root},
			"",
			[]pkix.Word{pkix.Untrusted},
		},
		{"not for servers", []*issued{a.issue(a.intermediate, "leaf", good, client), a.intermediate}, "", []pkix.Word{pkix.Untrusted}},
		{
			"everything",
			[]*issued{stranger.issue(stranger.intermediate, "leaf", valid(-9*day, -day)), stranger.intermediate, stranger.root},
			"",
			[]pkix.Word{pkix.Expired, pkix.NoSAN, pkix.Untrusted},
		},
	} {
		f := fetchOne(t, func(w *world) { w.web(at10, sends(c.chain...), servePolicy); w.ca = a })
		if f.Status != 200 || f.TLS == nil || len(f.TLS.Chain) != len(c.chain) {
			t.Errorf("%s: status %d, fault %s", c.name, f.Status, faultText(f.Fault))
			continue
		}
		if f.TLS.Anchor != c.anchor || (f.TLS.TrustFault == "") != (c.anchor != "") {
			t.Errorf("%s: anchor %q, trust fault %q", c.name, f.TLS.Anchor, f.TLS.TrustFault)
		}
		if got := problemWords(f); !slices.Equal(got, c.words) {
			t.Errorf("%s: problems %q, want %q", c.name, got, c.words)
		}
	}
}

func TestOldVersions(t *testing.T) {
	for version, want := range map[uint16]string{tls.VersionTLS10: "TLS 1.0", tls.VersionTLS11: "TLS 1.1", tls.VersionTLS12: "TLS 1.2"} {
		f := fetchOne(t, func(w *world) {
			config := w.ca.config(policyHost)
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, version
			w.web(at10, config, servePolicy)
		})
		if f.TLS == nil || f.TLS.Version != want || f.TLS.Cipher == "" || f.Status != 200 {
			t.Errorf("%s: TLS %+v, fault %s", want, f.TLS, faultText(f.Fault))
		}
	}
}

func TestWeakSuite(t *testing.T) {
	f := fetchOne(t, func(w *world) {
		config := w.ca.config(policyHost)
		config.MaxVersion, config.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		w.web(at10, config, servePolicy)
	})
	if f.TLS == nil || f.TLS.Cipher != "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA" {
		t.Errorf("TLS %+v, fault %s", f.TLS, faultText(f.Fault))
	}
}

func TestExpiredRoot(t *testing.T) {
	a := newAuthority(t)
	root := a.issue(nil, "Old Root", asCA, valid(-900*day, -day))
	leaf := a.issue(root, "leaf", named(policyHost), valid(-9*day, 9*day))
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	facts := &fact.TLS{Chain: [][]byte{leaf.cert.Raw}}
	recordTrust(facts, roots, now())
	if facts.Anchor != "CN=Old Root" || !facts.PathExpiry.Equal(root.cert.NotAfter) {
		t.Errorf("facts = %+v", facts)
	}
}

// TestCrossSigned: one of two ways is past its dates; the other is the one that counts.
func TestCrossSigned(t *testing.T) {
	a := newAuthority(t)
	other := a.issue(nil, "Other Root", asCA, valid(-900*day, 900*day))
	template := *a.intermediate.cert
	template.NotBefore, template.NotAfter = now().Add(-900*day), now().Add(-day)
	der, err := x509.CreateCertificate(nil, &template, other.cert, &a.intermediate.key.PublicKey, other.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := a.issue(a.intermediate, "leaf", named(policyHost))
	roots := a.pool()
	roots.AddCert(other.cert)
	facts := &fact.TLS{Chain: [][]byte{leaf.cert.Raw, der, a.intermediate.cert.Raw}}
	recordTrust(facts, roots, now())
	if facts.Anchor != "CN=Test Root" || !facts.PathExpiry.After(now()) {
		t.Errorf("facts: %s by %q until %v, %s", facts.Anchor, facts.Path, facts.PathExpiry, facts.TrustFault)
	}
}

func TestLeafThatIsARoot(t *testing.T) {
	a := newAuthority(t)
	lone := a.issue(nil, "lone", named(policyHost))
	roots := x509.NewCertPool()
	roots.AddCert(lone.cert)
	facts := &fact.TLS{Chain: [][]byte{lone.cert.Raw}}
	recordTrust(facts, roots, now())
	if facts.Anchor != "CN=lone" || !facts.PathExpiry.IsZero() || !facts.PathStart.IsZero() {
		t.Errorf("facts = %+v", facts)
	}
}

func TestNoRoots(t *testing.T) {
	a := newAuthority(t)
	facts := &fact.TLS{Chain: [][]byte{a.root.cert.Raw}}
	recordTrust(facts, x509.NewCertPool(), now())
	if facts.Anchor != "" || facts.TrustFault != noRoots {
		t.Errorf("facts = %+v", facts)
	}
}

func TestChainIsBounded(t *testing.T) {
	a := newAuthority(t)
	s := tls.ConnectionState{PeerCertificates: slices.Repeat([]*x509.Certificate{a.root.cert}, 30)}
	if n := len(recordTLS(s).Chain); n != maxChain {
		t.Errorf("%d certificates are kept", n)
	}
	s.PeerCertificates = slices.Repeat([]*x509.Certificate{{Raw: bytes.Repeat([]byte{1}, 100<<10)}}, 5)
	if n := len(recordTLS(s).Chain); n != 2 {
		t.Errorf("%d certificates of 100 KiB are kept", n)
	}
}

func FuzzTrust(f *testing.F) {
	a := newAuthority(f)
	leaf := a.issue(a.intermediate, "leaf", named(policyHost))
	roots := a.pool()
	f.Add(leaf.cert.Raw, a.intermediate.cert.Raw)
	f.Add(a.root.cert.Raw, leaf.cert.Raw)
	f.Add([]byte{0x30, 0x80}, []byte{})
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		facts := &fact.TLS{Chain: [][]byte{first, second, first}}
		recordTrust(facts, roots, at)
		if facts.Anchor != "" && (facts.TrustFault != "" || len(facts.Path) == 0) {
			t.Errorf("facts = %+v", facts)
		}
	})
}
