package lint

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
	"mtasts/internal/words"
)

// MaxZone is the most bytes of a zone file.
const MaxZone = 64 << 20

// The bounds of what is read of a zone.
const (
	mostKept    = 4096 // records of one name and type: an answer of the DNS holds fewer (RFC 1035 §4.2.2)
	mostAliases = 8    // CNAMEs in a row
	usualTTL    = 3600 // where the file names none
)

// Zone is what a zone file says of a domain.
type Zone struct {
	Name   string // of the file
	Domain string // in A-labels, lower case, no final dot
	sets   map[rrset][]fact.Record
	ttls   map[rrset]uint32
	names  map[string]bool // those whose records are kept, with a final dot
	above  map[string]bool // those names, and all names above them
	there  map[string]bool // those of them that exist, be it only as part of a longer one
	tops   map[string]bool // those at which a zone begins: they have a SOA record
	cuts   map[string]bool // those at which it ends: they have a NS record
	moved  map[string]bool // those below which it goes on elsewhere: they have a DNAME record
	known  map[string]bool // the records that are kept, see key
}

type rrset struct {
	owner string // canonical, with a final dot
	kind  uint16
}

// ReadZone reads a zone file (RFC 1035 §5.1) and keeps what it has at the names that matter to a
// domain, and at those that CNAMEs lead to from there. Without a domain it is that of the SOA record,
// which then has to come first. Relative names are of the domain until $ORIGIN says otherwise. The
// error is one clause that begins with file and line.
func ReadZone(ctx context.Context, data []byte, name, domain string) (*Zone, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	z := &Zone{Name: name, Domain: domain}
	if domain != "" {
		z.want(domain)
	}
	for range mostAliases + 1 {
		if err := z.read(ctx, data); err != nil {
			return nil, err
		}
		if !z.follow() {
			break
		}
	}
	z.sort()
	return z, nil
}

// want begins with the names of a domain.
func (z *Zone) want(domain string) {
	z.Domain, z.names, z.above = domain, map[string]bool{}, map[string]bool{}
	for _, label := range append(misplaced(domain), "_mta-sts", "_smtp._tls", "*") {
		z.add(z.fqdn(label))
	}
}

func (z *Zone) add(name string) {
	z.names[name] = true
	for n := range upward(name) {
		z.above[n] = true
	}
}

func (z *Zone) fqdn(label string) string {
	if label != "" {
		label += "."
	}
	return label + z.Domain + "."
}

// read goes through the file once.
func (z *Zone) read(ctx context.Context, data []byte) error {
	z.sets, z.ttls, z.known = map[rrset][]fact.Record{}, map[rrset]uint32{}, map[string]bool{}
	z.there, z.tops, z.cuts, z.moved = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	in := &reader{data: data}
	origin := "."
	if z.Domain != "" {
		origin = z.Domain + "."
	}
	p := dns.NewZoneParser(in, origin, "")
	p.SetDefaultTTL(usualTTL)
	met := false
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		err := cmp.Or(ctx.Err(), in.err)
		if err == nil && z.Domain == "" {
			err = z.begin(rr)
		}
		if err == nil {
			met = met || dns.IsSubDomain(z.Domain+".", rr.Header().Name)
			err = z.keep(rr, in.begun)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", z.Name, in.begun, err)
		}
	}
	switch err := cmp.Or(in.err, p.Err()); {
	case err != nil:
		return fmt.Errorf("%s:%d: %w", z.Name, max(in.begun, 1), plain(err))
	case z.Domain == "":
		return fmt.Errorf("%s: there is no record in it", z.Name)
	case !met:
		return fmt.Errorf("%s: there is no record of %s in it", z.Name, z.Domain)
	}
	return nil
}

// begin takes the domain from the first record.
func (z *Zone) begin(rr dns.RR) error {
	owner := dns.CanonicalName(rr.Header().Name)
	switch {
	case rr.Header().Rrtype != dns.TypeSOA:
		return errors.New("the file does not begin with a SOA record, so its domain is not known: give --domain NAME")
	case owner == ".":
		return errors.New("the SOA record does not say which domain it is of: give --domain NAME")
	}
	z.want(strings.TrimSuffix(owner, "."))
	return nil
}

