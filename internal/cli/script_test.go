package cli_test

import (
	"cmp"
	"context"
	"flag"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
	"mtasts/internal/lab"
	"mtasts/internal/rule"
)

var update = flag.Bool("update", false, "rewrite the scripts' goldens and the README's blocks")

const scripts = "../../testdata/script"

// The scripts run `mtasts` as a process of its own: this test binary under that name, with a lab
// for its network.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtasts": mtasts, "mtasts-routed": mtastsRouted})
}

// mtasts is the program as the scripts see it. LAB names the file of the scene ("lab" if it is
// not set; without such a file there is no network), TTY=1 makes both streams terminals.
func mtasts() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	text, err := os.ReadFile(cmp.Or(os.Getenv("LAB"), "lab"))
	if err != nil && !os.IsNotExist(err) {
		panic(err)
	}
	sys, l, err := labSystem(string(text), os.Getenv("CLOCK"))
	if err != nil {
		os.Stderr.WriteString("the script's lab: " + err.Error() + "\n")
		os.Exit(99)
	}
	sys.In, sys.Out, sys.Err, sys.Getenv = os.Stdin, os.Stdout, os.Stderr, os.Getenv
	sys.OutTTY, sys.ErrTTY = os.Getenv("TTY") == "1", os.Getenv("TTY") == "1"
	code := cli.Run(ctx, sys, os.Args[1:])
	l.Close()
	os.Exit(code)
}

// noon is the time of every script.
func noon() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }

// clock is noon, from its first use on if it runs. Standing still it makes every timing 0.
func clock(how string) func() time.Time {
	if how != "runs" {
		return noon
	}
	first := sync.OnceValue(time.Now)
	return func() time.Time { return noon().Add(time.Since(first())) }
}

// labSystem is a system whose network is a running lab with the scene of that text, and whose
// clock runs or stands still; the caller closes the lab.
func labSystem(text, running string) (cli.System, *lab.Lab, error) {
	scene, err := lab.Parse(text)
	if err != nil {
		return cli.System{}, nil, err
	}
	l, err := lab.Start(scene, noon)
	if err != nil {
		return cli.System{}, nil, err
	}
	return cli.System{
		Net: collect.Network{
			Dial: l.Dial, Now: clock(running), Roots: l.Roots(), RootsName: "lab",
			Resolvers: l.Resolvers(), AllowNets: l.AllowNets(),
		},
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard,
		Getenv: func(string) string { return "" },
		Width:  80, Version: "test",
	}, l, nil
}

// TestScripts runs every script of testdata/script, then holds what they showed against the
// catalogue: every rule passes somewhere, and every reason is shown by a finding that is complete.
func TestScripts(t *testing.T) {
	t.Parallel()
	seen := newShown()
	t.Run("script", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 scripts,
			UpdateScripts:       *update,
			RequireUniqueNames:  true,
			RequireExplicitExec: true,
			Setup:               setup,
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"run":           cmdRun,
				"finding":       seen.cmdFinding,
				"no-finding":    cmdNoFinding,
				"only-findings": cmdOnlyFindings,
				"fixed":         cmdFixed,
				"published":     cmdPublished,
			},
		})
	})
	if t.Failed() || filtered() {
		t.Skip("only a whole, clean run tells what is never shown")
	}
	for _, missing := range seen.missing(rule.Catalogue()) {
		t.Errorf("no script shows %s", missing)
	}
}

// filtered tells that -run picked some of the scripts.
func filtered() bool {
	return strings.Contains(flag.Lookup("test.run").Value.String(), "/") || testing.Short()
}

// Every script says in its first line what it shows.
func TestScriptsBeginWithAComment(t *testing.T) {
	files, err := os.ReadDir(scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(scripts + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with a comment", f.Name())
		}
	}
	if !slices.ContainsFunc(files, func(f os.DirEntry) bool { return strings.HasSuffix(f.Name(), ".txtar") }) {
		t.Error("there are no scripts")
	}
}
