package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// thirdParty is the file of the licences of others.
func thirdParty() string { return filepath.Join(dist, "doc", "THIRD-PARTY.txt") }

// licences writes the licences of what is linked into the binaries: Go and the modules. Most of them want to
// go with every binary.
func licences(ctx context.Context, t *tool) error {
	found := map[string]string{} // module and version to where it lies
	for _, p := range platforms() {
		if err := t.modules(ctx, p, found); err != nil {
			return err
		}
	}
	root, err := t.ask(ctx, nil, "env", "GOROOT")
	if err != nil {
		return err
	}
	found["Go"] = strings.TrimSpace(root)
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteString("The programs contain Go's standard library and the modules below.\n")
	for _, name := range names {
		text, err := licence(found[name])
		if err != nil {
			return fmt.Errorf("the licence of %s: %w", name, err)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", name, strings.Repeat("=", len(name)), bytes.TrimSpace(text))
	}
	return write(thirdParty(), b.Bytes(), 0o644)
}

// modules adds those that a platform's binary is made of.
func (t *tool) modules(ctx context.Context, p platform, found map[string]string) error {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"
	out, err := t.ask(ctx, []string{"GOOS=" + p.os, "GOARCH=" + p.arch}, "list", "-deps", "-f", format, "./cmd/mtasts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			found[name] = dir
		}
	}
	return nil
}

// ask is what a command of Go prints.
func (t *tool) ask(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := t.command(ctx, ".", env, args...)
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(out), nil
}

// licence is the text of the licence that lies in dir.
func licence(dir string) ([]byte, error) {
	for _, name := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			return text, err
		}
	}
	return nil, fmt.Errorf("none in %s", dir)
}
