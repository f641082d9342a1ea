package lab

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

const defaultTTL = 300

// zone is one flat set of records: all of the lab's DNS.
type zone struct {
	nodes map[string]node
	// names counts the records at each name and below it: what counts at least one exists,
	// empty non-terminals included (RFC 4592 §2.2.2). The root always exists.
	names map[string]int
	size  int // records in all
}

// node is the records of one name by type.
type node map[uint16][]dns.RR

// errDuplicate is never changed.
var errDuplicate = errors.New("the record is there already")

func newZone() *zone {
	return &zone{nodes: map[string]node{}, names: map[string]int{".": 1}}
}

func (z *zone) clone() *zone {
	c := newZone()
	for _, n := range z.nodes {
		for _, rrs := range n {
			for _, rr := range rrs {
				c.insert(rr)
			}
		}
	}
	return c
}

// addLine adds the record of one master-file line; a line with only a comment adds nothing.
func (z *zone) addLine(line string) error {
	rr, err := parseRecord(line)
	if err != nil || rr == nil {
		return err
	}
	return z.add(rr)
}

func (z *zone) add(rr dns.RR) error {
	if z.size == maxRecords {
		return fmt.Errorf("more than %d records", maxRecords)
	}
	name := canonical(rr.Header().Name)
	n := z.nodes[name]
	for _, other := range n[rr.Header().Rrtype] {
		if dns.IsDuplicate(rr, other) {
			return fmt.Errorf("%s: %w", name, errDuplicate)
		}
	}
	// RFC 1034 §3.6.2: where there is a CNAME there is nothing else.
	if len(n) > 0 && (n[dns.TypeCNAME] != nil || rr.Header().Rrtype == dns.TypeCNAME) {
		return fmt.Errorf("a CNAME stands alone, and %s has other records: drop them first", name)
	}
	z.insert(rr)
	return nil
}

func (z *zone) insert(rr dns.RR) {
	name, qtype := canonical(rr.Header().Name), rr.Header().Rrtype
	if z.nodes[name] == nil {
		z.nodes[name] = node{}
	}
	z.nodes[name][qtype] = append(z.nodes[name][qtype], rr)
	z.size++
	z.count(name, 1)
}

// drop removes the records of a name, of one type unless it is TypeNone; false if there are none.
func (z *zone) drop(q question) bool {
	n := z.nodes[q.name]
	dropped := 0
	for qtype, rrs := range n {
		if q.qtype == qtype || q.qtype == dns.TypeNone {
			dropped += len(rrs)
			delete(n, qtype)
		}
	}
	if len(n) == 0 {
		delete(z.nodes, q.name)
	}
	z.size -= dropped
	z.count(q.name, -dropped)
	return dropped > 0
}

// count adds to the number of records at a name and all names above it, but for the root.
func (z *zone) count(name string, by int) {
	for ; name != "."; name = parent(name) {
		z.names[name] += by
		if z.names[name] == 0 {
			delete(z.names, name)
		}
	}
}

func (z *zone) exists(name string) bool { return z.names[name] > 0 }

// find is the records that answer for a name, by a wildcard where the name does not exist
// (RFC 4592 §3.3.1: the one at the closest encloser); false if there is neither.
func (z *zone) find(name string) (node, bool) {
	if z.exists(name) {
		return z.nodes[name], true
	}
	encloser := parent(name)
	for !z.exists(encloser) {
		encloser = parent(encloser)
	}
	wild := "*." + strings.TrimPrefix(encloser, ".")
	return z.nodes[wild], z.exists(wild)
}

// authority is the name that a negative answer's SOA is at: the last two labels as far as they
// exist, which is where a registrar would have cut the real zone.
func (z *zone) authority(name string) string {
	for name != "." && (dns.CountLabel(name) > 2 || !z.exists(name)) {
		name = parent(name)
	}
	return name
}

// parent is the name without its left-most label; that of the root is the root.
func parent(name string) string {
	next, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[next:]
}

func canonical(name string) string { return dns.CanonicalName(name) }

// parseRecord reads one master-file line; nil without error for a comment.
func parseRecord(line string) (dns.RR, error) {
	if strings.ContainsAny(line, "\r\n") {
		return nil, errors.New("more than one line")
	}
	if strings.HasPrefix(line, "$") {
		return nil, errors.New("a record cannot begin with $")
	}
	p := dns.NewZoneParser(strings.NewReader(line+"\n"), ".", "")
	p.SetDefaultTTL(defaultTTL)
	rr, ok := p.Next()
	if err := p.Err(); err != nil {
		return nil, plainError(err)
	}
	if !ok {
		return nil, nil
	}
	return rr, checkRecord(rr)
}

// plainError is a master-file error without the position, which is within the one line.
func plainError(err error) error {
	text, _, _ := strings.Cut(err.Error(), " at line:")
	return errors.New(strings.TrimPrefix(text, "dns: "))
}

// checkRecord refuses what the resolver could not serve as it stands.
func checkRecord(rr dns.RR) error {
	h := rr.Header()
	if h.Class != dns.ClassINET {
		return errors.New("the class is not IN")
	}
	unserved := []uint16{dns.TypeNone, dns.TypeDNAME, dns.TypeOPT, dns.TypeANY, dns.TypeAXFR, dns.TypeIXFR, dns.TypeTSIG}
	if slices.Contains(unserved, h.Rrtype) {
		return fmt.Errorf("records of type %s are not served", dns.TypeToString[h.Rrtype])
	}
	if _, err := dns.PackRR(rr, make([]byte, dns.Len(rr)+512), 0, nil, false); err != nil {
		return fmt.Errorf("no record that could be sent: %w", err)
	}
	return nil
}
