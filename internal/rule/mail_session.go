package rule

import (
	"slices"
	"strings"

	"mtasts/internal/dane"
	"mtasts/internal/fact"
	"mtasts/internal/pkix"
)

// peer is one MX host with what was seen of it.
type peer struct {
	*fact.MailHost
	sessions []*session // by address, as collected
	dane     daneState
	wanted   int  // sessions with addresses that the user did not leave out
	foreign  bool // another organisation runs it
}

// session is one SMTP conversation in words. They are found here and nowhere else, so that the rules
// of the group and the verdicts cannot differ. Each word is "" where its step was not come to, pass
// where it went well, and else the reason word of the rule about that step.
type session struct {
	peer                 *peer
	probe                *fact.Probe
	reach, starttls, tls string
	chain                string         // which was shown, by its name; "" where none was
	problems             []pkix.Problem // of the certificate, where there is one
	dane                 string         // pass, mismatch, or "" where no certificate or no usable record was seen
	matched              dane.Outcome
}

const (
	pass = "pass"
	// leftOut is the reach of an address of a family that the user does not want.
	leftOut = "left-out"
)

// meetPeers works out what was seen of each MX host, once. A host that stands in several MX records
// counts once, with the best preference.
func (c *Case) meetPeers() {
	known, home := map[string]bool{}, organisation(c.Domain)
	for i := range c.Hosts {
		m := &c.Hosts[i]
		key := strings.ToLower(m.Name)
		if m.Name == "." || m.Name == "" || known[key] {
			continue
		}
		known[key] = true
		p := &peer{MailHost: m, dane: c.daneOf(m), foreign: organisation(m.Name) != home}
		p.sessions = c.sessionsOf(p)
		c.sessions = append(c.sessions, p.sessions...)
		c.peers = append(c.peers, p)
	}
	c.markBlocked()
}

func (c *Case) sessionsOf(p *peer) []*session {
	var list []*session
	first := map[string]*session{} // that shows a chain
	for i := range p.Probes {
		s := &session{peer: p, probe: &p.Probes[i], chain: c.shown.name(p.Probes[i].TLS)}
		list = append(list, s)
		if s.reach = reachWord(s.probe); s.reach != leftOut {
			p.wanted++
		}
		if s.reach != pass {
			continue
		}
		if s.starttls = startWord(s.probe); s.starttls == pass {
			s.tls = secureWord(s.probe)
		}
		if s.probe.TLS == nil {
			continue
		}
		if twin := first[s.chain]; twin != nil {
			s.problems, s.matched = twin.problems, twin.matched
		} else {
			first[s.chain] = s
			s.problems = c.reader.Problems(s.probe.TLS, p.Name, c.At)
			s.matched = p.dane.set.Match(s.probe.TLS.Chain, p.dane.names, c.At)
		}
		s.dane = p.dane.compare(s.matched)
	}
	return list
}

// markBlocked tells the addresses that cannot be reached from those that nobody can be reached at:
// where no MX host of the run ever accepted a connection, port 25 is taken to be blocked here. Where
// one did, what was left out because it seemed to be was simply not tried.
func (c *Case) markBlocked() {
	connected := c.anySession(func(s *session) bool { return s.probe.Connected })
	open := connected || c.Vantage.Port25 == fact.Port25Open
	for _, s := range c.sessions {
		switch {
		case s.probe.Connected:
		case open && s.reach == "port-25-blocked":
			s.reach = "not-tried"
		case !open && (s.reach == "refused" || s.reach == "timeout"):
			s.reach = "port-25-blocked"
		}
	}
}

// anySession tells that some conversation is like that: what it shows of a rule is shown.
func (c *Case) anySession(like func(*session) bool) bool {
	return slices.ContainsFunc(c.sessions, like)
}

// tried tells that some host was asked at all.
func (c *Case) tried() bool {
	return c.anySession(func(s *session) bool { return s.probe.Skipped == "" && s.reach != "" })
}

