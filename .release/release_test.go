package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// at is the time of every commit here.
const at = 1795467912 // 2026-11-23T21:05:12Z

// checkout is a repository of git with one commit, and what runs git in it.
func checkout(t *testing.T) (string, func(args ...string)) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
	dir := t.TempDir()
	day := fmt.Sprintf("%d +0545", at)
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull, "GIT_COMMITTER_DATE": day, "GIT_AUTHOR_DATE": day,
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
	} {
		t.Setenv(name, value)
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	run("init", "-q")
	run("commit", "-q", "--allow-empty", "-m", "first")
	return dir, run
}

// The version is the tag; behind it, and where what is built was never committed, it is one that says so.
func TestVersionOfACheckout(t *testing.T) {
	dir, run := checkout(t)
	is := func(want string) {
		t.Helper()
		s, err := readSource(t.Context(), dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(s.version, s.commit[:12], "HASH"); got != want || s.stamp() != "2026-11-23T21:05:12Z" {
			t.Errorf("it is version %s of %s, want %s", got, s.stamp(), want)
		}
	}
	is("0.0.0-20261123210512-HASH")
	run("tag", "nonsense")
	run("tag", "v1.2.3")
	is("1.2.3")
	run("commit", "-q", "--allow-empty", "-m", "second")
	is("1.2.4-0.20261123210512-HASH")
	run("tag", "v2.0.0-rc.1")
	is("2.0.0-rc.1")
	run("commit", "-q", "--allow-empty", "-m", "third")
	is("2.0.0-rc.1.0.20261123210512-HASH")
	run("tag", "-a", "-m", "whole", "v2.0.0")
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	is("2.0.0+dirty")
	s, err := readSource(t.Context(), dir, "v3.1.4")
	if err != nil || s.version != "3.1.4" {
		t.Errorf("asked for v3.1.4 it is %q, %v", s.version, err)
	}
}

// Where there is no git all has to be told; a folder within somebody else's checkout is none.
func TestSourceWithoutGit(t *testing.T) {
	dir, _ := checkout(t)
	inner := filepath.Join(dir, "inner")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "")
	t.Setenv("COMMIT", "")
	if _, err := readSource(t.Context(), inner, "1.2.3"); err == nil {
		t.Error("a time was found")
	}
	t.Setenv("SOURCE_DATE_EPOCH", fmt.Sprint(at))
	t.Setenv("COMMIT", "abc")
	if s, err := readSource(t.Context(), inner, "1.2.3"); err != nil || s.commit != "abc" || s.stamp() != "2026-11-23T21:05:12Z" {
		t.Errorf("it is %+v, %v", s, err)
	}
	for _, version := range []string{"", "1.2", "one", "1.2.3 -X main.evil=1"} {
		if s, err := readSource(t.Context(), inner, version); err == nil {
			t.Errorf("%q became %+v", version, s)
		}
	}
}

// Both kinds of archive are the same bytes each time, wherever the clock is, and hold what was put in.
func TestArchivesAreReproducible(t *testing.T) {
	list := []member{{"d/README.md", []byte("text"), 0o644}, {"d/mtasts", bytes.Repeat([]byte("program"), 99), 0o755}}
	for name, pack := range map[string]func(io.Writer, time.Time, []member) error{"tar.gz": tarball, "zip": zipball} {
		var first, second bytes.Buffer
		nepal := time.FixedZone("Nepal", 20700)
		if err := pack(&first, time.Unix(at, 0).UTC(), list); err != nil {
			t.Fatal(err)
		}
		if err := pack(&second, time.Unix(at, 0).In(nepal), list); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("two of %s differ", name)
		}
	}
}

func TestTarballTellsNobody(t *testing.T) {
	var b bytes.Buffer
	if err := tarball(&b, time.Unix(at, 0), []member{{"d/mtasts", []byte("program"), 0o755}}); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	h, err := tar.NewReader(z).Next()
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" || h.Uid != 0 || h.Gid != 0 || h.Uname != "root" || h.Mode != 0o755 || h.ModTime.Unix() != at {
		t.Errorf("gzip tells %+v, tar %+v", z.Header, h)
	}
}

// The sums are those of what is handed out alone, as sha256sum has them.
func TestSums(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"dist/b.zip", "dist/a.tar.gz", "dist/bin/linux_amd64/mtasts"} {
		if err := write(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sums(dist, filepath.Join(dist, "SHA256SUMS")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("dist/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x  a.tar.gz\n%x  b.zip\n", sha256.Sum256([]byte("dist/a.tar.gz")), sha256.Sum256([]byte("dist/b.zip")))
	if string(got) != want {
		t.Errorf("they are\n%swant\n%s", got, want)
	}
}

// A binary over the bar, and one that comes out otherwise the second time, fail the release.
func TestBars(t *testing.T) {
	if err := tooLarge(platforms()[0], sizeBar); err != nil {
		t.Error(err)
	}
	if err := tooLarge(platforms()[0], sizeBar+1); err == nil {
		t.Error("a binary over the bar passes")
	}
	if err := same(platforms()[0], []byte("one"), []byte("two")); err == nil {
		t.Error("two binaries that differ pass for the same")
	}
}

func TestDebianChangelog(t *testing.T) {
	t.Setenv("MAINTAINER", "A <a@example.com>")
	s := source{version: "1.2.4-0.2026-abc", time: time.Unix(at, 0)}
	want := "mtasts (1.2.4~0.2026-abc-1) stable; urgency=medium\n\n  * Release 1.2.4-0.2026-abc: changelog.gz tells what is new.\n\n" +
		" -- A <a@example.com>  Mon, 23 Nov 2026 21:05:12 +0000\n"
	if got := debianChangelog(s); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}

// Nothing that Go was told by the environment gets into a build.
func TestSettingsAreForgotten(t *testing.T) {
	for name, value := range map[string]string{"GOFLAGS": "-tags=other", "GOAMD64": "v3", "GOEXPERIMENT": "jsonv2", "CGO_ENABLED": "1", "GOPROXY": "off"} {
		t.Setenv(name, value)
	}
	tool, err := newTool(context.Background(), "local", source{})
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Join(tool.env, "\n") + "\n"
	for _, gone := range []string{"GOAMD64", "GOEXPERIMENT", "-tags=other", "CGO_ENABLED=1"} {
		if strings.Contains(env, gone) {
			t.Errorf("%s is left", gone)
		}
	}
	for _, want := range []string{"GOPROXY=off\n", "GOENV=off\n", "CGO_ENABLED=0\n", "GOTOOLCHAIN=local\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
