package platform

import (
	"crypto/x509"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// TestMozilla: the roots that senders' machines have are there, and Go itself verifies by them.
func TestMozilla(t *testing.T) {
	pool, all := mozilla(), []*x509.Certificate(nil)
	for r := range bundle.Roots() {
		c, err := x509.ParseCertificate(r.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) < 80 || pool.Equal(x509.NewCertPool()) {
		t.Fatalf("%d roots", len(all))
	}
	named := func(name string) func(*x509.Certificate) bool {
		return func(c *x509.Certificate) bool { return strings.Contains(c.Subject.String(), name) }
	}
	for _, name := range []string{"ISRG Root X1", "DigiCert Global Root G2", "GTS Root R1", "USERTrust RSA", "GlobalSign"} {
		i := slices.IndexFunc(all, named(name))
		if i < 0 {
			t.Errorf("%s is missing", name)
			continue
		}
		opt := x509.VerifyOptions{Roots: pool, CurrentTime: all[i].NotBefore.Add(time.Hour), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
		if chains, err := all[i].Verify(opt); err != nil || len(chains[0]) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPureGo: the pool that stands for what Windows or macOS makes of a chain is never used.
func TestPureGo(t *testing.T) {
	system, err := x509.SystemCertPool()
	if err != nil {
		t.Skip(err)
	}
	if files := runtime.GOOS != "windows" && runtime.GOOS != "darwin"; Roots().Equal(system) != files || (RootsName() == "system") != files {
		t.Errorf("%s on %s", RootsName(), runtime.GOOS)
	}
}

// TestDayOf: the day of the roots is told by the version of their module, as go.mod has it.
func TestDayOf(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(regexp.QuoteMeta(bundled) + ` (\S+)`).FindStringSubmatch(string(text))
	if len(version) != 2 || !regexp.MustCompile(`^ 20\d\d-\d\d-\d\d$`).MatchString(dayOf(version[1])) {
		t.Errorf("%q", version)
	}
	for _, odd := range []string{"", "v1.2.3", "v0.0.0-2026-x", "(devel)"} {
		if got := dayOf(odd); got != "" {
			t.Errorf("%s: %q", odd, got)
		}
	}
	if !strings.HasPrefix(mozillaName(), "mozilla") {
		t.Error(mozillaName())
	}
}
