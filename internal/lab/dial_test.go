package lab_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

const deadScene = `
sound example.com
https 192.0.2.10
    fault refused
https 2001:db8::10
    fault no-route
https 192.0.2.20
    fault blackhole
smtp 192.0.2.11
    fault refused
smtp 2001:db8::11
    fault no-route
smtp 192.0.2.12
    fault blackhole
`

func TestDialFails(t *testing.T) {
	l := start(t, deadScene)
	for _, c := range []struct {
		network, address string
		want             error
		text             string
	}{
		{"tcp", "192.0.2.10:443", syscall.ECONNREFUSED, "dial tcp 192.0.2.10:443: connect: connection refused"},
		{"tcp4", "192.0.2.10:443", syscall.ECONNREFUSED, "dial tcp4 192.0.2.10:443: connect: connection refused"},
		{"tcp", "[2001:db8::10]:443", syscall.ENETUNREACH, "dial tcp [2001:db8::10]:443: connect: network is unreachable"},
		{"tcp", "192.0.2.11:25", syscall.ECONNREFUSED, "connection refused"},
		{"tcp", "192.0.2.13:25", syscall.ECONNREFUSED, "connection refused"},
		{"tcp", "[2001:db8::11]:25", syscall.ENETUNREACH, "unreachable"},
		{"tcp", "192.0.2.99:443", syscall.ECONNREFUSED, "refused"},
		{"tcp", "192.0.2.10:80", syscall.ECONNREFUSED, "refused"},
		{"udp", "192.0.2.99:53", syscall.ECONNREFUSED, "dial udp 192.0.2.99:53"},
		{"udp", "192.0.2.10:443", syscall.ECONNREFUSED, "refused"},
		{"tcp", "127.0.0.1:22", syscall.ECONNREFUSED, "refused"},
		{"tcp", "8.8.8.8:53", syscall.ECONNREFUSED, "refused"},
	} {
		_, err := l.Dial(t.Context(), c.network, c.address)
		var op *net.OpError
		if !errors.Is(err, c.want) || !errors.As(err, &op) || op.Op != "dial" || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s %s: %v", c.network, c.address, err)
		}
	}
	for _, address := range []string{"example.com:443", "localhost:80", "192.0.2.10", ""} {
		var bad *net.AddrError
		if _, err := l.Dial(t.Context(), "tcp", address); !errors.As(err, &bad) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestBlackhole(t *testing.T) {
	for _, script := range []string{deadScene, deadScene + "rtt 1ms\n"} {
		l := start(t, script)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		t.Cleanup(cancel)
		for _, address := range []string{"192.0.2.20:443", "192.0.2.12:25"} {
			_, err := l.Dial(ctx, "tcp", address)
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) ||
				err.Error() != "dial tcp "+address+": i/o timeout" {
				t.Errorf("%v", err)
			}
		}
		ctx, cancel = context.WithCancel(t.Context())
		t.Cleanup(cancel)
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := l.Dial(ctx, "tcp", "192.0.2.20:443"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		time.AfterFunc(10*time.Millisecond, l.Close)
		if _, err := l.Dial(context.Background(), "tcp", "192.0.2.20:443"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
	}
}

func TestConnectionsShowTheSceneAddress(t *testing.T) {
	l := start(t, "sound example.com")
	for _, c := range []struct{ network, address string }{
		{"tcp", "192.0.2.10:443"}, {"tcp6", "[2001:db8::10]:443"}, {"udp", "192.0.2.53:53"}, {"tcp", "[::ffff:192.0.2.53]:53"},
	} {
		got := netip.MustParseAddrPort(dial(t, l, c.network, c.address).RemoteAddr().String())
		want := netip.MustParseAddrPort(c.address)
		if got != netip.AddrPortFrom(want.Addr().Unmap(), want.Port()) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWhatALabSaysOfItself(t *testing.T) {
	l := start(t, "")
	if got := l.Resolvers(); len(got) != 1 || got[0] != "192.0.2.53" {
		t.Errorf("%v", got)
	}
	for _, a := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"} {
		covered := false
		for _, p := range l.AllowNets() {
			covered = covered || p.Contains(netip.MustParseAddr(a))
		}
		if !covered {
			t.Errorf("%s is not allowed", a)
		}
	}
	if !l.Roots().Equal(start(t, "sound example.com").Roots()) {
		t.Error("two labs at one time have two roots")
	}
}
