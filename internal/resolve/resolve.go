package resolve

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
	"mtasts/internal/words"
)

// Defaults of a [Config].
const (
	defaultTry   = 2 * time.Second
	defaultTries = 2
)

// Config says whom to ask and how.
type Config struct {
	// Servers are spelled as the user did: 192.0.2.53, [2001:db8::53]:5353, udp://, tcp://,
	// tls://HOST[:853], https://HOST[:443][/dns-query]. The host of tls:// and https:// may be a
	// name; its address is asked of the servers of the system.
	Servers []string
	// ResolvConf is the path of a resolv.conf(5), for where Servers is empty. Without a server
	// in it, 127.0.0.1 and ::1 are asked.
	ResolvConf string
	// Nameservers names the servers of a system that has no such file: ResolvConf is empty then.
	Nameservers func() ([]string, error)
	// Dial makes every connection, always to an address and port; networks are "udp" and "tcp".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots verify tls:// and https:// servers; nil means those of the system.
	Roots *x509.CertPool
	// Now is the clock that answers age by and certificates are judged by.
	Now func() time.Time
	// Try is how long one server may take to answer; 0 means that of ResolvConf if used, else 2 s.
	Try time.Duration
	// MaxTry is the most that a try may take, wherever Try comes from; 0 means no bound.
	MaxTry time.Duration
	// Tries is how many rounds over the servers are made; 0 means that of ResolvConf if used, else 2.
	Tries int
	// QPS is how many questions a second go out at most, to all servers together; 0 means no limit. To
	// wait for that is no part of a try. Where a server has a name, the few questions about that have a
	// pace of their own: all others wait for them.
	QPS float64
	// TrustAD tells that the AD bit of every server counts, as "options trust-ad" does for those of
	// ResolvConf (resolv.conf(5)).
	TrustAD bool
}

// A Resolver asks and remembers. It may be used by many goroutines at once.
type Resolver struct {
	kit     *kit
	servers []*server
	first   atomic.Int32 // the one to begin with: it answered when another did not
	suspect atomic.Bool  // whether that one is still there is being asked
	tries   int
	now     func() time.Time
	memory  *memo.Memory[key, fact.Answer]
	names   *Resolver // for the names of servers; nil where none has one
}

// New makes a resolver; nothing is sent before the first look-up. An error is bad usage, one
// clause that can be shown to the user.
func New(c Config) (*Resolver, error) {
	if c.Dial == nil || c.Now == nil {
		return nil, errors.New("a resolver needs a dialer and a clock")
	}
	file, points, err := c.whom()
	if err != nil {
		return nil, err
	}
	r := &Resolver{kit: newKit(c.oneTry(file), c.Now), tries: firstSet(c.Tries, file.tries, defaultTries), now: c.Now}
	r.kit.pace = newPace(c.QPS, c.Now)
	r.memory = memo.New[key](c.Now, maxMemory, Weight)
	for _, p := range points {
		g, err := r.gate(c, p)
		if err != nil {
			return nil, err
		}
		s := newServer(r.kit, g)
		s.trusted = c.TrustAD || file.trustAD || p.safe()
		r.servers = append(r.servers, s)
	}
	return r, nil
}

func (c Config) oneTry(file conf) time.Duration {
	try := firstSet(c.Try, file.try, defaultTry)
	if c.MaxTry > 0 {
		try = min(try, c.MaxTry)
	}
	return try
}

// firstSet is the first of the values that is set.
func firstSet[T int | time.Duration](values ...T) T {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

// gate is the way to an endpoint. Where it has a name only, another resolver finds its addresses.
func (r *Resolver) gate(c Config, p endpoint) (g gate, err error) {
	if p.name != "" && r.names == nil {
		own := c
		own.Servers = nil
		r.names, err = New(own)
	}
	return gate{endpoint: p, dial: c.Dial, names: r.names, roots: c.Roots, now: c.Now, try: r.kit.try}, err
}

// Servers are those that are asked, in their shortest spelling, in order.
func (r *Resolver) Servers() []string {
	var names []string
	for _, s := range r.servers {
		names = append(names, s.name)
	}
	return names
}

// ADTrusted are those of Servers whose AD bit counts. An answer over an open network can be
// forged, bit and all, so the way must be safe (RFC 4035 §4.9.3): within this machine, or over TLS
// to a server that was verified; or the user vouches for it.
func (r *Resolver) ADTrusted() []string {
	var names []string
	for _, s := range r.servers {
		if s.trusted {
			names = append(names, s.name)
		}
	}
	return names
}

// Close ends all that is in flight, and returns when every socket is closed, but for those of
// https:// servers, which package net/http ends in its own time. Those who still ask get a fault.
func (r *Resolver) Close() {
	r.kit.crew.dismiss()
	for _, s := range r.servers {
		s.close()
	}
	if r.names != nil {
		r.names.Close()
	}
}

// Lookup asks for the records of a name; qtype is "TXT", "MX", "A", "AAAA", "TLSA" or
// "CNAME", which does not go on to where the alias leads. It never fails: what goes wrong is the
// answer's Fault. The name is absolute, with or without its final dot, and
// comes back without it and in lower case. The end of the context ends the look-up at once; what
// is remembered needs none.
//
// Answers are remembered and shared between callers, who must not change what they hold; TookMS
// is how long the servers took when they were asked, and not how long the question had to wait here.
func (r *Resolver) Lookup(ctx context.Context, name, qtype string) fact.Answer {
	a := fact.Answer{Name: strings.ToLower(name), Type: qtype}
	if len(name) > 1 {
		a.Name = strings.TrimSuffix(a.Name, ".")
	}
	kind, known := kindOf(qtype)
	if !known {
		a.Fault = fault(fact.Internal, "records of type "+qtype+" cannot be read")
		return a
	}
	found, err := r.recall(ctx, a, kind)
	if err != nil {
		a.Fault = newFault(what(a), []setback{{"waiting", err}})
		return a
	}
	return found
}

// what says what was asked for, for the texts of faults.
func what(a fact.Answer) string { return a.Type + " " + words.Clip(a.Name, longest) }
