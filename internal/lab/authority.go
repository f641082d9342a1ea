package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// authority is a certificate authority: a root and an intermediate that signs leaves.
type authority struct {
	now          time.Time
	root         *signer
	intermediate *signer
	issued       map[string]tls.Certificate // by key of certificate
	serial       int64
}

// signer is a certificate with its key.
type signer struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func newAuthority(name string, now time.Time) (*authority, error) {
	a := &authority{now: now, issued: map[string]tls.Certificate{}}
	var err error
	if a.root, err = a.sign(a.template(name+" Root"), nil); err != nil {
		return nil, err
	}
	a.intermediate, err = a.sign(a.template(name+" Intermediate"), a.root)
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

// sign makes the certificate of a template, signed by itself where by is nil.
func (a *authority) sign(template *x509.Certificate, by *signer) (*signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if by == nil {
		by = &signer{template, key}
	}
	a.serial++
	template.SerialNumber = big.NewInt(a.serial)
	der, err := x509.CreateCertificate(rand.Reader, template, by.Certificate, key.Public(), by.key)
	if err != nil {
		return nil, err
	}
	made, err := x509.ParseCertificate(der)
	return &signer{made, key}, err
}

// issue makes a leaf and the chain to send with it; the same one for the same certificate.
func (a *authority) issue(c certificate) (tls.Certificate, error) {
	if made, ok := a.issued[c.key()]; ok {
		return made, nil
	}
	by := a.intermediate
	if c.chain == selfSigned {
		by = nil
	}
	leaf, err := a.sign(c.template(a.now), by)
	if err != nil {
		return tls.Certificate{}, err
	}
	made := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leaf.key}
	switch c.chain {
	case "":
		made.Certificate = append(made.Certificate, a.intermediate.Raw)
	case untrusted:
		made.Certificate = append(made.Certificate, a.intermediate.Raw, a.root.Raw)
	}
	a.issued[c.key()] = made
	return made, nil
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

func (a *authorities) issue(c certificate) (tls.Certificate, error) {
	if c.chain != untrusted {
		return a.own.issue(c)
	}
	if a.foreign == nil {
		var err error
		if a.foreign, err = newAuthority("Unheard-of", a.own.now); err != nil {
			return tls.Certificate{}, err
		}
	}
	return a.foreign.issue(c)
}
