package dane

import (
	"encoding/hex"
	"fmt"
	"strings"

	"mtasts/internal/fact"
)

// Certificate usages (RFC 6698 §2.1.1, RFC 7218 §2.1).
const (
	pkixTA uint8 = 0
	pkixEE uint8 = 1
	daneTA uint8 = 2
	daneEE uint8 = 3
)

// Selectors (RFC 6698 §2.1.2).
const (
	wholeCert uint8 = 0
	publicKey uint8 = 1
)

// Matching types (RFC 6698 §2.1.3). Of the digests the higher one is the stronger one.
const (
	full   uint8 = 0
	sha256 uint8 = 1
	sha512 uint8 = 2
)

// private is the value of all three numbers that is for private use (RFC 6698 §7).
const private = 255

// Text is the data of a record as it stands in a master file (RFC 6698 §2.2): "3 1 1 8d02f6a1...",
// all of it.
func Text(r fact.TLSA) string {
	return strings.TrimSuffix(numbers(r)+" "+hex.EncodeToString(r.Data), " ")
}

// numbers are the three that tell how the data is to be read: "3 1 1".
func numbers(r fact.TLSA) string {
	return fmt.Sprintf("%d %d %d", r.Usage, r.Selector, r.MatchingType)
}

// Owner is where the records of a mail server stand (RFC 7672 §2.2.3), without the final dot. Base is
// the TLSA base domain: the name of the MX host, or what its aliases lead to.
func Owner(base string) string {
	return "_25._tcp." + strings.TrimSuffix(base, ".")
}

// Pin is the record that RFC 7672 §3.1 recommends for a server with this certificate (DER): 3 1 1.
// It is false where no key can be found in it.
func Pin(der []byte) (fact.TLSA, bool) {
	c := cert{der: der}
	data := c.value(publicKey, sha256)
	return fact.TLSA{Usage: daneEE, Selector: publicKey, MatchingType: sha256, Data: data}, data != nil
}
