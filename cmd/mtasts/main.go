// Command mtasts checks a mail domain's MTA-STS, its policy, its TLS-RPT and its MX hosts; see the README.
package main

import (
	"context"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"golang.org/x/term"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
)

// The memory of a check is collected less often than Go does on its own, until there is so much of it in
// bytes: a fleet makes much garbage and holds little, and saves an eighth of the processor's time.
const (
	gcPercent   = 400
	memoryLimit = 96 << 20
)

func main() {
	if os.Getenv("GOGC") == "" && slices.Contains(os.Args, "check") {
		debug.SetGCPercent(gcPercent)
		if os.Getenv("GOMEMLIMIT") == "" {
			debug.SetMemoryLimit(memoryLimit)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)   // a second signal kills at once
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of writing, and told as one where it is news
	network := collect.Network{Dial: new(net.Dialer).DialContext, Now: time.Now, ResolvConf: "/etc/resolv.conf"}
	hostname, _ := os.Hostname() // empty where the system does not know it
	width, _, _ := term.GetSize(int(os.Stdout.Fd()))
	os.Exit(cli.Run(ctx, cli.System{
		Net: network, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())), ErrTTY: term.IsTerminal(int(os.Stderr.Fd())), Width: width, Hostname: hostname,
	}, os.Args[1:]))
}
