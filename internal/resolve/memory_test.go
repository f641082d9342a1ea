package resolve

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// A clock goes when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestMemory(t *testing.T) {
	n := newInternet(t)
	var asked atomic.Int32
	negative := func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(q, dns.RcodeNameError)
		if q.Question[0].Name == "soa.example." || q.Question[0].Name == "long.example." {
			soa, _ := dns.NewRR("example. 9999 SOA ns. root. 1 2 3 4 60")
			if q.Question[0].Name == "long.example." {
				soa.(*dns.SOA).Minttl = 9999
			}
			m.Ns = []dns.RR{soa}
		}
		_ = w.WriteMsg(m)
	}
	positive := records(
		`a.example. 100 TXT "x"`, `a.example. 90 TXT "y"`, `zero.example. 0 TXT "x"`, `week.example. 604800 TXT "x"`,
		`alias.example. 30 CNAME a.example.`, `minus.example. 4294967295 TXT "x"`)
	n.dns(here, counted(&asked, func(w dns.ResponseWriter, q *dns.Msg) {
		switch q.Question[0].Name {
		case "fails.example.":
			code(dns.RcodeRefused)(w, q)
		case "soa.example.", "long.example.", "nothing.example.":
			negative(w, q)
		default:
			positive(w, q)
		}
	}))
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	r := n.open(Config{Servers: []string{"192.0.2.53"}, Now: c.now, Tries: 1})
	check := func(name string, keeps time.Duration) {
		t.Helper()
		ask := func(want int32) {
			t.Helper()
			asked.Store(0)
			if a := r.Lookup(context.Background(), name, "TXT"); asked.Load() != want || a.Fault != nil {
				t.Errorf("%s: asked %d times, want %d; %+v", name, asked.Load(), want, a.Fault)
			}
		}
		ask(1)
		if keeps > 0 {
			ask(0)
			c.pass(keeps - time.Millisecond)
			ask(0)
			c.pass(time.Millisecond)
		}
		ask(1)
	}
	check("a.example", 90*time.Second)
	check("alias.example", 30*time.Second)
	check("zero.example", minKeep)
	check("minus.example", minKeep)
	check("week.example", maxKeep)
	check("soa.example", time.Minute)
	check("long.example", maxNegative)
	check("nothing.example", minKeep)
	check("fails.example", 0)
}

// TestMemoryNeedsNoContext: what is known is told to those too whose time is up.
func TestMemoryNeedsNoContext(t *testing.T) {
	n := newInternet(t)
	n.dns(here, records(`a.example. 60 TXT "x"`))
	r := n.resolver(patient, "192.0.2.53")
	r.Lookup(t.Context(), "a.example", "TXT")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 30 {
		if a := r.Lookup(ended, "a.example", "TXT"); !a.Found() {
			t.Fatalf("%+v", a.Fault)
		}
	}
	if a := r.Lookup(ended, "b.example", "TXT"); a.Fault == nil || a.Fault.Kind != fact.Canceled {
		t.Errorf("%+v", a)
	}
}

// gated answers when it is opened.
func gated(open <-chan struct{}, asked chan<- string, h dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		asked <- q.Question[0].Name
		<-open
		h(w, q)
	}
}

func TestOneQuestionForMany(t *testing.T) {
	n := newInternet(t)
	open, asked := make(chan struct{}), make(chan string, 60)
	n.dns(here, gated(open, asked, records(`a.example. 60 TXT "x"`)))
	r := n.resolver(patient, "192.0.2.53")
	var all sync.WaitGroup
	for i := range 50 {
		name := []string{"a.example", "A.EXAMPLE."}[i%2]
		all.Go(func() {
			if a := r.Lookup(context.Background(), name, "TXT"); !a.Found() {
				t.Errorf("%+v", a)
			}
		})
	}
	<-asked
	close(open)
	all.Wait()
	if len(asked) != 0 {
		t.Error("asked more than once")
	}
}

