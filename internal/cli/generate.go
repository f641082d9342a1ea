package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/collect"
	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/sts"
)

type generateOptions struct {
	wish                         publish.Wish
	mode, notation, server, part string
	out                          string
	force                        bool
	net                          networkOptions
	output                       outputOptions
}

func newGenerate(ctx context.Context, sys System) *cobra.Command {
	o := &generateOptions{wish: publish.Wish{MaxAge: -1}}
	cmd := &cobra.Command{
		Use:     "generate DOMAIN [flags]",
		Short:   "Print what to publish: policy, DNS records, web server, steps",
		GroupID: groupPublish,
		Long: `It looks at what the domain publishes now, its MX hosts above all, and builds on
that: what is sound stays, and only what is to be added or changed is printed,
with the steps and their dates. Nothing is changed anywhere, and the MX hosts
are not contacted.

MX hosts of known providers get the patterns that these use themselves; all
others are named one by one.

Exit code: 0 it is printed, 2 bad usage, or there is nothing that could be
published, 3 what is published now could not be found out, 130 interrupted.`,
		Example: `  mtasts generate example.com                      # mode testing, to begin with
  mtasts generate example.com --out mta-sts        # the same, as files
  mtasts generate example.com --mode enforce       # two weeks later
  mtasts generate example.com --add-mx mx9.example.net   # before the MX moves
  mtasts generate example.com --mode none          # to take it all back
  mtasts generate example.com --dns route53 --server caddy --host 192.0.2.10
  mtasts generate example.com --part policy > mta-sts.txt
  mtasts generate example.com --mx mx1.example.com,mx2.example.com  # no network`,
		Args:              oneDomain,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runGenerate(ctx, sys, o, cmd.Flags(), args[0])
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	o.addPolicy(fs)
	o.addForms(fs)
	o.addNetwork(fs)
	completeFlag(cmd, "output", shortFormats())
	completeFlags(cmd)
	return cmd
}

// oneDomain wants exactly one argument.
func oneDomain(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("a domain is missing: try mtasts generate example.com")
	case len(args) > 1:
		return fmt.Errorf("generate takes one domain: there is no use for %q", args[1])
	}
	return nil
}

// addPolicy declares the flags about what to publish.
func (o *generateOptions) addPolicy(fs *pflag.FlagSet) {
	fs.Func("mode", "the policy's `MODE`: testing, enforce or none (default testing, or enforce where that is in force)", oneOf(&o.mode, choices()["mode"]))
	fs.Func("max-age", "how long senders keep the policy: `SECONDS`, or as in 7d or 2w (default 2w, in mode none 1d)", span(0, sts.MaxMaxAge, func(n int64) { o.wish.MaxAge = n }))
	fs.Func("mx", "the MX `HOSTS`, with commas between or repeated; nothing is looked up then", addHosts(&o.wish.MX))
	fs.Func("add-mx", "`HOSTS` that the MX records are going to name beside those they name now", addHosts(&o.wish.Coming))
	fs.Func("rua", "`URIS` that TLS-RPT reports go to, with commas between or repeated (default mailto:tlsrpt@DOMAIN, unless there is a sound record)", addReports(&o.wish.RUA))
	fs.Func("host", "where mta-sts.DOMAIN is to lead: `NAME` of a web server, or its addresses with commas between (default as it is, else to the domain itself)", addTarget(&o.wish.Host))
	fs.Func("ttl", "the TTL of new records: `SECONDS`, or as in 1h (default 1h)", span(leastTTL, mostTTL, func(n int64) { o.wish.TTL = uint32(n) }))
}

