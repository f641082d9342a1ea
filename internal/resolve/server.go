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
		s.main = &streams{kit: k, dial: g.over("tcp")}
	case overHTTPS:
		s.main = newWeb(k, g)
	default:
		s.main, s.backup = newSockets(k, g.over("udp")), &streams{kit: k, dial: g.over("tcp")}
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
	p, err := s.main.exchange(ctx, q)
	if err != nil {
		return answer{}, err
	}
	defer func() { s.kit.packets.put(p) }()
	if s.backup != nil && isTruncated(p.data) {
		whole, err := s.backup.exchange(ctx, q)
		if err != nil {
			return answer{}, fmt.Errorf("over TCP, since UDP has no room: %w", err)
		}
		s.kit.packets.put(p)
		p = whole
	}
	return readAnswer(p.data, kind, f.Name, f.Aliases)
}
