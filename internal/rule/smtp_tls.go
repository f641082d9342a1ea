package rule

import (
	"slices"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func smtpTLS() Rule {
	reason := func(word, message, fix string, hides ...string) Reason {
		return Reason{
			Word: word, Status: Fail, TLSRPT: tlsrpt.ValidationFailure, Message: message, Fix: fix,
			InForce: refusesThere, NotYet: wouldRefuse, Hides: hides,
		}
	}
	return Rule{
		ID: "smtp-tls", Group: "smtp", Ref: "RFC 8461 §7.2", UnderPolicy: true,
		Title: "every MX host speaks TLS 1.2 or later",
		Why:   "STARTTLS is a promise that the handshake has to keep. TLS 1.0 and 1.1 must no longer be used (RFC 8996), and senders no longer offer them.",
		More:  "The handshake is how TLS begins, right after STARTTLS: both sides agree on a version, and the server shows its certificate.",
		Reasons: []Reason{
			reason("handshake", "TLS with {where} fails: {cause}.",
				"{for}{keep}The mail server's log says why. {how}{lines}", behindHandshake()...).
				more("STARTTLS was answered with 220, and then TLS did not come about."),
			reason("old-version", "{where} speaks nothing later than {cause}, which senders refuse (RFC 8996).",
				"{for}Have the mail server offer TLS 1.2 and 1.3{lines}").
				more("The mail server or its TLS library is old, or its settings name old versions only."),
			reason("timeout", "{where} answers STARTTLS, and TLS does not come about in time: {cause}.",
				"{for}Look whether the mail server hangs, or whether a firewall in front of it lets no TLS through.", behindHandshake()...).
				more("STARTTLS was answered with 220, and then nothing came any more."),
		},
		Check: checkSMTPTLS,
	}
}

// unfitKey is the usual cause of a handshake that breaks before a certificate is shown.
const unfitKey = "As a rule its certificate and key do not go together. Set them up anew"

func checkSMTPTLS(c *Case) []Hit {
	some := c.anySession(func(s *session) bool { return s.probe.TLS != nil })
	return c.perHost(func(s *session) string { return s.tls }, secureState, func(g strand) []Hit {
		h := g.hit(secureState)
		h.Partial, h.Regardless = some, g.peer.dane.binding()
		h.Vars["cause"] = secureState(g.sessions[0])
		switch g.word {
		case "timeout":
			return []Hit{g.mend(h, nil)}
		case "old-version":
			h.Vars["cause"] = g.sessions[0].probe.TLS.Version
			return []Hit{g.mend(h, func(s software) []string { return s.versions })}
		}
		return []Hit{g.brokenTLS(h)}
	})
}

// brokenTLS is mended by another certificate where none was shown. Where TLS was there, and broke, it
// is something else.
func (g strand) brokenTLS(h Hit) Hit {
	h.Vars["how"] = unfitKey
	if f := g.sessions[0].probe.Fault; f != nil && (f.Kind == fact.NotTLS || f.Kind == fact.Malformed) {
		h.Vars["how"] = "What comes behind its 220 is no TLS: look for a proxy, filter or firewall between senders and the mail server too"
		return g.mend(h, nil)
	}
	if slices.ContainsFunc(g.sessions, func(s *session) bool { return s.probe.TLS == nil }) {
		return g.recertify(h, func(s software) []string { return s.certificate })
	}
	h.Vars["how"] = "One that demands a certificate of its clients must not: senders have none"
	return g.mend(h, nil)
}

// secureState is what became of the handshake, and of the EHLO behind it.
func secureState(s *session) string {
	p := s.probe
	switch {
	case p.Fault != nil && s.tls != pass && s.tls != "old-version":
		return faultText(p.Fault)
	case p.TLS != nil && p.EHLOTLS != nil && !p.EHLOTLS.Positive():
		return "EHLO over TLS was answered " + quote(replyText(p.EHLOTLS))
	case p.TLS != nil:
		return p.TLS.Version + ", " + p.TLS.Cipher
	}
	return faultText(p.Fault)
}
