package rule

import (
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// ruling is what one kind of sender does with one address, and why.
type ruling struct {
	verdict Verdict
	because []string // the rules that decide it: "smtp-certificate:expired"
	cause   string   // of a refusal, in words: "its certificate expired 3 days ago"
}

// or is what can be told of a sender that does the one or the other: what both come to.
func (r ruling) or(other ruling) ruling {
	switch {
	case r.verdict == other.verdict, r.verdict.delivers() && other.verdict.delivers():
		return r
	case r.verdict.delivers():
		r.because = other.because
	}
	return ruling{verdict: UnknownVerdict, because: r.because}
}

// outlook is what senders do with one address of an MX host; the address is empty for a host that has
// none, or of which none was asked.
type outlook struct {
	peer      *peer
	address   string
	leftOut   bool   // by the user: it is no reason to doubt the host
	open      ruling // of senders that check nothing
	dane      ruling // of those that check DANE
	policy    ruling // of those that check MTA-STS, if the policy is in force
	underDANE bool   // DANE has a say, and decides (RFC 8461 §2)
	policyToo bool   // though not alone
}

// verdicts works out the outlooks of all addresses, in the order of preference, once.
func (c *Case) verdicts() []outlook {
	if !c.anySession(func(*session) bool { return true }) {
		return nil // nobody was asked
	}
	bare := c.uncoveredPeers()
	peers := slices.Clone(c.peers)
	slices.SortStableFunc(peers, func(a, b *peer) int {
		if a.Preference != b.Preference {
			return int(a.Preference) - int(b.Preference)
		}
		return strings.Compare(a.Name, b.Name)
	})
	list := make([]outlook, 0, len(peers)+len(c.sessions))
	for _, p := range peers {
		if len(p.sessions) == 0 {
			list = append(list, c.withoutSession(p))
		}
		for _, s := range p.sessions {
			list = append(list, c.outlookOf(s, bare[strings.ToLower(p.Name)]))
		}
	}
	return list
}

// uncoveredPeers are the hosts that mx-covered tells of.
func (c *Case) uncoveredPeers() map[string]bool {
	bare := map[string]bool{}
	if c.judgesCover() {
		for _, host := range c.uncovered() {
			bare[strings.ToLower(host)] = true
		}
	}
	return bare
}

// judgesCover tells that there is a policy which says what hosts mail may go to.
func (c *Case) judgesCover() bool {
	return c.served != nil && c.seemsPolicy() && c.mode() != sts.None && len(c.policy.MX) > 0
}

// withoutSession is the outlook of a host that nobody can be asked at.
func (c *Case) withoutSession(p *peer) outlook {
	r := ruling{verdict: Refuses}
	switch state := addressState(p.MailHost); {
	case p.Skipped != "":
		r = ruling{verdict: UnknownVerdict, because: []string{"mx-address:not-tried"}}
	case unfinished(p.Name):
		r.because, r.cause = []string{"mx-host:placeholder"}, "it is a placeholder"
	case addr.Literal(p.Name):
		r.because, r.cause = []string{"mx-host:ip-address"}, "it is an IP address, not a name"
	case !isHostName(p.Name):
		r.because, r.cause = []string{"mx-host:not-a-hostname"}, "it is no host name"
	case state == "missing":
		r.because, r.cause = []string{"mx-address:missing"}, "it has no address"
	case state == "dns-error":
		r = ruling{verdict: UnknownVerdict, because: []string{"mx-address:dns-error"}}
	default:
		r = ruling{verdict: UnknownVerdict}
	}
	return outlook{peer: p, open: r, dane: r, policy: r}
}

func (c *Case) outlookOf(s *session, bare bool) outlook {
	o := outlook{peer: s.peer, address: s.probe.Address, leftOut: s.reach == leftOut && s.peer.wanted > 0}
	o.open = s.openly()
	o.policy = s.policyRuling(bare)
	o.dane = s.daneRuling(o.open)
	switch s.peer.dane.word {
	case daneSecure, daneBogus:
		o.underDANE = !s.peer.dane.unsure
	case daneUnusable, daneError:
		o.underDANE, o.policyToo = true, true
	case noDANE, daneInsecure, daneUntrusted:
	}
	return o
}

// top is the verdict of a sender that honours the policy, and DANE where that has a say. Where DANE
// authenticates nobody, or its say is not known, the policy counts too.
func (o outlook) top(inForce bool) ruling {
	policy := o.open
	if inForce {
		policy = o.policy
	}
	switch {
	case !o.underDANE:
		return policy
	case o.policyToo && inForce && (policy.verdict == Refuses || o.dane.verdict == DeliversUnverified):
		return policy
	}
	return o.dane
}

// openly is what a sender does that takes what it gets: TLS if there is some, else plaintext.
func (s *session) openly() ruling {
	switch {
	case s.reach == pass && s.starttls != pass && s.starttls != "":
		return ruling{verdict: DeliversUnverified, because: []string{"starttls:" + s.starttls}}
	case s.reach == pass && s.tls != pass && s.tls != "":
		return ruling{verdict: DeliversUnverified, because: []string{"smtp-tls:" + s.tls}}
	case s.reach == pass:
		return ruling{verdict: DeliversUnverified}
	}
	return s.unreached()
}

// unreached is the ruling about an address of which nothing is known.
func (s *session) unreached() ruling {
	switch {
	case s.probe.Skipped == fact.SkipNotPublic && s.peer.nonePublic():
		return ruling{verdict: Refuses, because: []string{"mx-public:none-public"}, cause: "no address of it is public"}
	case s.probe.Skipped == fact.SkipNotPublic:
		return ruling{verdict: UnknownVerdict, because: []string{"mx-public:some-not-public"}}
	case s.reach == "":
		return ruling{verdict: UnknownVerdict}
	case s.reach == leftOut && s.peer.wanted > 0: // nobody asks for it
		return ruling{verdict: UnknownVerdict}
	case s.reach == leftOut:
		return ruling{verdict: UnknownVerdict, because: []string{"smtp-reachable:not-tried"}}
	}
	return ruling{verdict: UnknownVerdict, because: []string{"smtp-reachable:" + s.reach}}
}

// dead tells that nobody can connect to the host, so that no policy matters there.
func (p *peer) dead() bool { return len(p.sessions) == 0 || p.nonePublic() }

// nonePublic tells that no address of the host was contacted because none is public.
func (p *peer) nonePublic() bool {
	return !slices.ContainsFunc(p.sessions, func(s *session) bool { return s.probe.Skipped != fact.SkipNotPublic })
}

// notCovered decides about hosts that the policy does not name.
const notCovered = "mx-covered:not-covered"

// policyRuling is what a sender does that goes by the policy alone (RFC 8461 §5).
func (s *session) policyRuling(bare bool) ruling {
	if bare {
		own := s.policyRuling(false)
		r := ruling{Refuses, []string{notCovered}, "the policy does not name it"}
		if own.verdict == Refuses {
			r.because, r.cause = append(r.because, own.because...), r.cause+", and "+own.cause
		}
		return r
	}
	if r, ended := s.withoutTLS(); ended {
		return r
	}
	if len(s.problems) == 0 {
		if s.probe.TLS.NoRoots {
			return ruling{verdict: UnknownVerdict, because: []string{"smtp-certificate:no-roots-here"}}
		}
		return ruling{verdict: DeliversVerified, because: []string{"smtp-certificate"}}
	}
	r := ruling{verdict: Refuses, cause: "its certificate " + s.problems[0].Text}
	for _, p := range s.problems {
		if word := "smtp-certificate:" + certWord(p.Word); !slices.Contains(r.because, word) {
			r.because = append(r.because, word)
		}
	}
	return r
}

// withoutTLS is the ruling of senders that demand TLS, where it did not come about.
func (s *session) withoutTLS() (ruling, bool) {
	switch {
	case s.reach != pass:
		return s.unreached(), true
	case s.starttls != pass && s.starttls != "":
		return refusal("starttls:" + s.starttls), true
	case s.tls != pass && s.tls != "":
		return refusal("smtp-tls:" + s.tls), true
	case s.tls == "" || s.probe.TLS == nil: // ended by the user
		return ruling{verdict: UnknownVerdict}, true
	}
	return ruling{}, false
}

func refusal(because string) ruling {
	causes := map[string]string{
		"starttls:not-offered": "it offers no STARTTLS",
		"starttls:refused":     "it refuses STARTTLS",
		"starttls:injected":    "it sends plaintext where TLS has to begin",
		"smtp-tls:handshake":   "TLS with it fails",
		"smtp-tls:old-version": "it speaks no TLS later than 1.1",
		"smtp-tls:timeout":     "its TLS handshake does not end",
	}
	return ruling{Refuses, []string{because}, causes[because]}
}

// daneRuling is what a sender does that checks DANE and no policy (RFC 7672 §2.2).
func (s *session) daneRuling(open ruling) ruling {
	switch s.peer.dane.word {
	case daneBogus:
		if s.peer.dane.unsure {
			return ruling{verdict: UnknownVerdict, because: []string{"dane:bogus"}}
		}
		return ruling{Refuses, []string{"dane:bogus"}, "its TLSA records are not validly signed"}
	case daneError, daneUntrusted:
		return ruling{verdict: UnknownVerdict, because: []string{"dane:" + string(s.peer.dane.word)}}
	case daneSecure, daneUnusable:
		if r, ended := s.withoutTLS(); ended {
			return r
		}
	case noDANE, daneInsecure:
		return open
	}
	switch {
	case s.peer.dane.word == daneUnusable:
		return ruling{verdict: DeliversUnverified, because: []string{"dane:unusable"}}
	case s.dane == pass:
		return ruling{verdict: DeliversVerified, because: []string{"dane"}}
	}
	return ruling{Refuses, []string{"dane:mismatch"}, "its certificate matches none of its TLSA records"}
}
