package resolve

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// kindOf is the number of a type that this package can read.
func kindOf(qtype string) (uint16, bool) {
	switch kind := dns.StringToType[qtype]; kind {
	case dns.TypeTXT, dns.TypeMX, dns.TypeA, dns.TypeAAAA, dns.TypeTLSA, dns.TypeCNAME:
		return kind, true
	default:
		return 0, false
	}
}

// A rdata is the data of one record and the message before it, which compressed names point into.
type rdata struct {
	message []byte // up to the end of the data
	start   int
}

func (r *reader) within(o rr) rdata { return rdata{message: r.message[:o.end], start: o.start} }

func (d rdata) bytes() []byte { return d.message[d.start:] }

// read makes a fact of the data.
func (d rdata) read(kind uint16) (fact.Record, error) {
	switch kind {
	case dns.TypeTXT:
		return d.text()
	case dns.TypeMX:
		return d.exchange()
	case dns.TypeTLSA:
		return d.tlsa()
	case dns.TypeCNAME:
		host, err := d.target(0)
		return fact.Record{Host: host}, err
	default:
		return d.address(kind)
	}
}

// text reads character-strings (RFC 1035 §3.3.14), as they are.
func (d rdata) text() (fact.Record, error) {
	var record fact.Record
	for rest := d.bytes(); len(rest) > 0; {
		n := 1 + int(rest[0])
		if n > len(rest) {
			return fact.Record{}, fmt.Errorf("%w: a TXT string ends outside of its record", errMalformed)
		}
		record.Text = append(record.Text, fact.Text(rest[1:n]))
		rest = rest[n:]
	}
	return record, nil
}

// exchange reads preference and host (RFC 1035 §3.3.9).
func (d rdata) exchange() (fact.Record, error) {
	if len(d.bytes()) < 3 {
		return fact.Record{}, fmt.Errorf("%w: a short MX record", errMalformed)
	}
	host, err := d.target(2)
	return fact.Record{Preference: binary.BigEndian.Uint16(d.bytes()), Host: host}, err
}

// tlsa reads three octets and what is left (RFC 6698 §2.1). Whether that is of any use is not for
// this package to say, so it may be nothing.
func (d rdata) tlsa() (fact.Record, error) {
	b := d.bytes()
	if len(b) < 3 {
		return fact.Record{}, fmt.Errorf("%w: a short TLSA record", errMalformed)
	}
	return fact.Record{TLSA: &fact.TLSA{
		Usage: b[0], Selector: b[1], MatchingType: b[2],
		Data: append(fact.Hex(nil), b[3:]...), // the message's room is used again
	}}, nil
}

// target reads the name that fills the data from offset on.
func (d rdata) target(offset int) (string, error) {
	r := reader{message: d.message, at: d.start + offset}
	name, err := r.name()
	if err == nil && r.at != len(d.message) {
		err = fmt.Errorf("%w: a name does not fill its record", errMalformed)
	}
	return name, err
}

func (d rdata) address(kind uint16) (fact.Record, error) {
	addr, ok := netip.AddrFromSlice(d.bytes())
	if !ok || addr.Is4() != (kind == dns.TypeA) {
		return fact.Record{}, fmt.Errorf("%w: an address of %d bytes", errMalformed, len(d.bytes()))
	}
	return fact.Record{Address: addr.String()}, nil
}

// compareRecords orders records of one type: whatever order a server turns them in, facts stay
// the same.
func compareRecords(a, b fact.Record) int {
	if a.Address != b.Address {
		return compareAddresses(a.Address, b.Address)
	}
	if a.TLSA != nil && b.TLSA != nil {
		return compareTLSA(*a.TLSA, *b.TLSA)
	}
	return cmp.Or(
		cmp.Compare(a.Preference, b.Preference),
		cmp.Compare(a.Host, b.Host),
		cmp.Compare(a.Joined(), b.Joined()),
		slices.Compare(a.Text, b.Text),
	)
}

func compareTLSA(a, b fact.TLSA) int {
	return cmp.Or(
		cmp.Compare(a.Usage, b.Usage),
		cmp.Compare(a.Selector, b.Selector),
		cmp.Compare(a.MatchingType, b.MatchingType),
		bytes.Compare(a.Data, b.Data),
	)
}

func compareAddresses(a, b string) int {
	x, _ := netip.ParseAddr(a)
	y, _ := netip.ParseAddr(b)
	return x.Compare(y)
}
