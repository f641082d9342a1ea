package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mtasts/internal/near"
	"mtasts/internal/render"
	"mtasts/internal/rule"
)

func newExplain(sys System) *cobra.Command {
	form := &rulesForm{}
	cmd := &cobra.Command{
		Use:     "explain RULE[:REASON]... [flags]",
		Short:   "Explain a rule: why it matters, what can be wrong, how to mend it",
		GroupID: groupLearn,
		Long: `Of the finding "policy-mode (unknown)" policy-mode is the RULE, and unknown the
REASON; without one all reasons are told. mtasts rules lists the rules. No term
of an RFC is taken for known.`,
		Example: `  mtasts explain sts-record
  mtasts explain policy-mode:unknown
  mtasts explain starttls smtp-certificate
  mtasts explain --json mx-covered | jq -r '.rules[].reasons[].fix.text'
  mtasts explain -o markdown dane`,
		ValidArgsFunction: completeRules,
		RunE:              func(_ *cobra.Command, args []string) error { return runExplain(sys, form, args) },
	}
	cmd.Flags().SortFlags = false
	form.add(cmd.Flags())
	form.complete(cmd)
	completeFlags(cmd)
	return cmd
}

func runExplain(sys System, form *rulesForm, args []string) error {
	if len(args) == 0 {
		return errors.New("no rule given: try mtasts explain sts-record; mtasts rules lists them all")
	}
	all := rule.Explain()
	var list []rule.Explanation
	for i, arg := range args {
		e, err := findRule(all, arg)
		if err != nil && i > 0 {
			err = joined(all, args[i-1], arg, err)
		}
		if err != nil {
			return err
		}
		list = append(list, e)
	}
	return form.write(sys, list, render.Explain, render.ExplainMarkdown)
}

// findRule is the rule of RULE[:REASON], with that reason alone where there is one.
func findRule(all []rule.Explanation, arg string) (rule.Explanation, error) {
	id, reason, narrow := strings.Cut(plainRule(arg), ":")
	i := slices.IndexFunc(all, func(e rule.Explanation) bool { return e.ID == id })
	if i < 0 {
		return rule.Explanation{}, noSuchRule(all, id)
	}
	e := all[i]
	if !narrow {
		return e, nil
	}
	k := slices.IndexFunc(e.Reasons, func(r rule.Explained) bool { return r.Reason == reason })
	if k < 0 {
		return e, fmt.Errorf("%s has no reason %q%s", id, reason, nearestReason(e, reason))
	}
	e.Reasons = e.Reasons[k : k+1]
	return e, nil
}

// plainRule is RULE:REASON of what people copy from results: "RULE (REASON)".
func plainRule(arg string) string {
	id, reason, found := strings.Cut(strings.TrimSpace(arg), " (")
	if reason, closed := strings.CutSuffix(reason, ")"); found && closed {
		return id + ":" + reason
	}
	return strings.TrimSuffix(strings.TrimSpace(arg), ":")
}

// noSuchRule names the nearest rule, or the rules that have such a reason.
func noSuchRule(all []rule.Explanation, id string) error {
	hint := "; mtasts rules lists them"
	if best, ok := near.Nearest(id, ruleIDs()); ok {
		hint = "; did you mean " + best + "?"
	}
	var with []string
	for _, e := range all {
		if slices.ContainsFunc(e.Reasons, func(r rule.Explained) bool { return r.Reason == id }) {
			with = append(with, e.ID+":"+id)
		}
	}
	switch n := len(with); {
	case n == 1:
		hint = "; did you mean " + with[0] + "?"
	case n > 1:
		hint = fmt.Sprintf(", but %d have such a reason; did you mean %s?", n, with[0])
	}
	return fmt.Errorf("no rule is called %q%s", id, hint)
}

// joined is the error of a reason that stands behind its rule as a word of its own.
func joined(all []rule.Explanation, id, reason string, err error) error {
	whole := id + ":" + reason
	if _, wrong := findRule(all, whole); wrong == nil {
		return fmt.Errorf("%q stands behind a colon: mtasts explain %s", reason, whole)
	}
	return err
}

func nearestReason(e rule.Explanation, word string) string {
	var known []string
	for _, r := range e.Reasons {
		known = append(known, r.Reason)
	}
	if hint := didYouMean(word, known); hint != "" {
		return hint
	}
	return "; mtasts explain " + e.ID + " tells them all"
}

// completeRules gives the shell the rules, and behind the colon the reasons, each with what it says.
func completeRules(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	id, _, _ := strings.Cut(typed, ":")
	var list []string
	for _, e := range rule.Explain() {
		if strings.HasPrefix(e.ID, typed) {
			list = append(list, cobra.CompletionWithDesc(e.ID, e.Title))
		}
		for _, r := range e.Reasons {
			if whole := e.ID + ":" + r.Reason; e.ID == id && strings.HasPrefix(whole, typed) {
				list = append(list, cobra.CompletionWithDesc(whole, string(r.Status)+": "+r.Message))
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
