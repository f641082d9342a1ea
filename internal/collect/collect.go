// Package collect looks at one domain and writes down what it saw: a [fact.Observation].
//
// It is the only stage that touches the network, and it judges nothing. What a server does wrong
// is a fact like any other, so a look never fails and never stops at the first fault. What is
// asked (RFC 8461 §3, RFC 8460 §3, RFC 5321 §5.1):
//
//   - TXT at _mta-sts.DOMAIN and _smtp._tls.DOMAIN, MX at DOMAIN, A and AAAA at mta-sts.DOMAIN,
//     all at once;
//   - the policy, from every address of mta-sts.DOMAIN on its own, as soon as the address is
//     known: RFC 8461 §3.3 leaves it to the sender which address it takes;
//   - the addresses of each MX host and its TLSA records (RFC 7672 §2.2), as soon as MX is known;
//   - an SMTP conversation with every address of every MX host, up to EHLO over TLS, as soon as
//     the address is known; the same one serves all domains of a run;
//   - what the TLSRPT record's destinations resolve to;
//   - where something is missing, the places where people put it by mistake.
//
// Nothing waits that need not: a look takes as long as its longest chain of questions, not their sum.
// Where many looks are under way at once it is their number that counts, and not how long one of them
// takes: then what one answer may make needless is asked after it. The facts are the same.
//
// Addresses that are not globally reachable (package addr) are listed and left alone, so that a
// domain cannot send the looker into its own network; the user may allow nets or all.
//
// Everything that comes from the network is bounded in size and in time, and every wait ends with the
// context: what was not known by then carries a fault of kind "canceled".
package collect

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/platform"
	"mtasts/internal/resolve"
	"mtasts/internal/tunnel"
)

// DefaultTimeout is the limit of one policy fetch where none is given: a minute (RFC 8461 §3.3).
const DefaultTimeout = time.Minute

// DefaultSMTPTimeout is the limit of a greeting, and of all that comes behind it, where none is given:
// tarpits wait 5 to 30 seconds on purpose.
const DefaultSMTPTimeout = 30 * time.Second

// Network is the way out: everything that a look needs from the machine it runs on.
type Network struct {
	// Dial opens every connection: DNS, HTTPS, SMTP. It is given addresses, never names, but for
	// a proxy that the user named.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time

	Roots     *x509.CertPool // whom to trust; nil: those of platform.Roots
	RootsName string         // what the user calls them, for the vantage

	Resolvers   []string                 // as the user spelt them; none: those of the system
	ResolvConf  string                   // path of a file that names the system's; empty: they are Nameservers
	Nameservers func() ([]string, error) // nil: there are none
	QPS         float64                  // how many questions a second go out to them at most, in all; 0: no limit

	Family       string         // "4" or "6": contact addresses of this family only
	AllowNets    []netip.Prefix // count as globally reachable
	AllowPrivate bool           // contact any address
	Timeout      time.Duration  // of one policy fetch, DNS not included, and at most of a DNS try; 0: DefaultTimeout
	Version      string         // for the User-Agent and the facts
	Proxy        *tunnel.Proxy  // carries HTTPS and SMTP, and no question to the DNS; nil: none

	// Sparing has a look not ask about records in the wrong place where nothing of
	// MTA-STS or TLS-RPT is in the right one: for most of a long list that is half of the questions.
	Sparing bool

	SMTP        string        // fact.SMTPOff or fact.SMTPRequire; empty: as long as port 25 is not blocked here
	SMTPTimeout time.Duration // of a greeting, and again of all that comes behind it; 0: DefaultSMTPTimeout
	EHLOName    string        // a host name or an address literal; empty: the address of this end
	TrustAD     bool          // the AD bit of every resolver counts
}

// crowd is how many looks are under way at once where it is their number that counts.
const crowd = 16

// Observer looks at domains, any number at once, and shares one resolver among them, and what was
// learnt of MX hosts.
type Observer struct {
	net     Network
	dns     *resolve.Resolver
	roots   func() *x509.CertPool // empty where this machine has none
	probes  *prober
	web     *fetcher
	vantage fact.Vantage
	looks   atomic.Int32 // under way
}

