package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// toolchain is that of releases: another one makes other bytes of the same source. Go fetches it where
	// another one is installed.
	toolchain = "go1.26.8"
	// sizeBar is the most that a binary may have, in bytes.
	sizeBar = 15_000_000
)

// platform is a GOOS and GOARCH.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// platforms are those that releases are built for.
func platforms() []platform {
	var list []platform
	for _, system := range []string{"linux", "darwin", "windows", "freebsd"} {
		list = append(list, platform{system, "amd64"}, platform{system, "arm64"})
	}
	return list
}

// parsePlatforms reads a list of them, "all" and "none".
func parsePlatforms(text string) ([]platform, error) {
	switch text {
	case "all":
		return platforms(), nil
	case "none", "":
		return nil, nil
	}
	var list []platform
	for name := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(platforms(), func(p platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("%q is none of %v", name, platforms())
		}
		list = append(list, platforms()[i])
	}
	return list, nil
}

// program is the name of the binary.
func (p platform) program() string {
	if p.os == "windows" {
		return "mtasts.exe"
	}
	return "mtasts"
}

// binary is where the binary lies.
func (p platform) binary() string { return filepath.Join(dist, "bin", p.os+"_"+p.arch, p.program()) }

// tool is the Go command with all that would make other bytes shut out.
type tool struct {
	src source
	env []string
}

// newTool asks Go where it keeps and gets its modules, and forgets all other settings: those of the
// environment, and those of `go env -w`.
func newTool(ctx context.Context, chain string, src source) (*tool, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GONOPROXY", "GOINSECURE")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	kept := map[string]string{}
	if err := json.Unmarshal(out, &kept); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	t := &tool{src: src}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GO") && !strings.HasPrefix(v, "CGO_") {
			t.env = append(t.env, v)
		}
	}
	for name, value := range kept {
		t.env = append(t.env, name+"="+value)
	}
	t.env = append(t.env, "GOENV=off", "GOWORK=off", "GOFLAGS=-trimpath -buildvcs=false", "CGO_ENABLED=0", "GOTOOLCHAIN="+chain)
	return t, nil
}

// command is one of Go, to be run in dir.
func (t *tool) command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, slices.Concat(t.env, env), os.Stdout, os.Stderr
	return cmd
}

// build makes a binary of the source in dir.
func (t *tool) build(ctx context.Context, dir, file string, p platform, env ...string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	const names = "mtasts/internal/cli.release"
	flags := fmt.Sprintf("-s -w -buildid= -X %sVersion=%s -X %sCommit=%s -X %sTime=%s",
		names, t.src.version, names, t.src.commit, names, t.src.stamp())
	env = append(env, "GOOS="+p.os, "GOARCH="+p.arch)
	return t.command(ctx, dir, env, "build", "-ldflags", flags, "-o", file, "./cmd/mtasts").Run()
}

// binaries builds them, holds them against the bar, and builds some again.
func binaries(ctx context.Context, t *tool, o options) error {
	var bad []error
	for _, p := range o.platforms {
		if err := t.build(ctx, ".", p.binary(), p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		text, err := os.ReadFile(p.binary())
		if err != nil {
			return err
		}
		fmt.Printf("%-14s %10d bytes  %x\n", p, len(text), sha256.Sum256(text))
		bad = append(bad, tooLarge(p, len(text)))
		if slices.Contains(o.twice, p) {
			bad = append(bad, again(ctx, t, p, text))
		}
	}
	return errors.Join(bad...)
}

// tooLarge complains of a binary over the bar.
func tooLarge(p platform, size int) error {
	if size > sizeBar {
		return fmt.Errorf("%s: a binary of %d bytes; %d are allowed", p, size, sizeBar)
	}
	return nil
}

// again builds the same from a copy of the source somewhere else, with nothing that has been compiled
// before, and compares.
func again(ctx context.Context, t *tool, p platform, first []byte) error {
	dir, err := os.MkdirTemp("", "mtasts-again-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays behind lies among what is temporary
	copied, file := filepath.Join(dir, "another place"), filepath.Join(dir, p.program())
	if err := copySource(ctx, copied); err != nil {
		return err
	}
	if err := t.build(ctx, copied, file, p, "GOCACHE="+filepath.Join(dir, "cache"), "GOMAXPROCS=3", "TZ=Asia/Kathmandu", "LC_ALL=C"); err != nil {
		return fmt.Errorf("%s, again: %w", p, err)
	}
	second, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return same(p, first, second)
}

// same holds two builds of a binary against each other.
func same(p platform, first, second []byte) error {
	if !bytes.Equal(first, second) {
		return fmt.Errorf("%s: built again from another folder with an empty cache it has other bytes (%x)", p, sha256.Sum256(second))
	}
	fmt.Printf("%-14s the same bytes from another folder, with an empty cache\n", p)
	return nil
}

// copySource copies what is built from to dir.
func copySource(ctx context.Context, dir string) error {
	list, err := git{ctx, "."}.files()
	if err != nil {
		return err
	}
	for _, name := range list {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // git has it still, the folder has not
		}
		if err == nil {
			err = write(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write writes a file and the folders that it lies in.
func write(name string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, mode)
}
