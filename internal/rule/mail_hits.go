package rule

import (
	"fmt"
	"strings"

	"mtasts/internal/fact"
)

// strand are the sessions of one host that have a word in common: one root cause is one finding,
// whether it shows at one address or at all of them.
type strand struct {
	peer     *peer
	word     string
	sessions []*session
}

// strands sorts a host's sessions by word; those without one are left out.
func (p *peer) strands(word func(*session) string) []strand {
	var list []strand
	at := map[string]int{}
	for _, s := range p.sessions {
		w := word(s)
		if w == "" {
			continue
		}
		i, seen := at[w]
		if !seen {
			i, at[w] = len(list), len(list)
			list = append(list, strand{peer: p, word: w})
		}
		list[i].sessions = append(list[i].sessions, s)
	}
	return list
}

// perHost are the hits of a rule about a step: for each host one of each word. Where all went well, there
// is one pass, with what each session shows.
func (c *Case) perHost(word, tell func(*session) string, fault func(strand) []Hit) []Hit {
	faulty := func(s *session) string {
		if w := word(s); w != pass {
			return w
		}
		return ""
	}
	if hits := c.perStrand(faulty, fault); len(hits) > 0 {
		return hits
	}
	h := Hit{Subject: c.whole()}
	for _, s := range c.sessions {
		if word(s) == pass {
			h.Evidence = append(h.Evidence, s.peer.Name+" ["+s.probe.Address+"]: "+tell(s))
		}
	}
	if len(h.Evidence) == 0 {
		return nil
	}
	return []Hit{h}
}

// perStrand are the hits that f has of the strands of each host.
func (c *Case) perStrand(word func(*session) string, f func(strand) []Hit) []Hit {
	var hits []Hit
	for _, p := range c.peers {
		for _, g := range p.strands(word) {
			hits = append(hits, f(g)...)
		}
	}
	return onePass(c, bounded(hits))
}

// hit is the beginning of a hit about the strand; tell is what one session shows.
func (g strand) hit(tell func(*session) string) Hit {
	h := Hit{Reason: g.word, Subject: g.subject(), Vars: Vars{"name": g.peer.Name, "where": g.where(), "but": "", "keep": ""}}
	for _, s := range g.sessions {
		h.Evidence = append(h.Evidence, s.probe.Address+": "+tell(s))
	}
	return h
}

// all tells that every address of the host is meant that the user wants to hear of.
func (g strand) all() bool { return len(g.sessions) >= g.peer.wanted }

// subject is the host, with the addresses where not all are meant.
func (g strand) subject() string {
	if g.all() {
		return g.peer.Name
	}
	return g.peer.Name + " [" + strings.ReplaceAll(list(g.addresses()), " and ", ", ") + "]"
}

// where is the same in a sentence.
func (g strand) where() string {
	if g.all() {
		return g.peer.Name
	}
	return g.peer.Name + " (at " + list(g.addresses()) + ")"
}

func (g strand) addresses() []string {
	var names []string
	for _, s := range g.sessions {
		names = append(names, s.probe.Address)
	}
	return names
}

// mostHosts is for how many hosts one reason of a rule is told host by host.
const mostHosts = 20

// bounded makes one hit of all hits that a reason has beyond a number: a domain may have 200 hosts, and
// each of them may be broken alike. Passes stay; they become one anyhow.
func bounded(hits []Hit) []Hit {
	if len(hits) <= mostHosts {
		return hits
	}
	var kept []Hit
	count, rest := map[string]int{}, map[string]int{}
	for _, h := range hits {
		count[h.Reason]++
		if h.Reason == "" || count[h.Reason] <= mostHosts {
			kept = append(kept, h)
			continue
		}
		i, begun := rest[h.Reason]
		if !begun {
			i, rest[h.Reason] = len(kept), len(kept)
			kept = append(kept, Hit{Reason: h.Reason, Status: h.Status, Partial: h.Partial, Regardless: h.Regardless, Vars: h.Vars, Mail: h.Mail})
		}
		kept[i].Evidence = append(kept[i].Evidence, h.Subject+": "+strings.Join(h.Evidence[:min(1, len(h.Evidence))], ""))
	}
	for reason, i := range rest {
		more := fmt.Sprintf("%d more", count[reason]-mostHosts)
		h := &kept[i]
		h.Subject = more
		for name, value := range map[string]string{"name": more, "where": more, "for": "", "keep": "", "but": "", "lines": ", as told for the others."} {
			h.Vars[name] = value
		}
	}
	return kept
}

// replyText is a reply on one line, as evidence: "250 mx1.example.com, PIPELINING, SIZE 1000".
func replyText(r *fact.Reply) string {
	if r == nil {
		return "nothing"
	}
	var b strings.Builder
	fmt.Fprint(&b, r.Code)
	for i, line := range r.Lines {
		if b.Len() > clipLength {
			b.WriteString(", ...")
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + string(line))
	}
	return b.String()
}

// mailRules are those that need a host to ask.
func mailRules() []string { return append([]string{"smtp-reachable", DeliveryRule}, behindReach()...) }

// behindReach are the rules that need an EHLO, behindStart those that need a 220 to STARTTLS, and
// behindHandshake those that need a certificate.
func behindReach() []string { return append([]string{"starttls"}, behindStart()...) }

func behindStart() []string { return append([]string{"smtp-tls"}, behindHandshake()...) }

func behindHandshake() []string { return []string{"smtp-certificate*"} }
