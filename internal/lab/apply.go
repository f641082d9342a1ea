package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/miekg/dns"

	"mtasts/internal/rule"
)

// Apply changes the running scene as an administrator does who follows a printed fix.
//
// The records of one name and type replace all that were there; a record with an empty value
// removes them and adds none. A CNAME replaces everything else at its name, and any other record a
// CNAME. The file, if there is one, is put under its URL's path on every web server at the
// addresses of the URL's host: that page then answers 200 with it, without a Location header; its
// other headers, and other faults of the server, stay. On an error nothing is changed.
func (l *Lab) Apply(records []rule.Record, file *rule.File) error {
	z := l.names.zone.Load().clone()
	if err := z.replace(records); err != nil {
		return fmt.Errorf("applying a fix: %w", err)
	}
	if file != nil {
		if err := l.publish(z, *file); err != nil {
			return fmt.Errorf("applying a fix: %w", err)
		}
	}
	l.names.zone.Store(z)
	return nil
}

// replace drops what the records replace, then adds them.
func (z *zone) replace(records []rule.Record) error {
	for _, r := range records {
		name, err := parseName(r.Name)
		if err != nil {
			return err
		}
		qtype, err := parseType(r.Type)
		if err != nil {
			return err
		}
		z.drop(question{name, qtype})
		switch {
		case r.Value == "":
		case qtype == dns.TypeCNAME:
			z.drop(question{name: name})
		default:
			z.drop(question{name, dns.TypeCNAME})
		}
	}
	for _, r := range records {
		if r.Value == "" {
			continue
		}
		err := z.addLine(fmt.Sprintf("%s %d IN %s %s", r.Name, r.TTL, r.Type, r.Value))
		if err != nil && !errors.Is(err, errDuplicate) { // two findings may ask for one record
			return fmt.Errorf("record %s %s: %w", r.Name, r.Type, err)
		}
	}
	return nil
}

func (l *Lab) publish(z *zone, file rule.File) error {
	u, err := url.Parse(file.Path)
	if err != nil {
		return err
	}
	found := false
	for _, a := range z.addresses(u.Hostname()) {
		if w := l.sites[a]; w != nil {
			w.publish(u.Path, file.Content)
			found = true
		}
	}
	if !found {
		return fmt.Errorf("no web server at the addresses of %q", u.Hostname())
	}
	return nil
}

// addresses of a name, aliases followed.
func (z *zone) addresses(host string) []netip.Addr {
	n := &nameserver{}
	n.zone.Store(z)
	var list []netip.Addr
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		q := dns.Question{Name: dns.Fqdn(host), Qtype: qtype, Qclass: dns.ClassINET}
		for _, rr := range n.answer(q, true).answers {
			if a, ok := address(rr); ok {
				list = append(list, a)
			}
		}
	}
	return list
}

func address(rr dns.RR) (netip.Addr, bool) {
	switch rr := rr.(type) {
	case *dns.A:
		a, ok := netip.AddrFromSlice(rr.A)
		return a.Unmap(), ok
	case *dns.AAAA:
		return netip.AddrFromSlice(rr.AAAA)
	}
	return netip.Addr{}, false
}
