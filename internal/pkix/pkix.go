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

// Problems is everything that keeps the certificate of t from being good for host at that time:
// dates first, then names, then the chain. It is empty for a good one. One word may stand twice,
// when both the server's certificate and an intermediate have expired.
func Problems(t *fact.TLS, host string, at time.Time) []Problem {
	leaf, problem := leafOf(t)
	if leaf == nil {
		return []Problem{problem}
	}
	c := chain{facts: t, links: link(leaf, parse(t.Chain[1:]))}
	list := c.expired(at)
	list = append(list, c.early(at)...)
	list = append(list, nameProblems(leaf, host)...)
	return append(list, c.trust()...)
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
func Summarize(t *fact.TLS) (Summary, bool) {
	leaf, _ := leafOf(t)
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

// leafOf is the server's own certificate, or why there is none.
func leafOf(t *fact.TLS) (*x509.Certificate, Problem) {
	if t == nil || len(t.Chain) == 0 {
		return nil, Problem{None, "is missing: the server sent none"}
	}
	leaf, err := x509.ParseCertificate(t.Chain[0])
	if err != nil {
		return nil, Problem{Malformed, "cannot be read: " + clip(trim(err.Error()))}
	}
	return leaf, Problem{}
}

// longestChain is how many certificates beyond the leaf are looked at. Real chains have three; a hostile one
// of hundreds in reverse order would cost a signature for each pair of them.
const longestChain = 32

// parse reads what can be read of the certificates beyond the leaf; one that cannot be read
// links nothing.
func parse(chain [][]byte) []*x509.Certificate {
	var list []*x509.Certificate
	for _, der := range chain[:min(longestChain, len(chain))] {
		if c, err := x509.ParseCertificate(der); err == nil {
			list = append(list, c)
		}
	}
	return list
}
