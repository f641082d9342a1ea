package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inventory is all that comes from outside, or is written for people and programs to read: in words,
// the function that takes it, and the fuzz targets that hold that to its promises. Of functions and
// targets the package stands before the dot.
const inventory = `
a message of DNS                    | resolve.readAnswer | resolve.FuzzAnswer
messages of DNS on a stream         | resolve.stream.read | resolve.FuzzStream
an answer of DNS over HTTPS         | resolve.web.read | resolve.FuzzWeb
the spelling of a resolver          | resolve.parseEndpoint | resolve.FuzzSpelling
a proxy, on the command line        | tunnel.Parse | tunnel.FuzzParse
what a proxy answers                | tunnel.Conn.Read | tunnel.FuzzAnswer
resolv.conf                         | resolve.conf.read | resolve.FuzzConf
the fields of a TXT record          | field.Parser.Parse | field.FuzzParse
a record of MTA-STS, its id         | sts.ParseRecord | sts.FuzzParseRecord sts.FuzzRecordGrammar
a text meant as one                 | sts.NearMiss | sts.FuzzNearMiss
a policy                            | sts.ParsePolicy | sts.FuzzParsePolicy sts.FuzzPolicyGrammar
an mx pattern and a host            | sts.Pattern.Matches | sts.FuzzMatches
a record of TLS-RPT, its URIs       | tlsrpt.ParseRecord | tlsrpt.FuzzParseRecord tlsrpt.FuzzRecordGrammar
a text meant as one                 | tlsrpt.NearMiss | tlsrpt.FuzzNearMiss
a policy as senders read it         | sender.Read | sender.FuzzRead
a reply of SMTP                     | smtp.ReadReply | smtp.FuzzReadReply
all that an SMTP server says        | collect.conversation.hold | collect.FuzzConversation
a chain of certificates             | collect.parseChain | collect.FuzzTrust
a certificate                       | pkix.Reader.Problems | pkix.FuzzProblems
a name in a certificate             | pkix.MatchHost | pkix.FuzzMatchHost
TLSA records                        | dane.Sort | dane.FuzzSort
TLSA records and a chain            | dane.Set.Match | dane.FuzzMatch
an address, or a name that is one   | addr.Literal | addr.FuzzLiteral
an address to contact               | addr.Global | addr.FuzzGlobal
facts, as JSON                      | cli.readFacts | cli.FuzzFacts fact.FuzzObservation
bytes in facts                      | fact.Text.UnmarshalJSON | fact.FuzzText
times in facts                      | fact.Millis.UnmarshalJSON | fact.FuzzMillis
facts, whatever they hold           | rule.Judge | rule.FuzzJudge
records, policies and hosts to mend | rule.Judge | rule.FuzzFix
a zone file                         | lint.ReadZone | lint.FuzzReadZone
a list of domains                   | cli.readLine | cli.FuzzList
a domain as people type it          | cli.parseDomain | cli.FuzzParseDomain
--ehlo-name                         | cli.ehloName | cli.FuzzEHLOName
--shard, and spans of time          | cli.parseShard | cli.FuzzNumbers
the value of any flag               | cli.Run | cli.FuzzFlags
files and records to lint           | cli.readGiven | cli.FuzzLint
earlier results                     | cli.readEarlier | cli.FuzzEarlier
certificates in PEM form            | cli.readRoots | cli.FuzzRoots
a mistyped word                     | near.Within | near.FuzzDistance
mails, mbox, gzip, zip              | mailbox.Read | mailbox.FuzzRead
a field of a mail's header          | mailbox.parseValue | mailbox.FuzzValue
base64 and quoted-printable         | mailbox.part.write | mailbox.FuzzPart
the JSON of a report                | reports.Parse | reports.FuzzParse reports.FuzzAgree
JSON                                | reports.cursor.skip | reports.FuzzCursor
reports, whatever they hold         | reports.Tally.Analysis | reports.FuzzTally
a scene of the lab                  | lab.Parse | lab.FuzzParse
a grammar of the tests              | abnf.Parse | abnf.FuzzRule

a text for one line of a terminal   | render.Escape | render.FuzzEscape
a text that is cut                  | words.Clip | words.FuzzClip
lines of a width                    | render.fill | render.FuzzFill
progress                            | render.Progress.step | render.FuzzProgress
a record as a line of a zone file   | render.zoneLines | render.FuzzZone
-o text                             | render.NewText | render.FuzzText
-o json                             | render.NewJSON | render.FuzzJSON
-o jsonl                            | render.NewJSONL | render.FuzzJSONL
-o csv                              | render.NewCSV | render.FuzzCSV
-o markdown                         | render.NewMarkdown | render.FuzzMarkdownProse render.FuzzMarkdownCode
-o sarif                            | render.NewSARIF | render.FuzzSARIF render.FuzzURI render.FuzzIssueText
-o junit                            | render.NewJUnit | render.FuzzJUnit
-o gitlab                           | render.NewGitLab | render.FuzzGitLab
-o github                           | render.NewGitHub | render.FuzzGitHub render.FuzzSummary
-o prometheus                       | render.NewPrometheus | render.FuzzPrometheus
-o nagios                           | render.NewNagios | render.FuzzNagios
the summary of a list               | render.fleet.text | render.FuzzFleet
what reports come to                | render.Reports | render.FuzzReports
what to publish                     | publish.Make | publish.FuzzMake
`

