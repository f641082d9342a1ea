package lab

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// pin is a TLSA record that a script wants computed from a mail server's certificate.
type pin struct {
	line                      line
	host                      string     // whose addresses have the mail server; empty: that of
	at                        netip.Addr // this address
	usage, selector, matching uint8
	root, wrong               bool

	owner   string       // the record's name
	servers []*exchanger // that it is computed from
}

// tlsa reads ADDRESS|HOST USAGE SELECTOR MATCHING [root] [wrong].
func (p *parser) tlsa(l line, args []string) error {
	if len(args) < 4 {
		return errors.New("tlsa takes an address or a name, a usage, a selector, a matching type, and perhaps root or wrong")
	}
	made := &pin{line: l}
	var err error
	if made.at, err = netip.ParseAddr(args[0]); err != nil {
		made.host, err = parseName(args[0])
	}
	for i, n := range []struct {
		name    string
		highest uint64
		to      *uint8
	}{{"usage", 3, &made.usage}, {"selector", 1, &made.selector}, {"matching type", 2, &made.matching}} {
		if err == nil {
			err = parseSmall(n.name, args[1+i], n.highest, n.to)
		}
	}
	if err == nil {
		err = made.words(args[4:])
	}
	p.scene.tlsa = append(p.scene.tlsa, made)
	return err
}

func parseSmall(name, s string, highest uint64, to *uint8) error {
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil || n > highest {
		return fmt.Errorf("%q is no %s from 0 to %d", s, name, highest)
	}
	*to = uint8(n)
	return nil
}

func (p *pin) words(list []string) error {
	for _, word := range list {
		switch {
		case word == "wrong" && !p.wrong:
			p.wrong = true
		case word == "root" && !p.root:
			p.root = true
		default:
			return fmt.Errorf("%q is neither root nor wrong, or stands there twice", word)
		}
	}
	if p.root && !p.ofAuthority() {
		return fmt.Errorf("usage %d is about the server's own certificate, not the root", p.usage)
	}
	return nil
}

// ofAuthority tells that the record is about who signed the server's certificate: PKIX-TA(0) and
// DANE-TA(2) of RFC 7218 §2.1.
func (p *pin) ofAuthority() bool { return p.usage == 0 || p.usage == 2 }

// settlePins finds the mail server that each TLSA record is about.
func (s *Scene) settlePins() error {
	if s.zone.size+len(s.tlsa)*len(s.mail) > maxRecords {
		return fmt.Errorf("more than %d records", maxRecords)
	}
	for _, p := range s.tlsa {
		if err := p.settle(s); err != nil {
			return p.line.locate(err)
		}
	}
	return nil
}

func (p *pin) settle(s *Scene) error {
	addresses, host := []netip.Addr{p.at}, p.host
	if host != "" {
		addresses = s.zone.addresses(host)
	}
	p.servers = nil
	for _, a := range addresses {
		if x := s.mail[a]; x != nil {
			p.servers = append(p.servers, x)
		}
	}
	switch {
	case len(p.servers) == 0:
		return errors.New("there is no mail server of that address or name")
	case host == "":
		host = p.servers[0].home
	}
	for _, x := range p.servers {
		if !x.named() || host == "" {
			return errors.New("the mail server has no name")
		}
	}
	p.owner = "_25._tcp." + strings.TrimSuffix(host, ".") + "."
	if _, ok := dns.IsDomainName(p.owner); !ok {
		return fmt.Errorf("%s is too long a name", p.owner)
	}
	if s.zone.nodes[canonical(p.owner)].alias() != "" {
		return fmt.Errorf("%s is an alias", p.owner)
	}
	return nil
}

// addPins puts the TLSA records into the zone. Two that come out alike are one.
func (s *Scene) addPins(ca *authorities) error {
	for _, p := range s.tlsa {
		for _, x := range p.servers {
			rr, err := p.record(x.certificate(), ca)
			if err != nil {
				return err
			}
			if err := s.zone.add(rr); err != nil && !errors.Is(err, errDuplicate) {
				return err
			}
		}
	}
	return nil
}

func (p *pin) record(c certificate, ca *authorities) (dns.RR, error) {
	issue := ca.issue
	if p.wrong {
		issue = ca.other
	}
	made, err := issue(c)
	if err != nil {
		return nil, err
	}
	about := made.leaf
	switch {
	case p.root:
		about = made.root
	case p.ofAuthority():
		about = made.issuer
	}
	return &dns.TLSA{
		Hdr:   dns.RR_Header{Name: p.owner, Rrtype: dns.TypeTLSA, Class: dns.ClassINET, Ttl: defaultTTL},
		Usage: p.usage, Selector: p.selector, MatchingType: p.matching,
		Certificate: hex.EncodeToString(p.data(about)),
	}, nil
}

// data is what the record has of a certificate (RFC 6698 §2.1).
func (p *pin) data(c *x509.Certificate) []byte {
	data := c.Raw
	if p.selector == 1 {
		data = c.RawSubjectPublicKeyInfo
	}
	switch p.matching {
	case 1:
		sum := sha256.Sum256(data)
		return sum[:]
	case 2:
		sum := sha512.Sum512(data)
		return sum[:]
	}
	return slices.Clone(data)
}
