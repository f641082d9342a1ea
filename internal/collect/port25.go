package collect

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mtasts/internal/fact"
)

// Many networks let nobody out to port 25, and every MX host of the world seems dead from there.
const (
	// enoughFailures is how many addresses, none of any other outcome, make port 25 seem blocked.
	enoughFailures = 32
	// failuresOfOne is how many of them may be of one look: no domain alone makes it seem so for others.
	failuresOfOne = 8
	// hurry is how many tenths of its limit a connection may take then: 3 s. Each address is tried all the same, so that nobody who
	// names dead ones has others judged without a look; but a server that is there answers sooner, also
	// where the first packet is lost, and a long list on such a network comes to its end.
	hurry = 3
	// oneIn of the looks is not hurried: a run that only began with dead domains, at the end of a slow
	// line, finds out that it is wrong.
	oneIn = 16
	// settling is how many looks wait for others that are under way before they say that port 25 is
	// silent. When so many have said so, a long list goes on at its own pace.
	settling = 256
)

// port25 is what a run learns about port 25 of others.
type port25 struct {
	mu      sync.Mutex
	isOpen  bool
	open    chan struct{} // closed when the first address has accepted a connection
	failed  map[netip.Addr]bool
	hurried int // looks, and those that would have been but for oneIn
	waited  int // looks, for others
	parties map[*party]bool
}

// party is one look's part in it.
type party struct {
	failures int
	pace     pace
	done     chan struct{} // closed when all that the look tries has connected or failed
}

// pace is whether a look is hurried, once that matters.
type pace int

const (
	undecided pace = iota
	calm
	inHurry
)

func newPort25() port25 {
	return port25{open: make(chan struct{}), failed: map[netip.Addr]bool{}, parties: map[*party]bool{}}
}

// join is for a look that may yet try addresses.
func (p *port25) join() *party {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := &party{done: make(chan struct{})}
	p.parties[own] = true
	return own
}

// part is for a look that tries no more.
func (p *port25) part(own *party) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.parties, own)
	close(own.done)
}

// note takes down how connecting to an address ended. What this machine is the cause of tells
// nothing about the port.
func (p *port25) note(own *party, a netip.Addr, probe *fact.Probe) {
	a = a.Unmap()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case probe.Connected:
		if !p.isOpen {
			close(p.open)
		}
		p.isOpen = true
	case countsAgainst(probe) && own.failures < failuresOfOne && !p.failed[a] && len(p.failed) < enoughFailures:
		p.failed[a] = true
		own.failures++
	}
}

// countsAgainst tells that no connection came about, and that the cause is not on this machine.
func countsAgainst(p *fact.Probe) bool {
	if p.Connected || p.Fault == nil {
		return false
	}
	switch p.Fault.Kind {
	case fact.NoRoute, fact.Internal, fact.Canceled:
		return false
	default:
		return true
	}
}

// hurries tells that a look is not to wait long for a connection, since port 25 seems to be blocked.
func (p *port25) hurries(own *party) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOpen || len(p.failed) < enoughFailures {
		return false
	}
	if own.pace == undecided {
		own.pace = inHurry
		if p.hurried++; p.hurried%oneIn == 0 {
			own.pace = calm
		}
	}
	return own.pace == inHurry
}

// opened tells that some address has accepted a connection.
func (p *port25) opened() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isOpen
}

// settle waits until it is known whether anybody who is trying now gets through, and says whether
// the context let it: which of some looks is done first is not to make a difference. By the limit of a
// connection those have got through who do, and who has hundreds of dead addresses holds nobody up longer.
func (p *port25) settle(ctx context.Context, limit time.Duration) bool {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, other := range p.others() {
		select {
		case <-other.done:
		case <-p.open:
			return true
		case <-limited.Done():
			return ctx.Err() == nil
		}
	}
	return true
}

func (p *port25) others() []*party {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOpen || p.waited == settling {
		return nil
	}
	p.waited++
	return slices.Collect(maps.Keys(p.parties))
}

// state is the word for the facts.
func (p *port25) state() string {
	if p.opened() {
		return fact.Port25Open
	}
	return fact.Port25Silent
}

// aboutPort25 ends a look's part, and has the facts say what became of the port. Where nothing was
// tried, it does not matter.
func (l *look) aboutPort25(ctx context.Context) {
	l.probes.port25.part(l.party)
	if !slices.ContainsFunc(l.seen.Hosts, aboutAPort) {
		return
	}
	settled, state := l.probes.port25.settle(ctx, connectLimit), l.probes.port25.state()
	if !settled && state != fact.Port25Open {
		l.cut.Store(true)
		return
	}
	l.seen.Vantage.Port25 = state
	if state == fact.Port25Open {
		l.makeUp(ctx)
	}
}

// makeUp tries the addresses again that were not waited for long while port 25 seemed blocked, now that it
// is known to be open.
func (l *look) makeUp(ctx context.Context) {
	var all sync.WaitGroup
	for _, h := range l.seen.Hosts {
		for i, p := range h.Probes {
			if a, err := netip.ParseAddr(p.Address); err == nil && p.Skipped == fact.SkipBlocked {
				all.Go(func() { h.Probes[i] = l.probe(ctx, h.Name, a) })
			}
		}
	}
	all.Wait()
}

// aboutAPort tells that a probe of the host tells something about the port.
func aboutAPort(h fact.MailHost) bool {
	return slices.ContainsFunc(h.Probes, func(p fact.Probe) bool {
		return p.Connected || countsAgainst(&p)
	})
}
