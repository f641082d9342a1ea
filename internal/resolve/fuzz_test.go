package resolve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// FuzzConf: whatever stands in resolv.conf, it asks for what is within bounds, of servers that are
// spelled so that they are read again.
func FuzzConf(f *testing.F) {
	f.Add([]byte("nameserver 192.0.2.53\nnameserver fe80::1%eth0\noptions timeout:3 attempts:4 trust-ad\n"))
	f.Add([]byte("nameserver\nnameserver tls://x\noptions timeout: attempts:-1 ndots:\noptions\ttimeout:99999999999999999999\nsearch"))
	f.Add([]byte("; options timeout:1\n#\noptions attempts:0 timeout:x\r\nnameserver 192.0.2.1:53 x\xff\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c conf
		c.read(text)
		if len(c.servers) > maxConfServers || c.try < 0 || c.try > maxConfTimeout || c.tries < 0 || c.tries > maxConfAttempts {
			t.Errorf("%+v", c)
		}
		for _, s := range c.servers {
			if again, err := parseEndpoint(s.String()); err != nil || again != s || s.scheme != plain || !s.addr.IsValid() {
				t.Errorf("%+v is spelled %s and read as %+v, %v", s, s, again, err)
			}
		}
	})
}

// FuzzStream: any bytes on a stream end it, and only an answer to what was asked is handed out.
func FuzzStream(f *testing.F) {
	frame := func(m []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...) }
	good := message("a.example", dns.TypeA, [3]uint16{1}, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1)
	f.Add(frame(good))
	f.Add(append(frame([]byte("x")), frame(good)...))
	f.Add([]byte{0xff, 0xff, 0})
	f.Add(make([]byte, 2*maxStrays+10))
	f.Fuzz(func(t *testing.T, said []byte) {
		k := newKit(patient, time.Now)
		defer k.crew.dismiss()
		q, err := newQuery("a.example", dns.TypeA)
		if err != nil {
			t.Fatal(err)
		}
		q.setID(binary.BigEndian.Uint16(good))
		s := &stream{link: link{kit: k, cancel: func() {}, left: perStream, waiting: map[uint16]*query{q.id(): q}}}
		err = s.read(bytes.NewReader(said))
		if err == nil || s.strays > maxStrays+1 {
			t.Errorf("it goes on: %v after %d strays", err, s.strays)
		}
		s.fail(err)
		if r := <-q.done; r.err == nil && (!q.answeredBy(r.packet.data) || !bytes.Contains(said, r.packet.data)) {
			t.Errorf("%x is handed out", r.packet.data)
		}
	})
}

// FuzzWeb: what an HTTP server says is a message of its right type and size, or a fault.
func FuzzWeb(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: Application/DNS-Message;x=\"\\\"\"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"))
	f.Add(slices.Concat([]byte("HTTP/1.0 200 \r\nContent-Type: application/dns-message\r\n\r\n"), make([]byte, dns.MaxMsgSize+2)))
	w := &web{kit: newKit(patient, time.Now)}
	f.Cleanup(w.kit.crew.dismiss)
	f.Fuzz(func(t *testing.T, said []byte) {
		answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said)), nil)
		if err != nil {
			return
		}
		defer answer.Body.Close()
		p, err := w.read(answer)
		if (p == nil) == (err == nil) {
			t.Fatalf("packet %v, error %v", p, err)
		}
		if err == nil && (answer.StatusCode != http.StatusOK || len(p.data) > dns.MaxMsgSize) {
			t.Errorf("status %d, %d bytes", answer.StatusCode, len(p.data))
		}
		_, _ = io.Copy(io.Discard, answer.Body)
	})
}
