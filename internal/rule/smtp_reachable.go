package rule

import (
	"slices"

	"mtasts/internal/fact"
)

func smtpReachable() Rule {
	const client = "Look again from an address that mail is sent from: with a name in the reverse DNS, and on no block list. If senders are turned away too, the mail server's log says why."
	behind := behindReach()
	reason := func(word string, status Status, message, fix string) Reason {
		return Reason{Word: word, Status: status, Message: message, Fix: fix, Hides: behind}
	}
	here := func(word, message, fix string) Reason {
		return Reason{Word: word, Status: Unknown, Message: message, Fix: fix, Hides: behind, Here: true}
	}
	return Rule{
		ID: "smtp-reachable", Group: "smtp", Ref: "RFC 5321 §3.1",
		Title: "every address of the MX hosts greets on port 25",
		Why:   "Senders pick any of the addresses. One that does not answer makes mail slow, and hides what a sender would find there.",
		More:  "Mail between servers goes to port 25. A server greets first (220); then the sender says its name (EHLO). mtasts goes as far as TLS and hangs up, and never begins a mail.",
		Reasons: []Reason{
			here("port-25-blocked", "No MX host accepted a connection on port 25: this network seems to block it, as most do, or else all of them are down. What they offer cannot be told from here.",
				"Run mtasts on a host where outgoing port 25 is open; home, office and cloud networks close it as a rule. To leave the MX hosts out, say --smtp off.").
				more("Providers close outgoing port 25 against spam. Whether a sender reaches the hosts has nothing to do with it."),
			here("no-ipv6-here", "This machine has no IPv6, so {failed} could not be tried.", "Look again from a machine that has IPv6, or leave it out with -4.").
				more("This says nothing about the domain: many office, home and cloud networks have no IPv6. Senders that have it use these addresses."),
			here("not-tried", "Not tried on port 25 was {failed}: {cause}.", "Mend the cause and look again, or leave the MX hosts out with --smtp off.").
				more("This says nothing about the host: something on this machine, or at its proxy, kept it from being tried, or a flag leaves it out."),
			reason("too-many", Unknown, "{name} has more addresses than are tried, or slower ones. Left out: {failed}.", "{for}Publish fewer addresses: senders try a few of them alone.").
				more("This says nothing about the addresses that were left out."),
			reason("greeting-4xx", Unknown, "{where} turns this client away for now: {cause}. What it tells senders is not known.", client).
				more("A reply that begins with 4 means: not now, try again later. Servers are busy, or put off a client that they do not know (greylisting)."),
			reason("greeting-5xx", Unknown, "{where} turns this client away: {cause}. What it tells senders is not known.", client).
				more("A reply that begins with 5 means: no. Mail servers refuse clients without a name in the reverse DNS, in home networks, or on a block list; a sender with a good name may well be let in."),
			reason("refused", Warn, "{where} does not accept connections on port 25: {cause}. Senders lose time on it, or find no other.", "{for}"+listens).
				more("Something answered that nothing listens on this port: the mail server is not running, listens elsewhere, or a firewall answers in its place."),
			reason("timeout", Warn, "{where} does not answer on port 25 in time: {cause}. Senders lose time on it, or find no other.", "{for}{how}").
				more("Nothing comes back at all. As a rule a firewall drops the connection, the machine is switched off, or the address is an old one; where the connection is accepted, the server is busy or makes clients wait on purpose."),
			reason("hangup", Warn, "{where} accepts the connection on port 25 and ends it: {cause}.", "{for}Look in the mail server's log, or in that of the proxy in front of it, why it ends connections.").
				more("The connection was there, and ended before the server had said what it should."),
			reason("flood", Warn, "{where} sends more than any reply has room for: {cause}.", "{for}Look what answers on port 25: a mail server's reply is a few short lines.").
				more("What a server says is cut off where it does not end, so that nobody can fill the memory of this machine."),
			reason("protocol", Warn, "What answers on port 25 of {where} does not speak SMTP: {cause}.", "{for}Have a mail server answer on port 25, or take the address out of the DNS.").
				more("As a rule another service, such as a web server, stands on this port, or a proxy that passes the connection on to the wrong one."),
		},
		Check: checkSMTPReachable,
	}
}

