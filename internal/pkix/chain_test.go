package pkix

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

const host = "mta-sts.example.com"

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// entity is a certificate with its key, so that it can issue others.
type entity struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

type change func(*x509.Certificate)

func names(list ...string) change { return func(c *x509.Certificate) { c.DNSNames = list } }

func dates(from, to time.Time) change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
}

func aia(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example/up.cer"} }

func days(n int) time.Time { return now.AddDate(0, 0, n) }

// ca is a CA certificate issued by parent; by itself where parent is the zero entity.
func ca(t testing.TB, parent entity, name string, changes ...change) entity {
	t.Helper()
	return issue(t, parent, name, append([]change{func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	}}, changes...)...)
}

func issue(t testing.TB, parent entity, name string, changes ...change) entity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: days(-30), NotAfter: days(60),
	}
	for _, change := range changes {
		change(template)
	}
	if parent.Certificate == nil {
		parent = entity{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Certificate, &key.PublicKey, parent.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return entity{c, key}
}

func sent(list ...entity) *fact.TLS {
	t := &fact.TLS{TrustFault: "certificate signed by unknown authority"}
	for _, e := range list {
		t.Chain = append(t.Chain, e.Raw)
	}
	return t
}

// trusted is the same chain where a way to a root was found.
func trusted(list ...entity) *fact.TLS {
	t := sent(list...)
	t.Anchor, t.TrustFault = "CN=Root", ""
	return t
}

func TestProblems(t *testing.T) {
	root := ca(t, entity{}, "Root")
	inter := ca(t, root, "Inter")
	below := ca(t, inter, "Below")
	pointing := ca(t, root, "Pointing", aia)
	other := ca(t, entity{}, "Other")
	old := ca(t, root, "Old", dates(days(-90), days(-2)))
	good := issue(t, inter, "leaf", names(host))
	lone := issue(t, entity{}, "lone", names(host))
	oldPath := trusted(issue(t, old, "leaf", names(host)), old)
	oldPath.PathStart, oldPath.PathExpiry = days(-90), days(-2)
	oldRoot := trusted(good, inter)
	oldRoot.PathStart, oldRoot.PathExpiry = days(-900), days(-40)
	newRoot := trusted(good, inter)
	newRoot.PathStart, newRoot.PathExpiry = days(5), days(900)
	usage := sent(good, inter)
	usage.TrustFault = "certificate specifies an incompatible key usage"
	weak := sent(good, inter, root)
	weak.TrustFault = `certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm SHA1-RSA" while ...)`

	for _, c := range []struct {
		name  string
		facts *fact.TLS
		want  []Problem
	}{
		{"good", trusted(good, inter), nil},
		{"wildcard", trusted(issue(t, inter, "leaf", names("*.example.com")), inter), nil},
		{"nothing", nil, []Problem{{None, "is missing: the server sent none"}}},
		{"empty", &fact.TLS{}, []Problem{{None, "is missing: the server sent none"}}},
		{"malformed", &fact.TLS{Chain: [][]byte{{0x30, 0}}}, []Problem{{Malformed, "cannot be read: malformed tbs certificate"}}},
		{
			"expired", trusted(issue(t, inter, "leaf", names(host), dates(days(-90), days(-3))), inter),
			[]Problem{{Expired, "expired 3 days ago, on 2026-01-28"}},
		},
		{
			"not yet", trusted(issue(t, inter, "leaf", names(host), dates(days(2), days(9))), inter),
			[]Problem{{NotYetValid, "is not valid before 2026-02-02, which is in 2 days"}},
		},
		{
			"other name", trusted(issue(t, inter, "leaf", names("other.example.com")), inter),
			[]Problem{{NameMismatch, "is for other.example.com, not for mta-sts.example.com"}},
		},
		{
			"many names", trusted(issue(t, inter, "leaf", names("a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example")), inter),
			[]Problem{{NameMismatch, "is for a.example, b.example, c.example, d.example, e.example and 2 more, not for mta-sts.example.com"}},
		},
		{
			"wildcard too deep", trusted(issue(t, inter, "leaf", names("example.com", "*.com")), inter),
			[]Problem{{NameMismatch, `is for example.com and *.com, not for mta-sts.example.com ("*.com" stands for exactly one label)`}},
		},
		{
			"common name", trusted(issue(t, inter, host), inter),
			[]Problem{{NoSAN, `holds no DNS name in its subjectAltName; the common name "mta-sts.example.com" does not count`}},
		},
		{"self-signed", sent(lone), []Problem{{SelfSigned, "is signed by itself, not by a certificate authority"}}},
		{"self-signed sent twice", sent(lone, lone), []Problem{{SelfSigned, "is signed by itself, not by a certificate authority"}}},
		{"leaf alone", sent(good), []Problem{{IncompleteChain, `was issued by "CN=Inter", whose certificate was not sent`}}},
		{
			"leaf and strangers", sent(good, other, below),
			[]Problem{{IncompleteChain, `was issued by "CN=Inter", whose certificate was not sent (2 of the certificates sent do not belong to the chain)`}},
		},
		{
			"leaf and a stranger", sent(good, other),
			[]Problem{{IncompleteChain, `was issued by "CN=Inter", whose certificate was not sent (one of the certificates sent does not belong to the chain)`}},
		},
		{
			"pointing on", sent(issue(t, pointing, "leaf", names(host)), pointing),
			[]Problem{{IncompleteChain, `leads to "CN=Pointing", and the certificate of its issuer "CN=Root" was not sent`}},
		},
		{"unknown root", sent(good, inter), []Problem{{Untrusted, `leads to "CN=Inter", whose issuer "CN=Root" is not trusted here`}}},
		{"unknown root sent", sent(good, inter, root), []Problem{{Untrusted, `leads to the root "CN=Root", which is not trusted here`}}},
		{
			"any order", sent(issue(t, below, "leaf", names(host)), root, inter, below),
			[]Problem{{Untrusted, `leads to the root "CN=Root", which is not trusted here`}},
		},
		{"usage", usage, []Problem{{Untrusted, "is not trusted: certificate specifies an incompatible key usage"}}},
		{"weak", weak, []Problem{{Untrusted, "is not trusted: " + weak.TrustFault}}},
		{"expired intermediate", oldPath, []Problem{{Expired, `depends on the intermediate "CN=Old", which expired 2 days ago, on 2026-01-29`}}},
		{"expired root", oldRoot, []Problem{{Expired, `depends on the root "CN=Root", which expired 40 days ago, on 2025-12-22`}}},
		{"young root", newRoot, []Problem{{NotYetValid, `depends on the root "CN=Root", which is not valid before 2026-02-05`}}},
		{
			"everything at once", sent(issue(t, old, "leaf", dates(days(-90), now.Add(-5*time.Hour)), names("x.example")), old, root),
			[]Problem{
				{Expired, "expired 5 hours ago, on 2026-01-31"},
				{Expired, `depends on the intermediate "CN=Old", which expired 2 days ago, on 2026-01-29`},
				{NameMismatch, "is for x.example, not for mta-sts.example.com"},
				{Untrusted, `leads to the root "CN=Root", which is not trusted here`},
			},
		},
	} {
		if diff := cmp.Diff(c.want, Problems(c.facts, host, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestDated(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{-30, 60, ""},
		{-30, 0, ""},
		{0, 60, ""},
		{-90, -3, "expired 3 days ago, on 2026-01-28"},
		{2, 9, "is not valid before 2026-02-02, which is in 2 days"},
	} {
		cert := &x509.Certificate{NotBefore: days(c.from), NotAfter: days(c.to)}
		if got := Dated(cert, now); got != c.want {
			t.Errorf("from day %d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestCircleEnds(t *testing.T) {
	a := ca(t, entity{}, "A")
	b := ca(t, a, "B")
	// A's name and key again, issued by B.
	template := *a.Certificate
	der, err := x509.CreateCertificate(rand.Reader, &template, b.Certificate, &a.key.PublicKey, b.key)
	if err != nil {
		t.Fatal(err)
	}
	facts := sent(issue(t, a, "leaf", names(host)), b)
	facts.Chain = append(facts.Chain, der)
	got := Problems(facts, host, now)
	if len(got) != 1 || got[0].Word != Untrusted {
		t.Errorf("problems = %v, want untrusted alone", got)
	}
}

func TestSummarize(t *testing.T) {
	root := ca(t, entity{}, "Root")
	leaf := issue(t, root, "leaf", names(host, "www.example.com"))
	got, ok := new(Reader).Summarize(sent(leaf, root))
	want := Summary{"CN=leaf", "CN=Root", []string{host, "www.example.com"}, days(-30), days(60), 2}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("ok %v (-want +got):\n%s", ok, diff)
	}
	if _, ok := new(Reader).Summarize(&fact.TLS{Chain: [][]byte{[]byte("no DER")}}); ok {
		t.Error("a malformed certificate has a summary")
	}
}

func FuzzProblems(f *testing.F) {
	root := ca(f, entity{}, "Root")
	leaf := issue(f, root, "leaf", names(host))
	f.Add(leaf.Raw, root.Raw, host)
	f.Add(root.Raw, leaf.Raw, "b\xc3\xbccher.example")
	words := []Word{Expired, NotYetValid, NameMismatch, NoSAN, SelfSigned, IncompleteChain, Untrusted, Malformed, None}
	f.Fuzz(func(t *testing.T, first, second []byte, host string) {
		facts := &fact.TLS{Chain: [][]byte{first, second, first}}
		problems := Problems(facts, host, now)
		if len(problems) == 0 {
			t.Error("a chain without an anchor has no problem")
		}
		for _, p := range problems {
			if !slices.Contains(words, p.Word) || p.Text == "" || len(p.Text) > 16*longest+len(host) {
				t.Errorf("odd problem %q", p)
			}
		}
		new(Reader).Summarize(facts)
	})
}

// TestLongChain: the work on a chain is bounded, and so is what can be found in it.
func TestLongChain(t *testing.T) {
	root := ca(t, entity{}, "Root")
	chain := []entity{issue(t, root, host, names(host))}
	for range 2 * longestChain {
		chain = append(chain, ca(t, entity{}, "Other"))
	}
	if got := Problems(sent(append(chain[:longestChain:longestChain], root)...), host, now); len(got) != 1 || got[0].Word != Untrusted {
		t.Errorf("the root is the last that counts: %+v", got)
	}
	if got := Problems(sent(append(chain, root)...), host, now); len(got) != 1 || got[0].Word != IncompleteChain {
		t.Errorf("the root is beyond what counts: %+v", got)
	}
}
