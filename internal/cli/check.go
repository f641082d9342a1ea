package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

type checkOptions struct {
	files            []string
	facts, saveFacts string
	failOn           string
	net              networkOptions
	judging          rule.Options
	output           outputOptions
}

func newCheck(ctx context.Context, sys System) *cobra.Command {
	o := &checkOptions{failOn: failOnFail}
	cmd := &cobra.Command{
		Use:     "check DOMAIN... [flags]",
		Short:   "Check domains and their MX hosts, and print what to publish",
		GroupID: groupLook,
		Long: `A DOMAIN may also be an e-mail address or a URL. "-" reads a list from standard
input, one a line, with # before comments. mtasts explain RULE:REASON tells more
of a finding.

The MX hosts are contacted too: EHLO, STARTTLS, EHLO over TLS, QUIT; no mail is
begun. If none of them can be connected to, port 25 is taken to be blocked here,
which is told once. --smtp off leaves them alone; --smtp require tries them all
the same, and does not exit 0 where one could not be tried.

Exit code: 0 nothing at or above --fail-on, 1 findings, 2 bad usage or a fault
on this side, 3 something could not be determined, 130 interrupted.`,
		Example: `  mtasts check example.com
  mtasts check -v example.com example.net
  mtasts check -q --fail-on warn -f domains.txt
  mtasts check --json example.com | jq '.[].protection'
  mtasts check --assume enforce example.com     # could I switch today?
  mtasts check --senders example.com            # who would not read it?
  mtasts check --smtp off example.com           # where port 25 is blocked
  mtasts check --trust-ad example.com           # DANE, by a resolver you trust
  mtasts check --save-facts facts.json example.com
  mtasts check --facts facts.json               # the same, without network`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(ctx, sys, o, cmd.Flags(), args)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringArrayVarP(&o.files, "file", "f", nil, "read domains from `FILE`, one a line; - is standard input")
	o.output.add(fs)
	addFailOn(fs, &o.failOn)
	addJudge(fs, &o.judging)
	o.net.add(fs)
	fs.StringVar(&o.saveFacts, "save-facts", "", "write what was seen to `FILE`, as JSON")
	fs.StringVar(&o.facts, "facts", "", "judge what --save-facts wrote to `FILE`, without network; - is standard input")
	completeFlags(cmd)
	return cmd
}

func runCheck(ctx context.Context, sys System, o *checkOptions, fs *pflag.FlagSet, args []string) error {
	if err := o.check(fs, args); err != nil {
		return err
	}
	s := &session{sys: sys, judging: o.judging, out: o.output.writer(sys), color: o.output.colored(sys, sys.ErrTTY)}
	run := o.live
	if o.facts != "" {
		run = o.replay
	}
	if err := run(ctx, s, args); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return verdict(s.total, o.failOn)
}

// live checks the domains over the network.
func (o *checkOptions) live(ctx context.Context, s *session, args []string) error {
	domains, err := readDomains(ctx, s.sys.In, args, o.files)
	if err != nil {
		return err
	}
	net, err := o.net.apply(s.sys)
	if err != nil {
		return err
	}
	observer, err := net.Open()
	if err != nil {
		return err
	}
	defer observer.Close()
	if o.saveFacts != "" {
		if s.save, err = createFacts(o.saveFacts); err != nil {
			return err
		}
	}
	err = cmp.Or(s.check(ctx, observer, domains), s.close())
	if err == nil && s.told < len(domains) {
		tell(s.sys.Err, fmt.Sprintf("interrupted: %d of %d domains were looked at", s.told, len(domains)))
	}
	return err
}

// replay judges what was saved.
func (o *checkOptions) replay(ctx context.Context, s *session, _ []string) error {
	data, err := readFacts(ctx, s.sys.In, o.facts)
	if err != nil {
		return err
	}
	err = data.each(func(seen *fact.Observation) error {
		if ctx.Err() == nil {
			return s.judge(seen)
		}
		return nil // what was told stays told
	})
	return cmp.Or(err, s.close())
}

// check refuses flags that make no sense together.
func (o *checkOptions) check(fs *pflag.FlagSet, args []string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if err := o.net.check(); err != nil {
		return err
	}
	if err := checkTold(o.judging, o.output); err != nil {
		return err
	}
	return o.checkFacts(fs, args)
}

// checkFacts refuses what a run without network has no use for.
func (o *checkOptions) checkFacts(fs *pflag.FlagSet, args []string) error {
	for _, name := range []string{"facts", "save-facts", "ca-file"} {
		if fs.Changed(name) && fs.Lookup(name).Value.String() == "" {
			return fmt.Errorf("--%s needs the name of a file", name)
		}
	}
	if o.facts == "" {
		return nil
	}
	if len(args) > 0 {
		return fmt.Errorf("--facts judges what was saved: it does not go with the domain %q", args[0])
	}
	useless := append(networkFlags(), "file", "save-facts")
	if i := slices.IndexFunc(useless, fs.Changed); i >= 0 {
		return fmt.Errorf("--facts judges without network: it does not go with --%s", useless[i])
	}
	return nil
}
