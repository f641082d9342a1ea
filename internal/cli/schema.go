package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"mtasts/internal/render"
)

func newSchema(sys System) *cobra.Command {
	return &cobra.Command{
		Use:     "schema [NAME]",
		Short:   "Print the JSON Schema of what this program writes as JSON",
		GroupID: groupLearn,
		Long: `NAME is results, result, facts, rules, plan, reports or report; without one the
schema takes all of them. It is of draft 2020-12. Fields are added in time and
never renamed, so it takes those too that it does not know. SARIF and GitLab's
code quality have schemas of their own, which are not from here.

Exit code: 0 it is printed, 2 bad usage or a fault on this side.`,
		Example: `  mtasts schema > mtasts.schema.json   # of all JSON that is written
  mtasts schema results                # check, lint and demo with -o json
  mtasts schema result                 # one of those: a line of -o jsonl
  mtasts schema facts                  # the file of --save-facts
  mtasts schema rules                  # rules --json, explain --json
  mtasts schema plan                   # generate --json
  mtasts schema reports                # report -o json
  mtasts schema report                 # one domain of those: a line of -o jsonl`,
		Args:              schemaName,
		ValidArgsFunction: cobra.FixedCompletions(render.Schemas(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			return runSchema(sys, args)
		},
	}
}

// schemaName wants the name of a schema that there is, or none.
func schemaName(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && !slices.Contains(render.Schemas(), args[0]) {
		return fmt.Errorf("%q is no schema%s", args[0], didYouMean(args[0], render.Schemas()))
	}
	return noMoreThan(1)(cmd, args)
}

func runSchema(sys System, args []string) error {
	text := render.Schema()
	if len(args) > 0 {
		var err error
		if text, err = render.SchemaOf(args[0]); err != nil {
			return err
		}
	}
	_, err := io.WriteString(sys.Out, text)
	return err
}
