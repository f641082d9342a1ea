package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"sync"
	"time"
)

// An authority issues a certificate to any name, once: P-256 throughout, with an intermediate, as
// the big ones do.
type authority struct {
	intermediate *x509.Certificate
	signer       crypto.Signer
	leaf         *ecdsa.PrivateKey // one for all, so that a certificate costs one signature
	issued       sync.Map          // name to *tls.Certificate
}

// newAuthority writes its root to a file, unless none is named.
func newAuthority(file string) (*authority, error) {
	keys := make([]*ecdsa.PrivateKey, 3)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	root := issuer("Fleet Root")
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, keys[0].Public(), keys[0])
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, issuer("Fleet Intermediate"), root, keys[1].Public(), keys[0])
	if err != nil {
		return nil, err
	}
	intermediate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &authority{intermediate: intermediate, signer: keys[1], leaf: keys[2]}
	if file == "" {
		return a, nil
	}
	return a, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), 0o644)
}

func issuer(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().AddDate(0, 0, -10), NotAfter: time.Now().AddDate(3, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

// certificate is the one for a name; old tells that it is to have expired.
func (a *authority) certificate(name string, old bool) (*tls.Certificate, error) {
	if c, ok := a.issued.Load(name); ok {
		return c.(*tls.Certificate), nil
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	until := time.Now().AddDate(0, 0, 60)
	if old {
		until = time.Now().AddDate(0, 0, -1)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().AddDate(0, 0, -10), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.intermediate, a.leaf.Public(), a.signer)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der, a.intermediate.Raw}, PrivateKey: a.leaf}
	a.issued.Store(name, c)
	return c, nil
}
