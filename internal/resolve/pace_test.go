package resolve

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// A line is a server without a network, for bubbles of synctest: it notes when it was asked.
type line struct {
	answer func(q *dns.Msg) *dns.Msg // nil: it keeps silent

	mu    sync.Mutex
	asked []time.Time
	names []string
}

func (l *line) dial(_ context.Context, network, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	go l.serve(there, network == "tcp")
	return here, nil
}

func (l *line) serve(conn net.Conn, framed bool) {
	defer conn.Close()
	b := make([]byte, 4096)
	for {
		var n int
		var err error
		if framed {
			if _, err = io.ReadFull(conn, b[:2]); err == nil {
				n, err = io.ReadFull(conn, b[:binary.BigEndian.Uint16(b)])
			}
		} else {
			n, err = conn.Read(b)
		}
		if err != nil {
			return
		}
		q := slices.Clone(b[:n])
		go func() {
			m := l.hear(q)
			if framed && m != nil {
				m = append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
			}
			if m != nil {
				_, _ = conn.Write(m)
			}
		}()
	}
}

func (l *line) hear(b []byte) []byte {
	q := new(dns.Msg)
	if q.Unpack(b) != nil {
		return nil
	}
	l.mu.Lock()
	l.asked = append(l.asked, time.Now())
	l.names = append(l.names, q.Question[0].Name)
	l.mu.Unlock()
	m := l.answer(q)
	if m == nil {
		return nil
	}
	packed, _ := m.Pack()
	return packed
}

func (l *line) times() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

func replying(code int) func(*dns.Msg) *dns.Msg {
	return func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) }
}

func (l *line) resolver(t *testing.T, c Config) *Resolver {
	t.Helper()
	c.Dial, c.Now = l.dial, time.Now
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// evenly complains of questions that came sooner than at that distance.
func evenly(t *testing.T, what string, times []time.Time, every time.Duration) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		if d := times[i].Sub(times[i-1]); d < every {
			t.Errorf("%s: question %d came %s after the one before", what, i, d)
		}
	}
}

// TestQPS: questions go out evenly, in the order in which they were asked. To wait for that is neither a
// part of the try nor of what the server took.
func TestQPS(t *testing.T) {
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		synctest.Test(t, func(t *testing.T) {
			const n, every = 50, 100 * time.Millisecond
			l := &line{answer: replying(dns.RcodeNameError)}
			r := l.resolver(t, Config{Servers: []string{server}, QPS: 10, Try: 200 * time.Millisecond, Tries: 1})
			begun := time.Now()
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					if a := r.Lookup(t.Context(), fmt.Sprintf("%d.example", i), "TXT"); !a.Absent() || a.TookMS != 0 {
						t.Errorf("%s: %+v, fault %+v", server, a, a.Fault)
					}
				})
				synctest.Wait()
			}
			all.Wait()
			r.Close()
			evenly(t, server, l.times(), every)
			if took := time.Since(begun); took != (n-1)*every || len(l.times()) != n {
				t.Errorf("%s: %d questions took %s", server, len(l.times()), took)
			}
			for i, name := range l.names {
				if name != fmt.Sprintf("%d.example.", i) {
					t.Errorf("%s: %s is number %d", server, name, i)
				}
			}
		})
	}
}

