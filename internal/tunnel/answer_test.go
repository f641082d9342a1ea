package tunnel

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// FuzzAnswer: whatever a proxy says, there is a connection that gives back what came behind, or an error
// that holds none of its words.
func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\n\r\n220 hello\r\n", false)
	f.Add("HTTP/1.1 407 marked\r\nContent-Length: 9\r\n\r\nmarked", false)
	f.Add("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00220 hello\r\n", true)
	f.Add("\x05\x02\x01\x00\x05\x05\x00\x03\x01x\x00\x00", true)
	to := netip.MustParseAddrPort("192.0.2.1:443")
	f.Fuzz(func(t *testing.T, said string, socks bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var ends sync.WaitGroup
		defer ends.Wait()
		dial := func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			ends.Go(func() { _, _ = io.Copy(io.Discard, there) })
			ends.Go(func() { _, _ = io.WriteString(there, said); _ = there.Close() })
			return here, nil
		}
		p, _ := Parse(map[bool]string{true: "socks5", false: "http"}[socks] + "://me:hidden@proxy.example:1080")
		conn, err := p.Dial(ctx, Way{Dial: dial, Now: time.Now, Agent: "test"}, to)
		switch {
		case err == nil:
			rest, _ := io.ReadAll(conn)
			if !strings.HasSuffix(said, string(rest)) || conn.Heard() != (len(rest) > 0) {
				t.Errorf("%q: behind it came %q", said, rest)
			}
			_ = conn.Close()
		case len(err.Error()) > 300 || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "marked"):
			t.Errorf("%q: %v", said, err)
		}
	})
}
