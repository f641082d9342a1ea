package cli

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mtasts/internal/render"
	"mtasts/internal/rule"
)

const recipes = "../../testdata/recipes"

// readRecipe is the text of a recipe.
func readRecipe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recipes, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the recipes run, or tell to run, is understood: the commands and flags are there, and take those
// values.
func TestRecipesAreUnderstood(t *testing.T) {
	files, err := os.ReadDir(recipes)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"../../.pre-commit-hooks.yaml"}
	for _, f := range files {
		names = append(names, f.Name())
	}
	for _, name := range names {
		commands := recipeCommands(readRecipe(t, name))
		if len(commands) == 0 && !strings.HasSuffix(name, ".timer") {
			t.Errorf("%s: no command of mtasts was found", name)
		}
		for _, words := range commands {
			found, rest, err := tree().Find(words)
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err != nil || !found.Runnable() {
				t.Errorf("%s: mtasts %s is not understood: %v", name, strings.Join(words, " "), err)
			}
		}
	}
}

// recipeCommands are the words behind each mtasts in a text, as a shell would take them: as far as the
// line goes, or to where the output is led elsewhere. What is known only when it runs is made up.
func recipeCommands(text string) [][]string {
	text = strings.ReplaceAll(text, "\\\n", " ")
	text = regexp.MustCompile(`\$\$\([^)]*echo ([^)]*)\)`).ReplaceAllString(text, "$1")
	text = strings.NewReplacer(
		`"$JOB_COMPLETION_INDEX/$SHARES"`, "0/8", `"$CI_NODE_INDEX/$CI_NODE_TOTAL"`, "1/4", `"$share"`, "3/64",
		`"$part"`, "part.jsonl", ` "$@"`, "",
	).Replace(text)
	var list [][]string
	for _, line := range regexp.MustCompile(`\bmtasts ((?:check|lint|generate|explain|rules|schema)\b[^\n>|']*)`).FindAllStringSubmatch(text, -1) {
		var words []string
		for _, w := range strings.Fields(line[1]) {
			if strings.HasPrefix(w, "#") || w == "2" { // a comment, or 2>&1
				break
			}
			words = append(words, strings.TrimRight(w, ".:,;`"))
		}
		list = append(list, words)
	}
	return list
}

// The pods of the Job together answer each line of the list once, whatever happens to one of them.
func TestKubernetesJobCoversTheList(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	dir := t.TempDir()
	list := []string{"example.com", "b.example", "c.example", "d.example", "e.example", "two..dots"}
	for name, text := range map[string]string{"domains.txt": strings.Join(list, "\n"), "lab": "sound example.com\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := readRecipe(t, "kubernetes-job.yaml")
	shares, err := strconv.Atoi(firstMatch(t, text, `completions: (\d+)`))
	if err != nil || firstMatch(t, text, `SHARES, value: "(\d+)"`) != strconv.Itoa(shares) {
		t.Fatalf("SHARES are not the %d completions: %v", shares, err)
	}
	script := strings.NewReplacer("/results/", dir+"/", "/list/", dir+"/").Replace(firstMatch(t, text, `(?s)args:\n +- \|\n(.*?)\n +env:`))
	for k := range shares {
		runPod(t, dir, script, k, shares)
	}
	runPod(t, dir, script, 0, shares) // begun again
	var got []string
	for k := range shares {
		got = append(got, answered(t, filepath.Join(dir, "run", "part-"+strconv.Itoa(k)+".jsonl"))...)
	}
	slices.Sort(got)
	slices.Sort(list)
	if diff := gocmp.Diff(list, got); diff != "" {
		t.Errorf("the answers of all pods (-want +got):\n%s", diff)
	}
}

func runPod(t *testing.T, dir, script string, index, shares int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", script)
	cmd.Env = append(os.Environ(), "LAB="+filepath.Join(dir, "lab"), "RUN=run",
		"JOB_COMPLETION_INDEX="+strconv.Itoa(index), "SHARES="+strconv.Itoa(shares))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pod %d: %v\n%s", index, err, out)
	}
}

