package pkix

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"mtasts/internal/fact"
)

// chain is what a server sent.
type chain struct {
	facts  *fact.TLS
	reader *Reader
	leaf   *x509.Certificate
	links  []*x509.Certificate // see linked
}

// linked is the certificates as each was issued by the next, leaf first, whatever the order they
// were sent in; what does not belong is left out. It costs a signature for each, so it is worked out
// where the chain leads to no trusted root, and once.
func (c *chain) linked() []*x509.Certificate {
	switch {
	case c.links != nil:
	case c.tangled():
		c.links = []*x509.Certificate{c.leaf}
	default:
		c.links = link(c.leaf, c.reader.readAll(c.facts.Chain[1:]))
	}
	return c.links
}

func (c *chain) tangled() bool { return Tangled(c.leaf, c.reader.readAll(c.facts.Chain[1:])) }

func (c *chain) last() *x509.Certificate { return c.linked()[len(c.linked())-1] }
func (c *chain) trusted() bool           { return c.facts.Anchor != "" }

// intermediates are the linked certificates that a sender needs besides its own roots.
func (c *chain) intermediates() []*x509.Certificate {
	list := c.linked()[1:]
	if n := len(list); n > 0 && selfSigned(list[n-1]) {
		return list[:n-1]
	}
	return list
}

// link follows the issuers from the leaf through the other certificates. Each is used once, so a
// circle of cross-signed certificates ends.
func link(leaf *x509.Certificate, others []*x509.Certificate) []*x509.Certificate {
	links := []*x509.Certificate{leaf}
	used := make([]bool, len(others))
	for cur := leaf; !selfSigned(cur); {
		i := parentOf(cur, others, used)
		if i < 0 {
			break
		}
		used[i] = true
		cur = others[i]
		links = append(links, cur)
	}
	return links
}

// parentOf is the first unused certificate that issued child, or -1. A self-signed one is taken
// only where no other did: the way to a trusted root may lead around it.
func parentOf(child *x509.Certificate, others []*x509.Certificate, used []bool) int {
	found := -1
	for i, c := range others {
		switch {
		case used[i] || bytes.Equal(c.Raw, child.Raw) || !issued(c, child):
		case !selfSigned(c):
			return i
		case found < 0:
			found = i
		}
	}
	return found
}

// issued tells by name, key identifiers and signature whether parent issued child.
func issued(parent, child *x509.Certificate) bool {
	if !bytes.Equal(parent.RawSubject, child.RawIssuer) {
		return false
	}
	if a, s := child.AuthorityKeyId, parent.SubjectKeyId; len(a) > 0 && len(s) > 0 && !bytes.Equal(a, s) {
		return false
	}
	return signed(parent, child)
}

// signed tells whether parent's key made child's signature. One made with an algorithm that is
// not verified any more (SHA-1, MD5) is believed: this is about what was sent, not about trust.
func signed(parent, child *x509.Certificate) bool {
	err := parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
	var insecure x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// selfSigned tells that a certificate is its own issuer.
func selfSigned(c *x509.Certificate) bool { return issued(c, c) }

// trust is why no way to a trusted root was found; nil where one was.
//
// Without fetching anything, a chain that stops at an unknown issuer does not tell whether a
// certificate was left out or the root is a stranger. It counts as incomplete where the last one
// linked is a server's certificate (public roots do not sign those directly) or points to its
// issuer's certificate by an AIA caIssuers URL (RFC 5280 §4.2.2.1), as public intermediates do
// whose issuer has to be sent; else, and where it ends at a self-signed root, as untrusted.
func (c *chain) trust() []Problem {
	if c.trusted() || c.facts.NoRoots { // without roots nobody can tell
		return nil
	}
	if c.tangled() {
		return []Problem{{Untrusted, "is not trusted: " + Tangle}}
	}
	switch last := c.last(); {
	case selfSigned(c.leaf):
		return []Problem{{SelfSigned, "is signed by itself, not by a certificate authority"}}
	case c.otherFault():
		return []Problem{{Untrusted, "is not trusted: " + clip(trim(c.facts.TrustFault))}}
	case selfSigned(last):
		return []Problem{{Untrusted, fmt.Sprintf("leads to the root %s, which is not trusted here", quoteName(last))}}
	case len(c.linked()) == 1:
		return []Problem{{IncompleteChain, c.unsent()}}
	case len(last.IssuingCertificateURL) > 0:
		return []Problem{{IncompleteChain, c.unsent()}}
	default:
		return []Problem{{Untrusted, fmt.Sprintf("leads to %s, whose issuer %q is not trusted here", quoteName(last), clip(last.Issuer.String()))}}
	}
}

// unsent names the certificate that the server has to send as well.
func (c *chain) unsent() string {
	last := c.last()
	text := fmt.Sprintf("was issued by %q, whose certificate was not sent", clip(last.Issuer.String()))
	if len(c.linked()) > 1 {
		text = fmt.Sprintf("leads to %s, and the certificate of its issuer %q was not sent", quoteName(last), clip(last.Issuer.String()))
	}
	switch extra := len(c.facts.Chain) - len(c.linked()); {
	case extra == 1:
		text += " (one of the certificates sent does not belong to the chain)"
	case extra > 1:
		text += fmt.Sprintf(" (%d of the certificates sent do not belong to the chain)", extra)
	}
	return text
}

// otherFault tells that a way was not merely missing: a constraint, a usage, a weak signature.
func (c *chain) otherFault() bool {
	fault := c.facts.TrustFault
	return fault != "" && (!strings.Contains(fault, unknownAuthority) || strings.Contains(fault, "insecure algorithm"))
}

// unknownAuthority is in crypto/x509's words for "no certificate here issued this one".
const unknownAuthority = "signed by unknown authority"
