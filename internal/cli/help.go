package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The columns of a help text.
const (
	helpWidth  = 80
	flagColumn = 26 // where the text of a flag begins

	commandColumn = 14 // and of a command
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

// helpKeeping prints what a command does. Cobra lets a help fail with no error: what went wrong is kept.
func helpKeeping(wrong *error) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, _ []string) { _, *wrong = io.WriteString(cmd.OutOrStdout(), helpText(cmd)) }
}

// helpText has the examples first: they are what most look for.
func helpText(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString(wrap(strings.Fields(cmd.Short + ".")))
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + cmd.Example + "\n")
	}
	b.WriteString("\nUsage:\n  " + cmd.UseLine() + "\n")
	if cmd.Long != "" {
		b.WriteString("\n" + strings.TrimSpace(cmd.Long) + "\n")
	}
	b.WriteString(commandsHelp(cmd))
	if cmd.HasAvailableLocalFlags() {
		b.WriteString("\nFlags:\n")
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { b.WriteString(flagHelp(f)) })
	}
	return b.String()
}

// commandsHelp is the commands below a command, by group.
func commandsHelp(cmd *cobra.Command) string {
	var b strings.Builder
	for _, g := range append(cmd.Groups(), &cobra.Group{Title: "More:"}) {
		title := "\n" + g.Title + "\n"
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() && c.GroupID == g.ID {
				b.WriteString(title + hangAt(commandColumn, "  "+c.Name(), strings.Fields(c.Short)))
				title = ""
			}
		}
	}
	return b.String()
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
func hang(head string, words []string) string { return hangAt(flagColumn, head, words) }

func hangAt(column int, head string, words []string) string {
	var b strings.Builder
	line := head
	if len(line) > column-2 {
		b.WriteString(line + "\n")
		line = ""
	}
	line += strings.Repeat(" ", column-1-len(line))
	for _, w := range words {
		if len(line)+1+len(w) > helpWidth {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", column-1)
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}

// wrap sets words as a paragraph.
func wrap(words []string) string {
	var b strings.Builder
	column := 0
	for _, w := range words {
		switch {
		case column == 0:
		case column+1+len(w) > helpWidth:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String() + "\n"
}
