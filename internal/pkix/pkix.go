// Package pkix says what is wrong with a server's certificate: dates, names and chain, every
// fault of one certificate at once.
//
// A TLS library stops at the first fault; whoever repairs a certificate wants all of them. RFC 8461
// §3.3 and §4.2 ask for three things: the certificate is within its dates, it carries the host's
// name as a SAN dNSName (matched by RFC 9525 §6.3; the common name never counts), and it leads to
// a root that is trusted here. The first two are read from the DER; the third was tried by package
// collect, dates and names left aside, and is part of the facts. What is decided here is why it
// failed: self-signed, incomplete-chain or untrusted.
//
// The package knows no clock, no roots and no network, so that saved facts give the same answer
// years later, and so that every host that a sender meets is judged alike.
package pkix

import (
	"crypto/x509"
	"time"

	"mtasts/internal/fact"
)

// Word is one kind of fault, spelt as the reason words of the rules.
type Word string

// The kinds of faults.
const (
	Expired         Word = "expired"
	NotYetValid     Word = "not-yet-valid"
	NameMismatch    Word = "name-mismatch"
	NoSAN           Word = "no-san"
	SelfSigned      Word = "self-signed"
	IncompleteChain Word = "incomplete-chain"
	Untrusted       Word = "untrusted"
	Malformed       Word = "malformed"
	None            Word = "none" // no certificate at all
)

// Problem is one fault. Text is a clause with the particulars whose subject is the certificate:
// "expired 3 days ago, on 2026-01-28". It may hold words of the certificate: whoever shows it escapes it.
type Problem struct {
	Word Word
	Text string
}

// Reader reads certificates, each once however often it was sent: the addresses of a host show one
// and the same, and every question about it begins with reading it. The zero Reader has read nothing.
type Reader struct {
	known map[string]certificate // by DER
}

// certificate is one that was read, or why it could not be.
type certificate struct {
	*x509.Certificate
	err error
}

func (r *Reader) read(der []byte) certificate {
	c, ok := r.known[string(der)]
	if ok {
		return c
	}
	if r.known == nil {
		r.known = map[string]certificate{}
	}
	c.Certificate, c.err = x509.ParseCertificate(der)
	r.known[string(der)] = c
	return c
}

// Problems is everything that keeps the certificate of t from being good for host at that time:
// dates first, then names, then the chain. It is empty for a good one. One word may stand twice,
// when both the server's certificate and an intermediate have expired.
func (r *Reader) Problems(t *fact.TLS, host string, at time.Time) []Problem {
	leaf, problem := r.leafOf(t)
	if leaf == nil {
		return []Problem{problem}
	}
	c := &chain{facts: t, reader: r, leaf: leaf}
	list := c.expired(at)
	list = append(list, c.early(at)...)
	list = append(list, nameProblems(leaf, host)...)
	return append(list, c.trust()...)
}

// Problems is [Reader.Problems] for a chain that nothing else is asked about.
func Problems(t *fact.TLS, host string, at time.Time) []Problem {
	return new(Reader).Problems(t, host, at)
}

// Summary is what a person wants to know of a certificate.
type Summary struct {
	Subject, Issuer     string    // distinguished names as in RFC 2253
	Names               []string  // SAN dNSNames, in their order
	NotBefore, NotAfter time.Time // UTC
	Sent                int       // certificates sent, this one included
}

// Summarize is the summary of the server's own certificate; false where there is none that can
// be read.
func (r *Reader) Summarize(t *fact.TLS) (Summary, bool) {
	leaf, _ := r.leafOf(t)
	if leaf == nil {
		return Summary{}, false
	}
	return Summary{
		Subject: clip(leaf.Subject.String()), Issuer: clip(leaf.Issuer.String()),
		Names:     leaf.DNSNames,
		NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
		Sent: len(t.Chain),
	}, true
}

// End is when the server's own certificate ends, in UTC; false where there is none that can be read.
func (r *Reader) End(t *fact.TLS) (time.Time, bool) {
	leaf, _ := r.leafOf(t)
	if leaf == nil {
		return time.Time{}, false
	}
	return leaf.NotAfter.UTC(), true
}

// leafOf is the server's own certificate, or why there is none.
func (r *Reader) leafOf(t *fact.TLS) (*x509.Certificate, Problem) {
	if t == nil || len(t.Chain) == 0 {
		return nil, Problem{None, "is missing: the server sent none"}
	}
	leaf := r.read(t.Chain[0])
	if leaf.err != nil {
		return nil, Problem{Malformed, "cannot be read: " + clip(trim(leaf.err.Error()))}
	}
	return leaf.Certificate, Problem{}
}

// longestChain is how many certificates beyond the leaf are looked at. Real chains have three; a hostile one
// of hundreds in reverse order would cost a signature for each pair of them.
const longestChain = 32

// readAll reads what can be read of the certificates beyond the leaf; one that cannot be read
// links nothing.
func (r *Reader) readAll(chain [][]byte) []*x509.Certificate {
	var list []*x509.Certificate
	for _, der := range chain[:min(longestChain, len(chain))] {
		if c := r.read(der); c.err == nil {
			list = append(list, c.Certificate)
		}
	}
	return list
}
