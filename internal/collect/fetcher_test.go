package collect

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// hosted are the zones of n domains whose policy hosts are at one address.
func hosted(n int, address string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "_mta-sts.d%d.example. TXT \"v=STSv1; id=1;\"\nmta-sts.d%d.example. A %s\n", i, i, address)
	}
	return b.String()
}

// seeAll looks at all of them at once.
func (w watcher) seeAll(ctx context.Context, n int) []*fact.Observation {
	list := make([]*fact.Observation, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { list[i] = w.Observe(ctx, fmt.Sprintf("d%d.example", i)) })
	}
	all.Wait()
	return list
}

// TestFewFetchesAtOnce from one address, and from all; to wait for a turn is not a part of what a fetch takes.
func TestFewFetchesAtOnce(t *testing.T) {
	const domains = 3 * fetchesAtDoor
	var hosts []string
	for i := range domains {
		hosts = append(hosts, fmt.Sprintf("mta-sts.d%d.example", i))
	}
	for _, room := range []int{fetchesAtOnce, 0} {
		w := newWorld(t, hosted(domains, "192.0.2.10"))
		var under, most atomic.Int32
		open := make(chan struct{})
		w.web("192.0.2.10", w.ca.config(hosts...), func(rw http.ResponseWriter, _ *http.Request) {
			most.Store(max(most.Load(), under.Add(1)))
			<-open
			under.Add(-1)
			_, _ = rw.Write([]byte(goodPolicy))
		})
		var late atomic.Int64 // the clock goes with no other one
		o := w.watch(func(n *Network) {
			n.SMTP, n.Now = fact.SMTPOff, func() time.Time { return time.Unix(1_800_000_000+late.Load(), 0) }
		})
		o.web.room = make(chan struct{}, room)
		seen := make(chan []*fact.Observation, 1)
		go func() { seen <- o.seeAll(t.Context(), domains) }()
		until(t, "not all come", func() bool { return under.Load() == fetchesAtDoor && o.fetching("192.0.2.10") == domains })
		late.Add(3600)
		close(open)
		checkTurns(t, <-seen)
		if n := most.Load(); n != fetchesAtDoor {
			t.Errorf("%d fetches at once", n)
		}
		if len(o.web.doors.at) != 0 {
			t.Errorf("%d addresses are remembered", len(o.web.doors.at))
		}
	}
}

// checkTurns: an hour has passed while the first ones had their turn.
func checkTurns(t *testing.T, list []*fact.Observation) {
	t.Helper()
	long := 0
	for _, seen := range list {
		f := seen.Host.Fetches[0]
		if f.Status != 200 {
			t.Errorf("status %d, fault %s", f.Status, faultText(f.Fault))
		}
		if f.Timing.Total != 0 {
			long++
		}
	}
	if long != fetchesAtDoor {
		t.Errorf("%d fetches took an hour, of which %d were under way", long, fetchesAtDoor)
	}
}

// fetching is how many fetch from an address, or wait for a turn there.
func (o *Observer) fetching(address string) int {
	return o.web.doors.usersOf(netip.MustParseAddr(address))
}

// TestNoTurnForAFetch: who waits too long, or is interrupted, has not found out anything.
func TestNoTurnForAFetch(t *testing.T) {
	w := newWorld(t, hosted(1, "192.0.2.10"))
	for _, full := range []string{"door", "door and room"} {
		o := w.watch(func(n *Network) { n.SMTP = fact.SMTPOff })
		o.web.patience = 10 * time.Millisecond
		if full != "door" { // that of others
			o.web.room = make(chan struct{}, fetchesAtDoor)
		}
		for range fetchesAtDoor {
			if _, err := o.web.enter(t.Context(), nil, netip.MustParseAddr("192.0.2.10")); err != nil {
				t.Fatal(err)
			}
		}
		seen := o.see("d0.example")
		if got := faultText(seen.Host.Fetches[0].Fault); got != "dial: internal: so many fetch from there that no turn came within 0.01 s" || seen.Interrupted {
			t.Errorf("%s: %s, interrupted %v", full, got, seen.Interrupted)
		}
		o.web.patience = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		seen = o.Observe(ctx, "d0.example")
		if got := faultText(seen.Host.Fetches[0].Fault); got != "dial: canceled: canceled" || !seen.Interrupted {
			t.Errorf("%s: %s, interrupted %v", full, got, seen.Interrupted)
		}
	}
	if n := w.connections("192.0.2.10:443"); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// TestASilentAddressIsNotWaitedForByAll: thousands of domains may have their policies at an address that
// is down. The first ones find out, and the others are told, for a while.
func TestASilentAddressIsNotWaitedForByAll(t *testing.T) {
	const domains, limit = 10 * fetchesAtDoor, 100 * time.Millisecond
	w := newWorld(t, hosted(domains, "192.0.2.10"))
	w.fails("192.0.2.10", nil)
	o := w.watch(func(n *Network) { n.SMTP, n.Timeout = fact.SMTPOff, limit })
	for _, seen := range o.seeAll(t.Context(), domains) {
		f := seen.Host.Fetches[0]
		if got := faultText(f.Fault); got != "dial: timeout: no connection within 0.1 s" || time.Duration(f.Timing.Total) < limit || f.Timing.Connect == 0 {
			t.Errorf("%s, %+v", got, f.Timing)
		}
	}
	if n := w.connections("192.0.2.10:443"); n > fetchesAtDoor {
		t.Errorf("%d connections", n)
	}
}

// TestWhoIsTakenForSilent: an address is, for a minute, that let a policy's fetch wait for a connection;
// not one that refused it, or for which there was no time.
func TestWhoIsTakenForSilent(t *testing.T) {
	w := newWorld(t, "")
	at := time.Unix(1_800_000_000, 0)
	o := w.watch(hasty)
	o.web.silent.now = func() time.Time { return at }
	address := netip.MustParseAddr("192.0.2.10")
	l := o.look("example.com")
	fetch := func(ctx context.Context, limit time.Duration) (connected bool) {
		before := w.connections("192.0.2.10:443")
		l.fetch(ctx, errand{host: policyHost, path: "/", address: address, limit: limit})
		return w.connections("192.0.2.10:443") > before
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	limit := o.net.Timeout
	w.at["tcp 192.0.2.10:443"] = func(context.Context) (net.Conn, error) { return nil, opError(context.DeadlineExceeded) }
	for _, c := range []struct {
		what  string
		ctx   context.Context
		limit time.Duration
		want  bool
	}{
		{"at first", t.Context(), limit / 2, true},
		{"after one in a hurry", ended, limit, true},
		{"after one that was interrupted", t.Context(), limit, true},
		{"after one that waited", t.Context(), limit, false},
		{"after one that was told", t.Context(), limit / 2, false},
	} {
		if got := fetch(c.ctx, c.limit); got != c.want {
			t.Errorf("%s: tried %v", c.what, got)
		}
	}
	at = at.Add(silentFor)
	w.fails("192.0.2.10", syscall.ECONNREFUSED)
	for range 2 {
		if !fetch(t.Context(), limit) {
			t.Error("after a minute, or after a refusal, it is not tried")
		}
	}
}
