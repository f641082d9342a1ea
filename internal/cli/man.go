package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/render"
)

func newMan(sys System) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "man [COMMAND] [flags]",
		Short: "Write the manual: one page for mtasts, and one for each command",
		Long: `Without --dir one page goes to standard output, that of mtasts or of the
COMMAND. The pages are made from the same texts as --help.`,
		Example: `  mtasts man --dir ~/.local/share/man/man1
  mtasts man check | man -l -`,
		Args:              noMoreThan(1),
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("dir") {
				return runManDir(cmd.Root(), sys, dir, args)
			}
			return runMan(cmd.Root(), sys, args)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write every page to `DIR`: mtasts.1, mtasts-check.1 and so on")
	_ = cmd.MarkFlagDirname("dir") // for the shell; fails for a flag that there is not
	return cmd
}

func runManDir(root *cobra.Command, sys System, dir string, args []string) error {
	switch {
	case dir == "":
		return errors.New("--dir needs the name of a directory")
	case len(args) > 0:
		return fmt.Errorf("--dir takes every page: it does not go with %q", args[0])
	}
	return writePages(root, sys, dir)
}

func runMan(root *cobra.Command, sys System, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return unknownCommand(root, firstWord(append(rest, args...)))
	}
	return render.ManPage(sys.Out, page(cmd, sys))
}

// documented are the commands that have a page: the program itself, then the others.
func documented(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c)
		}
	}
	return list
}

func writePages(root *cobra.Command, sys System, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a manual is there for everybody
		return fmt.Errorf("--dir: %w", err)
	}
	for _, cmd := range documented(root) {
		if err := writePage(filepath.Join(dir, pageName(cmd)+".1"), page(cmd, sys)); err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
	}
	return nil
}

func writePage(name string, m render.Manual) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return cmp.Or(render.ManPage(f, m), f.Close())
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page is what the tree says of a command.
func page(cmd *cobra.Command, sys System) render.Manual {
	cmd.InitDefaultHelpFlag() // as if it had been run
	m := render.Manual{
		Name: pageName(cmd), Source: "mtasts " + sys.Version, Date: thisBuild().day(), Synopsis: cmd.UseLine(),
		Short: strings.ToLower(cmd.Short[:1]) + cmd.Short[1:], Exit: usualExits(),
		Examples: exampleEntries(cmd.Example),
	}
	m.Description = []string{cmd.Short + "."}
	for paragraph := range strings.SplitSeq(cmd.Long, "\n\n") {
		if codes, ok := strings.CutPrefix(paragraph, exitLabel); ok {
			m.Exit = exitEntries(codes)
		} else if paragraph != "" {
			m.Description = append(m.Description, paragraph)
		}
	}
	for _, c := range documented(cmd)[1:] {
		m.Commands = append(m.Commands, entry(c.Name(), c.Short+"; see "+pageName(c)+"(1)."))
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { m.Options = append(m.Options, optionEntry(f)) })
	if cmd.Flags().Lookup("color") != nil {
		m.Environment = colorEntries()
	}
	m.SeeAlso = relatives(cmd)
	return m
}

func entry(term, text string) render.Entry { return render.Entry{Terms: []string{term}, Text: text} }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func optionEntry(f *pflag.Flag) render.Entry {
	value, usage := pflag.UnquoteUsage(f)
	e := entry("--"+f.Name, capital(usage)+".")
	if f.Shorthand != "" {
		e.Terms = []string{"-" + f.Shorthand, "--" + f.Name}
	}
	if f.Value.Type() != "bool" {
		e.Value = value
	}
	return e
}

// exampleEntries are the lines of examples, each with its comment.
func exampleEntries(text string) []render.Entry {
	var list []render.Entry
	for l := range strings.SplitSeq(text, "\n") {
		command, comment, _ := strings.Cut(l, " # ")
		list = append(list, entry(strings.TrimSpace(command), strings.TrimSpace(comment)))
	}
	return list
}

// exitLabel begins the paragraph of a command's help that tells its exit codes.
const exitLabel = "Exit code: "

// exitEntries takes apart "0 this, 1 that".
func exitEntries(text string) []render.Entry {
	text = strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
	starts := regexp.MustCompile(`(?:^|, )(\d+) `).FindAllStringSubmatchIndex(text, -1)
	var list []render.Entry
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		list = append(list, entry(text[at[2]:at[3]], capital(text[at[1]:end])+"."))
	}
	return list
}

// usualExits are the codes of commands that say nothing of theirs.
func usualExits() []render.Entry {
	return []render.Entry{
		entry("0", "It is done."),
		entry("2", "Bad usage, or a fault on this side: one line on standard error."),
	}
}

func colorEntries() []render.Entry {
	return []render.Entry{
		entry("NO_COLOR", "Set to anything, it switches colour off."),
		entry("CLICOLOR_FORCE", "Set to anything but 0, it switches colour on, also where the output is no terminal."),
		entry("CLICOLOR", "0 switches colour off."),
		entry("TERM", "dumb switches colour off. The flag --color wins over all of these."),
	}
}

// relatives are the other pages, and what they speak of.
func relatives(cmd *cobra.Command) []string {
	var list []string
	for _, c := range documented(cmd.Root()) {
		if c != cmd {
			list = append(list, pageName(c)+"(1)")
		}
	}
	slices.Sort(list)
	return append(list, "RFC 8461 (MTA-STS)", "RFC 8460 (TLS-RPT)", "RFC 7672 (DANE for SMTP)")
}

// completeCommands gives the shell the commands that have a page.
func completeCommands(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var list []string
	for _, c := range documented(cmd.Root())[1:] {
		if len(args) == 0 {
			list = append(list, cobra.CompletionWithDesc(c.Name(), c.Short))
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
