package cli

import (
	"maps"

	"github.com/spf13/cobra"

	"mtasts/internal/fact"
)

// choices are the words that flags take which take one of a few, by the flag's name.
func choices() map[string][]string {
	return map[string][]string{
		"output":  {formatText, formatJSON},
		"color":   {"auto", "always", "never"},
		"fail-on": {failOnFail, failOnWarn, failOnUnknown, failOnNever},
		"assume":  {"enforce"},
		"smtp":    {smtpAuto, fact.SMTPOff, fact.SMTPRequire},
	}
}

// completeFlags has the shell complete the values of those flags of a command, and rules.
func completeFlags(cmd *cobra.Command) {
	known := choices()
	maps.Copy(known, map[string][]string{"only": ruleIDs(), "skip": ruleIDs()})
	for name, words := range known {
		if cmd.Flags().Lookup(name) != nil {
			f := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
			_ = cmd.RegisterFlagCompletionFunc(name, f) // fails for a flag that there is not, or twice
		}
	}
}
