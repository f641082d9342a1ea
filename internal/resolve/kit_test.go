package resolve

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestRefusedWorkEndsTheStream: the crew is dismissed while the stream is being dialed. Who waits
// is told.
func TestRefusedWorkEndsTheStream(t *testing.T) {
	k := newKit(patient, time.Now)
	here, there := net.Pipe()
	defer there.Close()
	s := &streams{kit: k, dial: func(context.Context) (net.Conn, error) {
		k.crew.mu.Lock() // as dismiss does it, but for the end of the context
		k.crew.closed = true
		k.crew.mu.Unlock()
		return here, nil
	}}
	q, err := newQuery("example.com", dns.TypeTXT)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.exchange(t.Context(), q); p != nil || !errors.Is(err, errClosed) {
		t.Errorf("packet %v, error %v", p, err)
	}
	k.crew.dismiss()
	if _, err := here.Write([]byte{0}); err == nil {
		t.Error("the connection is left open")
	}
}

// TestDismiss: whoever is refused finds the context ended already.
func TestDismiss(t *testing.T) {
	k := newKit(patient, time.Now)
	end := k.crew.cancel
	k.crew.cancel = func() {
		if k.crew.mu.TryLock() {
			if k.crew.closed {
				t.Error("it refuses before the context has ended")
			}
			k.crew.mu.Unlock()
		}
		end()
	}
	k.crew.dismiss()
	if k.crew.run(func() {}) || k.crew.ctx.Err() == nil {
		t.Error("it goes on")
	}
}

// slowToClose notes when it is closed, which takes a while.
type slowToClose struct {
	net.Conn
	closed *atomic.Int32
}

func (s slowToClose) Close() error {
	for range 100 {
		runtime.Gosched()
	}
	s.closed.Add(1)
	return s.Conn.Close()
}

// TestCloseWaits: no socket is left behind, of whatever kind.
func TestCloseWaits(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`example.com. 60 TXT "x"`))
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		var opened, closed atomic.Int32
		r, err := New(Config{Servers: []string{server}, Now: n.now, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			opened.Add(1)
			conn, err := n.Dial(ctx, network, address)
			return slowToClose{conn, &closed}, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		a := r.Lookup(t.Context(), "example.com", "TXT")
		r.Close()
		if !a.Found() || opened.Load() == 0 || closed.Load() != opened.Load() {
			t.Errorf("%s: opened %d, closed %d, %+v", server, opened.Load(), closed.Load(), a.Fault)
		}
	}
}
