package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// source is what is built: its version without the "v", the commit, and the time of the commit, which is
// that of everything that is handed out.
type source struct {
	version, commit string
	time            time.Time
}

// stamp is the time as the program tells it.
func (s source) stamp() string { return s.time.UTC().Format(time.RFC3339) }

// readSource asks git, or the environment where there is no git: a version, COMMIT, SOURCE_DATE_EPOCH.
func readSource(ctx context.Context, dir, version string) (source, error) {
	s := source{version: strings.TrimPrefix(version, "v"), commit: os.Getenv("COMMIT")}
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	g := git{ctx, dir}
	if g.answers() {
		s.commit, epoch = g.ask("rev-parse", "HEAD"), g.ask("show", "-s", "--format=%ct", "HEAD")
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return s, errors.New("this is no checkout of git with a commit: set VERSION, COMMIT and SOURCE_DATE_EPOCH")
	}
	s.time = time.Unix(seconds, 0).UTC()
	if s.version == "" {
		if !g.answers() {
			return s, errors.New("this is no checkout of git: set VERSION")
		}
		s.version = g.version(s)
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`).MatchString(s.version) {
		return s, fmt.Errorf("%q is no version such as 1.2.3", s.version)
	}
	return s, nil
}

// git asks a checkout.
type git struct {
	ctx context.Context //nolint:containedctx // it lives as long as one question
	dir string
}

// ask is what git says, or "" where it fails.
func (g git) ask(args ...string) string {
	cmd := exec.CommandContext(g.ctx, "git", args...)
	cmd.Dir = g.dir
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// answers tells whether dir is the top of a checkout: one that merely lies in somebody else's does not count.
func (g git) answers() bool {
	_, err := os.Stat(filepath.Join(g.dir, ".git"))
	return err == nil && g.ask("rev-parse", "--verify", "HEAD") != ""
}

const versionTags = "v[0-9]*.[0-9]*.[0-9]*"

// version is the one that Go gives a build of this checkout: the tag, or else the version after the last tag
// with the time and name of the commit; and +dirty where what is built was never committed.
func (g git) version(s source) string {
	tag := g.ask("describe", "--tags", "--exact-match", "--match", versionTags)
	if tag == "" {
		tag = pseudo(g.ask("describe", "--tags", "--abbrev=0", "--match", versionTags), s)
	}
	if g.ask("status", "--porcelain") != "" {
		tag += "+dirty"
	}
	return strings.TrimPrefix(tag, "v")
}

// pseudo is the version of a commit behind a tag, https://go.dev/ref/mod#pseudo-versions.
func pseudo(tag string, s source) string {
	commit := s.time.UTC().Format("20060102150405") + "-" + s.commit[:min(12, len(s.commit))]
	base, _, pre := strings.Cut(tag, "-")
	parts := strings.Split(base, ".")
	patch, err := strconv.Atoi(parts[len(parts)-1])
	switch {
	case len(parts) != 3 || err != nil:
		return "v0.0.0-" + commit
	case pre:
		return tag + ".0." + commit
	}
	return fmt.Sprintf("%s.%s.%d-0.%s", parts[0], parts[1], patch+1, commit)
}

// files are those that are built from, from the top of the checkout: what git tracks, or would, or, without
// git, all but what begins with a point and what a release leaves.
func (g git) files() ([]string, error) {
	if g.answers() {
		return strings.Split(strings.TrimRight(g.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00"), nil
	}
	var list []string
	err := filepath.WalkDir(g.dir, func(path string, e os.DirEntry, err error) error {
		rel, _ := filepath.Rel(g.dir, path)
		switch {
		case err != nil:
			return err
		case rel != "." && e.IsDir() && (strings.HasPrefix(e.Name(), ".") || rel == dist):
			return filepath.SkipDir
		case e.Type().IsRegular():
			list = append(list, filepath.ToSlash(rel))
		}
		return nil
	})
	return list, err
}
