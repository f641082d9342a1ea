package rule

import (
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

// What a rule about mail under the policy adds to its messages, and what happens there.
const (
	refusesThere = "Senders that honour the policy refuse to deliver there{but}."
	wouldRefuse  = "Mail still gets there as long as no policy is in force; under enforce senders would refuse to deliver there{but}."
)

func startTLS() Rule {
	reason := func(word string, kind tlsrpt.ResultType, message, fix string) Reason {
		return Reason{Word: word, Status: Fail, TLSRPT: kind, Message: message, Fix: fix, InForce: refusesThere, NotYet: wouldRefuse, Hides: behindStart()}
	}
	return Rule{
		ID: "starttls", Group: "smtp", Ref: "RFC 8461 §4", UnderPolicy: true,
		Title: "every MX host offers STARTTLS",
		Why:   "Mail between servers is encrypted only where the receiving one offers STARTTLS. Under a policy a host that does not gets no mail.",
		More:  "A connection on port 25 begins unencrypted. STARTTLS is the command by which it goes on encrypted; the server lists it in its answer to EHLO, the words by which a sender begins, and answers it with 220.",
		Reasons: []Reason{
			reason("not-offered", tlsrpt.StartTLSNotSupported, "{where} does not offer STARTTLS.{cause}",
				"{for}{keep}Give {name} a certificate, and switch STARTTLS on{lines}").
				more("STARTTLS has to stand in the answer to EHLO. Many mail servers offer it only when they are given a certificate; some firewalls take the word out of the answer."),
			reason("refused", tlsrpt.StartTLSNotSupported, "{where} offers STARTTLS and then refuses it: {cause}.",
				"{for}{keep}The mail server's log says why; as a rule it cannot read its certificate or key. Set them up anew{lines}").
				more("The server lists STARTTLS and then cannot begin with it."),
			reason("injected", tlsrpt.ValidationFailure, "{where} sends plaintext where TLS has to begin, as somebody on the way would who puts words into its mouth (RFC 3207 §6): {cause}.",
				"{for}Bring the mail server up to date; if it stays, look what stands in front of it: a firewall or proxy that inspects SMTP.").
				more("Text that comes in the clear behind the 220 would be taken for something that was said under TLS. It comes from an old fault of mail servers, or from a machine on the way."),
		},
		Check: checkStartTLS,
	}
}

func checkStartTLS(c *Case) []Hit {
	some := c.anySession(func(s *session) bool { return s.starttls == pass })
	return c.perHost(func(s *session) string { return s.starttls }, startState, func(g strand) []Hit {
		h := g.hit(startState)
		h.Partial, h.Regardless = some, g.peer.dane.binding()
		h.Vars["cause"] = startState(g.sessions[0])
		switch g.word {
		case "injected":
			return []Hit{g.mend(h, nil)}
		case "not-offered":
			h.Vars["cause"] = blotted(g.sessions)
		}
		return []Hit{g.recertify(h, func(s software) []string { return s.certificate })}
	})
}

// startState is what the server said to EHLO and to STARTTLS.
func startState(s *session) string {
	p := s.probe
	switch {
	case s.starttls == "injected":
		return "behind the 220 came " + quote(strings.TrimRight(string(p.Injected), "\r\n"))
	case s.starttls == "not-offered" && p.EHLO.Positive():
		return "EHLO was answered " + quote(replyText(p.EHLO))
	case s.starttls == "not-offered":
		return "EHLO was answered " + quote(replyText(p.EHLO)) + ", HELO " + quote(replyText(p.HELO))
	case p.StartTLS != nil:
		return "STARTTLS was answered " + quote(replyText(p.StartTLS))
	}
	return faultText(p.Fault)
}

// blotted tells of firewalls that write over the word STARTTLS, so that mail can be read on the way.
func blotted(sessions []*session) string {
	for _, s := range sessions {
		if r := s.probe.EHLO; r.Positive() {
			if i := slices.IndexFunc(r.Lines, crossedOut); i >= 0 {
				return " A firewall seems to blot the word out (the reply to EHLO has " + quote(string(r.Lines[i])) + "): switch its SMTP inspection off."
			}
		}
	}
	return ""
}

// crossedOut is what Cisco's inspection makes of an extension: as many X, or an A at the end.
func crossedOut(line fact.Text) bool {
	return len(line) == len("STARTTLS") && strings.Trim(strings.TrimSuffix(string(line), "A"), "X") == ""
}
