package pkix

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
)

// mostEffort is how much work the ways from one certificate may be, in signatures of RSA with 2048 bits. A
// sound chain takes some four. One that is made to, with ways that branch at each step and keys of 8192
// bits, takes a second for every address that sends it.
const mostEffort = 128

// Tangle is what stands in the place of a verifier's words where the certificates are [Tangled].
const Tangle = "the certificates sent name each other as issuers in so many ways that these were not followed"

// Tangled tells that there are so many ways from a server's certificate through the others, by their
// names, that nobody should follow them with a verifier.
func Tangled(leaf *x509.Certificate, others []*x509.Certificate) bool {
	t := tangle{others: others, used: make([]bool, len(others)), left: mostEffort}
	t.climb(leaf)
	return t.left < 0
}

// tangle counts what it is to follow all ways.
type tangle struct {
	others []*x509.Certificate
	used   []bool
	left   int
}

func (t *tangle) climb(child *x509.Certificate) {
	for i, parent := range t.others {
		if t.used[i] || !bytes.Equal(parent.RawSubject, child.RawIssuer) {
			continue
		}
		if t.left -= effort(parent); t.left < 0 {
			return
		}
		t.used[i] = true
		t.climb(parent)
		t.used[i] = false
	}
}

// effort is what it takes to verify a signature that the certificate's key has made.
func effort(c *x509.Certificate) int {
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		n := (key.N.BitLen() + 2047) / 2048
		return n * n
	}
	return 2 // elliptic curves take longer, but have an end
}
