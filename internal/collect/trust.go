package collect

import (
	"bytes"
	"crypto/x509"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/trouble"
	"mtasts/internal/words"
)

// noRoots is the fault of a machine without any root: in a container, as a rule.
const noRoots = "this machine has no trusted root certificates (the package ca-certificates is missing)"

// recordTrust works out whether the chain leads to a root of the store, and by which way (RFC
// 5280 §6), with names and dates left aside: they are judged on their own, so that a certificate
// of a trusted authority that has expired is known to be both. Only what the server sent is used
// as an intermediate; nothing is fetched, as senders fetch nothing.
func recordTrust(t *fact.TLS, roots *x509.CertPool, at time.Time) {
	if roots.Equal(x509.NewCertPool()) {
		t.NoRoots, t.TrustFault = true, noRoots
		return
	}
	certs := parseChain(t.Chain)
	if len(certs) == 0 {
		return
	}
	if pkix.Tangled(certs[0], certs[1:]) {
		t.TrustFault = pkix.Tangle
		return
	}
	paths, err := verify(certs, roots, at)
	if err != nil {
		t.TrustFault = words.Clip(trouble.Bare(err), longest)
		return
	}
	p := best(paths, certs, at)
	t.Anchor = words.Clip(p.certs[len(p.certs)-1].Subject.String(), longest)
	for _, c := range p.certs {
		t.Path = append(t.Path, words.Clip(c.Subject.String(), longest))
	}
	t.PathStart, t.PathExpiry = p.start, p.end
}

// parseChain reads a chain as far as it can be read; empty where the leaf cannot.
func parseChain(chain [][]byte) []*x509.Certificate {
	var list []*x509.Certificate
	for i, der := range chain {
		c, err := x509.ParseCertificate(der)
		switch {
		case err == nil:
			list = append(list, c)
		case i == 0:
			return nil
		}
	}
	return list
}

// verify finds all ways from the leaf to a root that are good for a TLS server at some time. The
// sent certificates are tried with their dates opened wide. A root's dates cannot be, so where it
// has expired the ends of the leaf's validity are tried too.
func verify(certs []*x509.Certificate, roots *x509.CertPool, at time.Time) (paths [][]*x509.Certificate, err error) {
	opt := x509.VerifyOptions{
		Roots: roots, Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, c := range certs[1:] {
		opt.Intermediates.AddCert(dateless(c))
	}
	leaf := dateless(certs[0])
	for _, opt.CurrentTime = range []time.Time{at, certs[0].NotBefore, certs[0].NotAfter} {
		var e error
		if paths, e = leaf.Verify(opt); e == nil {
			return paths, nil
		}
		if err == nil {
			err = e
		}
	}
	return nil, err
}

// dateless is a certificate that is always within its dates. Signatures are made over Raw, so
// it verifies as before.
func dateless(c *x509.Certificate) *x509.Certificate {
	open := *c
	open.NotBefore = time.Time{}
	open.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) // RFC 5280 §4.1.2.5
	return &open
}

// path is a way from leaf to root and when it is good, the leaf left aside: a zero time is no bound.
type path struct {
	certs      []*x509.Certificate
	start, end time.Time
}

// best is the way that senders have most of: one that is good at that time, then the longest
// good one, then the shortest.
func best(paths [][]*x509.Certificate, sent []*x509.Certificate, at time.Time) path {
	var b path
	for i, certs := range paths {
		if p := dated(certs, sent); i == 0 || p.better(b, at) {
			b = p
		}
	}
	return b
}

func (p path) better(q path, at time.Time) bool {
	switch pg, qg := p.good(at), q.good(at); {
	case pg != qg:
		return pg
	case !p.end.Equal(q.end):
		return p.end.IsZero() || !q.end.IsZero() && p.end.After(q.end)
	default:
		return len(p.certs) < len(q.certs)
	}
}

func (p path) good(at time.Time) bool {
	return !at.Before(p.start) && (p.end.IsZero() || !at.After(p.end))
}

// dated puts the true dates back.
func dated(certs, sent []*x509.Certificate) path {
	p := path{certs: certs}
	for _, c := range certs[1:] {
		c = original(c, sent)
		if c.NotBefore.After(p.start) {
			p.start = c.NotBefore.UTC()
		}
		if p.end.IsZero() || c.NotAfter.Before(p.end) {
			p.end = c.NotAfter.UTC()
		}
	}
	return p
}

func original(c *x509.Certificate, sent []*x509.Certificate) *x509.Certificate {
	for _, s := range sent {
		if bytes.Equal(s.Raw, c.Raw) {
			return s
		}
	}
	return c
}
