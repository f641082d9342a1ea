package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot is the command tree over one system. args are the whole arguments: an error about
// them tells the first word that is no flag.
func newRoot(ctx context.Context, sys System, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "mtasts COMMAND",
		Short: "Check a mail domain's MTA-STS, TLS-RPT and MX hosts, and print what to publish instead",
		Example: `  mtasts check example.com         # what is wrong, and what to publish instead
  mtasts check -q -f domains.txt   # one line a domain
  mtasts generate example.com      # what to publish, and in which order
  mtasts lint mta-sts.txt          # is it right? before it is published
  mtasts report ~/Maildir          # what senders reported; may I go to enforce?
  mtasts explain sts-record        # what a finding means
  mtasts demo                      # the check at work, without network`,
		Long: `mtasts COMMAND --help tells more of a command, mtasts man writes manual pages.

Exit code: 0 all is well, 1 findings, 2 bad usage or a fault on this side, 3
something could not be determined, 130 interrupted.`,
		Args:          cobra.ArbitraryArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runRoot(cmd, sys, args) },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	// Cobra's own flag would take -v, and its templates would have the linker keep every method of every type.
	root.Flags().Bool("version", false, "print the version")
	root.SetArgs(append([]string{}, args...)) // never nil, for which cobra would take those of the process
	root.SetIn(sys.In)
	root.SetOut(sys.Out)
	root.SetErr(sys.Err)
	root.SetHelpCommand(newHelp(root))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if cmd == root {
			return noCommand(cmd, args)
		}
		return flagError(cmd, err)
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(groups()...)
	root.AddCommand(newCheck(ctx, sys), newReport(ctx, sys), newLint(ctx, sys), newGenerate(ctx, sys), newDemo(ctx, sys), newVersion(sys))
	root.AddCommand(newExplain(sys), newRules(sys), newSchema(sys), newCompletion(sys), newMan(sys))
	plainUsages(root, args)
	return root
}

// The groups in which help lists the commands.
const (
	groupLook    = "look"
	groupPublish = "publish"
	groupLearn   = "learn"
)

// groups are in the order of help; what is of none of them comes last.
func groups() []*cobra.Group {
	return []*cobra.Group{
		{ID: groupLook, Title: "Look at domains:"},
		{ID: groupPublish, Title: "Before you publish:"},
		{ID: groupLearn, Title: "Understand:"},
	}
}

// runRoot is mtasts without a command.
func runRoot(root *cobra.Command, sys System, args []string) error {
	if version, _ := root.Flags().GetBool("version"); version {
		return printVersion(sys)
	}
	return noCommand(root, args)
}

// noCommand says what is wrong with arguments that do not begin with a command.
func noCommand(root *cobra.Command, args []string) error {
	for _, a := range args {
		if isCommand(root, a) {
			return fmt.Errorf("flags stand behind the command: mtasts %s", a)
		}
	}
	word := firstWord(args)
	if word == "" {
		return errors.New("a command is missing: try mtasts check example.com, or mtasts --help")
	}
	return unknownCommand(root, word)
}

func isCommand(root *cobra.Command, word string) bool {
	return slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == word })
}

func firstWord(args []string) string {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

func unknownCommand(root *cobra.Command, word string) error {
	var known []string
	for _, c := range root.Commands() {
		known = append(known, c.Name())
	}
	if domain, err := parseDomain(word); err == nil && strings.Contains(domain, ".") {
		return fmt.Errorf("%q is no command; did you mean mtasts check %s?", word, domain)
	}
	hint := didYouMean(word, known)
	if hint == "" {
		hint = "; mtasts --help lists them"
	}
	return fmt.Errorf("%q is no command%s", word, hint)
}