// unread are packages with functions that are called as if they read something from outside.
func unread() map[string]string {
	return map[string]string{}
}

// An inventoried line of the inventory.
type inventoried struct {
	what, function string
	targets        []string
}

func inventoryLines() (lines []inventoried) {
	for line := range strings.Lines(inventory) {
		if cells := strings.Split(line, "|"); len(cells) == 3 {
			lines = append(lines, inventoried{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.Fields(cells[2])})
		}
	}
	return lines
}

// packageOf is the package before the dot.
func packageOf(name string) string {
	name, _, _ = strings.Cut(name, ".")
	return name
}

// functionsOf are the functions of files as the inventory names them: package.name or package.Type.name.
func functionsOf(list []source) map[string]*ast.FuncDecl {
	all := map[string]*ast.FuncDecl{}
	for _, s := range list {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				all[path.Base(s.dir())+"."+receiver(f)+f.Name.Name] = f
			}
		}
	}
	return all
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if id, ok := kind.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}

// testFiles are the Go files of tests that hold fuzz targets.
func testFiles(t *testing.T) (list []source) {
	t.Helper()
	top, fset := root(t), token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(top, "internal", "*", "*_test.go"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%d test files: %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\nfunc Fuzz") {
			continue
		}
		rel, _ := filepath.Rel(top, name)
		s, err := parse(fset, filepath.ToSlash(rel), text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// fuzzTargets are the fuzz targets of the tree, as the inventory names them.
func fuzzTargets(t *testing.T) (names []string) {
	t.Helper()
	for name := range functionsOf(testFiles(t)) {
		if strings.HasPrefix(name[strings.IndexByte(name, '.')+1:], "Fuzz") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestInventory: what the inventory names is there, and it leaves out no target and no package that
// reads or escapes something.
func TestInventory(t *testing.T) {
	list := tree(t)
	functions, there := functionsOf(list), fuzzTargets(t)
	known, packages := map[string]bool{}, unread()
	for _, line := range inventoryLines() {
		if functions[line.function] == nil || len(line.targets) == 0 {
			t.Errorf("%s: there is no function %s, or no target", line.what, line.function)
		}
		packages[packageOf(line.function)] = line.what
		for _, target := range line.targets {
			known[target] = true
			if !slices.Contains(there, target) {
				t.Errorf("%s: there is no target %s", line.what, target)
			}
		}
	}
	for _, target := range there {
		if !known[target] {
			t.Errorf("%s is not in the inventory", target)
		}
	}
	for name, f := range functions {
		if readsText(f) && packages[packageOf(name)] == "" {
			t.Errorf("%s reads or writes something: no line of the inventory is about its package", name)
		}
	}
}

// readsText tells by its name and parameters that a function reads a text, or escapes one.
func readsText(f *ast.FuncDecl) bool {
	reads := regexp.MustCompile(`^(?i:parse|read|decode|unmarshal|unquote|unescape|escape|quote)`)
	if !reads.MatchString(f.Name.Name) {
		return false
	}
	return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
		kind := fmt.Sprint(p.Type)
		if list, ok := p.Type.(*ast.ArrayType); ok {
			kind = fmt.Sprint(list.Elt)
		}
		return kind == "string" || kind == "byte" || strings.Contains(kind, "Reader")
	})
}

// TestFuzzRunsAll: `make fuzz` finds the targets that are there, and no inputs are kept of others.
func TestFuzzRunsAll(t *testing.T) {
	there := fuzzTargets(t)
	kept, err := filepath.Glob(filepath.Join(root(t), "internal", "*", "testdata", "fuzz", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range kept {
		name := path.Base(filepath.ToSlash(filepath.Join(dir, "../../.."))) + "." + filepath.Base(dir)
		if !slices.Contains(there, name) {
			t.Errorf("there is no target %s, of which inputs are kept", name)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	cmd := exec.CommandContext(t.Context(), bash, filepath.Join(root(t), ".ci", "fuzz"), "--list")
	cmd.Env = append(os.Environ(), "FUZZ=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(string(out)), "./internal/", ""), " ", "."), "\n")
	if slices.Sort(listed); !slices.Equal(listed, there) {
		t.Errorf(".ci/fuzz finds %q\nthere are    %q", listed, there)
	}
}
