package house

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// check finds what is wrong with a tree: one sentence each, with its place.
type check func([]source) []string

func checks() map[string]check {
	return map[string]check{
		"floors":    checkFloors,
		"required":  checkRequired,
		"doors":     checkDoors,
		"worldly":   checkWorldly,
		"sizes":     checkSizes,
		"init":      checkInit,
		"globals":   checkGlobals,
		"docs":      checkDocs,
		"platforms": checkPlatforms,
	}
}

// TestHouse holds the repository to the rules.
func TestHouse(t *testing.T) {
	list := tree(t)
	if len(list) < 10 {
		t.Fatalf("found %d Go files: looked in the wrong place?", len(list))
	}
	for name, run := range checks() {
		t.Run(name, func(t *testing.T) { report(t, run(list)) })
	}
	t.Run("top", func(t *testing.T) { report(t, checkTop(topNames(t))) })
}

func report(t *testing.T, bad []string) {
	t.Helper()
	slices.Sort(bad)
	for _, line := range bad {
		t.Error(line)
	}
}

// TestChecksBite shows each check a small tree with one fault.
func TestChecksBite(t *testing.T) {
	for _, c := range []struct{ check, path, text, want string }{
		{"floors", "internal/sts/a.go", `import "mtasts/internal/rule"`, "a.go:2: internal/sts (floor 2) imports internal/rule"},
		{"floors", "internal/sts/a.go", `import t "mtasts/internal/tlsrpt"`, "internal/tlsrpt (floor 2): imports go down only"},
		{"floors", "internal/sts/a.go", `import "mtasts/internal/unknown"`, "imports internal/unknown"},
		{"floors", "internal/extra/a.go", ``, "package internal/extra has no line"},
		{"required", "internal/fact/a.go", ``, "has internal/rule, and"},
		{"doors", "internal/rule/a.go", `import "net"`, "may not import net"},
		{"doors", "internal/rule/a.go", `import "net/http/httptrace"`, "may not import net/http/httptrace"},
		{"doors", "internal/sts/a.go", `import "crypto/tls"`, "may not import crypto/tls"},
		{"doors", "internal/rule/a.go", `import "crypto/x509"`, "may not import crypto/x509"},
		{"doors", "internal/render/a.go", `import "os"`, "may not import os"},
		{"doors", "internal/cli/a.go", `import "os/signal"`, "may not import os/signal"},
		{"doors", "internal/collect/a.go", `import "os/exec"`, "may not import os/exec"},
		{"doors", "internal/collect/a.go", `import "log/slog"`, "may not import log/slog"},
		{"doors", "internal/collect/a.go", `import "github.com/miekg/dns"`, "may not import github.com/miekg/dns"},
		{"doors", "internal/cli/a.go", `import "github.com/fatih/color"`, "may not import github.com/fatih/color"},
		{"doors", "internal/render/a.go", `import "github.com/spf13/pflag"`, "may not import github.com/spf13/pflag"},
		{"doors", "internal/cli/a.go", `import "example.org/new"`, "may not import example.org/new"},
		{"doors", "internal/sts/a.go", `import "mtasts/internal/abnf"`, "may not import mtasts/internal/abnf"},
		{"doors", "internal/rule/a.go", `import . "time"`, "a dot import"},
		{"worldly", "internal/collect/a.go", "import clock \"time\"\nvar start = clock.Now()", "a.go:3: time.Now only in cmd/mtasts"},
		{"worldly", "internal/collect/a.go", "import \"time\"\nfunc f(t time.Time) any { return time.Since(t) }", "time.Since"},
		{"worldly", "internal/cli/a.go", "import \"os\"\nfunc f() { defer os.Exit(1) }", "os.Exit"},
		{"worldly", "internal/cli/a.go", "import \"os\"\nvar out = os.Stdout", "os.Stdout"},
		{"worldly", "internal/cli/a.go", "import \"os\"\nfunc f() string { return os.Getenv(\"X\") }", "os.Getenv"},
		{"worldly", "internal/cli/a.go", "import \"fmt\"\nfunc f() { fmt.Println() }", "fmt.Println"},
		{"sizes", "internal/sts/a.go", "func f() {\n" + strings.Repeat("_ = 0\n", 69) + "}", "a function of 71 lines"},
		{"sizes", "internal/sts/a.go", "var f = func() {\n" + strings.Repeat("_ = 0\n", 69) + "}", "a function of 71 lines"},
		{"sizes", "internal/sts/a.go", "func f() {\n" + strings.Repeat("_ = 0\n", 8) + "}", "the median function has 10 lines"},
		{"sizes", "internal/sts/a.go", strings.Repeat("// x\n", 500), "lines; 500 are the most"},
		{"init", "internal/sts/a.go", "func init() {}", "no init functions"},
		{"globals", "internal/sts/a.go", "var n int\nfunc f() { n = 1 }", "a.go:3: the package variable n is changed"},
		{"globals", "internal/sts/a.go", "var n int\nfunc f() { n++ }", "n is changed"},
		{"globals", "internal/sts/a.go", "var m = map[string]struct{ a []int }{}\nfunc f() { (m[\"x\"]).a[0] += 1 }", "m is changed"},
		{"globals", "internal/sts/a.go", "var m = map[int]int{}\nfunc f() { delete(m, 1) }", "m is changed"},
		{"globals", "internal/sts/a.go", "var n int\nfunc f() { for n = range 3 {} }", "n is changed"},
		{"globals", "internal/sts/a.go", "var n int\nfunc f() *int { return &n }", "n is lent out"},
		{"globals", "internal/render/a.go", "import \"github.com/fatih/color\"\nfunc f() { color.NoColor = true }", "color.NoColor is changed"},
		{"globals", "internal/sts/a.go", "import \"sync\"\nvar mu sync.Mutex", "mu holds state"},
		{"globals", "internal/sts/a.go", "import \"sync\"\nvar pool = &sync.Pool{}", "pool holds state"},
		{"docs", "internal/sts/a.go", "func Exported() {}", "exported Exported has no comment"},
		{"docs", "internal/sts/a.go", "type T struct{}", "exported T has no comment"},
		{"docs", "internal/sts/a.go", "// T is.\ntype T struct{}\nfunc (t *T) M() {}", "exported M has no comment"},
		{"docs", "internal/sts/a.go", "const A = 1", "exported A has no comment"},
		{"docs", "internal/sts/a.go", "", "internal/sts: the package has no comment"},
		{"platforms", "internal/cli/a_windows.go", "", "only internal/platform differs"},
		{"platforms", "internal/cli/a_b_other.go", "", "only internal/platform differs"},
	} {
		t.Run(c.check+"/"+c.want, func(t *testing.T) {
			bad := checks()[c.check](small(t, c.path, "package p\n"+c.text))
			if !slices.ContainsFunc(bad, func(line string) bool { return strings.Contains(line, c.want) }) {
				t.Errorf("no complaint holds %q: %q", c.want, bad)
			}
		})
	}
}

