package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A domain is one line of the list, with all that is published for it.
type domain struct {
	name     string
	provider int  // of its mail; ownMail: it has hosts of its own
	hosts    int  // of its own
	web      bool // it has an address itself
	web6     bool
	sts      *sts // nil: it publishes nothing
}

// sts is what a domain publishes of MTA-STS.
type sts struct {
	mode   string
	fault  string // one of faults; empty: it is sound
	hosted bool   // by CNAME
	six    bool   // the policy host has an IPv6 address too
	report string // what the TLSRPT record names; empty: there is none
	front  int    // which address of the policy server
}

const (
	ownMail = -1
	seed    = 20260101
)

// The ways in which a published policy is broken. None of them takes time: a domain that keeps
// silent would measure nothing but its time-out.
const (
	notFound   = "404"
	otherName  = "certificate of another name"
	expired    = "certificate expired"
	untrusted  = "certificate of an unknown authority"
	badRecord  = "record without id"
	otherMX    = "policy of the provider before"
	noHost     = "no policy host"
	refused    = "connection refused"
	badPolicy  = "policy without max_age"
	hosterZone = "sts-hoster.fleet"
)

func faults() []string {
	return []string{notFound, otherName, expired, untrusted, badRecord, otherMX, noHost, refused, badPolicy}
}

// A provider has MX hosts for many domains. Where it has a name for each customer, all of these have
// the addresses of its hosts.
type provider struct {
	name        string
	share       float64 // of all domains
	hosts       int
	perCustomer bool
}

func providers() []provider {
	return []provider{
		{name: "provider-a.fleet", share: .25, hosts: 4},
		{name: "provider-b.fleet", share: .12, hosts: 2, perCustomer: true},
		{name: "provider-c.fleet", share: .10, hosts: 2},
		{name: "provider-d.fleet", share: .08, hosts: 1},
		{name: "provider-e.fleet", share: .05, hosts: 1},
	}
}

// dice are the same for the same number, whatever n is.
func dice(number int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(number))) }

// domains calls f with each of n domains in turn.
func domains(n int, f func(number int, d domain)) {
	for i := range n {
		f(i, newDomain(i))
	}
}

func newDomain(number int) domain {
	d := dice(number)
	made := domain{
		name:     newName(d, number),
		provider: pick(d.Float64()),
		hosts:    1 + d.IntN(2),
		web:      d.Float64() < .9,
		web6:     d.Float64() < .3,
	}
	if d.Float64() < .1 {
		made.sts = newSTS(d, made.name)
	}
	return made
}

func pick(share float64) int {
	for i, p := range providers() {
		if share < p.share {
			return i
		}
		share -= p.share
	}
	return ownMail
}

func newSTS(d *rand.Rand, name string) *sts {
	s := &sts{mode: "testing", hosted: d.Float64() < .3, six: d.Float64() < .2, front: d.IntN(fronts)}
	switch mode := d.Float64(); {
	case mode < .5:
		s.mode = "enforce"
	case mode > .95:
		s.mode = "none"
	}
	switch reports := d.Float64(); {
	case reports < .5:
		s.report = "mailto:tls-reports@" + name
	case reports < .9:
		s.report = "mailto:" + strings.ReplaceAll(name, ".", "-") + "@tlsrpt." + hosterZone
	}
	if d.Float64() < .1 {
		s.fault = faults()[d.IntN(len(faults()))]
		s.hosted = false
	}
	return s
}

// newName is a name as people have it. The number keeps it apart from all others.
func newName(d *rand.Rand, number int) string {
	first := strings.Fields(`blue north stone river green silver golden oak maple harbour east bright
		clear summit iron valley red sunny old new grand little quick royal lake forest white hill
		urban nordic alpine pacific atlantic central prime first smart digital rapid steady`)
	second := strings.Fields(`bakery consulting logistics dental law media design garden motors print
		studio foods systems travel energy clinic school sports books music partners capital labs
		software works tools insurance realty homes kitchen cycles hotels farms optics textiles
		chemicals robotics archive church museum`)
	a, b, sep := first[d.IntN(len(first))], second[d.IntN(len(second))], []string{"", "", "-"}[d.IntN(3)]
	return fmt.Sprintf("%s%s%s%d.%s", a, sep, b, number, tlds()[d.IntN(len(tlds()))])
}

// tlds are zones of the name server.
func tlds() []string { return []string{"fleet", "yard"} }

// mailHosts are the names that the MX records of a domain have.
func (d domain) mailHosts() []string {
	if d.provider == ownMail {
		return []string{"mail." + d.name, "mail2." + d.name}[:d.hosts]
	}
	p := providers()[d.provider]
	if p.perCustomer {
		return []string{strings.ReplaceAll(d.name, ".", "-") + ".mail." + p.name}
	}
	var names []string
	for i := range p.hosts {
		names = append(names, fmt.Sprintf("mx%d.%s", i+1, p.name))
	}
	return names
}

// policyHost is where the policy is fetched from.
func (d domain) policyHost() string { return "mta-sts." + d.name }
