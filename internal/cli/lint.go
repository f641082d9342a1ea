package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/fact"
	"mtasts/internal/lint"
	"mtasts/internal/render"
	"mtasts/internal/rule"
)

type lintOptions struct {
	records, reports []string
	mx               []string
	zone, domain     string
	live             bool
	failOn           string
	net              networkOptions
	judging          rule.Options
	output           outputOptions
}

func newLint(ctx context.Context, sys System) *cobra.Command {
	o := &lintOptions{failOn: failOnFail}
	cmd := &cobra.Command{
		Use:     "lint [POLICY-FILE] [flags]",
		GroupID: groupPublish,
		Short:   "Judge a policy file, records or a zone file before they are published",
		Long: `Judges what it is given by the rules of mtasts check, without network, and keeps
silent about the rest. "-" reads the policy from standard input. Findings name
file, line and column.

--against-live alone uses the network: it compares with what is published, and
tells of a policy that changed without a new id, and of MX hosts that senders
refuse as long as they hold the policy of today.

Exit code: 0 nothing at or above --fail-on, 1 findings, 2 bad usage or a fault
on this side, 3 something could not be determined, 130 interrupted.`,
		Example: `  mtasts lint mta-sts.txt
  mtasts lint mta-sts.txt --mx mx1.example.com,mx2.example.com
  mtasts lint --record 'v=STSv1; id=20260131T120000'
  mtasts lint --tlsrpt 'v=TLSRPTv1; rua=mailto:tls@example.com'
  mtasts lint mta-sts.txt --zone db.example.com      # records, MX and policy
  mtasts lint mta-sts.txt --zone db.example.com --against-live
  mtasts lint --assume enforce mta-sts.txt --zone db.example.com
  mtasts lint --senders mta-sts.txt                  # who would not read it?
  mtasts lint -o json mta-sts.txt | jq '.[].findings[].location'`,
		Args: noMoreThan(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runLint(ctx, sys, o, cmd.Flags(), args)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	o.add(fs)
	completeFlags(cmd)
	return cmd
}

func (o *lintOptions) add(fs *pflag.FlagSet) {
	fs.StringArrayVar(&o.records, "record", nil, "`TEXT` of a TXT record at _mta-sts, its strings joined; repeatable, for each record there")
	fs.StringArrayVar(&o.reports, "tlsrpt", nil, "`TEXT` of a TXT record at _smtp._tls, likewise")
	fs.Func("mx", "the MX `HOSTS`, with commas between or repeated", addMX(&o.mx))
	fs.StringVar(&o.zone, "zone", "", "zone `FILE` (BIND) with both records and the MX; - is standard input")
	fs.Func("domain", "`NAME` of the domain (default that of the zone's SOA record)", func(s string) (err error) {
		o.domain, err = domainName(reduce(s))
		return err
	})
	fs.BoolVar(&o.live, "against-live", false, "compare with what the domain publishes now")
	o.output.add(fs)
	addFailOn(fs, &o.failOn)
	addSome(fs, func(all *pflag.FlagSet) { addJudge(all, &o.judging) }, "only", "skip", "senders", "assume")
	addSome(fs, o.net.add, lookFlags()...)
}

// addMX is the setter of --mx. What is no host name is for the rules to tell.
func addMX(at *[]string) func(string) error {
	return func(s string) error {
		for _, typed := range strings.Split(s, ",") {
			typed = strings.TrimSuffix(strings.TrimSpace(typed), ".")
			if typed == "" {
				return errors.New("a host name is missing")
			}
			if name, err := toASCII(typed); err == nil {
				typed = name
			}
			*at = append(*at, typed)
		}
		return nil
	}
}

func runLint(ctx context.Context, sys System, o *lintOptions, fs *pflag.FlagSet, args []string) error {
	if err := o.check(fs, args); err != nil {
		return err
	}
	in, err := o.input(ctx, sys, args)
	if err != nil {
		return err
	}
	if o.live && in.Domain == "" {
		return errors.New("--against-live needs the domain: give --domain NAME")
	}
	s := &session{sys: sys, judging: o.judging}
	if o.live {
		if s.judging.Before, err = o.look(ctx, s, in.Domain); err != nil {
			return err
		}
	}
	if s.out, err = o.output.open(ctx, sys, about(sys, o.failOn, o.judging), o.output.all(), nil, false); err != nil {
		return err
	}
	if err := s.close(s.tell(s.observed(line{index: 1}, in.Observe())), ctx.Err() != nil); err != nil {
		return err
	}
	return s.verdict(ctx, &o.output, o.failOn)
}

// look is what the domain publishes now. The MX hosts are left alone: what they say is not compared.
func (o *lintOptions) look(ctx context.Context, s *session, domain string) (*fact.Observation, error) {
	o.net.smtp = fact.SMTPOff
	observer, err := o.net.open(ctx, s.sys)
	if err != nil {
		return nil, err
	}
	defer observer.Close()
	if s.sys.ErrTTY {
		p := render.StartProgress(s.sys.Err, func() string { return "looking at " + domain }, o.output.colored(s.sys, s.sys.ErrTTY))
		defer p.Stop()
	}
	return observer.Observe(ctx, domain), nil
}

// check refuses flags that make no sense, alone or together.
func (o *lintOptions) check(fs *pflag.FlagSet, args []string) error {
	if err := cmp.Or(o.output.check(), o.net.check(), checkTold(o.judging, o.output)); err != nil {
		return err
	}
	for _, name := range []string{"zone", "ca-file"} {
		if fs.Changed(name) && fs.Lookup(name).Value.String() == "" {
			return fmt.Errorf("--%s needs the name of a file", name)
		}
	}
	if slices.Contains(append(slices.Clone(o.records), o.reports...), "") {
		return errors.New("--record and --tlsrpt take the text of a TXT record, and there is none")
	}
	if i := slices.IndexFunc(lookFlags(), fs.Changed); i >= 0 && !o.live {
		return fmt.Errorf("without --against-live nothing is looked up: --%s is of no use", lookFlags()[i])
	}
	read := []userFile{{"--zone", o.zone}, {"--ca-file", o.net.caFile}}
	for _, name := range args {
		read = append(read, userFile{"the policy", name})
	}
	return cmp.Or(o.checkGiven(fs, args), checkOverwrites(read, o.output.written()))
}

// checkGiven refuses to judge nothing, and what is given twice.
func (o *lintOptions) checkGiven(fs *pflag.FlagSet, args []string) error {
	flags := []string{lint.RecordFlag, lint.TLSRPTFlag, lint.MXFlag}
	changed := func(flag string) bool { return fs.Changed(strings.TrimPrefix(flag, "--")) }
	i := slices.IndexFunc(flags, changed)
	switch {
	case len(args) == 0 && i < 0 && o.zone == "":
		return errors.New("there is nothing to judge: give a policy file, --record, --tlsrpt, --mx or --zone")
	case i >= 0 && o.zone != "":
		return fmt.Errorf("%s and --zone contradict each other: the zone has its own", flags[i])
	case len(args) > 0 && args[0] == stdinName && o.zone == stdinName:
		return errors.New("standard input is one file: - cannot be the policy and the zone")
	case len(args) > 0 && args[0] == "":
		return errors.New("the name of the policy file is empty")
	}
	return nil
}
