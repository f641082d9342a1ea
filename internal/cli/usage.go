package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/near"
)

// didYouMean is the end of a message about a word that is none of those known: the nearest of
// them, or all while they are few.
func didYouMean(word string, known []string) string {
	if best, ok := near.Nearest(word, known); ok {
		return "; did you mean " + best + "?"
	}
	if len(known) > 8 {
		return ""
	}
	return "; it is one of " + strings.Join(known, ", ")
}

// flagError turns what pflag says into a line of this program.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &valueless):
		what, _ := pflag.UnquoteUsage(valueless.GetFlag())
		return fmt.Errorf("--%s needs a value: --%[1]s %s", valueless.GetFlag().Name, what)
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), errors.Unwrap(invalid))
	}
	return err
}

func unknownFlag(cmd *cobra.Command, err *pflag.NotExistError) error {
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	name := "--" + err.GetSpecifiedName()
	hint := "; see mtasts " + cmd.Name() + " --help"
	if short := err.GetSpecifiedShortnames(); short != "" {
		// -json for --json
		name, known = "-"+short, slices.DeleteFunc(known, func(k string) bool { return k != "--"+short })
		if len(known) == 1 {
			hint = "; did you mean " + known[0] + "?"
		}
		return fmt.Errorf("%q is no flag of %s%s", name, cmd.Name(), hint)
	}
	if best, ok := near.Nearest(name, known); ok {
		hint = "; did you mean " + best + "?"
	}
	return fmt.Errorf("%q is no flag of %s%s", name, cmd.Name(), hint)
}

// oneOf is the setter of a flag that takes one of a few words.
func oneOf(at *string, known []string) func(string) error {
	return func(s string) error {
		if !slices.Contains(known, s) {
			return errors.New("no such value" + cmp.Or(didYouMean(s, known), "; it is one of "+strings.Join(known, ", ")))
		}
		*at = s
		return nil
	}
}

// addSome declares the flags of those names, of all that add declares.
func addSome(fs *pflag.FlagSet, add func(*pflag.FlagSet), names ...string) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	add(all)
	for _, name := range names {
		fs.AddFlag(all.Lookup(name))
	}
}

// noMoreThan refuses arguments beyond n, and says that the command has no use for them.
func noMoreThan(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return fmt.Errorf("%s has no use for %q", cmd.Name(), args[n])
	}
}
