package render

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/reports"
	"mtasts/internal/rule"
)

// node is a schema, or a part of one.
type node = map[string]any

func parsedSchema(t *testing.T) node {
	t.Helper()
	var n node
	if err := json.Unmarshal([]byte(Schema()), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// fields holds the schema against the Go types: nobody adds a field to the one alone.
type fields struct {
	*testing.T
	defs node
	met  map[string]reflect.Type // by definition
}

func TestSchemaHasTheFieldsOfTheTypes(t *testing.T) {
	f := fields{t, parsedSchema(t)["$defs"].(node), map[string]reflect.Type{}}
	for name, v := range map[string]any{
		"result": Item{}, "results": []Item{}, "facts": []fact.Observation{}, "rules": catalogue{}, "plan": publish.Document{},
		"reports": reports.Analysis{}, "report": reportLine{},
	} {
		f.compare(name, reflect.TypeOf(v), node{"$ref": refersTo + name})
	}
	for name := range f.defs {
		if f.met[name] == nil {
			t.Errorf("nothing is of the definition %s", name)
		}
	}
}

// compare holds a type against the schema of its JSON form.
func (f *fields) compare(at string, typ reflect.Type, n node) {
	ref, _ := n["$ref"].(string)
	name := strings.TrimPrefix(ref, refersTo)
	if ref != "" {
		met := f.met[name]
		f.met[name] = typ
		if met == typ {
			return
		}
		if n, _ = f.defs[name].(node); n == nil {
			f.Fatalf("%s: %s leads nowhere", at, ref)
		}
		at = name
	}
	var want string
	switch {
	case typ == reflect.TypeFor[fact.Text]():
		if name != "text" {
			f.Errorf("%s is a text", at)
		}
		return
	case typ == reflect.TypeFor[time.Time]():
		want = "string"
		if name != "time" {
			f.Errorf("%s is a time", at)
		}
	case typ == reflect.TypeFor[fact.Millis]():
		want = "number"
	case typ == reflect.TypeFor[fact.Hex]():
		want = "string"
	case typ == reflect.TypeFor[[]byte]():
		want = "string"
		if n["contentEncoding"] != "base64" {
			f.Errorf("%s is in base64", at)
		}
	case typ.Kind() == reflect.Struct:
		want = "object"
		f.object(at, typ, n)
	case typ.Kind() == reflect.Slice:
		want = "array"
		f.compare(at+"[]", typ.Elem(), n["items"].(node))
	case typ.Kind() == reflect.Map:
		want = "object"
		f.compare(at+"{}", typ.Elem(), n["additionalProperties"].(node))
	default:
		want = f.scalar(at, typ, n)
	}
	if n["type"] != want && n["enum"] == nil && n["const"] == nil {
		f.Errorf("%s is of type %v in the schema, want %s", at, n["type"], want)
	}
}

func (f *fields) object(at string, typ reflect.Type, n node) {
	properties, _ := n["properties"].(node)
	var required []string
	for _, r := range list(n["required"]) {
		required = append(required, r.(string))
	}
	var names []string
	for _, field := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || !field.IsExported() || name == "-" {
			continue
		}
		names = append(names, name)
		property, ok := properties[name].(node)
		if !ok {
			f.Errorf("%s: the schema lacks %s", at, name)
			continue
		}
		if always := options == ""; always != slices.Contains(required, name) {
			f.Errorf("%s.%s: is it always there? %v by the type, %v by the schema", at, name, always, !always)
		}
		f.property(at+"."+name, field.Type, options == "", property)
	}
	for name := range properties {
		if !slices.Contains(names, name) {
			f.Errorf("%s: no field is called %s", at, name)
		}
	}
	for _, name := range required {
		if properties[name] == nil {
			f.Errorf("%s: %s is required, and no property", at, name)
		}
	}
}

// property is compare for a field: a pointer that is always there may be null, and nothing else may.
func (f *fields) property(at string, typ reflect.Type, always bool, n node) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
		if always {
			either := list(n["anyOf"])
			if len(either) != 2 || !reflect.DeepEqual(either[1], node{"type": "null"}) {
				f.Fatalf("%s may be null", at)
			}
			n = either[0].(node)
		}
	}
	f.compare(at, typ, n)
}

// scalar holds the bounds and words of a schema against the type.
func (f *fields) scalar(at string, typ reflect.Type, n node) string {
	switch kind := typ.Kind(); kind {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		f.words(at, typ, n)
		return "string"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		if most := float64(uint64(1)<<typ.Bits() - 1); n["minimum"] != 0.0 || n["maximum"] != most {
			f.Errorf("%s is from 0 to %.0f", at, most)
		}
		return "integer"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	default:
		f.Fatalf("%s is of a kind that nobody thought of: %s", at, kind)
		return ""
	}
}

// words holds an enum, or examples, against the constants of the type.
func (f *fields) words(at string, typ reflect.Type, n node) {
	if !strings.HasPrefix(typ.PkgPath(), "mtasts/") {
		return
	}
	want := constants(f.T, typ)
	// Words that are not used here.
	for place, word := range map[string]string{"result.status": "info", "reason.status": "pass", "server.kind": "none"} {
		if at == place {
			want = slices.DeleteFunc(want, func(w string) bool { return w == word })
		}
	}
	var got []string
	for _, w := range append(list(n["enum"]), list(n["examples"])...) {
		got = append(got, w.(string))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s: words (-type +schema):\n%s", at, diff)
	}
}

