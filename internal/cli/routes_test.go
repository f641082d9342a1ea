package cli_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
)

// mtastsRouted is the program with another process for its network, which is on loopback. The file
// ROUTES has a line for each address there: network, address, and where that is.
func mtastsRouted() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	text, err := os.ReadFile(os.Getenv("ROUTES"))
	if err != nil {
		panic(err)
	}
	os.Exit(cli.Run(ctx, cli.System{
		Net: collect.Network{Dial: readRoutes(string(text)).Dial, Now: time.Now},
		In:  os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Width: 80, Version: "test",
	}, os.Args[1:]))
}

type routes map[string]string

func readRoutes(text string) routes {
	r := routes{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 3 {
			r[words[0]+" "+words[1]] = words[2]
		}
	}
	return r
}

// Dial goes by the first and the last 32 bits of an IPv6 address.
func (r routes) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if to, err := netip.ParseAddrPort(address); err == nil && to.Addr().Is6() {
		b := to.Addr().As16()
		clear(b[4:12])
		address = netip.AddrPortFrom(netip.AddrFrom16(b), to.Port()).String()
	}
	where, found := r[network+" "+address]
	if !found {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	return new(net.Dialer).DialContext(ctx, network, where)
}
