// Command release makes what is handed out, in dist/: a static binary for each platform, the same bytes
// whoever builds it; archives of them with the manual and the completions; packages for Debian and Red Hat;
// what a container image is made of; and the checksums of it all. It needs Go alone. `make release` runs it:
//
//	go run ./.release                               all of it
//	go run ./.release -quick                        the binaries and their bars; one of them is built twice
//	go run ./.release -quick -twice all             the same, and each of them is built twice
//	go run ./.release -platforms linux/amd64        some platforms
//	go run ./.release -packages=false               no packages, for which nfpm is fetched as a Go module
//
// It stands outside of internal: it is no part of the program, and uses the standard library alone.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// Where things are, from the top of the checkout.
const (
	dist  = "dist"
	notes = ".release"
)

// options are what the command line asks for.
type options struct {
	quick, packages  bool
	platforms, twice []platform
	version          string
	toolchain        string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	src, err := readSource(ctx, ".", o.version)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	fmt.Printf("mtasts %s, commit %s, %s\n", src.version, src.commit, src.stamp())
	t, err := newTool(ctx, o.toolchain, src)
	if err != nil {
		return err
	}
	if err := binaries(ctx, t, o); err != nil || o.quick {
		return err
	}
	if err := documents(ctx, t); err != nil {
		return err
	}
	return handOut(ctx, t, o)
}

// handOut makes of the binaries and documents what is handed out.
func handOut(ctx context.Context, t *tool, o options) error {
	for _, p := range o.platforms {
		if err := archive(t.src, p); err != nil {
			return err
		}
	}
	if o.packages {
		if err := packages(ctx, t, o.platforms); err != nil {
			return fmt.Errorf("packages: %w (PACKAGES=no leaves them out)", err)
		}
	} else {
		fmt.Println("deb, rpm: left out, as asked for")
	}
	if err := image(t.src, o.platforms); err != nil {
		return err
	}
	return sums(dist, filepath.Join(dist, "SHA256SUMS"))
}

// parse reads the command line.
func parse(args []string) (options, error) {
	var o options
	var which, twice string
	f := flag.NewFlagSet("release", flag.ContinueOnError)
	f.BoolVar(&o.quick, "quick", false, "the binaries alone, with their bars")
	f.BoolVar(&o.packages, "packages", true, "deb and rpm packages too")
	f.StringVar(&which, "platforms", "all", "`LIST` of GOOS/GOARCH to build for")
	f.StringVar(&twice, "twice", "linux/amd64", "`LIST` of those that are built twice, to compare")
	f.StringVar(&o.version, "version", os.Getenv("VERSION"), "`VERSION` in place of what the tags of git tell")
	f.StringVar(&o.toolchain, "toolchain", toolchain, "`NAME` of the Go toolchain; others give other bytes, local is what is installed")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.platforms, err = parsePlatforms(which); err != nil {
		return o, err
	}
	o.twice, err = parsePlatforms(twice)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("no use for %q", strings.Join(f.Args(), " "))
	}
	return o, err
}
