package collect

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
	"mtasts/internal/platform"
)

// A fleet are domains d0.example and so on, none of which has to do with MTA-STS. Most have the MX hosts
// of a provider, by their last digit; the others have one of their own, with an IPv6 address of its own.
type fleet struct {
	providers [10]provider // the zero one: own
}

// provider is a name, or where it has two labels, those that follow the customer's.
type provider struct {
	name      string
	addresses []byte // the last octets of those in 192.0.2.0/24
	customers bool   // each has a name below
}

func someFleet() fleet {
	a := provider{name: "mx.a.test", addresses: []byte{1, 2, 3, 4}}
	b := provider{name: "mail.b.test", addresses: []byte{5, 6}, customers: true}
	c, d, e := provider{name: "mx.c.test", addresses: []byte{7, 8}}, provider{name: "mx.d.test", addresses: []byte{9}}, provider{name: "mx.e.test", addresses: []byte{10}}
	return fleet{providers: [10]provider{a, a, b, c, d, e}}
}

const (
	typeA    = 1
	typeMX   = 15
	typeTXT  = 16
	typeAAAA = 28
)

// find are the records at a name, as data; exists is false for NXDOMAIN.
func (f fleet) find(name string, kind uint16) (data [][]byte, exists bool) {
	first, rest, _ := strings.Cut(name, ".")
	for _, p := range f.providers {
		if name == p.name || p.customers && rest == p.name {
			for _, octet := range p.addresses {
				if kind == typeA {
					data = append(data, []byte{192, 0, 2, octet})
				}
			}
			return data, true
		}
	}
	switch number, isDomain := strings.CutPrefix(first, "d"); {
	case rest == "example" && isDomain:
		return f.ofDomain(name, number, kind), true
	case first == "mx" && strings.HasSuffix(rest, ".example"):
		if kind == typeAAAA {
			number, _ := strconv.Atoi(strings.TrimSuffix(rest, ".example")[1:])
			data = [][]byte{binary.BigEndian.AppendUint64([]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0}, uint64(number+1))}
		}
		return data, true
	}
	return nil, false
}

func (f fleet) ofDomain(name, number string, kind uint16) [][]byte {
	switch p := f.providers[number[len(number)-1]-'0']; kind {
	case typeA:
		return [][]byte{{192, 0, 2, 80}}
	case typeTXT:
		return [][]byte{append([]byte{11}, "v=spf1 -all"...)}
	case typeMX:
		host := p.name
		switch {
		case host == "":
			host = "mx." + name
		case p.customers:
			host = "d" + number + "." + host
		}
		return [][]byte{append([]byte{0, 10}, wire(host)...)}
	}
	return nil
}

// wire is a name as the DNS writes it.
func wire(name string) []byte {
	var b []byte
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0)
}

// serve answers until the socket is closed.
func (f fleet) serve(conn net.PacketConn) {
	b := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		_, _ = conn.WriteTo(f.answer(b[:n]), from)
	}
}

// answer writes the answer over the question.
func (f fleet) answer(b []byte) []byte {
	const header = 12
	at, labels := header, []string(nil)
	for ; b[at] != 0; at += 1 + int(b[at]) {
		labels = append(labels, string(b[at+1:at+1+int(b[at])]))
	}
	kind := b[at+2]
	b = b[:at+5]
	data, exists := f.find(strings.Join(labels, "."), uint16(kind))
	b[2], b[3] = 0x81, 0x80 // QR RD, RA
	if !exists {
		b[3] |= 3 // NXDOMAIN
	}
	b[7], b[9], b[11] = byte(len(data)), 0, 0
	for _, d := range data {
		b = append(append(b, 0xc0, header, 0, kind, 0, 1, 0, 0, 1, 0, 0, byte(len(d))), d...)
	}
	if len(data) == 0 { // SOA of the root, 60 s
		b[9] = 1
		b = append(append(b, 0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22), make([]byte, 21)...)
		b = append(b, 60)
	}
	return b
}

const responderEnv = "MTASTS_TEST_RESPONDER"

// respond is the DNS of a fleet in a process of its own, so that what it costs is not counted, until its
// standard input ends.
func respond() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(conn.LocalAddr())
	go someFleet().serve(conn)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// startResponder is the address of a process that answers.
func startResponder(b *testing.B) string {
	b.Helper()
	self := exec.Command(os.Args[0])
	self.Env = append(os.Environ(), responderEnv+"=1")
	stdin, err := self.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := self.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := self.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = self.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// inFleet has the world's resolver answer for a fleet.
func (w *world) inFleet(f fleet) *world {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	w.closed.Go(func() { f.serve(conn) })
	w.at["udp "+resolverAt+":53"] = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}
	return w
}

