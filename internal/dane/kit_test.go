package dane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"regexp"
	"testing"
	"time"

	"mtasts/internal/fact"
)

const host = "mx1.example.com"

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func days(n int) time.Time { return now.AddDate(0, 0, n) }

// entity is a certificate with its key, so that it can issue others.
type entity struct {
	*x509.Certificate
	key crypto.Signer
}

type change func(*entity)

func names(list ...string) change { return func(e *entity) { e.DNSNames = list } }

func dates(from, to int) change {
	return func(e *entity) { e.NotBefore, e.NotAfter = days(from), days(to) }
}

// keyed gives a certificate the key of another.
func keyed(other entity) change { return func(e *entity) { e.key = other.key } }

func usages(list ...x509.ExtKeyUsage) change {
	return func(e *entity) { e.ExtKeyUsage = list }
}

func withRSA(t testing.TB) change {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return func(e *entity) { e.key = key }
}

// ca is a CA certificate issued by parent; by itself where parent is the zero entity.
func ca(t testing.TB, parent entity, name string, changes ...change) entity {
	t.Helper()
	return issue(t, parent, name, append([]change{func(e *entity) {
		e.IsCA, e.BasicConstraintsValid, e.KeyUsage = true, true, x509.KeyUsageCertSign
	}}, changes...)...)
}

func issue(t testing.TB, parent entity, name string, changes ...change) entity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := entity{&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: days(-30), NotAfter: days(60),
	}, key}
	for _, change := range changes {
		change(&e)
	}
	if parent.Certificate == nil {
		parent = e
	}
	der, err := x509.CreateCertificate(rand.Reader, e.Certificate, parent.Certificate, e.key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	if e.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return e
}

// sent is a chain as a server sends it.
func sent(list ...entity) [][]byte {
	var chain [][]byte
	for _, e := range list {
		chain = append(chain, e.Raw)
	}
	return chain
}

// of is the record with those numbers for a certificate, worked out by other means than the code's.
func of(e entity, usage, selector, matchingType uint8) fact.TLSA {
	data := e.Raw
	if selector == 1 {
		data = e.RawSubjectPublicKeyInfo
	}
	if matchingType > 0 {
		h := [...]crypto.Hash{1: crypto.SHA256, 2: crypto.SHA512}[matchingType].New()
		h.Write(data)
		data = h.Sum(nil)
	}
	return fact.TLSA{Usage: usage, Selector: selector, MatchingType: matchingType, Data: data}
}

func records(list ...fact.TLSA) []fact.Record {
	var all []fact.Record
	for _, r := range list {
		all = append(all, fact.Record{TLSA: &r})
	}
	return all
}

// plain takes the digests, which are others in each run, out of sentences.
func plain(list []string) []string {
	digests := regexp.MustCompile(`[0-9a-f]{8}\b`)
	var all []string
	for _, s := range list {
		all = append(all, digests.ReplaceAllString(s, "#"))
	}
	return all
}
