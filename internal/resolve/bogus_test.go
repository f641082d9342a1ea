package resolve

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// A script answers the first question with the first handler and so on, and every further one with
// the last. It notes of each whether the CD bit was set.
type script struct {
	mu    sync.Mutex
	steps []dns.HandlerFunc
	cd    []bool
}

func (s *script) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	s.mu.Lock()
	at := min(len(s.cd), len(s.steps)-1)
	s.cd = append(s.cd, q.CheckingDisabled)
	s.mu.Unlock()
	s.steps[at](w, q)
}

func (s *script) asked() []bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.cd)
}

// validating answers as a server does for which the signatures over this name do not hold.
func validating(h dns.HandlerFunc) dns.HandlerFunc {
	fails := code(dns.RcodeServerFailure)
	return func(w dns.ResponseWriter, q *dns.Msg) {
		if q.CheckingDisabled {
			h(w, q)
			return
		}
		fails(w, q)
	}
}

// broken answers with a message that ends within a record.
func broken(w dns.ResponseWriter, q *dns.Msg) {
	m := answerWith(q, "text")
	_, _ = w.Write(m[:len(m)-3])
}

// TestBogus: a SERVFAIL that ends, and comes back, with the CD bit. Nothing of what comes then is
// taken, and nothing that comes instead of an answer makes it worse.
func TestBogus(t *testing.T) {
	found, fails := records(`example.com. 60 TXT "x"`), code(dns.RcodeServerFailure)
	checked := []bool{false, false, true, false}
	check := func(what string, bogus bool, asked []bool, steps ...dns.HandlerFunc) {
		t.Helper()
		for _, server := range []string{"192.0.2.53", "tcp://192.0.2.53"} {
			n, s := newInternet(t), &script{steps: steps}
			n.dns(here, s.ServeDNS)
			try := patient
			if what == "silence" {
				try = 500 * time.Millisecond // those that answer must make it
			}
			a := n.resolver(try, server).Lookup(t.Context(), "example.com", "TXT")
			want := fact.Answer{Name: "example.com", Type: "TXT", RCode: "SERVFAIL", Server: server, Bogus: bogus}
			if d := cmp.Diff(want, brief(a)); d != "" || !a.Unknown() {
				t.Errorf("%s, %s: %s", what, server, d)
			}
			if d := cmp.Diff(asked, s.asked()); d != "" {
				t.Errorf("%s, %s, CD bits: %s", what, server, d)
			}
		}
	}
	check("bogus", true, checked, validating(found))
	check("bogus denial", true, checked, validating(code(dns.RcodeNameError)))
	check("bogus, no record", true, checked, validating(code(dns.RcodeSuccess)))
	check("no validation", false, checked[:3], fails)
	check("refusal", false, checked[:3], validating(code(dns.RcodeRefused)))
	check("no message", false, checked[:3], validating(broken))
	check("silence", false, checked[:3], validating(silent))
	check("refusal behind it", false, checked, fails, fails, found, code(dns.RcodeRefused))
	check("no message behind it", false, checked, fails, fails, found, broken)
}

// TestNotBogus: who has answered is not asked again, and a failure that has passed is none.
func TestNotBogus(t *testing.T) {
	found, fails := records(`example.com. 60 TXT "x"`), code(dns.RcodeServerFailure)
	check := func(what, rcode string, asked []bool, steps ...dns.HandlerFunc) {
		t.Helper()
		n, s := newInternet(t), &script{steps: steps}
		n.dns(here, s.ServeDNS)
		a := n.resolver(patient, "192.0.2.53").Lookup(t.Context(), "example.com", "TXT")
		if a.Bogus || a.RCode != rcode || a.Found() != (rcode == "NOERROR") || a.Fault != nil {
			t.Errorf("%s: %+v, fault %+v", what, a, a.Fault)
		}
		if d := cmp.Diff(asked, s.asked()); d != "" {
			t.Errorf("%s, CD bits: %s", what, d)
		}
	}
	check("found", "NOERROR", []bool{false}, found)
	check("found late", "NOERROR", []bool{false, false}, fails, found)
	check("found when asked again", "NOERROR", []bool{false, false, true, false}, fails, fails, found, found)
	check("gone when asked again", "NXDOMAIN", []bool{false, false, true, false}, fails, fails, found, code(dns.RcodeNameError))
	check("refused", "REFUSED", []bool{false, false}, fails, code(dns.RcodeRefused))
}