// seeFleet looks at domains of a fleet, many at once.
func (w watcher) seeFleet(from, to int, check func(*fact.Observation)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range 100 {
		all.Go(func() {
			for i := range next {
				check(w.see(fmt.Sprintf("d%d.example", i)))
			}
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	all.Wait()
}

// TestConversationsFollowAddresses: each address of a provider is spoken to once, however many domains it
// takes mail for, and some times where each customer has a name of its own.
func TestConversationsFollowAddresses(t *testing.T) {
	const domains = 2000
	f := someFleet()
	w := newWorld(t, "").inFleet(f)
	most := map[string]int{}
	var servers []*mailServer
	for _, p := range f.providers {
		name, n := p.name, 1
		if p.customers {
			name, n = "*."+p.name, enoughNames+maxAtDoor-1
		}
		for _, octet := range p.addresses {
			endpoint := fmt.Sprintf("192.0.2.%d:25", octet)
			if most[endpoint] == 0 {
				servers = append(servers, w.mail(fmt.Sprintf("192.0.2.%d", octet), name, nil))
			}
			most[endpoint] = n
		}
	}
	o := w.watch()
	var sound atomic.Int64
	o.seeFleet(0, domains, func(seen *fact.Observation) {
		for host, got := range probes(seen) {
			switch own := strings.Contains(host, ".example "); {
			case got == "sound":
				sound.Add(1)
			case !own:
				t.Errorf("%s: %s", host, got)
			}
		}
	})
	o.Close()
	for _, s := range servers {
		s.wait()
	}
	if want := int64(domains / 10 * (4 + 4 + 2 + 2 + 1 + 1)); sound.Load() != want {
		t.Errorf("%d sound probes, want %d", sound.Load(), want)
	}
	for endpoint, n := range most {
		if got := w.connections(endpoint); got < 1 || got > n {
			t.Errorf("%s: %d connections, want at most %d", endpoint, got, n)
		}
	}
}

// TestMemoryIsFlat: nothing that an observer remembers grows with the number of domains, also where each
// has mail hosts of its own that nobody else has.
func TestMemoryIsFlat(t *testing.T) {
	const begin, end = 1500, 4500
	w := newWorld(t, "").inFleet(fleet{}) // mail hosts of their own, all of them, and nobody there
	w.dialed = nil
	o := w.watch(func(n *Network) {
		n.SMTP = fact.SMTPRequire
		n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if network == "tcp" {
				return nil, opError(syscall.ECONNREFUSED)
			}
			return w.at[network+" "+address](ctx)
		}
	})
	// As large as they are in use, they would not be full before a hundred thousand domains.
	o.probes.known = memo.New[call](now, 256<<10, weight)
	o.probes.graves.of = memo.NewSieve[netip.Addr, grave[fact.Probe]](100)
	check := func(seen *fact.Observation) {
		if got := inShort(seen.Hosts[0].Probes[0]); got != "dial: refused: connection refused" {
			t.Errorf("%s: %s", seen.Domain, got)
		}
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // pools are emptied by the second
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	o.seeFleet(0, begin, check)
	before := heap()
	o.seeFleet(begin, end, check)
	after := heap()
	if after > before+256<<10 {
		t.Errorf("%d KiB after %d domains, %d KiB after %d", before>>10, begin, after>>10, end)
	}
	p := o.probes
	if n := len(p.doors.at) + len(p.callers.at) + len(p.queues.of) + len(o.web.doors.at) + len(p.port25.parties) + p.alike.of.Len(); n > 0 || p.graves.of.Len() > 100 || len(p.port25.failed) > enoughFailures {
		t.Errorf("%d addresses and looks are still there, %d graves, %d failures", n, p.graves.of.Len(), len(p.port25.failed))
	}
}

// counted counts what is written.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(p)
}

// BenchmarkLookAbsent is a look at a domain that has not heard of MTA-STS, as nine of ten, among many
// others: what it costs this process, and how much it asks.
func BenchmarkLookAbsent(b *testing.B) {
	var asked, series atomic.Int64
	o, err := Network{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return counted{conn, &asked}, err
		},
		Now: now, Resolvers: []string{startResponder(b)}, SMTP: fact.SMTPOff,
	}.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer o.Close()
	b.SetParallelism(100) // times GOMAXPROCS
	b.ReportAllocs()
	b.ResetTimer()
	begin := cpuTime(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			o := o.Observe(b.Context(), fmt.Sprintf("d%d.example", series.Add(1)))
			if !o.STS.Absent() || !o.MX.Found() || len(o.Elsewhere) != 8 || len(o.Hosts) != 1 {
				b.Errorf("%+v", o)
				return
			}
		}
	})
	b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N)/1e3, "cpu-µs/op")
	b.ReportMetric(float64(asked.Load())/float64(b.N), "questions/op")
}

// cpuTime is what this process has used so far.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	used, err := platform.CPUTime()
	if err != nil {
		tb.Fatal(err)
	}
	return used
}