// What to do where nobody can connect, and where somebody can and hears nothing.
const (
	listens = "Have the mail server listen on port 25 of this address and let it through the firewall, or take the address out of the DNS."
	wakes   = "Look what keeps the mail server from answering. One that makes clients wait on purpose has to greet before senders give up, which many do long before the 5 minutes of RFC 5321 §4.5.3.2; --smtp-timeout waits longer here."
)

// local are the words whose cause is the same for all hosts: each makes one hit.
func local() []string { return []string{"port-25-blocked", "no-ipv6-here", "not-tried"} }

func checkSMTPReachable(c *Case) []Hit {
	away := map[string][]strand{}
	hits := c.perHost(c.reachOf, reachState, func(g strand) []Hit {
		if slices.Contains(local(), g.word) {
			away[g.word] = append(away[g.word], g)
			return nil
		}
		return []Hit{c.reachedHit(g)}
	})
	for _, word := range local() {
		if len(away[word]) > 0 {
			hits = append(hits, c.localHit(word, away[word]))
		}
	}
	return onePass(c, hits)
}

// reachOf is a session's reach as it is told: what the user leaves out is not, unless that is all
// that the host has.
func (c *Case) reachOf(s *session) string {
	switch {
	case s.reach != leftOut:
		return s.reach
	case s.peer.wanted == 0:
		return "not-tried"
	}
	return ""
}

// reached tells that some host can be asked: the rules behind have an answer.
func (c *Case) reached() bool { return c.anySession(func(s *session) bool { return s.reach == pass }) }

func (c *Case) reachedHit(g strand) Hit {
	h := g.hit(reachState)
	h.Vars["cause"], h.Vars["failed"] = reachState(g.sessions[0]), list(g.addresses())
	if h.Vars["how"] = listens; g.sessions[0].probe.Connected {
		h.Vars["how"] = wakes
	}
	h.Partial = c.reached()
	h.Hides = c.mootDANE
	return g.mend(h, nil)
}

// localHit is one hit for all hosts: the cause is on this side.
func (c *Case) localHit(word string, away []strand) Hit {
	h := Hit{Reason: word, Subject: c.Domain, Partial: c.reached(), Hides: c.mootDANE}
	var failed []string
	for _, g := range away {
		failed = append(failed, g.where())
		for _, s := range g.sessions {
			h.Evidence = append(h.Evidence, g.peer.Name+" ["+s.probe.Address+"]: "+c.awayState(s))
		}
	}
	h.Vars = Vars{"failed": list(failed), "cause": c.awayState(away[0].sessions[0])}
	if word == "port-25-blocked" {
		h.Hides = append(slices.Clone(h.Hides), DeliveryRule)
	}
	return h
}

// waitingDANE is the rule about DANE where it would have something to say, if only a certificate had
// been seen.
func (c *Case) waitingDANE() []string {
	waits := slices.ContainsFunc(c.peers, func(p *peer) bool { return p.dane.word == daneSecure })
	if waits && len(checkDANE(c)) == 0 {
		return []string{"dane"}
	}
	return nil
}

// awayState is why an address was not tried.
func (c *Case) awayState(s *session) string {
	switch {
	case s.reach == leftOut:
		return "-" + c.Vantage.Family + " leaves out the only addresses that the host has"
	case s.probe.Skipped == fact.SkipBlocked:
		return "not waited for long, since so many others could not be reached on port 25"
	}
	return faultText(s.probe.Fault)
}

// reachState is what became of a connection, in a few words: what the server said, or why it did not.
func reachState(s *session) string {
	p := s.probe
	switch {
	case p.Skipped == fact.SkipLimit:
		return "not tried"
	case s.reach == pass:
		return replyText(p.Greeting)
	case p.Fault != nil && p.Fault.Kind != fact.Rejected:
		return faultText(p.Fault)
	case unwelcome(p.EHLO):
		return "Sendmail hides from this client what it can do, as from those whom it refuses; EHLO was answered " + quote(replyText(p.EHLO))
	case p.HELO != nil:
		return "HELO was answered " + quote(replyText(p.HELO))
	case p.EHLO != nil:
		return "EHLO was answered " + quote(replyText(p.EHLO))
	case p.Greeting != nil:
		return "it greets with " + quote(replyText(p.Greeting))
	}
	return faultText(p.Fault)
}
