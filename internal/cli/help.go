package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The columns of a help text.
const (
	helpWidth   = 80
	flagColumn  = 26 // where the text of a flag begins
	helpCommand = "  %-11s %s\n"
)

// newHelp is `mtasts help COMMAND`. Unlike cobra's it fails on an unknown command.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Tell how to use a command",
		Example: "  mtasts help check",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, firstWord(append(rest, args...)))
			}
			cmd.InitDefaultHelpFlag() // as if it had been run
			return cmd.Help()
		},
	}
}

// help prints what a command does: examples first.
func help(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s.\n", strings.TrimSuffix(cmd.Short, "."))
	if cmd.Long != "" {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(cmd.Long))
	}
	if cmd.HasExample() {
		fmt.Fprintf(out, "\nExamples:\n%s\n", cmd.Example)
	}
	fmt.Fprintf(out, "\nUsage:\n  %s\n", cmd.UseLine())
	helpCommands(out, cmd)
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprint(out, "\nFlags:\n")
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { fmt.Fprint(out, flagHelp(f)) })
	}
}

func helpCommands(out io.Writer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	fmt.Fprint(out, "\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			fmt.Fprintf(out, helpCommand, c.Name(), c.Short)
		}
	}
}

// flagHelp is the lines about one flag: its names, what it takes, what it does.
func flagHelp(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	names := "      --" + f.Name
	if f.Shorthand != "" {
		names = "  -" + f.Shorthand + ", --" + f.Name
	}
	if f.Value.Type() != "bool" {
		names += " " + value
	}
	return hang(names, strings.Fields(usage))
}

// hang sets words in the column of texts, beside the head where that leaves room, else below it.
func hang(head string, words []string) string {
	var b strings.Builder
	line := head
	if len(line) > flagColumn-2 {
		b.WriteString(line + "\n")
		line = ""
	}
	line += strings.Repeat(" ", flagColumn-1-len(line))
	for _, w := range words {
		if len(line)+1+len(w) > helpWidth {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", flagColumn-1)
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}
