package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"mtasts/internal/fact"
)

const (
	mx1     = "mx1.example.com"
	at11    = "192.0.2.11"
	oneHost = "example.com. MX 10 mx1.example.com.\nmx1.example.com. A 192.0.2.11\n"
	// soundEHLO is what a sound server answers to EHLO.
	soundEHLO = "250-mx1.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
)

// step is what a mail server does at a point of a conversation; false ends it.
type step func(net.Conn) bool

// say answers and goes on.
func say(text string) step {
	return func(c net.Conn) bool {
		_, err := io.WriteString(c, text)
		return err == nil
	}
}

// last is a step after which the connection is left open, and nothing more is said.
func last(do func(net.Conn)) step {
	return func(c net.Conn) bool { do(c); return false }
}

// hangup closes the connection.
func hangup(c net.Conn) bool { _ = c.Close(); return false }

// silence waits until the client is gone.
func silence(c net.Conn) bool { silent(c); return false }

// mailServer is a sound SMTP server but for the steps that are put in the place of its own:
// "greeting", a verb, "TLS" for the handshake, a verb and "/TLS" for what is said over it.
type mailServer struct {
	w        *world
	endpoint string
	config   *tls.Config
	steps    map[string]step

	mu    sync.Mutex
	ended *sync.Cond // a connection is closed
	count int        // of those
	heard []string
}

// mail puts a mail server at port 25 of an address, for that host name.
func (w *world) mail(address, name string, steps map[string]step) *mailServer {
	s := &mailServer{w: w, endpoint: net.JoinHostPort(address, "25"), config: w.ca.config(name), steps: map[string]step{
		"greeting": say("220 " + name + " ESMTP ready\r\n"),
		"EHLO":     say(soundEHLO),
		"HELO":     say("250 " + name + "\r\n"),
		"STARTTLS": say("220 go ahead\r\n"),
		"EHLO/TLS": say("250-" + name + "\r\n250 SIZE 1000\r\n"),
		"QUIT":     say("221 bye\r\n"),
		"QUIT/TLS": say("221 bye\r\n"),
	}}
	for at, do := range steps {
		s.steps[at] = do
	}
	s.ended = sync.NewCond(&s.mu)
	w.acceptsAt(s.endpoint, s.serve)
	return s
}

func (s *mailServer) serve(raw net.Conn) {
	conn, over := raw, ""
	in := bufio.NewReader(conn)
	defer s.end(in)
	for at := "greeting"; s.steps[at] != nil && s.steps[at](conn); {
		if at == "STARTTLS" && s.config != nil {
			c := tls.Server(raw, s.config)
			if s.steps["TLS"] != nil && !s.steps["TLS"](raw) || c.Handshake() != nil {
				return
			}
			conn, over = c, "/TLS"
			in.Reset(c)
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		s.note(strings.TrimSuffix(line, "\r\n") + over)
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		at = verb + over
	}
}

// end notes what comes when nothing should, and the end of the connection.
func (s *mailServer) end(in io.Reader) {
	if b, _ := io.ReadAll(in); len(b) > 0 {
		s.note("unexpected: " + string(b))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	s.ended.Broadcast()
}

// wait returns when all connections are closed.
func (s *mailServer) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.count < s.w.connections(s.endpoint) {
		s.ended.Wait()
	}
}

// note keeps what was heard.
func (s *mailServer) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, line)
}

// lines are what was heard when all connections are closed, the names of clients left out.
func (s *mailServer) lines() string {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.ReplaceAll(strings.Join(s.heard, ", "), " [127.0.0.1]", "")
}

// plain is the server without TLS behind its answer to STARTTLS.
func (s *mailServer) plain() *mailServer {
	s.config = nil
	return s
}

// probeOne is the probe of the only address of the only host.
func (w *world) probeOne(change ...func(*Network)) fact.Probe {
	w.t.Helper()
	return onlyProbe(w.t, w.observe(change...))
}

func onlyProbe(t testing.TB, o *fact.Observation) fact.Probe {
	t.Helper()
	if len(o.Hosts) != 1 || len(o.Hosts[0].Probes) != 1 {
		t.Fatalf("hosts = %+v, want one with one probe", o.Hosts)
	}
	return o.Hosts[0].Probes[0]
}

// probes are all of an observation, by host and address, in short.
func probes(o *fact.Observation) map[string]string {
	got := map[string]string{}
	for _, h := range o.Hosts {
		for _, p := range h.Probes {
			got[h.Name+" "+p.Address] = inShort(p)
		}
	}
	return got
}

func inShort(p fact.Probe) string {
	switch {
	case p.Skipped != "":
		return "skipped: " + p.Skipped
	case p.Fault != nil:
		return faultText(p.Fault)
	case p.EHLOTLS.Positive():
		return "sound"
	default:
		return "plain"
	}
}

// watcher runs looks at domains with one observer.
type watcher struct {
	*Observer
	t testing.TB
}

func (w *world) watch(change ...func(*Network)) watcher {
	w.t.Helper()
	n := w.network()
	for _, c := range change {
		c(&n)
	}
	o, err := n.Open()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(o.Close)
	return watcher{o, w.t}
}

func (w watcher) see(domain string) *fact.Observation {
	w.t.Helper()
	return w.Observe(context.Background(), domain)
}
