package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// nfpm writes packages without the tools of Debian or Red Hat. The Go command builds it.
	nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.1"
	// nobody is who maintains the packages where MAINTAINER names no one.
	nobody = "The authors of mtasts <noreply@mtasts.invalid>"
)

// packages writes a deb and an rpm for each platform of Linux.
func packages(ctx context.Context, t *tool, list []platform) error {
	if err := packagedDocuments(t.src); err != nil {
		return err
	}
	program, err := filepath.Abs(filepath.Join(dist, "bin", "nfpm"))
	if err != nil {
		return err
	}
	if err := t.install(ctx, nfpm, filepath.Dir(program)); err != nil {
		return fmt.Errorf("%s: %w", nfpm, err)
	}
	for _, p := range list {
		if p.os != "linux" {
			continue
		}
		for _, kind := range []string{"deb", "rpm"} {
			if err := t.pack(ctx, program, kind, p); err != nil {
				return fmt.Errorf("%s of %s: %w", kind, p, err)
			}
		}
	}
	return nil
}

// install builds a program of another module into dir.
func (t *tool) install(ctx context.Context, module, dir string) error {
	return t.command(ctx, ".", []string{"GOBIN=" + dir}, "install", module).Run()
}

// pack runs nfpm, with the time of the commit for all that it writes.
func (t *tool) pack(ctx context.Context, program, kind string, p platform) error {
	target := filepath.Join(dist, fmt.Sprintf("mtasts_%s_%s_%s.%s", t.src.version, p.os, p.arch, kind))
	cmd := exec.CommandContext(ctx, program, "package", "--config", filepath.Join(notes, "nfpm.yaml"), "--packager", kind, "--target", target)
	cmd.Env = append(os.Environ(),
		"VERSION="+t.src.version, "ARCH="+p.arch, "BINARY="+filepath.ToSlash(p.binary()), "MAINTAINER="+maintainer(),
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", t.src.time.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	fmt.Printf("%-14s %s\n", p, filepath.Base(target))
	return nil
}

func maintainer() string {
	if who := os.Getenv("MAINTAINER"); who != "" {
		return who
	}
	return nobody
}

// packagedDocuments writes what packages want in a form of their own: pages and changelogs in gzip, and
// Debian's copyright and changelog.
func packagedDocuments(s source) error {
	pages, err := filepath.Glob(filepath.Join(manual(), "*.1"))
	if err != nil {
		return err
	}
	zipped := map[string]string{"changelog.gz": filepath.Join(notes, "CHANGELOG.md"), "THIRD-PARTY.txt.gz": thirdParty()}
	for _, page := range pages {
		zipped["man/"+filepath.Base(page)+".gz"] = page
	}
	for name, file := range zipped {
		text, err := os.ReadFile(file)
		if err == nil {
			err = write(filepath.Join(packaged(), name), gzipped(text), 0o644)
		}
		if err != nil {
			return err
		}
	}
	if err := write(filepath.Join(packaged(), "changelog.Debian.gz"), gzipped([]byte(debianChangelog(s))), 0o644); err != nil {
		return err
	}
	return copyright()
}

// debianVersion is the version of the deb: what comes before a release sorts before it.
func debianVersion(version string) string { return strings.Replace(version, "-", "~", 1) + "-1" }

// debianChangelog has one entry: what Debian wants to know is in changelog.gz.
func debianChangelog(s source) string {
	return fmt.Sprintf("mtasts (%s) stable; urgency=medium\n\n  * Release %s: changelog.gz tells what is new.\n\n -- %s  %s\n",
		debianVersion(s.version), s.version, maintainer(), s.time.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
}

// copyright writes Debian's file of that name. What lies beside it has the licences of others.
func copyright() error {
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	const others = "\nThe program contains Go's standard library and modules; THIRD-PARTY.txt.gz beside this file has their licences.\n"
	return write(filepath.Join(packaged(), "copyright"), append(own, others...), 0o644)
}
