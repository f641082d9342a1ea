package cli

import (
	"maps"

	"github.com/spf13/cobra"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/sts"
)

// choices are the words that flags take which take one of a few, by the flag's name.
func choices() map[string][]string {
	return map[string][]string{
		"output":  resultFormats(),
		"color":   {"auto", "always", "never"},
		"fail-on": {failOnFail, failOnWarn, failOnUnknown, failOnNever},
		"assume":  {"enforce"},
		"smtp":    {smtpAuto, fact.SMTPOff, fact.SMTPRequire},
		"mode":    {string(sts.Testing), string(sts.Enforce), string(sts.None)},
		"dns":     plainWords(publish.Notations()),
		"server":  plainWords(publish.Servers()),
		"part":    {partRecords, partPolicy, partServer},
	}
}

func plainWords[T ~string](list []T) []string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return words
}

// completeFlags has the shell complete the values of those flags of a command, and rules.
func completeFlags(cmd *cobra.Command) {
	known := choices()
	maps.Copy(known, map[string][]string{"only": ruleIDs(), "skip": ruleIDs()})
	for name, words := range known {
		if cmd.Flags().Lookup(name) != nil {
			completeFlag(cmd, name, words)
		}
	}
}

// completeFlag has the shell complete the values of one flag, unless it does already.
func completeFlag(cmd *cobra.Command, name string, words []string) {
	f := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	_ = cmd.RegisterFlagCompletionFunc(name, f) // fails for a flag that there is not, or twice
}