// addForms declares the flags about how it is written.
func (o *generateOptions) addForms(fs *pflag.FlagSet) {
	fs.Func("dns", "`NOTATION` of the records: bind, route53, cloudflare or terraform (default bind)", oneOf(&o.notation, choices()["dns"]))
	fs.Func("server", "`SERVER` to configure: nginx, caddy, apache or none (default nginx, none where a policy is served already)", oneOf(&o.server, choices()["server"]))
	fs.Func("part", "print this `PART` only, to be piped: records, policy or server", oneOf(&o.part, choices()["part"]))
	fs.StringVar(&o.out, "out", "", "write files into the directory `DIR`")
	fs.BoolVar(&o.force, "force", false, "overwrite files in that directory")
	addSome(fs, o.output.addShort, "output", "json")
}

// addNetwork declares those of the flags about the network that make sense without SMTP.
func (o *generateOptions) addNetwork(fs *pflag.FlagSet) {
	addSome(fs, o.net.add, lookFlags()...)
}

func runGenerate(ctx context.Context, sys System, o *generateOptions, fs *pflag.FlagSet, typed string) error {
	if err := o.check(fs); err != nil {
		return err
	}
	domain, err := parseDomain(typed)
	if err != nil {
		return err
	}
	net, err := o.net.apply(ctx, sys)
	if err != nil {
		return err
	}
	if err := checkTarget(o.wish.Host, net, sts.PolicyHost(domain)); err != nil {
		return err
	}
	var live *publish.Live
	if len(o.wish.MX) == 0 {
		if live, err = lookAt(ctx, sys, net, domain); err != nil {
			return err
		}
	}
	plan, err := publish.Make(o.wished(domain, sys.Net.Now()), live)
	if err != nil {
		return err
	}
	return o.tell(ctx, sys, plan)
}

// wished is the wish with the words of the flags in it.
func (o *generateOptions) wished(domain string, now time.Time) publish.Wish {
	w := o.wish
	w.Domain, w.Now = domain, now
	w.Mode, w.DNS, w.Server = sts.Mode(o.mode), publish.Notation(o.notation), publish.Server(o.server)
	return w
}

// lookAt is what a domain publishes now. What could not be found out is told, and is exit code 3.
func lookAt(ctx context.Context, sys System, net collect.Network, domain string) (*publish.Live, error) {
	net.SMTP = fact.SMTPOff
	observer, err := net.Open()
	if err != nil {
		return nil, err
	}
	defer observer.Close()
	seen := observer.Observe(ctx, domain)
	if ctx.Err() != nil {
		return nil, exitInterrupted
	}
	live, err := publish.Look(seen)
	var unknown *publish.UnknownError
	if errors.As(err, &unknown) {
		tell(sys.Err, oneLine(err))
		return nil, exitUnknown
	}
	return live, err
}

// check refuses flags that make no sense together.
func (o *generateOptions) check(fs *pflag.FlagSet) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if err := o.net.check(); err != nil {
		return err
	}
	switch {
	case fs.Changed("out") && o.out == "":
		return errors.New("--out needs the name of a directory")
	case o.force && o.out == "":
		return errors.New("--force is about the files of --out: it does not go without")
	case o.part != "" && o.out != "":
		return errors.New("--part prints one part: it does not go with --out")
	case o.part != "" && o.output.isJSON():
		return errors.New("--part prints one part: it does not go with JSON, which has them all")
	case o.part == partServer && o.server == string(publish.NoServer):
		return errors.New("--part server and --server none contradict each other")
	}
	return o.checkOffline(fs)
}

// checkOffline refuses what a run without network has no use for.
func (o *generateOptions) checkOffline(fs *pflag.FlagSet) error {
	if len(o.wish.MX) == 0 {
		return nil
	}
	if len(o.wish.Coming) > 0 {
		return errors.New("--add-mx adds to the MX hosts that are found: with --mx name them all there")
	}
	useless := slices.DeleteFunc(lookFlags(), func(name string) bool { return name == "allow-net" || name == "allow-private" })
	if i := slices.IndexFunc(useless, fs.Changed); i >= 0 {
		return fmt.Errorf("with --mx nothing is looked up: it does not go with --%s", useless[i])
	}
	return nil
}
