package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"mtasts/internal/collect"
	"mtasts/internal/lab"
	"mtasts/internal/rule"
	"mtasts/internal/scan"
)

type demoOptions struct {
	list   bool
	output outputOptions
}

func newDemo(ctx context.Context, sys System) *cobra.Command {
	o := &demoOptions{}
	cmd := &cobra.Command{
		Use:     "demo [NAME] [flags]",
		Short:   "Show the check at work on a broken domain, then on its repair",
		GroupID: groupLearn,
		Long: `The domain lives in a small internet inside of this program: nothing leaves the
machine. The check is the one that mtasts check makes.`,
		Example: `  mtasts demo
  mtasts demo --list`,
		Args:              noMoreThan(1),
		ValidArgsFunction: cobra.FixedCompletions(sceneNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE:              func(_ *cobra.Command, args []string) error { return runDemo(ctx, sys, o, args) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.BoolVar(&o.list, "list", false, "list the scenes")
	o.output.addShort(fs)
	completeFlag(cmd, "output", shortFormats())
	completeFlags(cmd)
	return cmd
}

func runDemo(ctx context.Context, sys System, o *demoOptions, args []string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.list {
		return listScenes(sys, args)
	}
	scene, err := findScene(args)
	if err != nil {
		return err
	}
	d := demo{sys: sys, output: o.output, domain: scene.Domain}
	if err := d.begin(ctx); err != nil {
		return err
	}
	err = d.act(ctx, "Broken: "+scene.Title, scene.Broken, true)
	if err == nil && !o.output.isJSON() {
		err = d.begin(ctx)
	}
	if err == nil {
		err = d.act(ctx, "Repaired: the same domain, put right", scene.Fixed, false)
	}
	if o.output.isJSON() {
		err = cmp.Or(err, d.out.close(false))
	}
	return err
}

func listScenes(sys System, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("--list lists all scenes: it does not go with %q", args[0])
	}
	for _, s := range lab.Scenes() {
		if _, err := fmt.Fprintf(sys.Out, "%-20s %s\n", s.Name, s.Title); err != nil {
			return err
		}
	}
	return nil
}

// findScene is the scene of that name, the first one without a name.
func findScene(args []string) (lab.Demo, error) {
	scenes := lab.Scenes()
	if len(args) == 0 {
		return scenes[0], nil
	}
	for _, s := range scenes {
		if s.Name == args[0] {
			return s, nil
		}
	}
	hint := didYouMean(args[0], sceneNames())
	if hint == "" {
		hint = "; see mtasts demo --list"
	}
	return lab.Demo{}, fmt.Errorf("%q is no scene%s", args[0], hint)
}

func sceneNames() []string {
	var names []string
	for _, s := range lab.Scenes() {
		names = append(names, s.Name)
	}
	return names
}

// demo is one scene being shown.
type demo struct {
	sys    System
	output outputOptions
	out    *outputs // of all acts; in text each has its own
	domain string
	acts   int
}

// act checks the domain in the lab that the script describes, and holds the outcome against what
// the scene is to show.
func (d *demo) act(ctx context.Context, heading, script string, broken bool) error {
	observer, end, err := openLab(d.sys.Net, script)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer end()
	if !d.output.isJSON() {
		if err := d.heading(heading); err != nil {
			return err
		}
	}
	list, err := openList(ctx, nil, []string{d.domain}, nil)
	if err != nil {
		return err
	}
	s := &session{sys: d.sys, out: d.out}
	if err := s.check(ctx, observer, scan.Plan{}, list.all, s.watching(list, &d.output)); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if found := verdict(s.total, failOnUnknown) != exitGood; found != broken {
		return errors.New("demo: the check did not find what the scene shows")
	}
	return nil
}

// begin opens the output.
func (d *demo) begin(ctx context.Context) (err error) {
	d.out, err = d.output.open(ctx, d.sys, about(d.sys, failOnFail, rule.Options{}), d.output.all(), nil, false)
	return err
}

// heading announces an act.
func (d *demo) heading(text string) error {
	d.acts++
	before := ""
	if d.acts > 1 && !d.output.quiet {
		before = "\n"
	}
	_, err := fmt.Fprintf(d.sys.Out, "%s# %s\n", before, text)
	return err
}

// openLab starts a lab and looks into it with the means of n; end ends both.
func openLab(n collect.Network, script string) (o *collect.Observer, end func(), err error) {
	scene, err := lab.Parse(script)
	if err != nil {
		return nil, nil, err
	}
	l, err := lab.Start(scene, n.Now)
	if err != nil {
		return nil, nil, err
	}
	n.Dial, n.Resolvers, n.ResolvConf = l.Dial, l.Resolvers(), ""
	n.Roots, n.RootsName = l.Roots(), "lab"
	n.TrustAD = true // its resolver is on this machine, whatever address it goes by
	n.AllowNets = slices.Concat(n.AllowNets, l.AllowNets())
	if o, err = n.Open(); err != nil {
		l.Close()
		return nil, nil, err
	}
	return o, func() { o.Close(); l.Close() }, nil
}
