package resolve

import (
	"context"
	"fmt"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// A server is one of those that the user named.
type server struct {
	name    string
	trusted bool // its AD bit counts
	kit     *kit
	main    transport
	backup  transport // for answers that did not fit; nil where main knows no limit
}

func newServer(k *kit, g gate) *server {
	s := &server{name: g.String(), kit: k}
	switch g.scheme {
	case overTCP, overTLS:
		s.main = newStreams(k, g.over("tcp"), false)
	case overHTTPS:
		s.main = newWeb(k, g)
	default:
		s.main, s.backup = newSockets(k, g.over("udp")), newStreams(k, g.over("tcp"), true)
	}
	return s
}

// close ends what the resolver's crew does not.
func (s *server) close() {
	if w, ok := s.main.(*web); ok {
		w.close()
	}
}

// ask puts the query, on behalf of a fact that has its name and aliases, and once more without EDNS to a server that chokes on it (RFC 6891 §7).
func (s *server) ask(ctx context.Context, q *query, f fact.Answer, kind uint16) (answer, error) {
	q.setEDNS(true)
	a, err := s.once(ctx, q, f, kind)
	if err == nil && chokes(a.code) {
		q.setEDNS(false)
		a, err = s.once(ctx, q, f, kind)
	}
	return a, err
}

func chokes(code int) bool {
	return code == dns.RcodeFormatError || code == dns.RcodeNotImplemented || code == dns.RcodeBadVers
}

func (s *server) once(ctx context.Context, q *query, f fact.Answer, kind uint16) (answer, error) {
	p, err := s.whole(ctx, q)
	if err != nil {
		return answer{}, err
	}
	defer s.kit.packets.put(p)
	return readAnswer(p.data, kind, f.Name, f.Aliases)
}

// whole is the message that answers, over TCP where UDP has no room for it. What is left out where there
// is room for all that a message can hold, nobody knows: a part of the records is no answer (RFC 2181 §9).
func (s *server) whole(ctx context.Context, q *query) (*packet, error) {
	p, err := s.main.exchange(ctx, q)
	if err == nil && isTruncated(p.data) && s.backup != nil {
		s.kit.packets.put(p)
		if p, err = s.backup.exchange(ctx, q); err != nil {
			return nil, fmt.Errorf("over TCP, since UDP has no room: %w", err)
		}
	}
	if err == nil && isTruncated(p.data) {
		s.kit.packets.put(p)
		return nil, fmt.Errorf("%w: it is truncated where there is room", errMalformed)
	}
	return p, err
}
