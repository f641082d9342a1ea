package lab

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// Limits of one scene.
const (
	maxScript  = 1 << 20
	maxBody    = 1 << 20
	maxText    = 16 << 20 // of all bodies
	maxServers = 256
	maxRecords = 10_000
	maxHeaders = 100 // of one page
	maxSound   = 9   // the tenth would leave the last octet: .80 + 9*20
	maxDelay   = 10 * time.Minute
)

// Scene is a parsed script, ready to be started as often as one likes.
type Scene struct {
	zone   *zone
	faults map[question]string
	sites  map[netip.Addr]*site
	mail   map[netip.Addr]*exchanger
	tlsa   []*pin
	signed zones
	sound  []string // domains, in the order of the script
	rtt    time.Duration
}

// question is a name (lower case, final dot, or "*") and a type (TypeNone for any).
type question struct {
	name  string
	qtype uint16
}

// site is the web server of one address.
type site struct {
	front
	pages map[string]*page
}

// page is the answer to one path.
type page struct {
	status string // code and reason
	header []field
	body   []byte
	delay  time.Duration
	cut    bool
}

// field is one header field.
type field struct {
	name, value string
	length      bool // the value is the length of the body
}

// policyPath is where a policy is served (RFC 8461 §3.3).
const policyPath = "/.well-known/mta-sts.txt"

func newScene() *Scene {
	return &Scene{
		zone:   newZone(),
		faults: map[question]string{},
		sites:  map[netip.Addr]*site{},
		mail:   map[netip.Addr]*exchanger{},
		signed: zones{},
	}
}

// addSound adds a whole sound domain.
func (s *Scene) addSound(domain string) error {
	if slices.Contains(s.sound, domain) {
		return fmt.Errorf("%s is sound already", domain)
	}
	if len(s.sound) == maxSound {
		return fmt.Errorf("there is room for %d sound domains", maxSound)
	}
	n := len(s.sound)
	for _, line := range soundRecords(domain, n) {
		if err := s.zone.addLine(line); err != nil {
			return err
		}
	}
	s.sound = append(s.sound, domain)
	for _, a := range hostAddresses(n) {
		st := s.site(a)
		st.home = "mta-sts." + domain
		st.page(policyPath).body = soundPolicy(domain)
	}
	for a := range mailAddresses(domain, n) {
		s.exchanger(a, line{})
	}
	return nil
}

// soundRecords are the master-file lines of the n-th sound domain.
func soundRecords(domain string, n int) []string {
	var lines []string
	host := func(name string, last int) {
		lines = append(lines,
			fmt.Sprintf("%s. A 192.0.2.%d", name, last+20*n),
			fmt.Sprintf("%s. AAAA 2001:db8::%d", name, last+20*n))
	}
	host(domain, 80)
	host("mta-sts."+domain, 10)
	host("mx1."+domain, 11)
	host("mx2."+domain, 12)
	return append(lines,
		fmt.Sprintf("%s. MX 10 mx1.%s.", domain, domain),
		fmt.Sprintf("%s. MX 20 mx2.%s.", domain, domain),
		fmt.Sprintf("_mta-sts.%s. TXT \"v=STSv1; id=20260101000000Z\"", domain),
		fmt.Sprintf("_smtp._tls.%s. TXT \"v=TLSRPTv1; rua=mailto:tlsrpt@%s\"", domain, domain))
}

func soundPolicy(domain string) []byte {
	return fmt.Appendf(nil, "version: STSv1\nmode: enforce\nmx: mx1.%s\nmx: mx2.%s\nmax_age: 1209600\n", domain, domain)
}

// hostAddresses are those of the policy host of the n-th sound domain.
func hostAddresses(n int) []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 10+20*n)),
		netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", 10+20*n)),
	}
}

// mailAddresses are those of the mail servers of the n-th sound domain, with the server's name.
func mailAddresses(domain string, n int) map[netip.Addr]string {
	list := map[netip.Addr]string{}
	for i, name := range []string{"mx1." + domain, "mx2." + domain} {
		list[netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 11+i+20*n))] = name
		list[netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", 11+i+20*n))] = name
	}
	return list
}

// policyPages are the pages of a sound domain's policy host.
func (s *Scene) policyPages(domain string) ([]*page, error) {
	n := slices.Index(s.sound, domain)
	if n < 0 {
		return nil, fmt.Errorf("%s is no sound domain of this scene", domain)
	}
	var list []*page
	for _, a := range hostAddresses(n) {
		list = append(list, s.site(a).page(policyPath))
	}
	return list, nil
}

// site is the web server of an address, made if there is none.
func (s *Scene) site(a netip.Addr) *site {
	if st := s.sites[a]; st != nil {
		return st
	}
	st := &site{front: newFront(), pages: map[string]*page{}}
	if len(s.sound) > 0 {
		st.home = "mta-sts." + s.sound[len(s.sound)-1]
	}
	s.sites[a] = st
	return st
}

// drop removes the records of a name, of one type unless it is TypeNone.
func (s *Scene) drop(q question) error {
	if !s.zone.drop(q) {
		return fmt.Errorf("nothing to drop at %s", q)
	}
	return nil
}

// settle works out what depends on the script as a whole, and tells what that lacks.
func (s *Scene) settle() error {
	if len(s.sites)+len(s.mail) > maxServers {
		return fmt.Errorf("more than %d servers", maxServers)
	}
	if err := s.settleMail(); err != nil {
		return err
	}
	return s.settlePins()
}

func (q question) String() string {
	if q.qtype == dns.TypeNone {
		return q.name
	}
	return q.name + " " + dns.TypeToString[q.qtype]
}

// speaksTLS tells that the site needs a certificate.
func (st *site) speaksTLS() bool { return st.fault == "" }

func (st *site) check() error {
	if st.speaksTLS() && !st.named() {
		return errors.New("the certificate needs a name, there being no sound domain above")
	}
	return nil
}

// page is the answer to a path, made if there is none.
func (st *site) page(path string) *page {
	if p := st.pages[path]; p != nil {
		return p
	}
	p := newPage()
	st.pages[path] = p
	return p
}

func (st *site) clone() *site {
	c := *st
	c.pages = make(map[string]*page, len(st.pages))
	for path, p := range st.pages {
		c.pages[path] = p.clone()
	}
	return &c
}

func newPage() *page {
	return &page{status: "200 OK", header: []field{
		{name: "Content-Type", value: "text/plain"},
		{name: "Content-Length", length: true},
		{name: "Connection", value: "close"},
	}}
}

func (p *page) clone() *page {
	c := *p
	c.header = slices.Clone(p.header)
	return &c
}

// add appends to the body, within the limit.
func (p *page) add(text []byte) error {
	if len(p.body)+len(text) > maxBody {
		return fmt.Errorf("a body of more than %d bytes", maxBody)
	}
	p.body = slices.Concat(p.body, text)
	return nil
}

// clone of a scene: what a running lab may change without changing the scene.
func (s *Scene) clone() *Scene {
	c := *s
	c.zone = s.zone.clone()
	c.sites = make(map[netip.Addr]*site, len(s.sites))
	for a, st := range s.sites {
		c.sites[a] = st.clone()
	}
	c.faults = maps.Clone(s.faults)
	return &c
}