// TestQPSCountsAll: what is asked again, or to find out more, is a question like any other; two servers
// are not asked twice as much.
func TestQPSCountsAll(t *testing.T) {
	for _, c := range []struct {
		what   string
		answer func(*dns.Msg) *dns.Msg
		want   int
	}{
		{"silence", func(*dns.Msg) *dns.Msg { return nil }, 4},
		{"refusal", replying(dns.RcodeRefused), 4},
		{"no EDNS", func(q *dns.Msg) *dns.Msg {
			if q.IsEdns0() != nil {
				return new(dns.Msg).SetRcode(q, dns.RcodeFormatError)
			}
			return new(dns.Msg).SetReply(q)
		}, 2},
		{"bogus", func(q *dns.Msg) *dns.Msg {
			if q.CheckingDisabled {
				return new(dns.Msg).SetReply(q)
			}
			return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
		}, 6},
		{"truncated, over TCP too", func(q *dns.Msg) *dns.Msg {
			m := new(dns.Msg).SetReply(q)
			m.Truncated = true
			return m
		}, 8},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{answer: c.answer}
			r := l.resolver(t, Config{Servers: []string{"192.0.2.53", "192.0.2.54"}, QPS: 0.2, Try: time.Second})
			r.Lookup(t.Context(), "example.com", "TXT")
			r.Close()
			evenly(t, c.what, l.times(), 5*time.Second)
			if len(l.times()) != c.want {
				t.Errorf("%s: %d questions, want %d", c.what, len(l.times()), c.want)
			}
		})
	}
}

// TestQPSAndContext: who waits for a turn waits no longer than the user does.
func TestQPSAndContext(t *testing.T) {
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53", "https://192.0.2.53"} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{answer: replying(dns.RcodeNameError)}
			r := l.resolver(t, Config{Servers: []string{server}, QPS: 0.001})
			defer r.Close()
			r.kit.pace.book()
			ctx, cancel := context.WithCancel(t.Context())
			begun := time.Now()
			time.AfterFunc(time.Second, cancel)
			a := r.Lookup(ctx, "example.com", "TXT")
			if a.Fault == nil || a.Fault.Kind != fact.Canceled || time.Since(begun) != time.Second || len(l.times()) > 0 {
				t.Errorf("%s: after %s, %d questions: %+v", server, time.Since(begun), len(l.times()), a.Fault)
			}
		})
	}
}

// TestRoomIsWaitedFor: many questions at once go out in turns, and what that takes is not the server's time.
func TestRoomIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rounds, takes = 4, 300 * time.Millisecond
		l := &line{answer: func(q *dns.Msg) *dns.Msg {
			time.Sleep(takes)
			return new(dns.Msg).SetRcode(q, dns.RcodeNameError)
		}}
		r := l.resolver(t, Config{Servers: []string{"192.0.2.53"}, Try: 2 * takes, Tries: 1})
		begun := time.Now()
		var all sync.WaitGroup
		for i := range rounds * inFlight {
			all.Go(func() {
				if a := r.Lookup(t.Context(), fmt.Sprintf("%d.example", i), "TXT"); !a.Absent() || time.Duration(a.TookMS) > 2*takes {
					t.Errorf("after %s: %+v, fault %+v", time.Duration(a.TookMS), a, a.Fault)
				}
			})
		}
		all.Wait()
		r.Close()
		if took := time.Since(begun); took < rounds*takes {
			t.Errorf("it took %s, so that more were in flight", took)
		}
	})
}

// TestPace: without a limit nobody waits, and unused turns are not saved up for a burst.
func TestPace(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	now := func() time.Time { return at }
	if d, err := newPace(0, now).wait(t.Context()); d != 0 || err != nil {
		t.Error(d, err)
	}
	p := newPace(4, now)
	for range 2 {
		for i, want := range []time.Duration{0, time.Second / 4, time.Second / 2} {
			if d := p.book(); d != want {
				t.Errorf("turn %d comes after %s", i, d)
			}
		}
		at = at.Add(time.Hour)
	}
}

// TestPaceOfServerNames: who asks for the address of a server does not stand behind those who wait for the server.
func TestPaceOfServerNames(t *testing.T) {
	r := (&line{}).resolver(t, Config{Servers: []string{"tls://dns.example.net"}, QPS: 1})
	defer r.Close()
	for range 100 {
		r.kit.pace.book()
	}
	if d := r.names.kit.pace.book(); d != 0 {
		t.Errorf("it waits for %s", d)
	}
}
