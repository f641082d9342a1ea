package collect

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
)

// Bounds of the conversations of a run.
const (
	maxAtOnce = 256      // conversations, wherever they go
	maxAtDoor = 2        // of them with one address
	maxProbes = 32 << 20 // octets of those that are remembered; one takes some 10 KiB, most of it certificates
	maxWeight = 64 << 10 // of one of them
	// patience is how long a turn is waited for, in limits of a greeting. A conversation takes three
	// of them at most, that of the connection counted as one.
	patience = 5
)

// prober makes the SMTP conversations of a run. Many domains have the same MX hosts, so one
// conversation with an address under a name serves all of them.
type prober struct {
	known  *memo.Memory[call, fact.Probe]
	doors  doors
	graves graves[fact.Probe]
	alike  alike
	room   chan struct{} // as many as may be under way
	port25 port25
	byes   sync.WaitGroup
}

// call is whom a conversation is with. The certificate may depend on the name.
type call struct {
	address netip.Addr
	name    string
}

func newProber(now func() time.Time) *prober {
	return &prober{
		known:  memo.New[call](now, maxProbes, weight),
		doors:  newDoors(maxAtDoor),
		graves: newGraves[fact.Probe](now, silentFor),
		alike:  newAlike(),
		room:   make(chan struct{}, maxAtOnce),
		port25: newPort25(),
	}
}

// probe is what an address says under the name of an MX host: asked once a run, whoever wants to
// know it.
func (l *look) probe(ctx context.Context, name string, a netip.Addr) fact.Probe {
	c := call{a, strings.ToLower(name)}
	p, err := l.share(ctx, c, func() fact.Probe { return l.visit(ctx, c) })
	if err != nil {
		p = l.turnedAway(ctx, a, err)
	}
	l.noteCut(ctx, p.Fault)
	return p
}

// share has a visit made when the look's turn has come, or learns of another one's.
func (l *look) share(ctx context.Context, c call, visit func() fact.Probe) (fact.Probe, error) {
	patient, cancel := context.WithTimeout(ctx, patience*l.net.SMTPTimeout)
	defer cancel()
	back, err := l.turns.take(patient, c.address)
	if err != nil {
		return fact.Probe{}, err
	}
	defer back()
	return l.probes.known.Lookup(ctx, c, func() (fact.Probe, time.Duration) {
		p := visit()
		return p, lasts(ctx, p)
	})
}

// turnedAway is the probe of an address where a turn did not come: in a long while, which is a reason to
// skip it (nobody has so many names for one address without malice), or before the context ended.
func (l *look) turnedAway(ctx context.Context, a netip.Addr, err error) fact.Probe {
	p := fact.Probe{Address: a.String()}
	if ctx.Err() == nil {
		p.Skipped = fact.SkipLimit
	} else {
		p.Fault = faultOf(ctx, fact.Dial, err, l.net.SMTPTimeout)
	}
	return p
}

// lasts tells how long a probe is remembered. What tells of this end, or of the look that waited, is no
// news of the server, and one that did not get as far as a greeting may get there in a minute.
func lasts(ctx context.Context, p fact.Probe) time.Duration {
	switch {
	case p.Fault != nil && ctx.Err() != nil, p.Skipped == fact.SkipLimit:
		return memo.Unshared
	case p.Skipped != "" || p.Fault != nil && p.Fault.Kind == fact.Internal || weight(p) > maxWeight:
		return 0
	case p.Fault != nil && p.Greeting == nil:
		return silentFor
	default:
		return memo.Forever
	}
}

// weight is about what a probe takes in memory, most of it things that the server said.
func weight(p fact.Probe) int {
	n := 1000
	for _, r := range []*fact.Reply{p.Greeting, p.EHLO, p.HELO, p.StartTLS, p.EHLOTLS} {
		if r != nil {
			for _, line := range r.Lines {
				n += len(line)
			}
		}
	}
	if p.TLS != nil {
		for _, c := range p.TLS.Chain {
			n += len(c)
		}
	}
	return n
}

// visit waits for a turn at the address among all looks. Where other visits have shown that the address
// is dead, or what it says under any name, their answer is this one's too.
func (l *look) visit(ctx context.Context, c call) fact.Probe {
	if p, found := l.probes.heard(c); found {
		return p
	}
	patient, cancel := context.WithTimeout(ctx, patience*l.net.SMTPTimeout)
	defer cancel()
	d, err := l.probes.doors.enter(patient, c.address)
	if err != nil {
		return l.turnedAway(ctx, c.address, err)
	}
	if p, found := l.probes.heard(c); found { // meanwhile
		l.probes.doors.leave(d)
		return p
	}
	p := fact.Probe{Address: c.address.String()}
	l.knock(ctx, d, c, &p)
	return p
}

// heard is what is known of an address without a conversation under that name.
func (p *prober) heard(c call) (fact.Probe, bool) {
	known, found := p.alike.tell(c)
	if !found {
		known, found = p.graves.dead(c.address)
	}
	known.Address = c.address.String()
	return known, found
}

// knock waits for room, and holds a conversation unless port 25 seems to be blocked.
func (l *look) knock(ctx context.Context, d *door, with call, p *fact.Probe) {
	if err := occupy(ctx, l.probes.room); err != nil {
		p.Fault = faultOf(ctx, fact.Dial, err, l.net.SMTPTimeout)
		l.probes.doors.leave(d)
		return
	}
	leave := func() {
		<-l.probes.room
		l.probes.doors.leave(d)
	}
	if l.net.SMTP != fact.SMTPRequire && l.probes.port25.spares() {
		p.Skipped = fact.SkipBlocked
		leave()
		return
	}
	c := l.converse(ctx, with, p)
	if ctx.Err() == nil {
		l.probes.learn(with, *p)
	}
	l.goodbye(ctx, c, leave)
}

// learn takes down what a conversation tells whoever comes to the address later. One that did not come
// about tells nothing of a certificate.
func (p *prober) learn(with call, met fact.Probe) {
	if isDead(met) {
		p.graves.bury(with.address, met)
		return
	}
	if met.Greeting != nil {
		p.graves.alive(with.address)
	}
	p.alike.note(with, met)
}

// isDead tells that an address need not be tried under another name: no connection comes about, or
// no greeting comes.
func isDead(p fact.Probe) bool {
	f := p.Fault
	return f != nil && f.Kind != fact.Internal && (f.Stage == fact.Dial || f.Stage == fact.Greet && f.Timeout)
}

// converse holds a conversation; nil where no connection came about.
func (l *look) converse(ctx context.Context, with call, p *fact.Probe) *conversation {
	begun := l.net.Now()
	defer func() { p.Timing.Total = l.since(begun) }()
	raw := l.connect(ctx, netip.AddrPortFrom(with.address, 25), l.net.SMTPTimeout)
	p.Connected, p.Timing.Connect, p.Fault = raw.Conn != nil, raw.took, raw.fault
	if p.Connected || ctx.Err() == nil {
		l.probes.port25.note(l.party, with.address, p)
	}
	if p.Fault != nil {
		return nil
	}
	c := l.newConversation(with.name, raw.Conn, p)
	c.hold(ctx)
	return c
}
