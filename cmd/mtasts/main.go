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

	"mtasts/internal/cli"
	"mtasts/internal/collect"
	"mtasts/internal/platform"
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
	network := collect.Network{
		Dial: new(net.Dialer).DialContext, Now: time.Now,
		ResolvConf: platform.ResolvConf, Nameservers: platform.Nameservers,
	}
	hostname, _ := os.Hostname() // empty where the system does not know it
	outTTY, width := platform.Terminal(os.Stdout)
	errTTY, _ := platform.Terminal(os.Stderr)
	os.Exit(cli.Run(ctx, cli.System{
		Net: network, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		OutTTY: outTTY, ErrTTY: errTTY, Width: width, Hostname: hostname,
	}, os.Args[1:]))
}
