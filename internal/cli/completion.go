package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells are those whose completion there is, with what writes it.
func shells(root *cobra.Command) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        root.GenZshCompletion,
		"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": root.GenPowerShellCompletionWithDesc,
	}
}

func shellNames() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// plainUsages takes the marks of --help out of what flags say, when it is a shell that asks: cobra hands
// the texts on as they are.
func plainUsages(root *cobra.Command, args []string) {
	if len(args) == 0 || args[0] != cobra.ShellCompRequestCmd {
		return
	}
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	}
}

// newCompletion takes the place of cobra's own, which has a command for each shell, and help of another
// kind.
func newCompletion(sys System) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write the shell's completion of commands, flags, values and rules",
		Long: `SHELL is bash, zsh, fish or powershell. That of bash needs the package
bash-completion. A new shell has it.`,
		Example: `  mtasts completion bash > ~/.local/share/bash-completion/completions/mtasts
  mtasts completion zsh > /usr/local/share/zsh/site-functions/_mtasts
  mtasts completion fish > ~/.config/fish/completions/mtasts.fish
  mtasts completion powershell >> $PROFILE
  source <(mtasts completion bash)      # in this shell alone`,
		Args:              oneShell,
		ValidArgsFunction: cobra.FixedCompletions(shellNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return shells(cmd.Root())[args[0]](sys.Out)
		},
	}
}

// oneShell wants the name of a shell that is known.
func oneShell(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("a shell is missing: bash, zsh, fish or powershell")
	}
	if _, known := shells(cmd.Root())[args[0]]; !known {
		return fmt.Errorf("%q is no shell that can be completed%s", args[0], didYouMean(args[0], shellNames()))
	}
	return noMoreThan(1)(cmd, args)
}
