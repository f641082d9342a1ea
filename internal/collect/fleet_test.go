package collect

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mtasts/internal/fact"
)

const responderEnv = "MTASTS_TEST_RESPONDER"

// respond is the DNS of a fleet of domains d0.example and so on, of which none has to do with MTA-STS;
// their MX host is one of five. It runs in a process of its own, so that what it costs is not counted,
// until its standard input ends.
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
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if answer := respondTo(buf[:n], buf[:]); answer != nil {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// respondTo writes the answer to a question over it.
func respondTo(question, room []byte) []byte {
	const header = 12
	end, labels := header, []string(nil)
	for end < len(question) && question[end] != 0 {
		labels = append(labels, string(question[end+1:end+1+int(question[end])]))
		end += int(question[end]) + 1
	}
	end++
	kind := binary.BigEndian.Uint16(question[end:])
	end += 4
	apex := len(labels) == 2 || len(labels) == 3 && strings.HasPrefix(labels[0], "mx")
	var data []byte
	switch {
	case apex && kind == 1 && labels[0] != "mx":
		data = []byte{192, 0, 2, labels[0][len(labels[0])-1]}
	case apex && kind == 15:
		data = append([]byte{0, 10, 3, 'm', 'x', '0' + labels[0][len(labels[0])-1]%5}, "\x08provider\x04test\x00"...)
	case apex && kind == 16:
		data = append([]byte{11}, "v=spf1 -all"...)
	}
	room[2], room[3] = 0x81, 0x80 // QR RD, RA
	room[7], room[9], room[11] = 0, 0, 0
	if !apex {
		room[3] |= 3 // NXDOMAIN
	}
	if data == nil {
		room[9] = 1
		return append(room[:end], "\x00\x00\x06\x00\x01\x00\x00\x00\x3c\x00\x16\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x3c"...)
	}
	room[7] = 1
	answer := append(room[:end], 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 1, 0, 0, byte(len(data)))
	return append(answer, data...)
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
			if !o.STS.Absent() || !o.MX.Found() || len(o.Elsewhere) != 8 || !o.Hosts[0].A.Found() {
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
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
