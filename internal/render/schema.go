package render

import (
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed schema.json
var schema string

// Schema is the JSON Schema (draft 2020-12) that all JSON of this program is valid by, but for formats
// that are not its own.
func Schema() string { return schema }

// Schemas are the names of its parts, which [SchemaOf] takes.
func Schemas() []string {
	return []string{"results", "result", "facts", "rules", "plan", "reports", "report"}
}

// SchemaOf is the schema of one kind of JSON alone, which needs no other.
func SchemaOf(name string) (string, error) {
	if !slices.Contains(Schemas(), name) {
		return "", fmt.Errorf("%q is no schema", name)
	}
	var whole struct {
		Dialect string                     `json:"$schema"`
		ID      string                     `json:"$id"`
		Defs    map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(schema), &whole); err != nil {
		return "", fmt.Errorf("the schema: %w", err)
	}
	needed := map[string]string{}
	reach(whole.Defs, name, needed)
	var defs []string
	for _, n := range slices.Sorted(maps.Keys(needed)) {
		defs = append(defs, fmt.Sprintf("    %q: %s", n, needed[n]))
	}
	return fmt.Sprintf("{\n  \"$schema\": %q,\n  \"$id\": %q,\n  \"$ref\": %q,\n  \"$defs\": {\n%s\n  }\n}\n",
		whole.Dialect, whole.ID+":"+name, refersTo+name, strings.Join(defs, ",\n")), nil
}

const refersTo = "#/$defs/"

// reach collects a definition and all that it refers to.
func reach(defs map[string]json.RawMessage, name string, needed map[string]string) {
	if _, known := needed[name]; known {
		return
	}
	needed[name] = string(defs[name])
	for _, to := range regexp.MustCompile(`"`+regexp.QuoteMeta(refersTo)+`(\w+)"`).FindAllStringSubmatch(needed[name], -1) {
		reach(defs, to[1], needed)
	}
}