// answered are the domains, and the lines that are none, of a file of -o jsonl.
func answered(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for lines := json.NewDecoder(f); ; {
		var i render.Item
		if err := lines.Decode(&i); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, i.Domain+i.Input)
	}
}

func firstMatch(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("there is nothing like %s", pattern)
	}
	return found[1]
}

// What the SQL reads of a result is in the schema, and the rules that it asks for are in the catalogue.
func TestSQLReadsWhatThereIs(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal([]byte(render.Schema()), &schema); err != nil {
		t.Fatal(err)
	}
	for name, structure := range map[string]string{
		"duckdb.sql":     `(?s)columns = \{(.*?)\n\}`,
		"clickhouse.sql": `(?s)JSONEachRow, '\n(.*?)\n'\)`,
	} {
		text := readRecipe(t, name)
		w := columnWords(regexp.MustCompile(`\w+|[(),\[\]]`).FindAllString(firstMatch(t, text, structure), -1))
		column{name: name, fields: w.columns()}.check(t, schema, map[string]any{"$ref": "#/$defs/result"})
		for _, id := range regexp.MustCompile(`rule = '([^']*)'`).FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(rule.Catalogue(), func(r rule.Rule) bool { return r.ID == id[1] }) {
				t.Errorf("%s asks for a rule %q", name, id[1])
			}
		}
	}
}

// column is one of a table: of a plain type, or with fields, and in so many lists.
type column struct {
	name, kind string
	fields     []column
	lists      int
}

// columnWords are what is left to read of columns, as DuckDB and ClickHouse write them.
type columnWords []string

func (w *columnWords) next() string {
	if len(*w) == 0 {
		return ""
	}
	first := (*w)[0]
	*w = (*w)[1:]
	return first
}

func (w *columnWords) at(word string) bool { return len(*w) > 0 && (*w)[0] == word }

func (w *columnWords) columns() []column {
	var list []column
	for {
		name := w.next()
		c := w.kind()
		c.name = name
		list = append(list, c)
		if !w.at(",") {
			return list
		}
		w.next()
	}
}

func (w *columnWords) kind() column {
	c := column{kind: w.next()}
	within := w.at("(")
	if within {
		w.next()
	}
	switch c.kind {
	case "Array":
		c = w.kind()
		c.lists++
	case "LowCardinality":
		c = w.kind()
	case "Tuple", "STRUCT":
		c.fields = w.columns()
	}
	if within {
		w.next()
	}
	for w.at("[") {
		w.next()
		w.next()
		c.lists++
	}
	return c
}

// check holds a column against its schema.
func (c column) check(t *testing.T, root, schema map[string]any) {
	t.Helper()
	for range c.lists {
		schema, _ = resolveSchema(root, schema)["items"].(map[string]any)
	}
	schema = resolveSchema(root, schema)
	properties, _ := schema["properties"].(map[string]any)
	for _, f := range c.fields {
		field, ok := properties[f.name].(map[string]any)
		if !ok {
			t.Errorf("%s has no field %s", c.name, f.name)
			continue
		}
		f.name = c.name + "." + f.name
		f.check(t, root, field)
	}
	if plain := len(c.fields) == 0 && c.kind != "JSON"; plain && (schema == nil || properties != nil || schema["items"] != nil) {
		t.Errorf("%s is no plain %s", c.name, c.kind)
	}
}

// resolveSchema follows a schema to where it says what it is.
func resolveSchema(root, s map[string]any) map[string]any {
	for {
		if ref, ok := s["$ref"].(string); ok {
			s, _ = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		} else if either, ok := s["anyOf"].([]any); ok {
			s, _ = either[0].(map[string]any)
		} else {
			return s
		}
	}
}
