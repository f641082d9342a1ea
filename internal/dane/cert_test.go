package dane

import (
	"bytes"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// negative is a certificate with the serial number -1, which crypto/x509 refuses.
func negative(e entity) []byte {
	return bytes.Replace(e.Raw, []byte{0xa0, 3, 2, 1, 2, 2, 1, 1}, []byte{0xa0, 3, 2, 1, 2, 2, 1, 0xff}, 1)
}

// oddDates is a certificate whose dates are none.
func oddDates(e entity) []byte {
	return bytes.Replace(e.Raw, []byte("Z\x17\x0d"), []byte("?\x17\x0d"), 1)
}

// versionOne is a certificate without the field for the version (RFC 5280 §4.1.2.1).
func versionOne(t *testing.T, e entity) []byte {
	t.Helper()
	sequence := func(parts ...[]byte) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: bytes.Join(parts, nil)})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	_, fields, _ := bytes.Cut(e.RawTBSCertificate, []byte{0xa0, 3, 2, 1, 2})
	_, signature, _ := bytes.Cut(e.Raw, e.RawTBSCertificate)
	return sequence(sequence(fields), signature)
}

func TestPin(t *testing.T) {
	leaf := issue(t, entity{}, "leaf", names(host))
	long := issue(t, entity{}, "leaf", names(host), withRSA(t))
	for _, c := range []struct {
		name string
		der  []byte
		want fact.TLSA
		ok   bool
	}{
		{"good", leaf.Raw, of(leaf, 3, 1, 1), true},
		{"RSA", long.Raw, of(long, 3, 1, 1), true},
		{"negative serial number", negative(leaf), of(leaf, 3, 1, 1), true},
		{"odd dates", oddDates(leaf), of(leaf, 3, 1, 1), true},
		{"no version", versionOne(t, leaf), of(leaf, 3, 1, 1), true},
		{"nothing", nil, fact.TLSA{}, false},
		{"no DER", []byte("certificate"), fact.TLSA{}, false},
		{"cut", leaf.Raw[:len(leaf.Raw)-1], fact.TLSA{}, false},
		{"something behind it", append(slices.Clone(leaf.Raw), 0), fact.TLSA{}, false},
		{"empty sequence", []byte{0x30, 0}, fact.TLSA{}, false},
		{"empty sequences", []byte{0x30, 2, 0x30, 0}, fact.TLSA{}, false},
		{"a key alone", leaf.RawSubjectPublicKeyInfo, fact.TLSA{}, false},
		{"no key in it", []byte{0x30, 17, 0x30, 15, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 2, 0x30, 0}, fact.TLSA{}, false},
	} {
		got, ok := Pin(c.der)
		if !c.ok {
			got.Data = nil
			c.want = fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, ok, diff)
		}
	}
}
