package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/rule"
)

type checkOptions struct {
	files            []string
	facts, saveFacts string
	failOn           string
	fleet            fleetOptions
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

A list is read and answered as it goes, however long it is; a line that is no
domain is answered with an error. -o jsonl tells each as it is done, with the
number of its line as index; other formats that are asked for keep the order.

The MX hosts are contacted too: EHLO, STARTTLS, EHLO over TLS, QUIT; no mail is
begun. If none of them can be connected to, port 25 is taken to be blocked here,
which is told once, and the others are not waited for long. --smtp off leaves
them alone; --smtp require waits all the same, and does not exit 0 where one
could not be tried.

Exit code: 0 nothing at or above --fail-on, 1 findings, 2 bad usage or a fault
on this side, 3 something could not be determined, 130 interrupted.`,
		Example: `  mtasts check example.com
  mtasts check -v example.com example.net
  mtasts check -q --fail-on warn -f domains.txt
  mtasts check -o github -o sarif=mtasts.sarif -f domains.txt
  mtasts check -f domains.txt --resume results.jsonl   # again after a crash
  mtasts check -f domains.txt --baseline last.jsonl    # what is new or worse
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
	o.fleet.add(fs)
	addJudge(fs, &o.judging)
	o.net.add(fs)
	fs.StringVar(&o.saveFacts, "save-facts", "", "write what was seen to `FILE`, as JSON")
	fs.StringVar(&o.facts, "facts", "", "judge what --save-facts wrote to `FILE`, without network; - is standard input")
	completeFlags(cmd)
	return cmd
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
	if err := o.checkFacts(fs, args); err != nil {
		return err
	}
	return o.checkFiles()
}

// checkFiles refuses files that do not go together.
func (o *checkOptions) checkFiles() error {
	if o.fleet.resume != "" && o.saveFacts != "" {
		return errors.New("--save-facts would lose what the earlier run saved: it does not go with --resume")
	}
	if err := o.checkResume(); err != nil {
		return err
	}
	read := []userFile{{"--baseline", o.fleet.baseline}, {"--facts", o.facts}, {"--ca-file", o.net.caFile}}
	for _, name := range o.files {
		read = append(read, userFile{"--file", name})
	}
	written := append(o.output.written(), userFile{"--save-facts", o.saveFacts})
	if o.fleet.resume != "" && !slices.ContainsFunc(o.output.all(), o.goesOn) {
		written = append(written, userFile{"--resume", o.fleet.resume})
	}
	return checkOverwrites(read, written)
}

// goesOn tells that a form goes on with the file of --resume.
func (o *checkOptions) goesOn(t target) bool {
	return t.format == formatJSONL && sameFile(t.file, o.fleet.resume)
}

// checkResume refuses forms that tell of a run as a whole: they would tell of its rest alone.
func (o *checkOptions) checkResume() error {
	whole := []string{formatSARIF, formatJUnit, formatGitHub, formatGitLab, formatPrometheus, formatNagios}
	for _, t := range o.output.all() {
		if o.fleet.resume != "" && slices.Contains(whole, t.format) {
			return fmt.Errorf("--output %s tells of a whole run: it does not go with --resume", t.format)
		}
	}
	return nil
}

// checkFacts refuses what a run without network has no use for.
func (o *checkOptions) checkFacts(fs *pflag.FlagSet, args []string) error {
	for _, name := range []string{"facts", "save-facts", "ca-file", "resume", "baseline"} {
		if fs.Changed(name) && fs.Lookup(name).Value.String() == "" {
			return fmt.Errorf("--%s needs the name of a file", name)
		}
	}
	for _, name := range []string{"save-facts", "resume", "baseline"} {
		if fs.Lookup(name).Value.String() == stdinName {
			return fmt.Errorf("--%s takes a file: - is none", name)
		}
	}
	if at := slices.Index(o.files, stdinName); at >= 0 && (slices.Contains(o.files[at+1:], stdinName) || slices.Contains(args, stdinName)) {
		return errors.New("standard input is one list: - can be given once")
	}
	if o.facts == "" {
		return nil
	}
	if len(args) > 0 {
		return fmt.Errorf("--facts judges what was saved: it does not go with the domain %q", args[0])
	}
	useless := append(networkFlags(), "file", "save-facts", "resume", "shard", "concurrency", "qps", "sparing")
	if i := slices.IndexFunc(useless, fs.Changed); i >= 0 {
		return fmt.Errorf("--facts judges without network: it does not go with --%s", useless[i])
	}
	return nil
}
