package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// shells are those whose completion is handed out, and the names by which they look for it.
func shells() map[string]string {
	return map[string]string{"bash": "mtasts.bash", "zsh": "_mtasts", "fish": "mtasts.fish", "powershell": "mtasts.ps1"}
}

// Where the documents lie: the manual, the completions, and what of it packages want in another form.
func manual() string      { return filepath.Join(dist, "doc", "man") }
func completions() string { return filepath.Join(dist, "doc", "completions") }
func packaged() string    { return filepath.Join(dist, "doc", "packaged") }

// documents has the program write its manual and completions.
func documents(ctx context.Context, t *tool) error {
	here := platform{runtime.GOOS, runtime.GOARCH}
	program, err := filepath.Abs(filepath.Join(dist, "bin", "here", here.program()))
	if err != nil {
		return err
	}
	if err := t.build(ctx, ".", program, here); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, program, "man", "--dir", manual()).CombinedOutput(); err != nil {
		return fmt.Errorf("mtasts man: %w: %s", err, out)
	}
	for shell, name := range shells() {
		text, err := exec.CommandContext(ctx, program, "completion", shell).Output()
		if err == nil {
			err = write(filepath.Join(completions(), name), text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("mtasts completion %s: %w", shell, err)
		}
	}
	return cmp.Or(licences(ctx, t), os.RemoveAll(filepath.Dir(program)))
}

// member is a file of an archive: its name there, with slashes, and what is in it.
type member struct {
	name string
	text []byte
	mode os.FileMode
}

// archive writes the archive of a platform: a zip for Windows, a tar.gz for all others.
func archive(s source, p platform) error {
	name := fmt.Sprintf("mtasts_%s_%s_%s", s.version, p.os, p.arch)
	list, err := members(p)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].name = path.Join(name, list[i].name)
	}
	pack, ending := tarball, ".tar.gz"
	if p.os == "windows" {
		pack, ending = zipball, ".zip"
	}
	var b bytes.Buffer
	if err := pack(&b, s.time, list); err != nil {
		return err
	}
	fmt.Printf("%-14s %s\n", p, name+ending)
	return write(filepath.Join(dist, name+ending), b.Bytes(), 0o644)
}

// members are the files of an archive, sorted.
func members(p platform) ([]member, error) {
	from := map[string]string{
		p.program(): p.binary(), "LICENSE": "LICENSE", "THIRD-PARTY.txt": thirdParty(), "README.md": "README.md",
		"CHANGELOG.md": filepath.Join(notes, "CHANGELOG.md"),
	}
	for folder, dir := range map[string]string{"man": manual(), "completions": completions()} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			from[folder+"/"+e.Name()] = filepath.Join(dir, e.Name())
		}
	}
	var list []member
	for name, file := range from {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m := member{name, text, 0o644}
		if name == p.program() {
			m.mode = 0o755
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return list, nil
}

// tarball writes a tar.gz in which nothing tells who made it, where or when: all of it is of root, and of
// the time given.
func tarball(w io.Writer, at time.Time, list []member) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, m := range list {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: m.name, Size: int64(len(m.text)), Mode: int64(m.mode), ModTime: at,
			Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(m.text); err != nil {
			return err
		}
	}
	return cmp.Or(t.Close(), z.Close())
}

// zipball is the same as a zip.
func zipball(w io.Writer, at time.Time, list []member) error {
	z := zip.NewWriter(w)
	for _, m := range list {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: at.UTC()}
		h.SetMode(m.mode)
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(m.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// gzipped is a text as gzip -9n leaves it.
func gzipped(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a good one
	_, _ = z.Write(text)                                  // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

// sums writes the checksums of the files in dir, as sha256sum --check reads them.
func sums(dir, file string) error {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != dir && dir == dist:
			return filepath.SkipDir // what is on the way to what is handed out
		case e.IsDir():
			return nil
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
