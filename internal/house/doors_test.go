package house

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// nobody is the door that is shut.
func nobody() []string { return nil }

func packages(names ...string) []string {
	var dirs []string
	for _, name := range names {
		if name != "cmd/mtasts" {
			name = "internal/" + name
		}
		dirs = append(dirs, name)
	}
	return dirs
}

// doors tells which packages may import what touches the world, and which third-party modules
// are let in where. A path ending in "/" stands for everything below it. The longest match counts.
// What has no line is open when it is of the standard library, and shut when it is not.
func doors() map[string][]string {
	network := packages("cmd/mtasts", "collect", "resolve", "tunnel", "lab")
	return map[string][]string{
		"net":  append(packages("trouble"), network...),
		"net/": network,
		// How mails are written down; nothing is sent.
		"net/mail":      packages("mailbox"),
		"net/textproto": packages("mailbox"),
		"crypto/tls":    network,
		"syscall":       append(packages("cli", "trouble", "platform"), network...), // errnos: a refused connection, a closed pipe
		"crypto/x509":   append(packages("pkix", "dane", "cli", "platform"), network...),
		// Files: resolv.conf, --ca-file, -f, --save-facts, mailboxes. The streams are shut below.
		"os":        append(packages("cli", "files", "mailbox", "trouble", "platform"), network...),
		"os/":       nobody(),
		"os/signal": packages("cmd/mtasts"),
		// These speak to the process's own streams, or are meant for tests.
		"log":      nobody(),
		"log/":     nobody(),
		"flag":     nobody(),
		"expvar":   nobody(),
		"plugin":   nobody(),
		"testing":  nobody(),
		"testing/": nobody(),
		"unsafe":   packages("platform"), // Windows fills room in whose size it tells

		"github.com/miekg/dns":   packages("resolve", "lint", "lab"), // lint reads zone files
		"github.com/fatih/color": packages("render"),
		"github.com/spf13/":      packages("cli"),
		// What differs between operating systems is in one place.
		// What others know of proxies: SOCKS5, and how NO_PROXY is written.
		"golang.org/x/net/proxy":                  packages("tunnel"),
		"golang.org/x/net/http/httpproxy":         packages("tunnel"),
		"golang.org/x/term":                       packages("platform"),
		"golang.org/x/sys/":                       packages("platform"),
		"golang.org/x/crypto/x509roots/fallback/": packages("platform"),
		// The format in which the built-in scenes are kept.
		"github.com/rogpeppe/go-internal/txtar": packages("lab"),
	}
}

// pure are packages behind a shut door that only compute.
func pure() []string {
	return []string{
		"net/netip", "net/url",
		"golang.org/x/net/idna", "golang.org/x/net/publicsuffix",
	}
}

// forTests is a package of which only tests may make use: what they compare the program with.
const forTests = module + "/internal/abnf"

// mayImport tells whether the package in dir may import target.
func mayImport(dir, target string) bool {
	if target == forTests {
		return false
	}
	if strings.HasPrefix(target, module+"/") || slices.Contains(pure(), target) {
		return true
	}
	found, who := "", []string(nil)
	for door, list := range doors() {
		below := strings.HasSuffix(door, "/") && strings.HasPrefix(target, door)
		if (door == target || below) && len(door) > len(found) {
			found, who = door, list
		}
	}
	if found == "" {
		first, _, _ := strings.Cut(target, "/")
		return !strings.Contains(first, ".")
	}
	return slices.Contains(who, dir)
}

// checkDoors complains of imports that the doors do not let in.
func checkDoors(list []source) []string {
	var bad []string
	for _, s := range list {
		for _, spec := range s.syntax.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			if !mayImport(s.dir(), target) {
				bad = append(bad, fmt.Sprintf("%s: %s may not import %s", s.at(spec.Pos()), s.dir(), target))
			}
			if spec.Name != nil && spec.Name.Name == "." {
				bad = append(bad, fmt.Sprintf("%s: a dot import hides whose name is meant", s.at(spec.Pos())))
			}
		}
	}
	return bad
}

// worldly are the names that only cmd/mtasts may say: the clock, the end, the streams, the
// environment and the machine's name. Everybody else is handed them. Since and Until read the clock too.
func worldly() map[string][]string {
	return map[string][]string{
		"time": {"Now", "Since", "Until"},
		"os": {
			"Exit", "Stdin", "Stdout", "Stderr", "Args",
			"Getenv", "LookupEnv", "Environ", "Setenv", "Unsetenv",
			"Hostname",
		},
		"fmt":     {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
		"runtime": {"Goexit"},
		"syscall": {"Exit", "Getenv", "Environ"},
	}
}

// checkWorldly complains of those names outside cmd/mtasts.
func checkWorldly(list []source) []string {
	var bad []string
	shut := worldly()
	for _, s := range list {
		if s.dir() == "cmd/mtasts" {
			continue
		}
		imports := s.imports()
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if pkg, name, ok := selected(imports, n); ok && slices.Contains(shut[pkg], name) {
				bad = append(bad, fmt.Sprintf("%s: %s.%s only in cmd/mtasts", s.at(n.Pos()), pkg, name))
			}
			return true
		})
	}
	return bad
}
