package resolve

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const responderEnv = "MTASTS_TEST_RESPONDER"

// respond answers every question with the same TXT record until its standard input ends. It runs
// in a process of its own, so that what it costs is not counted.
func respond() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(conn.LocalAddr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	text := "v=STSv1; id=20260101000000Z;"
	record := append([]byte{0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0, 0, byte(len(text) + 1), byte(len(text))}, text...)
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		end := headerSize
		for end < n && buf[end] != 0 {
			end += int(buf[end]) + 1
		}
		end += 5
		buf[2], buf[3] = 0x81, 0xa0 // QR RD, RA AD
		buf[7], buf[11] = 1, 0
		_, _ = conn.WriteTo(append(buf[:end], record...), from)
	}
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

// bareLoop is one question after the other, and a look at the id: the least that a client can do.
func bareLoop(b *testing.B, server string, n int) {
	b.Helper()
	conn, err := net.Dial("udp", server)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	q, err := newQuery("_mta-sts.00000000.example.com", 16)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 2048)
	for i := range n {
		q.setID(uint16(i))
		m := q.message()
		binary.BigEndian.PutUint32(m[headerSize+1+8+1+4:], 0x61616161+uint32(i%26))
		if _, err := conn.Write(m); err != nil {
			b.Fatal(err)
		}
		if size, err := conn.Read(buf); err != nil || size < headerSize || binary.BigEndian.Uint16(buf) != uint16(i) {
			b.Fatal(size, err)
		}
	}
}

// lookupLoop asks for names that were never asked for before.
func lookupLoop(b *testing.B, r *Resolver, series, n int) {
	b.Helper()
	ctx := b.Context() // one that can be canceled, as in use
	for i := range n {
		if a := r.Lookup(ctx, fmt.Sprintf("_mta-sts.%d-%d.example.com", series, i), "TXT"); !a.Found() {
			b.Fatalf("%+v", a)
		}
	}
}

func benchResolver(b *testing.B, server string) *Resolver {
	b.Helper()
	var d net.Dialer
	r, err := New(Config{Servers: []string{server}, Dial: d.DialContext, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.Close)
	return r
}

func BenchmarkBareExchange(b *testing.B) {
	server := startResponder(b)
	b.ReportAllocs()
	b.ResetTimer()
	begin := cpuTime(b)
	bareLoop(b, server, b.N)
	b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N), "cpu-ns/op")
}

func BenchmarkLookup(b *testing.B) {
	r := benchResolver(b, startResponder(b))
	b.ReportAllocs()
	b.ResetTimer()
	begin := cpuTime(b)
	lookupLoop(b, r, 0, b.N)
	b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N), "cpu-ns/op")
}

// BenchmarkLookupManyInFlight has 64 askers at once.
func BenchmarkLookupManyInFlight(b *testing.B) {
	r := benchResolver(b, startResponder(b))
	var series atomic.Int32
	b.SetParallelism(64)
	b.ResetTimer()
	begin := cpuTime(b)
	b.RunParallel(func(pb *testing.PB) {
		mine := int(series.Add(1))
		for i := 0; pb.Next(); i++ {
			if a := r.Lookup(b.Context(), fmt.Sprintf("%d-%d.example.com", mine, i), "TXT"); !a.Found() {
				b.Errorf("%+v", a)
				return
			}
		}
	})
	b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N), "cpu-ns/op")
}

// BenchmarkLookupAgainstBare is the yardstick: CPU time of this process for a look-up over that
// for a bare exchange, in alternating series. At most 2.
func BenchmarkLookupAgainstBare(b *testing.B) {
	server := startResponder(b)
	r := benchResolver(b, server)
	const batch = 1000
	var bare, lookup time.Duration
	for i := range b.N {
		t0 := cpuTime(b)
		bareLoop(b, server, batch)
		t1 := cpuTime(b)
		lookupLoop(b, r, i, batch)
		bare, lookup = bare+t1-t0, lookup+cpuTime(b)-t1
	}
	b.ReportMetric(float64(lookup)/float64(bare), "x/bare")
	b.ReportMetric(float64(lookup.Nanoseconds())/float64(b.N*batch), "cpu-ns/lookup")
	b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N*batch), "cpu-ns/bare")
}
