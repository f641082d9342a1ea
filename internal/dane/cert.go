package dane

import (
	"bytes"
	sum256 "crypto/sha256"
	sum512 "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"mtasts/internal/fact"
)

// cert is one certificate as the server sent it.
type cert struct {
	der    []byte
	x      *x509.Certificate // nil where it cannot be read
	err    error             // why it cannot
	values map[form][]byte
}

// form is what of a certificate is compared, and how.
type form struct{ selector, matchingType uint8 }

// longestChain is how many certificates are looked at; TLS libraries build no longer chains.
const longestChain = 20

// read reads what can be read of the certificates, leaf first. One sent twice counts once: the
// server's own, in particular, is no authority behind itself.
func read(chain [][]byte) []*cert {
	var list []*cert
	for _, der := range chain[:min(len(chain), longestChain)] {
		if slices.ContainsFunc(list, func(c *cert) bool { return bytes.Equal(c.der, der) }) {
			continue
		}
		c := &cert{der: der}
		c.x, c.err = x509.ParseCertificate(der)
		list = append(list, c)
	}
	return list
}

// holds tells whether the data of a record is that of the certificate.
func (c *cert) holds(r fact.TLSA) bool {
	v := c.value(r.Selector, r.MatchingType)
	return len(v) > 0 && bytes.Equal(v, r.Data)
}

// value is what a record of that form would hold, worked out once; nil where that cannot be found.
func (c *cert) value(selector, mt uint8) []byte {
	f := form{selector, mt}
	v, ok := c.values[f]
	if ok {
		return v
	}
	if v = c.part(selector); v != nil {
		v = digest(mt, v)
	}
	if c.values == nil {
		c.values = map[form][]byte{}
	}
	c.values[f] = v
	return v
}

func (c *cert) part(selector uint8) []byte {
	switch {
	case selector == publicKey:
		return keyOf(c.der)
	case len(c.der) == 0:
		return nil
	default:
		return c.der
	}
}

func digest(mt uint8, data []byte) []byte {
	switch mt {
	case sha256:
		sum := sum256.Sum256(data)
		return sum[:]
	case sha512:
		sum := sum512.Sum512(data)
		return sum[:]
	default:
		return data
	}
}

// keyOf is the SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1) with its tag and length, nil
// where there is none. It asks for no more than it needs: crypto/x509 refuses certificates for reasons
// that do not matter to DANE-EE, such as a negative serial number.
func keyOf(der []byte) []byte {
	outer, rest := element(der, asn1.TagSequence)
	if outer == nil || len(rest) > 0 {
		return nil
	}
	tbs, _ := element(outer.Bytes, asn1.TagSequence)
	if tbs == nil {
		return nil
	}
	key := element6(version(tbs.Bytes))
	if key == nil || !isKey(key.FullBytes) {
		return nil
	}
	return key.FullBytes
}

// version skips that field, which may be left out: [0] EXPLICIT.
func version(fields []byte) []byte {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(fields, &v)
	if err == nil && v.Class == asn1.ClassContextSpecific && v.Tag == 0 {
		return rest
	}
	return fields
}

// element6 is the sixth of the fields: the serial number, the algorithm, the issuer, the validity and
// the subject stand before the key.
func element6(fields []byte) *asn1.RawValue {
	var v *asn1.RawValue
	for _, tag := range [...]int{
		asn1.TagInteger, asn1.TagSequence, asn1.TagSequence, asn1.TagSequence, asn1.TagSequence, asn1.TagSequence,
	} {
		if v, fields = element(fields, tag); v == nil {
			return nil
		}
	}
	return v
}

// isKey tells whether the bytes are a SubjectPublicKeyInfo by their outline: an algorithm, and a
// string of bits. Which algorithm is nothing to DANE.
func isKey(der []byte) bool {
	outer, rest := element(der, asn1.TagSequence)
	if outer == nil || len(rest) > 0 {
		return false
	}
	algorithm, rest := element(outer.Bytes, asn1.TagSequence)
	if algorithm == nil {
		return false
	}
	bits, rest := element(rest, asn1.TagBitString)
	return bits != nil && len(bits.Bytes) > 1 && len(rest) == 0
}

// element is the first value, if it has that universal tag, and what stands behind it.
func element(der []byte, tag int) (*asn1.RawValue, []byte) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil || v.Class != asn1.ClassUniversal || v.Tag != tag {
		return nil, nil
	}
	return &v, rest
}
