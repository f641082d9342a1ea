package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// scenes are those of all scripts, by name.
func scenes(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(scripts + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasPrefix(string(f.Data), "sound ") {
				all[filepath.Base(name)+":"+f.Name] = string(f.Data)
			}
		}
	}
	return all
}

// TestLooksAreStable: what is seen of each scene of the scripts is judged as it would be out of a file
// of facts, with nothing done to it on the way.
func TestLooksAreStable(t *testing.T) {
	t.Parallel()
	all := scenes(t)
	if len(all) < 300 {
		t.Fatalf("only %d scenes", len(all))
	}
	for name, scene := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := seen(t, scene)
			if !o.Stable() {
				t.Error("what was seen is not stable")
			}
			data, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			var saved fact.Observation
			if err := json.Unmarshal(data, &saved); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(judged(t, o), judged(t, &saved)); diff != "" {
				t.Errorf("judged (-live +saved):\n%s", diff)
			}
		})
	}
}

// seen is a look at the first domain of a scene, by a clock that runs.
func seen(t *testing.T, scene string) *fact.Observation {
	t.Helper()
	sys, l, err := labSystem(scene, "runs")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const short = 200 * time.Millisecond
	sys.Net.Timeout, sys.Net.SMTPTimeout = short, short
	observer, err := sys.Net.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	return observer.Observe(t.Context(), strings.Fields(scene)[1])
}

func judged(t *testing.T, o *fact.Observation) string {
	t.Helper()
	data, err := json.Marshal(rule.Judge(o, rule.Options{Senders: true}))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
