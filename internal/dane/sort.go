package dane

import (
	"fmt"

	"mtasts/internal/fact"
)

// Set is a TLSA RRset, sorted out.
type Set struct {
	usable   []fact.TLSA
	unusable []Unusable
}

// Unusable is a record that senders pass over, and why: a clause whose subject is the record.
type Unusable struct {
	Record fact.TLSA
	Why    string
}

// most is how many usable records are looked at; more are in nobody's zone.
const most = 100

// Sort tells the usable records from the others. Each record is in one of the two lists, which keep
// the order.
func Sort(records []fact.Record) Set {
	var s Set
	for _, r := range records {
		tlsa := fact.TLSA{}
		if r.TLSA != nil {
			tlsa = *r.TLSA
		}
		why := unusable(tlsa)
		if why == "" && len(s.usable) == most {
			why = fmt.Sprintf("is one of too many: the first %d are looked at", most)
		}
		if why == "" {
			s.usable = append(s.usable, tlsa)
		} else {
			s.unusable = append(s.unusable, Unusable{tlsa, why})
		}
	}
	return s
}

// Usable are the records that senders look at.
func (s Set) Usable() []fact.TLSA { return s.usable }

// Unusable are the records that senders pass over.
func (s Set) Unusable() []Unusable { return s.unusable }

// unusable is why senders pass a record over; empty where they do not.
func unusable(r fact.TLSA) string {
	for _, check := range []func(fact.TLSA) string{badUsage, badSelector, badMatchingType, badData} {
		if why := check(r); why != "" {
			return why
		}
	}
	return ""
}

func badUsage(r fact.TLSA) string {
	switch r.Usage {
	case daneTA, daneEE:
		return ""
	case pkixTA, pkixEE:
		// RFC 7672 §3.1.3 leaves it to senders what they make of these.
		names := [...]string{pkixTA: "PKIX-TA", pkixEE: "PKIX-EE"}
		return fmt.Sprintf("has the usage %d (%s), which is not for mail servers: senders have no list of public authorities in common",
			r.Usage, names[r.Usage])
	default:
		return strange("usage", r.Usage)
	}
}

func badSelector(r fact.TLSA) string {
	if r.Selector > publicKey {
		return strange("selector", r.Selector)
	}
	return ""
}

func badMatchingType(r fact.TLSA) string {
	if r.MatchingType > sha512 {
		return strange("matching type", r.MatchingType)
	}
	return ""
}

func strange(what string, n uint8) string {
	if n == private {
		return fmt.Sprintf("has the %s %d, which is for private use", what, n)
	}
	return fmt.Sprintf("has the %s %d, which means nothing", what, n)
}

// badData is what is wrong with the data of a record whose numbers are known.
func badData(r fact.TLSA) string {
	n := len(r.Data)
	switch {
	case n == 0:
		return "holds no data"
	case r.MatchingType != full:
		return badLength(r.MatchingType, n)
	case r.Selector == wholeCert && keyOf(r.Data) == nil:
		return "does not hold a certificate, as the matching type 0 and the selector 0 have it"
	case r.Selector == publicKey && !isKey(r.Data):
		return "does not hold a public key, as the matching type 0 and the selector 1 have it"
	default:
		return ""
	}
}

// badLength tells of a digest that is none. One that fits another matching type gives the mistake away.
func badLength(mt uint8, n int) string {
	const bytes256, bytes512 = 32, 64
	want, other, otherType := bytes256, bytes512, sha512
	if mt == sha512 {
		want, other, otherType = bytes512, bytes256, sha256
	}
	switch n {
	case want:
		return ""
	case other:
		return fmt.Sprintf("has %d bytes where a %s digest has %d: a %s digest has the matching type %d",
			n, digestName(mt), want, digestName(otherType), otherType)
	case 1:
		return fmt.Sprintf("has one byte where a %s digest has %d", digestName(mt), want)
	default:
		return fmt.Sprintf("has %d bytes where a %s digest has %d", n, digestName(mt), want)
	}
}

func digestName(mt uint8) string {
	if mt == sha512 {
		return "SHA-512"
	}
	return "SHA-256"
}
