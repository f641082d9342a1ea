package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtasts/internal/cli"
	"mtasts/internal/render"
)

// What a run writes as JSON, by the name of its schema. Files of lines are of kind result or report.
const (
	aResult     = "result"
	manyResults = "results"
	manyFacts   = "facts"
	someRules   = "rules"
	aPlan       = "plan"
	manyReports = "reports"
	aReport     = "report"
	foreign     = "foreign" // JSON of a format that is not from here
)

// strictSchemas are what `mtasts schema NAME` prints, by NAME, made strict: a field that the schema does
// not know is an error.
var strictSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	all := map[string]*jsonschema.Schema{}
	for _, name := range render.Schemas() {
		var out, complaints bytes.Buffer
		sys := cli.System{In: strings.NewReader(""), Out: &out, Err: &complaints, Getenv: func(string) string { return "" }}
		if code := cli.Run(context.Background(), sys, []string{"schema", name}); code != 0 {
			return nil, errors.New(complaints.String())
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			return nil, err
		}
		shut(doc)
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		c.AssertContent()
		if err := c.AddResource(name, doc); err != nil {
			return nil, err
		}
		if all[name], err = c.Compile(name); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// shut has the objects of a schema take no field that they do not name.
func shut(schema any) {
	switch s := schema.(type) {
	case []any:
		for _, part := range s {
			shut(part)
		}
	case map[string]any:
		if s["type"] == "object" {
			s["unevaluatedProperties"] = false
		}
		for _, part := range s {
			shut(part)
		}
	}
}

// invalid tells what is wrong with JSON of that kind; nil where all is well.
func invalid(kind, text string) error {
	all, err := strictSchemas()
	if err != nil {
		return err
	}
	texts := []string{text}
	if kind == aResult || kind == aReport {
		texts = strings.SplitAfter(text, "\n")
		if last := len(texts) - 1; texts[last] != "" {
			return fmt.Errorf("the last line is cut: %q", texts[last])
		}
		texts = texts[:len(texts)-1]
	}
	for i, text := range texts {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = all[kind].Validate(value)
		}
		if err != nil {
			return fmt.Errorf("%s %d is no JSON by mtasts schema: %w\n%.3000s", kind, i+1, err, text)
		}
	}
	return nil
}

// valid complains of JSON that is not.
func valid(t *testing.T, kind, text string) {
	t.Helper()
	if err := invalid(kind, text); err != nil {
		t.Error(err)
	}
}

// kinds are the kinds of JSON that such a run writes to standard output, "" for none, and to files.
func kinds(args []string) (stdout string, files map[string]string) {
	files = map[string]string{}
	if len(args) == 0 {
		return "", files
	}
	of := map[string]string{"json": manyResults, "jsonl": aResult, "sarif": foreign, "gitlab": foreign}
	switch args[0] {
	case "rules", "explain":
		of["json"] = someRules
	case "report":
		of["json"], of["jsonl"] = manyReports, aReport
	case "generate":
		of["json"] = aPlan
	case "schema":
		return foreign, files
	}
	resumed, lines := "", false
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if short, ok := strings.CutPrefix(arg, "-o"); ok && short != "" {
			name, value, joined = "-o", strings.TrimPrefix(short, "="), true
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case arg == "--json":
			stdout = of["json"]
		case name == "-o" || name == "--output":
			format, file, beside := strings.Cut(value, "=")
			lines = lines || format == "jsonl"
			switch kind := of[format]; {
			case !beside:
				stdout = kind
			case kind != "" && kind != foreign:
				files[file] = kind
			}
		case name == "--save-facts":
			files[value] = manyFacts
		case name == "--resume":
			resumed = value
		case name == "--dns" && value == "route53":
			stdout = foreign
		}
	}
	if resumed != "" && !lines {
		files[resumed] = aResult
	}
	return stdout, files
}

// checkJSON holds what a run wrote as JSON against the schema. What ends with 2 may be cut anywhere.
func checkJSON(ts *testscript.TestScript, args []string, code int) {
	if code == 2 {
		return
	}
	kind, files := kinds(args)
	text := ts.ReadFile("stdout")
	if kind != "" && kind != foreign {
		ts.Check(invalid(kind, text))
	}
	if kind == "" && (strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{")) {
		ts.Fatalf("it looks like JSON, and nobody knows by which schema:\n%.300s", text)
	}
	for file, kind := range files {
		ts.Check(invalid(kind, ts.ReadFile(file)))
	}
}

func TestKinds(t *testing.T) {
	for _, c := range []struct{ args, stdout, file, kind string }{
		{"check example.com", "", "", ""},
		{"check --json example.com", manyResults, "", ""},
		{"check -o json -o jsonl=a.jsonl example.com", manyResults, "a.jsonl", aResult},
		{"lint -ojsonl mta-sts.txt", aResult, "", ""},
		{"check --output=sarif --save-facts=b.json", foreign, "b.json", manyFacts},
		{"check -o gitlab=c.json --save-facts b.json", "", "b.json", manyFacts},
		{"check -f list --resume d.jsonl", "", "d.jsonl", aResult},
		{"rules --json", someRules, "", ""},
		{"generate -o json example.com", aPlan, "", ""},
		{"report -o json=e.json -o jsonl reports", aReport, "e.json", manyReports},
	} {
		stdout, files := kinds(strings.Fields(c.args))
		if stdout != c.stdout || files[c.file] != c.kind || len(files) > 1 {
			t.Errorf("%s: %q, %q", c.args, stdout, files)
		}
	}
}

// The examples in the golden files of the formats are valid too.
func TestGoldenJSON(t *testing.T) {
	files, err := filepath.Glob("../render/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "[") || strings.Contains(file, "gitlab") {
			continue // of a format that is not from here
		}
		valid(t, manyResults, string(text))
	}
}