// keep takes a record that matters.
func (z *Zone) keep(rr dns.RR, line int) error {
	h := rr.Header()
	set := rrset{canonical(h.Name), h.Rrtype}
	if h.Class != dns.ClassINET {
		return nil
	}
	z.mark(set)
	if !z.names[set.owner] {
		return nil
	}
	r, ok := recordOf(rr)
	key := set.key(r)
	if !ok || z.known[key] { // a record that stands twice is one (RFC 2181 §5)
		return nil
	}
	r.Line, z.known[key] = line, true
	if len(z.sets[set]) == mostKept {
		return fmt.Errorf("there are more than %d %s records of %s", mostKept, dns.TypeToString[h.Rrtype], strings.TrimSuffix(set.owner, "."))
	}
	z.sets[set] = append(z.sets[set], r)
	if ttl, known := z.ttls[set]; !known || h.Ttl < ttl {
		z.ttls[set] = h.Ttl
	}
	return nil
}

// key tells records apart.
func (set rrset) key(r fact.Record) string {
	return fmt.Sprintf("%s %d %d %s%s %q", set.owner, set.kind, r.Preference, r.Host, r.Address, r.Text)
}

// follow wants the names that CNAMEs and MX records lead to. It tells whether any is new.
func (z *Zone) follow() bool {
	before := len(z.names)
	for set, records := range z.sets {
		if set.kind != dns.TypeCNAME && set.kind != dns.TypeMX {
			continue
		}
		for _, r := range records {
			z.add(dns.Fqdn(r.Host))
		}
	}
	return len(z.names) > before
}

func (z *Zone) sort() {
	for _, records := range z.sets {
		slices.SortStableFunc(records, compare)
	}
}

// compare orders records as those of an answer are.
func compare(a, b fact.Record) int {
	return cmp.Or(
		cmp.Compare(a.Preference, b.Preference), cmp.Compare(a.Host, b.Host),
		cmp.Compare(a.Address, b.Address), cmp.Compare(a.Joined(), b.Joined()), slices.Compare(a.Text, b.Text),
	)
}

// answer is what the zone would answer. It is not to be relied on where a CNAME leads to a name that
// is not in the file.
func (z *Zone) answer(label, kind string) (a fact.Answer, inside bool) {
	name := z.fqdn(label)
	a = fact.Answer{Name: strings.TrimSuffix(name, "."), Type: kind, RCode: "NOERROR"}
	if z.wild(label) {
		name = z.fqdn("*")
	}
	set := rrset{name, dns.StringToType[kind]}
	a.Aliases = z.targets(strings.TrimSuffix(name, "."))
	if first := z.sets[rrset{name, dns.TypeCNAME}]; len(first) > 0 {
		a.Line = first[0].Line
	}
	_, gone := z.extent(name)
	if n := len(a.Aliases); n > 0 && len(z.sets[set]) == 0 {
		set.owner = a.Aliases[n-1] + "."
		begins, cut := z.extent(set.owner)
		gone = cut
		switch {
		case len(z.sets[rrset{set.owner, dns.TypeCNAME}]) > 0:
			a.Fault = &fact.Fault{Stage: fact.Resolve, Kind: fact.AliasLoop, Text: "the CNAMEs lead in a circle"}
		case !z.there[set.owner]:
			gone = cut || !begins || z.covered(set.owner)
			a.RCode = "NXDOMAIN"
		}
	}
	a.Records, a.TTL = z.sets[set], z.ttls[set]
	return a, !gone
}

// wild tells that the zone has nothing at a name, and so would answer with a wildcard (RFC 4592).
func (z *Zone) wild(label string) bool {
	return label != "" && z.there[z.fqdn("*")] && !z.nearest(z.fqdn(label))
}

// targets are the names that a name leads through by CNAMEs in the file.
func (z *Zone) targets(name string) []string {
	var list []string
	for range mostAliases {
		found := z.sets[rrset{name + ".", dns.TypeCNAME}]
		if len(found) == 0 || slices.Contains(list, found[0].Host) {
			break
		}
		name = found[0].Host
		list = append(list, name)
	}
	return list
}

// plain is an error of the parser without its own name, and without the line: that of the record is
// told, not that of a token.
func plain(err error) error {
	var parse *dns.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	text := strings.TrimPrefix(parse.Error(), "dns: ")
	if i := strings.LastIndex(text, " at line: "); i >= 0 {
		text = text[:i]
	}
	if strings.HasPrefix(text, "$INCLUDE") {
		return errors.New("$INCLUDE is not followed: give one file that holds all (named-compilezone writes it)")
	}
	return errors.New(words.Clip(text, 200))
}
