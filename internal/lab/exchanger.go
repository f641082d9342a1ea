package lab

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// exchanger is what a script says of the mail server of one address.
type exchanger struct {
	front
	first      line // that names the address, behind smtp; none in a sound domain
	delay      time.Duration
	said       map[string]response // by word: greeting, ehlo, helo, starttls, ehlo-tls
	more       []string            // lines of the greeting behind its first
	extensions []string
	hangUpAt   string
}

// response is a reply of which the script gives the code and the text of the first line.
type response struct {
	code int
	text string
}

// startTLS is the extension of RFC 3207.
const startTLS = "STARTTLS"

// exchanger is the mail server of an address, made if there is none; the line asks for it.
func (s *Scene) exchanger(a netip.Addr, l line) *exchanger {
	if x := s.mail[a]; x != nil {
		return x
	}
	x := &exchanger{
		front: newFront(), first: l, said: map[string]response{},
		extensions: []string{"PIPELINING", "8BITMIME", startTLS},
	}
	s.mail[a] = x
	return x
}

// settleMail gives each mail server the name of its certificate, whatever the order of the lines.
func (s *Scene) settleMail() error {
	sound, others := s.soundMail(), s.zone.owners()
	inOrder := func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(s.mail[a].first.number, s.mail[b].first.number), a.Compare(b))
	}
	for _, a := range slices.SortedFunc(maps.Keys(s.mail), inOrder) {
		x := s.mail[a]
		x.home = sound[a]
		if names := others[a]; x.home == "" && len(names) == 1 {
			x.home = names[0]
		}
		if x.speaksTLS() && !x.named() {
			return x.first.locate(fmt.Errorf("the certificate at %s needs a name: the zone has %d for that address", a, len(others[a])))
		}
		if err := certifiable(x.home); err != nil {
			return x.first.locate(err)
		}
	}
	return nil
}

// speaksTLS tells that the server needs a certificate.
func (x *exchanger) speaksTLS() bool { return x.fault == "" || x.fault == faultInject }

// soundMail are the addresses of the mail servers of all sound domains, with their names.
func (s *Scene) soundMail() map[netip.Addr]string {
	list := map[netip.Addr]string{}
	for n, domain := range s.sound {
		maps.Copy(list, mailAddresses(domain, n))
	}
	return list
}

// owners are the names that have each address, without final dot; wildcards are no names of hosts.
func (z *zone) owners() map[netip.Addr][]string {
	list := map[netip.Addr][]string{}
	for name, n := range z.nodes {
		if strings.HasPrefix(name, "*.") {
			continue
		}
		for _, rr := range slices.Concat(n[dns.TypeA], n[dns.TypeAAAA]) {
			if a, ok := address(rr); ok {
				list[a] = append(list[a], strings.TrimSuffix(name, "."))
			}
		}
	}
	return list
}
