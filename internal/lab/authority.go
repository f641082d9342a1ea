package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// authority is a certificate authority: a root and an intermediate that signs leaves.
type authority struct {
	name         string
	now          time.Time
	root         *signer
	intermediate *signer
	made         map[string]issued // by key of certificate
}

// issued is a certificate with those above it, and the chain that is sent.
type issued struct {
	leaf, issuer, root *x509.Certificate
	sent               tls.Certificate
}

// signer is a certificate with its key.
type signer struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func newAuthority(name string, now time.Time) (*authority, error) {
	a := &authority{name: name, now: now, made: map[string]issued{}}
	var err error
	if a.root, err = a.sign("root", a.template(name+" Root"), nil); err != nil {
		return nil, err
	}
	a.intermediate, err = a.sign("intermediate", a.template(name+" Intermediate"), a.root)
	return a, err
}

// template is a certificate of an authority, valid from two years ago to ten years from now.
func (a *authority) template(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"mtasts lab"}, CommonName: name},
		NotBefore:             a.now.AddDate(-2, 0, 0),
		NotAfter:              a.now.AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

// sign makes the certificate of a template, signed by itself where by is nil. Key, serial number
// and signature (RFC 6979, which is what no source of randomness means) follow from the name of
// the authority and what the certificate is for, so that a scene shows the same certificates, and
// their digests, each time. Nobody but the lab's own clients trusts them.
func (a *authority) sign(what string, template *x509.Certificate, by *signer) (*signer, error) {
	seed := sha256.Sum256([]byte("key\n" + a.name + "\n" + what))
	seed[0] &= 0x7f // below the order of P-256
	serial := sha256.Sum256([]byte("serial number\n" + a.name + "\n" + what))
	template.SerialNumber = new(big.Int).SetBytes(serial[:8])
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		return nil, err
	}
	if by == nil {
		by = &signer{template, key}
	}
	der, err := x509.CreateCertificate(nil, template, by.Certificate, key.Public(), by.key)
	if err != nil {
		return nil, err
	}
	made, err := x509.ParseCertificate(der)
	return &signer{made, key}, err
}

// issue makes a leaf and the chain to send with it; the same one for the same certificate.
func (a *authority) issue(c certificate) (issued, error) {
	if made, ok := a.made[c.key()]; ok {
		return made, nil
	}
	by := a.intermediate
	if c.chain == selfSigned {
		by = nil
	}
	leaf, err := a.sign(c.key(), c.template(a.now), by)
	if err != nil {
		return issued{}, err
	}
	made := issued{leaf: leaf.Certificate, issuer: a.intermediate.Certificate, root: a.root.Certificate}
	if by == nil {
		made.issuer, made.root = made.leaf, made.leaf
	}
	made.sent = tls.Certificate{Certificate: made.chain(c.chain), PrivateKey: leaf.key}
	a.made[c.key()] = made
	return made, nil
}

// chain is what a server sends whose script has this word about it.
func (i issued) chain(word string) [][]byte {
	list := [][]byte{i.leaf.Raw, i.issuer.Raw, i.root.Raw}
	switch word {
	case selfSigned, incomplete:
		return list[:1]
	case untrusted, withRoot:
		return list
	}
	return list[:2]
}

// template is the certificate of a server, its first name as CN too.
func (c certificate) template(now time.Time) *x509.Certificate {
	from, to := c.validity(now)
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: c.names[0]},
		NotBefore:             from,
		NotAfter:              to,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if !c.noSAN {
		t.DNSNames = c.names
	}
	return t
}

// authorities are the lab's own and the one that nobody trusts, made when it is first needed.
type authorities struct {
	own, foreign *authority
}

func (a *authorities) issue(c certificate) (issued, error) {
	return a.by(c.chain == untrusted, c)
}

// other is what the other of the two makes of a certificate: alike, but for all its keys.
func (a *authorities) other(c certificate) (issued, error) {
	return a.by(c.chain != untrusted, c)
}

func (a *authorities) by(foreign bool, c certificate) (issued, error) {
	if !foreign {
		return a.own.issue(c)
	}
	if a.foreign == nil {
		var err error
		if a.foreign, err = newAuthority("Unheard-of", a.own.now); err != nil {
			return issued{}, err
		}
	}
	return a.foreign.issue(c)
}
