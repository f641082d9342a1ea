// Command fleet is the other end of fleet.sh: it makes up a list of mail domains and their zones,
// and plays the policy hosts and the MX hosts of them all.
//
//	fleet generate -n 20000 -o DIR   lists and zone files; what each is for stands in fleet.sh
//	fleet serve -n 20000 -o DIR      policies at port 443, mail at port 25, until it is told to end
//
// A domain is made up from its number alone, so the list of 20,000 is the beginning of that of
// 200,000, and both commands know the same domains without asking each other. Of all domains
//
//	60 % have the MX hosts of five providers, one of which has a name for each customer;
//	10 % publish MTA-STS, most of them with TLSRPT, some at a host of that trade by CNAME;
//	     one in ten of these is broken, in one of the ways in which they are (faults);
//	the others publish none of either, but have a web server and SPF, as domains do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("generate or serve?")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	n := flags.Int("n", 20_000, "how many domains there are")
	dir := flags.String("o", ".", "where files are written")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "generate":
		return generate(*dir, *n)
	case "serve":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return serve(ctx, *dir, *n)
	default:
		return fmt.Errorf("generate or serve, not %q", args[0])
	}
}
