package rule

import (
	"slices"
	"strings"
)

// A host may be right for DANE and wrong for the policy. What is told of the one must not send the
// administrator off to break the other.

// butDANE ends what is said of hosts that senders refuse under the policy, where DANE lets mail through
// (RFC 8461 §2).
const butDANE = ", unless they check DANE: its TLSA records vouch for it"

// vouched tells that the certificates of all these sessions match signed TLSA records.
func vouched(sessions []*session) bool {
	return len(sessions) > 0 && !slices.ContainsFunc(sessions, func(s *session) bool {
		return s.tls != pass || s.dane != pass || s.peer.dane.word != daneSecure
	})
}

// vouchedFor tells that senders which check DANE deliver to all of these hosts.
func (c *Case) vouchedFor(hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(host string) bool {
		i := slices.IndexFunc(c.peers, func(p *peer) bool { return strings.EqualFold(p.Name, host) })
		return i < 0 || !slices.ContainsFunc(c.peers[i].sessions, func(s *session) bool { return vouched([]*session{s}) })
	})
}

// pinned tells that senders check the host's certificate against TLSA records, or may well do so.
func (p *peer) pinned() bool {
	return (p.dane.word == daneSecure || p.dane.word == daneUntrusted) && len(p.dane.set.Usable()) > 0
}

// recertify is mend for a fix that gives the host another certificate: with TLSA records that is half
// of it (RFC 7672 §4, RFC 7671 §8.1). certbot makes a new key each time if it is not told to keep it.
func (g strand) recertify(h Hit, lines func(software) []string) Hit {
	h = g.mend(h, lines)
	if !g.peer.pinned() {
		return h
	}
	h.Vars["keep"] = "Senders that check DANE go by its TLSA records: keep the key, or publish the record of a new one beside them first, and wait until their TTL has passed. "
	for i, line := range h.Lines {
		for _, verb := range []string{"certbot renew", "certbot certonly"} {
			line = strings.Replace(line, verb+" ", verb+" --reuse-key ", 1)
		}
		h.Lines[i] = line
	}
	return h
}