// reachWord is how far an address was reached: to a reply that greets, and to one that answers EHLO or
// HELO (RFC 5321 §3.1, §3.2). A client that is turned away there is told so as at the greeting.
func reachWord(p *fact.Probe) string {
	switch {
	case p.Skipped == fact.SkipLimit:
		return "too-many"
	case p.Skipped == fact.SkipFamily:
		return leftOut
	case p.Skipped == fact.SkipBlocked:
		return "port-25-blocked"
	case p.Skipped != "":
		return "" // mx-public tells
	case !p.Connected:
		return dialWord(p)
	case p.Greeting == nil:
		return brokenWord(p.Fault)
	case !p.Greeting.Positive():
		return turnedAway(p.Greeting)
	case p.EHLO.Positive() || p.HELO.Positive():
		return welcomeWord(p.EHLO)
	case p.HELO != nil:
		return turnedAway(p.HELO)
	case p.EHLO != nil && p.Fault == nil:
		return turnedAway(p.EHLO)
	case p.EHLO != nil && p.Fault.Kind == fact.Rejected:
		return turnedAway(p.EHLO)
	}
	return brokenWord(p.Fault)
}

// welcomeWord is what a positive answer to EHLO is worth.
func welcomeWord(r *fact.Reply) string {
	if unwelcome(r) {
		return "greeting-5xx"
	}
	return pass
}

// unwelcome tells of a Sendmail that refuses this client (check_relay, as by a block list): it greets it as it
// greets others, lists one extension in place of a dozen, and says no to all that comes then.
func unwelcome(r *fact.Reply) bool {
	return r.Positive() && len(r.Lines) == 2 &&
		strings.HasSuffix(string(r.Lines[0]), ", pleased to meet you") && r.Lines[1] == "ENHANCEDSTATUSCODES"
}

func dialWord(p *fact.Probe) string {
	switch f := p.Fault; {
	case f == nil, canceled(f):
		return ""
	case f.Kind == fact.NoRoute && strings.Contains(p.Address, ":"):
		return "no-ipv6-here"
	case f.Kind == fact.NoRoute, f.Kind == fact.Internal:
		return "not-tried"
	case timedOut(f):
		return "timeout"
	}
	return "refused"
}

// brokenWord is what a conversation ended with before a reply.
func brokenWord(f *fact.Fault) string {
	switch {
	case f == nil, canceled(f):
		return ""
	case timedOut(f):
		return "timeout"
	}
	switch f.Kind {
	case fact.Internal:
		return "not-tried"
	case fact.Flood:
		return "flood"
	case fact.Malformed, fact.NotTLS:
		return "protocol"
	default:
		return "hangup"
	}
}

func timedOut(f *fact.Fault) bool { return f.Timeout || f.Kind == fact.TimedOut }

// turnedAway is the word for a reply that is not positive.
func turnedAway(r *fact.Reply) string {
	switch r.Code / 100 {
	case 4:
		return "greeting-4xx"
	case 5:
		return "greeting-5xx"
	}
	return "protocol"
}

// startWord is what became of STARTTLS (RFC 3207 §4). Only EHLO can offer it: a server that knows HELO
// alone does not.
func startWord(p *fact.Probe) string {
	switch {
	case p.Injected != "", p.Fault != nil && p.Fault.Kind == fact.Injected:
		return "injected"
	case !p.EHLO.Offers("STARTTLS"):
		return "not-offered"
	case p.StartTLS.Positive():
		return pass
	case p.StartTLS != nil:
		return "refused"
	case p.Fault == nil, canceled(p.Fault), p.Fault.Kind == fact.Internal:
		return ""
	}
	return "refused"
}

// secureWord is what became of TLS, and of the EHLO that makes sure that it works.
func secureWord(p *fact.Probe) string {
	f := p.Fault
	ended := f != nil && !canceled(f) && f.Kind != fact.Internal
	switch {
	case p.TLS != nil && oldTLS(p.TLS.Version):
		return "old-version"
	case ended && timedOut(f):
		return "timeout"
	case ended, p.EHLOTLS != nil && !p.EHLOTLS.Positive():
		return "handshake"
	case p.TLS != nil:
		return pass
	}
	return ""
}
