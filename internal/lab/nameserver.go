package lab

import (
	"net"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Faults of the resolver, as in the script.
const (
	faultServfail = "servfail"
	faultRefused  = "refused"
	faultNXDomain = "nxdomain"
	faultTimeout  = "timeout"
	faultTruncate = "truncate"
	faultLoop     = "loop"
	faultBogus    = "bogus"
)

func dnsFaults() []string {
	return []string{faultServfail, faultRefused, faultNXDomain, faultTimeout, faultTruncate, faultLoop, faultBogus}
}

// maxAliases is how long a chain of CNAMEs is followed before the resolver gives up.
const maxAliases = 16

// maxUDP bounds the size of an answer over UDP, whatever the client offers.
const maxUDP = 4096

// nameserver answers as a recursive resolver that has looked everything up.
type nameserver struct {
	zone   atomic.Pointer[zone]
	faults map[question]string
	signed zones
}

// reply is what is said to one question.
type reply struct {
	rcode     int
	answers   []dns.RR
	authority string // where the SOA of a negative answer is; empty where there is none
	secure    bool   // every name on the way lies in a signed zone
	silent    bool
	truncated bool
}

// overUDP and overTCP are the nameserver as a handler of either transport.
type (
	overUDP struct{ *nameserver }
	overTCP struct{ *nameserver }
)

// ServeDNS answers one query.
func (n overUDP) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	size := dns.MinMsgSize
	if opt := query.IsEdns0(); opt != nil {
		size = min(max(size, int(opt.UDPSize())), maxUDP)
	}
	n.respond(w, query, size)
}

// ServeDNS answers one query.
func (n overTCP) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	n.respond(w, query, dns.MaxMsgSize)
}

func (n *nameserver) respond(w dns.ResponseWriter, query *dns.Msg, size int) {
	r := n.answer(query.Question[0], query.CheckingDisabled)
	if r.silent {
		return
	}
	m := new(dns.Msg).SetReply(query)
	m.RecursionAvailable = true
	m.Compress = true
	m.Rcode = r.rcode
	m.AuthenticatedData = r.secure && asksForAD(query)
	m.Answer = r.answers
	if r.authority != "" {
		m.Ns = []dns.RR{soa(r.authority)}
	}
	answerEDNS(m, query)
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp && r.truncated {
		m.Truncated, m.Answer, m.Ns = true, nil, nil
	} else {
		m.Truncate(size)
	}
	_ = w.WriteMsg(m) // the client has gone: nobody is left to tell
}

// asksForAD tells that the client wants to know what is secure (RFC 6840 §5.7).
func asksForAD(query *dns.Msg) bool {
	opt := query.IsEdns0()
	return query.AuthenticatedData || opt != nil && opt.Do()
}

// answerEDNS puts an OPT record into the answer where the query has one (RFC 6891 §6.1.1).
func answerEDNS(m, query *dns.Msg) {
	opt := query.IsEdns0()
	if opt == nil {
		return
	}
	m.SetEdns0(maxUDP, opt.Do())
	if opt.Version() != 0 {
		m.Answer, m.Ns, m.AuthenticatedData = nil, nil, false
		m.Rcode = dns.RcodeBadVers
	}
}

func soa(name string) dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: defaultTTL},
		Ns:  "ns.lab.test.", Mbox: "hostmaster.lab.test.",
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: defaultTTL,
	}
}

// answer looks a question up, following aliases as a recursive resolver does. Where checking is
// disabled (the CD bit, RFC 4035 §3.2.2) nothing is bogus, and nothing is known to be secure.
func (n *nameserver) answer(q dns.Question, unchecked bool) reply {
	if q.Qclass != dns.ClassINET || q.Qtype == dns.TypeANY || q.Qtype == dns.TypeAXFR || q.Qtype == dns.TypeIXFR {
		return reply{rcode: dns.RcodeNotImplemented}
	}
	z := n.zone.Load()
	r := reply{secure: !unchecked}
	seen := map[string]bool{}
	for owner := q.Name; len(seen) <= maxAliases; {
		seen[canonical(owner)] = true
		r.secure = r.secure && n.signed.hold(canonical(owner))
		if fault := n.fault(canonical(owner), q.Qtype); n.strike(&r, fault, owner, unchecked) {
			return r
		}
		target := z.step(&r, owner, q.Qtype)
		if target == "" || seen[canonical(target)] {
			return r
		}
		owner = target
	}
	return reply{rcode: dns.RcodeServerFailure}
}

// step adds what the zone says of one name to the reply; where that is an alias, it is the target.
func (z *zone) step(r *reply, owner string, qtype uint16) string {
	name := canonical(owner)
	n, ok := z.find(name)
	switch {
	case !ok:
		r.rcode, r.authority = dns.RcodeNameError, z.authority(name)
	case len(n[qtype]) > 0:
		r.add(owner, n[qtype])
	case n.alias() != "":
		r.add(owner, n[dns.TypeCNAME])
		return n.alias()
	default:
		r.authority = z.authority(name)
	}
	return ""
}

// alias is the target of the name's CNAME, empty if it has none.
func (n node) alias() string {
	for _, rr := range n[dns.TypeCNAME] {
		if c, ok := rr.(*dns.CNAME); ok {
			return c.Target
		}
	}
	return ""
}

// add puts records into the answer under the name that was asked for: the name as the client
// spelt it, and for a wildcard the name that it stands for.
func (r *reply) add(owner string, rrs []dns.RR) {
	for _, rr := range rrs {
		c := dns.Copy(rr)
		c.Header().Name = owner
		r.answers = append(r.answers, c)
	}
}

// strike does what a fault of the script does to the reply; true where it ends the search.
func (n *nameserver) strike(r *reply, fault, owner string, unchecked bool) bool {
	if fault == faultBogus && unchecked {
		return false
	}
	switch fault {
	case faultServfail, faultBogus:
		*r = reply{rcode: dns.RcodeServerFailure}
	case faultRefused:
		*r = reply{rcode: dns.RcodeRefused}
	case faultNXDomain:
		r.rcode, r.authority = dns.RcodeNameError, n.zone.Load().authority(canonical(owner))
		r.secure = false
	case faultTimeout:
		*r = reply{silent: true}
	case faultLoop:
		r.answers = append(r.answers, alias(owner, "loop."+owner), alias("loop."+owner, owner))
		r.secure = false
	case faultTruncate:
		r.truncated = true
		return false
	default:
		return false
	}
	return true
}

// fault is the most particular one for a question.
func (n *nameserver) fault(name string, qtype uint16) string {
	for _, q := range []question{{name, qtype}, {name: name}, {"*", qtype}, {name: "*"}} {
		if f, ok := n.faults[q]; ok {
			return f
		}
	}
	return ""
}

func alias(owner, target string) dns.RR {
	h := dns.RR_Header{Name: owner, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: defaultTTL}
	return &dns.CNAME{Hdr: h, Target: target}
}
