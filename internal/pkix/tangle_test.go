package pkix

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strconv"
	"testing"
)

// made is a certificate by its names, with a key of that many bits.
func made(subject, issuer string, bits uint) *x509.Certificate {
	key := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}
	return &x509.Certificate{RawSubject: []byte(subject), RawIssuer: []byte(issuer), PublicKey: key}
}

// TestTangled: what sound servers send is none, even with large keys and cross-signed; what has hundreds of
// ways is one, before a single signature is looked at.
func TestTangled(t *testing.T) {
	var line, strangers, circle, large []*x509.Certificate
	for i := range longestChain {
		line = append(line, made("c"+strconv.Itoa(i), "c"+strconv.Itoa(i+1), 2048))
		strangers = append(strangers, made("s"+strconv.Itoa(i), "x", 8192))
		circle = append(circle, made("c0", "c0", 2048))
	}
	for i := range 9 {
		large = append(large, made("c"+strconv.Itoa(i), "c"+strconv.Itoa(i+1), 8192))
	}
	cross := []*x509.Certificate{made("c0", "r", 4096), made("c0", "r", 4096), made("r", "r", 4096), made("r", "old", 4096), made("old", "old", 4096)}
	for name, c := range map[string]struct {
		others []*x509.Certificate
		want   bool
	}{
		"nothing": {}, "a line": {others: line}, "strangers": {others: strangers}, "cross-signed": {others: cross},
		"two large": {others: large[:2]}, "many large": {large, true}, "a circle": {circle, true}, "a small circle": {others: circle[:4]},
	} {
		if got := Tangled(made("leaf", "c0", 2048), c.others); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestTangleIsLeftAlone: such a chain has one problem, and dates aside, nothing else is told of it.
func TestTangleIsLeftAlone(t *testing.T) {
	shared := ca(t, entity{}, "Root")
	chain := []entity{issue(t, shared, "leaf", names(host))}
	for i := range 12 {
		again := *shared.Certificate
		again.DNSNames = []string{strconv.Itoa(i) + ".example"}
		chain = append(chain, issue(t, shared, "Root", func(c *x509.Certificate) { *c = again }))
	}
	got := Problems(sent(chain...), host, now)
	if len(got) != 1 || got[0] != (Problem{Untrusted, "is not trusted: " + Tangle}) {
		t.Errorf("problems = %v", got)
	}
}
