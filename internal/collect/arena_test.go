package collect

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// An arena is a world of any number of domains, n0.example and so on, most of which mean ill: one in ten
// is sound, three have an attack of the DNS, the others one of the web and one of mail. The lists of attacks
// are hostileDNS, hostile and hostileMail: what is added there is in the arena. What stands at an address
// goes by its last bits, and the domain's number is in the middle, so that no two share one.
type arena struct {
	*world
	dns  []dnsAttack
	web  []attack
	mail []mailAttack
}

// The last bits of addresses: the attacks of the web are from 1 on.
const (
	soundAt = 0x1000
	mailAt  = 0x2000
)

func newArena(t testing.TB) *arena {
	t.Helper()
	a := &arena{world: newWorld(t, ""), dns: hostileDNS(), web: hostile(), mail: hostileMail()}
	a.until = serversEnd
	config := a.ca.config(policyHost)
	for i, one := range a.web {
		one.stand(a.world, address(0, i+1).String(), config)
	}
	for i, one := range a.mail {
		a.world.mail(address(0, mailAt+i).String(), "mx.example.com", one.steps)
	}
	sound := &tls.Config{GetCertificate: a.certificate}
	a.world.web(address(0, soundAt).String(), sound, a.page)
	a.world.mail(address(0, soundAt).String(), "mx.example.com", nil).config = sound
	a.serveQuestions()
	return a
}

// A domain of the arena.
type domain struct {
	kind string // "sound", "DNS" or "web and mail"
	dns  dnsAttack
	web  int // in the list of attacks
	mail int
}

// domain is what number n does. Attacks take turns.
func (a *arena) domain(n int) domain {
	switch turn := n / 10; n % 10 {
	case 0:
		return domain{kind: "sound"}
	case 3, 6, 9:
		return domain{kind: "DNS", dns: a.dns[(3*turn+n%10/3-1)%len(a.dns)]}
	default:
		turn = 6*turn + []int{0, 0, 1, 1, 2, 3, 3, 4, 5}[n%10]
		return domain{kind: "web and mail", web: turn % len(a.web), mail: turn % len(a.mail)}
	}
}

// attacks are the names of what it does.
func (a *arena) attacks(n int) []string {
	switch d := a.domain(n); d.kind {
	case "sound":
		return []string{"none"}
	case "DNS":
		return []string{"DNS: " + d.dns.name}
	default:
		return []string{"web: " + a.web[d.web].name, "mail: " + a.mail[d.mail].name}
	}
}

// size is how many domains it takes to show each attack.
func (a *arena) size() int {
	return 10 * max((len(a.dns)+2)/3, (max(len(a.web), len(a.mail))+5)/6)
}

// address is that of a listener, for a domain.
func address(n, listener int) netip.Addr {
	b := netip.MustParseAddr("2001:db8::").As16()
	binary.BigEndian.PutUint32(b[6:], uint32(n))
	binary.BigEndian.PutUint32(b[12:], uint32(listener))
	return netip.AddrFrom16(b)
}

// Dial counts nothing, so that the arena takes the same memory however many domains there are.
func (a *arena) Dial(ctx context.Context, network, to string) (net.Conn, error) {
	if p, err := netip.ParseAddrPort(to); err == nil && p.Addr().Is6() {
		b := p.Addr().As16()
		to = netip.AddrPortFrom(address(0, int(binary.BigEndian.Uint32(b[12:]))), p.Port()).String()
	}
	open := a.at[network+" "+to]
	if open == nil {
		return nil, opError(syscall.ECONNREFUSED)
	}
	return open(ctx)
}

// certificate is one for the name that the client wants.
func (a *arena) certificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	one := a.ca.issue(a.ca.intermediate, h.ServerName, named(h.ServerName))
	return &sends(one, a.ca.intermediate).Certificates[0], nil
}

// page is the policy of a sound domain.
func (a *arena) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, policyOf(strings.TrimPrefix(r.Host, "mta-sts.")))
}

func policyOf(domain string) string {
	return "version: STSv1\nmode: enforce\nmx: mx." + domain + "\nmax_age: 1209600\n"
}

// serveQuestions takes the place of the world's name server, over UDP and TCP.
func (a *arena) serveQuestions() {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = packets.Close() })
	a.closed.Go(func() { a.answerPackets(packets) })
	a.route("udp", resolverAt+":53", packets.LocalAddr())
	a.acceptsAt(resolverAt+":53", a.answerStream)
}

func (a *arena) answerPackets(conn net.PacketConn) {
	room := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(room)
		if err != nil {
			return
		}
		if q := readAsked(slices.Clone(room[:n])); q != nil {
			a.closed.Go(func() {
				for _, m := range a.packets(q) {
					_, _ = conn.WriteTo(m, from)
				}
			})
		}
	}
}

// packets are what comes over UDP.
func (a *arena) packets(q *asked) [][]byte {
	d := a.domain(q.number).dns
	switch {
	case d.name == "":
		return [][]byte{a.truth(q)}
	case d.packets != nil:
		return d.packets(q)
	case d.message != nil:
		if m := d.message(q); len(m) <= 1232 {
			return [][]byte{m}
		}
	}
	m := q.head(0)
	m[2] |= 0x02
	return [][]byte{m}
}

// answerStream answers what comes over TCP, until an attack takes the connection over.
func (a *arena) answerStream(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		var size [2]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		m := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(in, m); err != nil {
			return
		}
		q := readAsked(m)
		if q == nil {
			continue
		}
		d := a.domain(q.number).dns
		if d.stream != nil {
			a.closed.Go(func() { d.stream(q, conn) })
			continue
		}
		answer := a.truth(q)
		if d.message != nil {
			answer = d.message(q)
		}
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

// truth is the answer about a domain whose DNS is sound.
func (a *arena) truth(q *asked) []byte {
	d := a.domain(q.number)
	web, mail := d.web+1, d.mail+mailAt
	if d.kind == "sound" {
		web, mail = soundAt, soundAt
	}
	label := strings.TrimSuffix(strings.TrimSuffix(q.name, q.zone), ".")
	switch label {
	case "":
		return q.of(dns.TypeMX, mxData(labelledOf("mx."+q.zone)))
	case "_mta-sts":
		return q.of(dns.TypeTXT, txt(stsOf(q.number)))
	case "_smtp._tls":
		return q.of(dns.TypeTXT, txt("v=TLSRPTv1; rua=mailto:reports@"+strings.TrimSuffix(q.zone, ".")))
	case "mta-sts":
		return q.of(dns.TypeAAAA, address(q.number, web).AsSlice())
	case "mx":
		return q.of(dns.TypeAAAA, address(q.number, mail).AsSlice())
	default:
		return q.head(dns.RcodeNameError)
	}
}

func txt(s string) []byte { return append([]byte{byte(len(s))}, s...) }

func stsOf(n int) string { return fmt.Sprintf("v=STSv1; id=%d", n) }

// network is the world's, less patient.
func (a *arena) network() Network {
	n := a.world.network()
	n.Dial, n.Timeout, n.SMTPTimeout = a.Dial, 500*time.Millisecond, 500*time.Millisecond
	return n
}
