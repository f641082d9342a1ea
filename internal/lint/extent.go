package lint

import (
	"iter"

	"github.com/miekg/dns"
)

// upward are a name and all names above it, but for the root.
func upward(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for off, end := 0, name == "."; !end; off, end = dns.NextLabel(name, off) {
			if !yield(name[off:]) {
				return
			}
		}
	}
}

// mark notes which names exist, and where zones begin and end.
func (z *Zone) mark(set rrset) {
	for n := range upward(set.owner) {
		if z.above[n] {
			z.there[n] = true
		}
	}
	if !z.above[set.owner] && set.owner != "." {
		return
	}
	switch set.kind {
	case dns.TypeSOA:
		z.tops[set.owner] = true
	case dns.TypeNS:
		z.cuts[set.owner] = true
	case dns.TypeDNAME:
		z.moved[set.owner] = true
	}
}

// extent tells whether the file has the beginning of the zone that a name is in, and whether the name
// is gone from it: other name servers answer for it (NS), or it is another one's (DNAME, RFC 6672).
// The NS records at the domain of some lines without SOA are those of the zone itself.
func (z *Zone) extent(name string) (begins, gone bool) {
	cut := false
	for n := range upward(name) {
		switch {
		case z.moved[n] && n != name:
			return false, true
		case z.tops[n]:
			return true, cut
		case z.cuts[n]:
			cut = true
			gone = gone || n != z.fqdn("") && dns.IsSubDomain(z.fqdn(""), n)
		}
	}
	return z.tops["."], gone || cut && z.tops["."]
}

// whole tells that what the file does not have of the domain is absent: it has the beginning of the
// zone, or the domain's MX records. Else it is some lines of a zone, to be put beside others.
func (z *Zone) whole() bool {
	begins, _ := z.extent(z.fqdn(""))
	return begins || len(z.sets[rrset{z.fqdn(""), dns.TypeMX}]) > 0
}

// nearest tells that a name below the domain, or one between the two, exists: a wildcard of the domain
// does not answer there (RFC 4592 §3.3.1).
func (z *Zone) nearest(name string) bool {
	for n := range upward(name) {
		if n == z.fqdn("") {
			break
		}
		if z.there[n] {
			return true
		}
	}
	return false
}

// covered tells that a name that is not in the file may get its answer from a wildcard.
func (z *Zone) covered(name string) bool {
	return dns.IsSubDomain(z.fqdn(""), name) && z.there[z.fqdn("*")] && !z.nearest(name)
}