// TestFirstAskerCanceled: the question of the one who ended harms none.
func TestFirstAskerCanceled(t *testing.T) {
	n := newInternet(t)
	open, asked := make(chan struct{}), make(chan string, 10)
	n.dns(here, gated(open, asked, records(`a.example. 60 TXT "x"`)))
	r := n.resolver(patient, "192.0.2.53")
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if a := r.Lookup(ctx, "a.example", "TXT"); a.Fault == nil || a.Fault.Kind != fact.Canceled {
			t.Errorf("%+v", a)
		}
	})
	<-asked
	all.Go(func() {
		if a := r.Lookup(t.Context(), "a.example", "TXT"); !a.Found() {
			t.Errorf("%+v", a.Fault)
		}
	})
	cancel()
	<-asked
	close(open)
	all.Wait()
}

// TestContext: its end ends the look-up at once, over every transport.
func TestContext(t *testing.T) {
	n := newInternet(t)
	asked := make(chan string, 10)
	n.dns(here, func(_ dns.ResponseWriter, q *dns.Msg) { asked <- q.Question[0].Name })
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		r := n.resolver(patient, server)
		ctx, cancel := context.WithCancel(context.Background())
		var ended time.Time
		go func() {
			<-asked
			ended = time.Now()
			cancel()
		}()
		a := r.Lookup(ctx, "example.com", "TXT")
		if took := time.Since(ended); a.Fault == nil || a.Fault.Kind != fact.Canceled || a.Fault.Timeout || took > time.Second {
			t.Errorf("%s: after %s: %+v", server, took, a.Fault)
		}
		ctx, cancel = context.WithTimeout(context.Background(), impatient)
		a = r.Lookup(ctx, "example.com", "TXT")
		cancel()
		if a.Fault == nil || a.Fault.Kind != fact.TimedOut || !a.Fault.Timeout {
			t.Errorf("%s: %+v", server, a.Fault)
		}
		for len(asked) > 0 { // it may never have come
			<-asked
		}
	}
}

// TestClose: it ends those who still ask.
func TestClose(t *testing.T) {
	n := newInternet(t)
	asked := make(chan string, 10)
	n.dns(here, func(_ dns.ResponseWriter, q *dns.Msg) { asked <- q.Question[0].Name })
	for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
		r := n.resolver(patient, server)
		go func() {
			<-asked
			r.Close()
		}()
		if a := r.Lookup(context.Background(), "example.com", "TXT"); a.Fault == nil || a.Fault.Kind != fact.Canceled {
			t.Errorf("%s: %+v", server, a.Fault)
		}
		if a := r.Lookup(context.Background(), "example.com", "TXT"); a.Fault == nil || a.Fault.Kind != fact.Canceled {
			t.Errorf("%s, closed: %+v", server, a.Fault)
		}
	}
}

// TestHeavyAnswersAreNotKept: whoever fills zones with junk does not fill the memory.
func TestHeavyAnswersAreNotKept(t *testing.T) {
	n := newInternet(t)
	var asked atomic.Int32
	zone := func(name string, records, octets int) (lines []string) {
		for i := range records {
			lines = append(lines, fmt.Sprintf("%s 60 TXT %d%s", name, i, strings.Repeat("x", octets)))
			lines = append(lines, fmt.Sprintf("%s 60 TLSA 3 1 0 %04x%s", name, i, strings.Repeat("00", octets)))
		}
		return lines
	}
	lines := append(zone("many.example.", 170, 1), append(zone("long.example.", 90, 120), zone("usual.example.", 20, 200)...)...)
	n.dns(here, counted(&asked, records(lines...)))
	r := n.resolver(patient, "tcp://192.0.2.53")
	for name, want := range map[string]int32{"many.example": 2, "long.example": 2, "usual.example": 1} {
		for _, qtype := range []string{"TXT", "TLSA"} {
			asked.Store(0)
			for range 2 {
				if a := r.Lookup(t.Context(), name, qtype); !a.Found() {
					t.Errorf("%+v", a)
				}
			}
			if asked.Load() != want {
				t.Errorf("%s %s: asked %d times, want %d", name, qtype, asked.Load(), want)
			}
		}
	}
}