// TestChecksSpare shows the checks what they must let pass.
func TestChecksSpare(t *testing.T) {
	for _, c := range []struct{ check, path, text string }{
		{"platforms", "internal/platform/a_windows.go", ""},
		{"platforms", "internal/lab/other.go", "//go:build is said within"},
		{"floors", "internal/rule/a.go", "import (\n_ \"mtasts/internal/fact\"\n_ \"fmt\"\n)"},
		{"doors", "internal/rule/a.go", "import (\n_ \"net/netip\"\n_ \"net/url\"\n_ \"golang.org/x/net/idna\"\n)"},
		{"doors", "internal/resolve/a.go", `import _ "github.com/miekg/dns"`},
		{"doors", "cmd/mtasts/a.go", "import (\n_ \"os\"\n_ \"os/signal\"\n)"},
		{"worldly", "cmd/mtasts/a.go", "import (\"os\"\n\"time\")\nfunc main() { _ = time.Now; os.Exit(0) }"},
		{"worldly", "internal/rule/a.go", "type clock struct{ Now int }\nfunc f(time clock) int { return time.Now }"},
		{"sizes", "internal/sts/a.go", "func f() {\n" + strings.Repeat("_ = 0\n", 7) + "}"},
		{"init", "internal/sts/a.go", "type t int\nfunc (t) init() {}"},
		{"globals", "internal/sts/a.go", "var n int\nfunc f(n int) { n = 1; m := n; m++; _ = &m }"},
		{"globals", "internal/sts/a.go", "import \"sync\"\nvar one = sync.OnceValue(func() int { return 1 })"},
		{"globals", "internal/sts/a.go", "type t struct{ n int }\nfunc (x *t) f() { x.n = 1 }"},
		{"docs", "internal/sts/a.go", "// The words.\nconst (\nA = 1\nB = 2\n)\ntype t int\nfunc (t) M() {}"},
	} {
		t.Run(fmt.Sprintf("%s/%.40s", c.check, c.text), func(t *testing.T) {
			report(t, checks()[c.check](small(t, c.path, "// Package p is small.\npackage p\n"+c.text)))
		})
	}
}

// small is a tree of one file.
func small(t *testing.T, name, text string) []source {
	t.Helper()
	s, err := parse(token.NewFileSet(), name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return []source{s}
}

func TestCheckTop(t *testing.T) {
	good := []string{".ci", ".gitignore", "LICENSE", "cmd", "go.mod"}
	report(t, checkTop(good))
	if bad := checkTop([]string{"docs", "cmd"}); len(bad) != 1 || !strings.HasPrefix(bad[0], "docs does not belong") {
		t.Errorf("got %q", bad)
	}
}

func TestMedian(t *testing.T) {
	for want, all := range map[int][]int{0: nil, 3: {9, 3, 1}, 2: {4, 2}} {
		if got := median(all); got != want {
			t.Errorf("median(%v) = %d, want %d", all, got, want)
		}
	}
}

// TestTagged: a build constraint stands above the package clause.
func TestTagged(t *testing.T) {
	for text, want := range map[string]int{
		"//go:build !windows\n\npackage p\n":                  1,
		"// Package p is.\npackage p\n\n//go:build windows\n": 0,
	} {
		if bad := checkPlatforms(small(t, "internal/cli/a.go", text)); len(bad) != want {
			t.Errorf("%q: %q", text, bad)
		}
	}
}