// Open readies the way out. The error is one clear clause about how a resolver is spelt, or that there is none.
func (n Network) Open() (*Observer, error) {
	if n.Timeout <= 0 {
		n.Timeout = DefaultTimeout
	}
	if n.SMTPTimeout <= 0 {
		n.SMTPTimeout = DefaultSMTPTimeout
	}
	dns, err := resolve.New(resolve.Config{
		Servers: n.Resolvers, ResolvConf: n.ResolvConf, Nameservers: n.Nameservers,
		Dial: n.Dial, Roots: n.Roots, Now: n.Now,
		TrustAD: n.TrustAD, QPS: n.QPS,
		MaxTry: n.Timeout, // no more patience for a question than for a whole fetch
	})
	if err != nil {
		return nil, err
	}
	o := &Observer{net: n, dns: dns, roots: sync.OnceValue(n.trustStore), probes: newProber(n.Now), web: newFetcher(n.Now)}
	o.vantage = o.describe()
	return o, nil
}

// Close ends what the resolver keeps open, and waits for the last SMTP conversations to say goodbye:
// a second at most. No look may be under way.
func (o *Observer) Close() {
	o.probes.byes.Wait()
	o.dns.Close()
}

// trustStore is read when the first chain comes: it takes some milliseconds that a look without
// TLS need not pay.
func (n Network) trustStore() *x509.CertPool {
	if n.Roots != nil {
		return n.Roots
	}
	return platform.Roots()
}

// Observe looks at a domain, given in A-labels, lower case, without final dot. It always returns
// an observation: what the domain does wrong is in it. When ctx ends, it returns at once with
// what is known, and Interrupted set unless that is everything.
func (o *Observer) Observe(ctx context.Context, domain string) *fact.Observation {
	l := o.look(domain)
	l.crowded = o.looks.Add(1) > crowd
	defer o.looks.Add(-1)
	var besideSTS, besideTLSRPT []fact.Answer
	together(
		func() { besideSTS = l.stsRecord(ctx) },
		func() { besideTLSRPT = l.tlsrptRecord(ctx) },
		func() { l.mail(ctx) },
		func() { l.policyHost(ctx) },
	)
	l.seen.Elsewhere = append(besideSTS, besideTLSRPT...)
	l.seen.Interrupted = l.cut.Load()
	l.seen.TookMS = l.since(l.begun)
	return l.seen
}

// agent is what HTTP servers are told about this program.
func (n Network) agent() string {
	if n.Version == "" {
		return "mtasts"
	}
	return "mtasts/" + n.Version
}

// describe is the vantage of all looks.
func (o *Observer) describe() fact.Vantage {
	v := fact.Vantage{
		Resolvers:    o.dns.Servers(),
		Family:       o.net.Family,
		AllowPrivate: o.net.AllowPrivate,
		TimeoutMS:    o.net.Timeout.Milliseconds(),
		Roots:        o.net.RootsName,
		ADTrusted:    o.dns.ADTrusted(),
		SMTP:         o.net.SMTP,
		Sparing:      o.net.Sparing,
	}
	if v.Roots == "" && o.net.Roots == nil {
		v.Roots = platform.RootsName()
	}
	if o.net.SMTP != fact.SMTPOff {
		v.SMTPTimeoutMS, v.EHLOName = o.net.SMTPTimeout.Milliseconds(), o.net.EHLOName
	}
	if o.net.Proxy != nil {
		v.Proxy = o.net.Proxy.String()
	}
	for _, p := range o.net.AllowNets {
		v.AllowNets = append(v.AllowNets, p.String())
	}
	return v
}

// together runs all of fs at once and returns when the last one is done.
func together(fs ...func()) {
	var all sync.WaitGroup
	for _, f := range fs[1:] {
		all.Go(f)
	}
	fs[0]()
	all.Wait()
}