func list(v any) []any {
	all, _ := v.([]any)
	return all
}

// constants are the constants of a named type, as its package declares them, sorted.
func constants(t *testing.T, typ reflect.Type) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", strings.TrimPrefix(typ.PkgPath(), "mtasts/internal/"), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %v", typ, err)
	}
	var all []string
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			of, named := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if named && literal && of.Name == typ.Name() {
				word, _ := strconv.Unquote(value.Value)
				all = append(all, word)
			}
			return true
		})
	}
	slices.Sort(all)
	return all
}

// Words of fields without a type of their own.
func TestSchemaExamples(t *testing.T) {
	var groups []any
	for _, g := range rule.Groups() {
		groups = append(groups, g.ID)
	}
	defs := parsedSchema(t)["$defs"].(node)
	for _, c := range []struct {
		got  any
		want []any
	}{
		{defs["explanation"].(node)["properties"].(node)["group"].(node)["examples"], groups},
		{defs["skipped"].(node)["examples"], []any{fact.SkipNotPublic, fact.SkipFamily, fact.SkipLimit, fact.SkipBlocked}},
	} {
		if diff := cmp.Diff(c.want, list(c.got)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// compiled is a schema that is sound by its own schema, ready to validate.
func compiled(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	id := doc.(node)["$id"].(string)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// samples are one piece of JSON of each kind.
func samples(t *testing.T) map[string]string {
	t.Helper()
	result := sound()
	result.Observed = &fact.Observation{Schema: 1, Domain: "example.com", At: at()}
	facts, err := json.Marshal([]*fact.Observation{result.Observed})
	if err != nil {
		t.Fatal(err)
	}
	var rules strings.Builder
	if err := ExplainJSON(&rules, rule.Explain()); err != nil {
		t.Fatal(err)
	}
	plan, err := publish.Make(publish.Wish{Domain: "example.com", Now: at(), MX: []string{"mx.example.com"}, MaxAge: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	months := troubled()
	return map[string]string{
		"reports": asReports(t, ReportsJSON, months), "report": asReports(t, ReportsJSONL, months),
		"result": written(t, NewJSONL, result), "results": written(t, NewJSON, result, result),
		"facts": string(facts), "rules": rules.String(), "plan": plan.JSON(),
	}
}

// Each part takes its own kind and no other, and the whole takes them all.
func TestSchemaOf(t *testing.T) {
	whole, all := compiled(t, Schema()), samples(t)
	for _, name := range Schemas() {
		text, err := SchemaOf(name)
		if err != nil {
			t.Fatal(err)
		}
		part := compiled(t, text)
		if all[name] == "" {
			t.Errorf("there is no sample of %s", name)
		}
		for kind, text := range all {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := part.Validate(value); (err == nil) != (kind == name) {
				t.Errorf("by the schema of %s, %s: %v", name, kind, err)
			}
			if err := whole.Validate(value); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
	if _, err := SchemaOf("counts"); err == nil {
		t.Error("parts of parts are given away")
	}
	if got, want := slices.Sorted(maps.Keys(all)), slices.Sorted(slices.Values(Schemas())); !slices.Equal(got, want) {
		t.Errorf("samples of %q, and parts %q", got, want)
	}
}

// A part has what it needs and nothing else.
func TestSchemaOfIsSmall(t *testing.T) {
	text, err := SchemaOf("plan")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Defs node `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := []string{"file", "plan", "record", "server", "step", "time"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.Defs))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What the schema promises is not there for nothing: without it, a result is not valid.
func TestSchemaBites(t *testing.T) {
	whole := compiled(t, Schema())
	line := samples(t)["result"]
	bad := `{"index":1,"source":{"file":"-","line":1},"input":"?","error":"no domain","schema":1,"domain":"","checked_at":"2026-01-31T02:00:00Z","status":"unknown",` +
		`"protection":"unknown","counts":{"pass":0,"info":0,"warn":0,"fail":0,"unknown":0},"findings":[],"delivery":[],"observed":null}`
	for _, c := range []struct {
		text, old, new string
		valid          bool
	}{
		{line, "", "", true},
		{line, `{"index":1,`, `{"index":1,"added":[1],`, true},
		{line, `{"index":1,`, `{`, false},
		{line, `"index":1,`, `"index":0,`, false},
		{line, `"status":"pass","protection"`, `"status":"info","protection"`, false},
		{line, `"protection":"enforced"`, `"protection":"enforce"`, false},
		{line, `"checked_at":"2026-01-31T02`, `"checked_at":"2026-01-32T02`, false},
		{line, `"rule":"sts-record"`, `"rule":"sts record"`, false},
		{line, `"because":[]`, `"because":null`, false},
		{line, `"observed":{`, `"observed":null,"seen":{`, false},
		{line, `"sts":{`, `"dns":{`, false},
		{bad, "", "", true},
		{bad, `"error":"no domain",`, ``, false},
		{bad, `"status":"unknown"`, `"status":"pass"`, false},
	} {
		text := strings.Replace(c.text, c.old, c.new, 1)
		if text == c.text && c.old != "" {
			t.Fatalf("there is no %s in %s", c.old, text)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.Validate(value); (err == nil) != c.valid {
			t.Errorf("%s in place of %s: %v", c.new, c.old, err)
		}
	}
}
