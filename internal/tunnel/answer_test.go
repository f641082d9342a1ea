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

// TestADeadProxyIsNotWaitedForByAll: who waited in vain tells the others, for a while; that somebody was
// interrupted, or that it refuses, which takes no time, is told to nobody.
func TestADeadProxyIsNotWaitedForByAll(t *testing.T) {
	now, dials := time.Unix(1_800_000_000, 0), 0
	way := Way{Now: func() time.Time { return now }, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		dials++
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}}
	p, err := Parse("http://proxy.example:3128")
	if err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	late, end := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer end()
	for i, c := range []struct {
		ctx   context.Context
		after time.Duration
		dials int
	}{{interrupted, 0, 1}, {late, 0, 2}, {t.Context(), downFor - 1, 2}, {late, 1, 3}, {interrupted, 0, 3}} {
		now = now.Add(c.after)
		if err := p.Reach(c.ctx, way); err == nil || !strings.HasPrefix(err.Error(), "the proxy http://proxy.example:3128 cannot be reached: ") || dials != c.dials {
			t.Errorf("%d: %v, dialed %d times", i, err, dials)
		}
	}
}
