package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// bundles are where systems keep the roots that they trust, in one file.
func bundles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch
		"/etc/pki/tls/certs/ca-bundle.crt",   // Red Hat
		"/etc/ssl/ca-bundle.pem",             // SUSE
		"/etc/ssl/cert.pem",                  // FreeBSD, macOS
	}
}

// image lays out what an image is built from, dist/image: the Containerfile, the binaries of Linux, and CA
// roots. These are a copy of those that this machine trusts, and no two machines need have the same: ROOTS
// names another file.
func image(s source, list []platform) error {
	dir := filepath.Join(dist, "image")
	from, roots, err := trusted()
	if err != nil {
		fmt.Println("image: left out:", err)
		return nil
	}
	files := map[string]string{
		"Containerfile": filepath.Join(notes, "Containerfile"), "LICENSE": "LICENSE", "THIRD-PARTY.txt": thirdParty(),
	}
	for _, p := range list {
		if p.os == "linux" {
			files[p.arch+"/mtasts"] = p.binary()
		}
	}
	for name, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = write(filepath.Join(dir, name), text, 0o644) // the Containerfile says what may be run
		}
		if err != nil {
			return err
		}
	}
	if err := write(filepath.Join(dir, "ca-certificates.crt"), roots, 0o644); err != nil {
		return err
	}
	fmt.Printf("image          %s, with %d CA roots of %s, sha256 %x\n", dir,
		bytes.Count(roots, []byte("-----BEGIN CERTIFICATE-----")), from, sha256.Sum256(roots))
	about := fmt.Sprintf("%s\n%s\n%d\n", s.version, s.commit, s.time.Unix())
	if err := write(filepath.Join(dir, "version"), []byte(about), 0o644); err != nil {
		return err
	}
	return sums(dir, filepath.Join(dir, "SHA256SUMS"))
}

// trusted are the roots of this machine, and where they were.
func trusted() (string, []byte, error) {
	list := bundles()
	if file := os.Getenv("ROOTS"); file != "" {
		list = []string{file}
	}
	for _, file := range list {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")) {
			return file, text, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return file, nil, err
		}
	}
	return "", nil, fmt.Errorf("no CA roots in %v", list)
}
