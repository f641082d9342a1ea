package dane

import (
	"fmt"
	"strings"
	"time"

	"mtasts/internal/fact"
)

// server is what a server showed, and what it is compared with.
type server struct {
	sent   []*cert
	names  []string
	at     time.Time
	faults map[*cert][]string // of the ways to an authority, each worked out once
}

// judge is why a record does not authenticate the server; empty where it does.
func (s *server) judge(r fact.TLSA) string {
	switch {
	case len(s.sent) == 0:
		return "the server sent no certificate"
	case r.Usage == daneTA:
		return s.judgeTA(r)
	case s.sent[0].holds(r):
		return "" // RFC 7672 §3.1.1: names, dates and signatures are nothing to DANE-EE
	default:
		return s.strangerEE(r)
	}
}

// mostAnchors is how many certificates that fit one set are tried as the authority: two or three share
// a key where authorities sign each other. Each try costs a hundred signatures at worst, some 60 ms, and
// a domain may have as many chains as addresses.
const mostAnchors = 4

// judgeTA looks for the authority among the certificates sent, and for a way to it.
func (s *server) judgeTA(r fact.TLSA) string {
	var found *cert
	var faults []string
	for _, c := range s.others() {
		if !c.holds(r) {
			continue
		}
		list := s.faultsTo(c)
		if len(list) == 0 {
			return ""
		}
		if found == nil {
			found, faults = c, list
		}
	}
	if found == nil {
		return s.strangerTA(r)
	}
	return fmt.Sprintf("this is %s%s, but %s", keyPart(r), found.name(), strings.Join(faults, ", and "))
}

// others are the certificates behind the server's own.
func (s *server) others() []*cert { return s.sent[1:] }
