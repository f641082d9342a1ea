package cli

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"mtasts/internal/near"
	"mtasts/internal/rule"
)

// mostExpiryDays is what --expiry-days takes at most: ten years.
const mostExpiryDays = 3650

// addJudge declares the flags that say which rules to hear and how to judge.
func addJudge(fs *pflag.FlagSet, o *rule.Options) {
	fs.Func("only", "tell and count these rules only: ids or `GLOBS` such as policy-*, with commas between; repeatable", addGlobs(&o.Only))
	fs.Func("skip", "leave out these rules: ids or `GLOBS`; repeatable", addGlobs(&o.Skip))
	fs.Func("expiry-days", fmt.Sprintf("warn of certificates that end within `N` days (default %d)", rule.DefaultExpiryDays), func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > mostExpiryDays {
			return fmt.Errorf("it must be a number of days from 1 to %d", mostExpiryDays)
		}
		o.ExpiryDays = n
		return nil
	})
	fs.BoolVar(&o.Senders, "senders", false, "tell too what each sender known by name makes of the policy (in JSON: senders)")
	fs.Func("assume", "judge as if the policy's mode were `MODE`; the one there is: enforce", oneOf(&o.Assume, choices()["assume"]))
}

// addGlobs is the setter of a flag that takes globs of rule ids.
func addGlobs(at *[]string) func(string) error {
	return func(s string) error {
		for _, glob := range strings.Split(s, ",") {
			glob = strings.TrimSpace(glob)
			if err := checkGlob(glob); err != nil {
				return err
			}
			*at = append(*at, glob)
		}
		return nil
	}
}

func checkGlob(glob string) error {
	ids := ruleIDs()
	if _, err := path.Match(glob, ""); err != nil {
		return fmt.Errorf("%q is no pattern: %w", glob, err)
	}
	if slices.ContainsFunc(ids, rule.Options{Only: []string{glob}}.Selects) {
		return nil
	}
	hint := ""
	if best, ok := near.Nearest(strings.Trim(glob, "*"), ids); ok {
		hint = "; did you mean " + best + "?"
	}
	return fmt.Errorf("no rule is called %q%s", glob, hint)
}

// checkTold refuses a choice of what to tell that the form has no room for.
func checkTold(o rule.Options, out outputOptions) error {
	if o.Senders && out.quiet {
		return errors.New("--senders and --quiet contradict each other")
	}
	return checkSelection(o)
}

// checkSelection refuses a choice of rules that leaves none.
func checkSelection(o rule.Options) error {
	if !slices.ContainsFunc(ruleIDs(), o.Selects) {
		return errors.New("--only and --skip leave no rule to judge by")
	}
	return nil
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rule.Catalogue() {
		ids = append(ids, r.ID)
	}
	return ids
}
