package collect

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"mtasts/internal/fact"
)

// BenchmarkProbe is one SMTP conversation with all that is recorded of it, against the same lines
// said over the same kind of connection with crypto/tls and nothing else: how many times the octets
// and the allocations of that it costs. The server's share is in both.
func BenchmarkProbe(b *testing.B) {
	w := newWorld(b, oneHost)
	s := w.mail(at11, mx1, nil)
	bytes, allocs := cost(func() { bare(b, w) })
	o := w.watch(func(n *Network) { n.Resolvers = []string{"192.0.2.53"} })
	l, address := o.look("example.com"), netip.MustParseAddr(at11)
	probe := func() {
		// Not l.probe: that would remember.
		if p := l.visit(b.Context(), call{address, mx1}, &turn{back: func() {}}); inShort(p) != "sound" {
			b.Fatal(inShort(p))
		}
		l.probes.byes.Wait()
	}
	ownBytes, ownAllocs := cost(probe)
	b.ReportAllocs()
	for b.Loop() {
		probe()
	}
	b.ReportMetric(ownBytes/bytes, "x/bare-bytes")
	b.ReportMetric(ownAllocs/allocs, "x/bare-allocs")
	s.wait()
}

// cost is what one call allocates, on average of some.
func cost(do func()) (bytes, allocs float64) {
	const calls = 50
	do() // what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		do()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / calls, float64(after.Mallocs-before.Mallocs) / calls
}

// BenchmarkBareConversation is the floor of BenchmarkProbe.
func BenchmarkBareConversation(b *testing.B) {
	w := newWorld(b, oneHost)
	s := w.mail(at11, mx1, nil)
	b.ReportAllocs()
	for b.Loop() {
		bare(b, w)
	}
	s.wait()
}

// bare is the conversation as short as it can be written.
func bare(b *testing.B, w *world) {
	b.Helper()
	conn, err := w.Dial(b.Context(), "tcp", "192.0.2.11:25")
	if err != nil {
		b.Fatal(err)
	}
	in := bufio.NewReader(conn)
	ask := func(c net.Conn, line string) {
		_, _ = io.WriteString(c, line)
		for {
			answer, err := in.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if answer[3] == ' ' {
				return
			}
		}
	}
	ask(conn, "")
	ask(conn, "EHLO [127.0.0.1]\r\n")
	ask(conn, "STARTTLS\r\n")
	c := tls.Client(conn, &tls.Config{ServerName: mx1, InsecureSkipVerify: true, Time: w.network().Now})
	in.Reset(c)
	ask(c, "EHLO [127.0.0.1]\r\n")
	ask(c, "QUIT\r\n")
	_ = c.Close()
}

// BenchmarkReplies is what is made of the answers alone: a large EHLO reply.
func BenchmarkReplies(b *testing.B) {
	reply := "250-mx1.example.com\r\n" + strings.Repeat("250-AUTH PLAIN LOGIN SCRAM-SHA-256\r\n", 20) + "250 STARTTLS\r\n"
	client, server := net.Pipe()
	go func() {
		in := bufio.NewReader(server)
		for {
			if _, err := in.ReadSlice('\n'); err != nil {
				return
			}
			_, _ = io.WriteString(server, reply)
		}
	}()
	defer server.Close()
	defer client.Close()
	var p fact.Probe
	c := (&Observer{}).newConversation(mx1, client, &p)
	b.ReportAllocs()
	b.SetBytes(int64(len(reply)))
	for b.Loop() {
		if r := c.ask(b.Context(), fact.Hello, "EHLO"); !r.Offers("STARTTLS") {
			b.Fatal(r)
		}
	}
}
