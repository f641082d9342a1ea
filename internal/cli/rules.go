package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

type rulesOptions struct {
	group string
	form  rulesForm
}

func newRules(sys System) *cobra.Command {
	o := &rulesOptions{}
	cmd := &cobra.Command{
		Use:     "rules [flags]",
		Short:   "List every rule, and what it asks",
		GroupID: groupLearn,
		Long: `The ids are what findings name, and what --only and --skip of mtasts check take.
Markdown is the table of the README.`,
		Example: `  mtasts rules
  mtasts rules --group mx
  mtasts rules --json | jq -r '.rules[].id'
  mtasts rules -o markdown`,
		Args:              noMoreThan(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return runRules(sys, o) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.Func("group", "only the rules of this `GROUP`: record, host, policy, mx, smtp or tlsrpt", oneOf(&o.group, groupIDs()))
	o.form.add(fs)
	completeFlag(cmd, "group", groupIDs())
	o.form.complete(cmd)
	completeFlags(cmd)
	return cmd
}

func runRules(sys System, o *rulesOptions) error {
	list := slices.DeleteFunc(rule.Explain(), func(e rule.Explanation) bool { return o.group != "" && e.Group != o.group })
	return o.form.write(sys, list, render.Rules, render.RulesMarkdown)
}

func groupIDs() []string {
	var ids []string
	for _, g := range rule.Groups() {
		ids = append(ids, g.ID)
	}
	return ids
}

// rulesForm is the form in which rules are told.
type rulesForm struct {
	format string
	json   bool
	color  string
}

func rulesFormats() []string { return []string{formatText, formatJSON, formatMarkdown} }

func (o *rulesForm) add(fs *pflag.FlagSet) {
	fs.FuncP("output", "o", "`FORMAT`: text, json or markdown (default text)", oneOf(&o.format, rulesFormats()))
	fs.BoolVar(&o.json, "json", false, "the same as -o json")
	addColor(fs, &o.color)
}

// complete has the shell complete the formats.
func (o *rulesForm) complete(cmd *cobra.Command) { completeFlag(cmd, "output", rulesFormats()) }

// write tells the rules in the form that was asked for.
func (o *rulesForm) write(sys System, list []rule.Explanation, text textWriter, markdown markdownWriter) error {
	switch {
	case o.json && o.format != "" && o.format != formatJSON:
		return fmt.Errorf("--json and --output %s contradict each other", o.format)
	case o.json || o.format == formatJSON:
		return render.ExplainJSON(sys.Out, list)
	case o.format == formatMarkdown:
		return markdown(sys.Out, list)
	}
	style := render.Style{Color: render.WantColor(o.color, sys.OutTTY, sys.Getenv), Width: sys.Width}
	return text(sys.Out, style, list)
}

type (
	textWriter     func(io.Writer, render.Style, []rule.Explanation) error
	markdownWriter func(io.Writer, []rule.Explanation) error
)
