package collect

import (
	"context"
	"encoding/base64"
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
	// maxOfLook is what a look keeps of its probes, in octets of JSON. Two hundred addresses of good faith have as
	// much to say; it takes malice to show each caller a chain of hundreds of kilobytes.
	maxOfLook = 4 << 20
)

// patience is how long a turn is waited for from when an address is known. Who lets clients wait for half
// a minute at each of two conversations has the second one heard; and whoever does so at hundreds of
// addresses holds up a look by this and one conversation, and the rest is left out.
func (n *Network) patience() time.Duration { return n.SMTPTimeout * 3 / 2 }

// prober makes the SMTP conversations of a run. Many domains have the same MX hosts, so one
// conversation with an address under a name serves all of them.
type prober struct {
	known   *memo.Memory[call, fact.Probe]
	doors   doors[netip.Addr]
	callers doors[caller]
	queues  queues
	graves  graves[fact.Probe]
	alike   alike
	room    chan struct{} // as many as may be under way, but for those that each look has of its own
	port25  port25
	byes    sync.WaitGroup
}

// call is whom a conversation is with. The certificate may depend on the name.
type call struct {
	address netip.Addr
	name    string
}

func newProber(now func() time.Time) *prober {
	return &prober{
		known:   memo.New[call](now, maxProbes, weight),
		doors:   newDoors[netip.Addr](maxAtDoor),
		callers: newDoors[caller](maxAtDoor),
		queues:  newQueues(),
		graves:  newGraves[fact.Probe](now, silentFor),
		alike:   newAlike(now),
		room:    make(chan struct{}, maxAtOnce),
		port25:  newPort25(),
	}
}

// probe is what an address says under the name of an MX host: asked once a run, whoever wants to
// know it.
func (l *look) probe(ctx context.Context, name string, a netip.Addr) fact.Probe {
	c := call{a, strings.ToLower(name)}
	p, err := l.share(ctx, c)
	if err != nil {
		p = l.turnedAway(ctx, a, err)
	}
	if l.kept.Add(int64(weight(p))) > maxOfLook {
		p = fact.Probe{Address: a.String(), Skipped: fact.SkipLimit}
	}
	l.noteCut(ctx, p.Fault)
	return p
}

// share holds a conversation when the look's turn has come, or learns of another one's: of one that was
// had, or is being had. Whoever only waits for a turn keeps nobody from having it before.
func (l *look) share(ctx context.Context, c call) (fact.Probe, error) {
	patient, cancel := context.WithTimeout(ctx, l.net.patience())
	defer cancel()
	for {
		if p, found, err := l.probes.known.Join(ctx, c); found || err != nil {
			return p, err
		}
		if p, found := l.probes.heard(c); found {
			return p, nil
		}
		turn, err := l.queue(patient, c)
		switch {
		case err == nil:
			return l.use(ctx, c, turn)
		case patient.Err() != nil:
			return l.last(ctx, c, err)
		}
	}
}

// use has a turn used, unless somebody else has come first by a hair.
func (l *look) use(ctx context.Context, c call, t *turn) (fact.Probe, error) {
	used := false
	p, err := l.probes.known.Lookup(ctx, c, func() (fact.Probe, time.Duration) {
		used = true
		p := l.visit(ctx, c, t)
		return p, lasts(ctx, p)
	})
	if !used {
		t.back()
	}
	return p, err
}

// last is for a look whose turn did not come: somebody else's may have.
func (l *look) last(ctx context.Context, c call, turned error) (fact.Probe, error) {
	p, found, err := l.probes.known.Join(ctx, c)
	if err == nil && !found {
		err = turned
	}
	return p, err
}

// turnedAway is the probe of an address where a turn did not come: in a long while, which is a reason to
// skip it (nobody has so many slow addresses, or names for one, without malice), or before the context ended.
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
// news of the server. One that did not get as far as a greeting may get there in a minute, and who was sent
// away may be let in: it can be others who made the server weary.
func lasts(ctx context.Context, p fact.Probe) time.Duration {
	switch {
	case p.Fault != nil && ctx.Err() != nil, p.Skipped == fact.SkipLimit:
		return memo.Unshared
	case p.Skipped != "" || p.Fault != nil && p.Fault.Kind == fact.Internal || weight(p) > maxWeight:
		return 0
	case p.Fault != nil && (p.Greeting == nil || p.Fault.Kind == fact.Reset || p.Fault.Kind == fact.Rejected):
		return silentFor
	default:
		return memo.Forever
	}
}

// weight is about what a probe takes in memory, and in JSON, most of it things that the server said.
func weight(p fact.Probe) int {
	n := 1000 + p.Injected.Size() + chainSize(p.TLS)
	for _, r := range []*fact.Reply{p.Greeting, p.EHLO, p.HELO, p.StartTLS, p.EHLOTLS} {
		if r != nil {
			for _, line := range r.Lines {
				n += line.Size() + 1
			}
		}
	}
	return n
}

// chainSize is what the certificates of a session take in JSON, and more than they take in memory.
func chainSize(t *fact.TLS) (n int) {
	if t != nil {
		for _, c := range t.Chain {
			n += base64.StdEncoding.EncodedLen(len(c)) + len(`"",`)
		}
	}
	return n
}

// visit is what a turn is used for. Where other visits have shown meanwhile that the address is dead, or
// what it says under any name, their answer is this one's too.
func (l *look) visit(ctx context.Context, c call, t *turn) fact.Probe {
	l.probes.queues.over(c)
	p, found := l.probes.heard(c)
	if !found && !l.turns.spend(c.address) {
		p, found = fact.Probe{Address: c.address.String(), Skipped: fact.SkipLimit}, true
	}
	if found {
		t.back()
		return p
	}
	p = fact.Probe{Address: c.address.String()}
	isNews := !l.probes.alike.knows(c.address)
	l.knock(ctx, c, &p, t.back)
	if isNews && p.TLS != nil {
		t.at.introduce()
	}
	return p
}

// heard is what is known of an address without a conversation under that name. That nobody waited long for
// it, as port 25 seemed blocked, is nothing to know where it is not.
func (p *prober) heard(c call) (fact.Probe, bool) {
	known, found := p.alike.tell(c)
	if !found {
		known, found = p.graves.dead(c.address)
		found = found && (known.Skipped == "" || !p.port25.opened())
	}
	known.Address = c.address.String()
	return known, found
}

// knock holds a conversation, and calls leave when all of it is over.
func (l *look) knock(ctx context.Context, with call, p *fact.Probe, leave func()) {
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
	limit := min(l.net.SMTPTimeout, connectLimit)
	hurried := l.net.SMTP != fact.SMTPRequire && l.probes.port25.hurries(l.party)
	if hurried {
		limit = limit * hurry / 10
	}
	raw := l.connect(ctx, with.name, netip.AddrPortFrom(with.address, 25), limit)
	p.Connected, p.Timing.Connect, p.Fault = raw.Conn != nil, raw.took, raw.fault
	if hurried && p.Fault != nil && p.Fault.Timeout && ctx.Err() == nil {
		p.Skipped = fact.SkipBlocked
	}
	note := func() {
		if p.Connected || ctx.Err() == nil {
			l.probes.port25.note(l.party, with.address, p)
		}
	}
	if !raw.proxied() {
		note()
	}
	if p.Fault != nil {
		return nil
	}
	c := l.newConversation(with.name, raw.Conn, p)
	c.hold(ctx)
	if raw.proxied() { // what a proxy accepts says little; what comes through it does
		p.Connected, p.Fault = l.reached(raw, p.Fault)
		note()
	}
	return c
}