// TestBogusTarget: the signatures of the alias hold, those of its target do not.
func TestBogusTarget(t *testing.T) {
	n := newInternet(t)
	alias, target := records(`www.example.com. 60 CNAME host.example.net.`), validating(records(`host.example.net. 60 A 192.0.2.1`))
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name == "www.example.com." {
			alias(cutting{w}, q)
			return
		}
		target(w, q)
	})
	a := n.resolver(patient, "192.0.2.53").Lookup(t.Context(), "www.example.com", "A")
	want := fact.Answer{Name: "www.example.com", Type: "A", RCode: "SERVFAIL", Aliases: []string{"host.example.net"}, Server: "192.0.2.53", Bogus: true}
	if d := cmp.Diff(want, brief(a)); d != "" {
		t.Error(d)
	}
}

// TestBogusOfOneServer: only the one that failed is asked again, and one that does not validate settles it.
func TestBogusOfOneServer(t *testing.T) {
	n := newInternet(t)
	found := records(`example.com. 60 TXT "x"`)
	failing, other := &script{steps: []dns.HandlerFunc{validating(found)}}, &script{steps: []dns.HandlerFunc{broken}}
	n.dns(here, failing.ServeDNS)
	n.dns(there, other.ServeDNS)
	a := n.resolver(patient, "192.0.2.53", "192.0.2.54").Lookup(t.Context(), "example.com", "TXT")
	if !a.Bogus || a.Server != "192.0.2.53" || !slices.Equal(failing.asked(), []bool{false, false, true, false}) || !slices.Equal(other.asked(), []bool{false, false}) {
		t.Errorf("%+v, CD bits %v and %v", a, failing.asked(), other.asked())
	}
	n.dns(there, found)
	if a := n.resolver(patient, "192.0.2.53", "192.0.2.54").Lookup(t.Context(), "example.com", "TXT"); !a.Found() || a.Bogus {
		t.Errorf("%+v", a)
	}
	// One that has nothing to say takes nothing away from what another has said.
	n.dns(there, code(dns.RcodeRefused))
	for _, servers := range [][]string{{"192.0.2.53", "192.0.2.54"}, {"192.0.2.54", "192.0.2.53"}} {
		if a := n.resolver(patient, servers...).Lookup(t.Context(), "example.com", "TXT"); !a.Bogus || a.Server != "192.0.2.53" {
			t.Errorf("%v: %+v", servers, a)
		}
	}
}

// TestDoubtEndsWithTheContext: the failure is told at once; who waits for the same finds out more.
func TestDoubtEndsWithTheContext(t *testing.T) {
	n := newInternet(t)
	open, doubted := make(chan struct{}), make(chan struct{}, 10)
	found := records(`example.com. 60 TXT "x"`)
	n.dns(here, validating(func(w dns.ResponseWriter, q *dns.Msg) {
		doubted <- struct{}{}
		<-open
		found(w, q)
	}))
	r := n.resolver(patient, "192.0.2.53")
	ctx, cancel := context.WithCancel(t.Context())
	var first, second sync.WaitGroup
	first.Go(func() {
		if a := r.Lookup(ctx, "example.com", "TXT"); a.RCode != "SERVFAIL" || a.Bogus || a.Fault != nil {
			t.Errorf("%+v, fault %+v", a, a.Fault)
		}
	})
	<-doubted
	second.Go(func() {
		if a := r.Lookup(t.Context(), "example.com", "TXT"); a.RCode != "SERVFAIL" || !a.Bogus {
			t.Errorf("%+v, fault %+v", a, a.Fault)
		}
	})
	begin := time.Now()
	cancel()
	first.Wait()
	if took := time.Since(begin); took > patient/2 {
		t.Errorf("it took %s", took)
	}
	<-doubted
	close(open)
	second.Wait()
}
