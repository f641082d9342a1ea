package dane

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/pkix"
)

// faultsTo is what is wrong with the server's certificate where that authority is the one to be
// trusted; empty where nothing is.
func (s *server) faultsTo(anchor *cert) []string {
	list, ok := s.faults[anchor]
	if ok {
		return list
	}
	if len(s.faults) >= mostAnchors {
		return []string{"too many of the certificates sent might be meant"}
	}
	leaf := s.sent[0]
	switch {
	case leaf.x == nil:
		list = []string{"the server's own certificate cannot be read: " + clip(bare(leaf.err))}
	case anchor.x == nil:
		list = []string{"it cannot be read: " + clip(bare(anchor.err))}
	default:
		list = slices.Concat(s.chainFaults(anchor), purposeFaults(leaf.x), s.nameFaults(leaf.x))
	}
	if s.faults == nil {
		s.faults = map[*cert][]string{}
	}
	s.faults[anchor] = list
	return list
}

// chainFaults is what is wrong with the way from the server's certificate to the authority. Ways are
// looked for with all dates opened wide, so that one that has expired is known from none at all.
func (s *server) chainFaults(anchor *cert) []string {
	ways, err := s.ways(anchor)
	if err != nil {
		return append(s.dated(s.sent[0]), noWay(err))
	}
	var best []string
	for i, way := range ways {
		if list := s.wayFaults(way); i == 0 || len(list) < len(best) {
			best = list
		}
	}
	return best
}

// ways are all that lead from the server's certificate to the authority, by the certificates sent.
func (s *server) ways(anchor *cert) ([][]*x509.Certificate, error) {
	opt := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		CurrentTime: time.Unix(0, 0), // any will do, and the zero time would be the clock's
	}
	opt.Roots.AddCert(dateless(anchor.x))
	var all []*x509.Certificate
	for _, c := range s.others() {
		if c.x != nil {
			all = append(all, c.x)
		}
		if c.x != nil && c != anchor {
			opt.Intermediates.AddCert(dateless(c.x))
		}
	}
	if pkix.Tangled(s.sent[0].x, all) {
		return nil, errors.New(pkix.Tangle)
	}
	return dateless(s.sent[0].x).Verify(opt)
}

// dateless is a certificate that is always within its dates. Signatures are made over Raw, so
// it verifies as before.
func dateless(c *x509.Certificate) *x509.Certificate {
	open := *c
	open.NotBefore = time.Time{}
	open.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) // RFC 5280 §4.1.2.5
	return &open
}

// wayFaults has a clause for each certificate on a way that is out of its dates.
func (s *server) wayFaults(way []*x509.Certificate) []string {
	var list []string
	for _, open := range way {
		for _, c := range s.sent {
			if bytes.Equal(c.der, open.Raw) { // once more with its own dates
				list = append(list, s.dated(c)...)
				break
			}
		}
	}
	return list
}

// dated is at most one clause on the dates of a certificate.
func (s *server) dated(c *cert) []string {
	text := pkix.Dated(c.x, s.at)
	switch {
	case text == "":
		return nil
	case c == s.sent[0]:
		return []string{"the server's certificate " + text}
	default:
		return []string{fmt.Sprintf("the authority %s %s", c.name(), text)}
	}
}

// noWay says in plain words why no way was found.
func noWay(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "the certificates sent do not lead from the server's own to it" + hint(err)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "a certificate on the way to it is not meant for TLS servers"
	default:
		return "the way to it is not valid: " + clip(bare(err))
	}
}

// hint is what the library says of a certificate that looked like the issuer and was none.
func hint(err error) string {
	_, text, _ := strings.Cut(err.Error(), `(possibly because of "x509: `)
	if text, _, _ = strings.Cut(text, `" while trying`); text == "" {
		return ""
	}
	return " (" + clip(text) + ")"
}

// purposeFaults is at most one clause: a certificate that says what its key is for has to allow what
// TLS does with it (RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2). crypto/x509 does not look; OpenSSL does.
func purposeFaults(leaf *x509.Certificate) []string {
	const tls = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	if leaf.KeyUsage == 0 || leaf.KeyUsage&tls != 0 {
		return nil
	}
	return []string{"the server's certificate has a key usage that TLS is not among"}
}

// nameFaults is at most one clause: that no name of the certificate is any of those asked for. RFC
// 7672 §3.2.3: the common name counts only where the SAN holds no DNS name; a wildcard is the whole first
// label and stands for one.
func (s *server) nameFaults(leaf *x509.Certificate) []string {
	shown := leaf.DNSNames
	if cn := leaf.Subject.CommonName; len(shown) == 0 && cn != "" {
		shown = []string{cn}
	}
	for _, pattern := range shown {
		for _, name := range s.names {
			if pkix.MatchHost(pattern, name) {
				return nil
			}
		}
	}
	return []string{"the server's certificate " + notFor(shown, s.names)}
}

func notFor(shown, names []string) string {
	if len(names) == 0 {
		return "cannot be compared with a name, as none is known"
	}
	rest := ""
	for _, name := range names[1:] {
		rest += ", nor for " + name
	}
	if len(shown) == 0 {
		return "names no host: it is not for " + names[0] + rest
	}
	return pkix.NotFor(shown, names[0]) + rest
}
