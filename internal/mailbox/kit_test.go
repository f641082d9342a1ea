package mailbox

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// report is the JSON of a report with a number to know it by.
func report(n int) string {
	return fmt.Sprintf(`{"organization-name":"Company-X","report-id":"%d","policies":[]}`, n)
}

func gz(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// b64 is base64 in lines of 76 characters.
func b64(text string) string {
	s := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s + "\n"
}

// mailOf is a mail as Google sends them.
func mailOf(t testing.TB, n int) string {
	t.Helper()
	return "Received: by mail.example.com with SMTP id x\n        for <r@example.com>; Wed, 13 May 2026 08:43:02 -0700 (PDT)\n" +
		"MIME-Version: 1.0\nTLS-Report-Domain: example.com\nTLS-Report-Submitter: company-x.example\n" +
		fmt.Sprintf("Subject: Report Domain: example.com Submitter: company-x.example Report-ID: <%d@company-x.example>\n", n) +
		"From: noreply@company-x.example\nTo: r@example.com\n" +
		"Content-Type: multipart/report; boundary=\"0000b06cc\"; report-type=tlsrpt\n\n" +
		"--0000b06cc\nContent-Type: text/plain; charset=\"UTF-8\"\n\nThis is an aggregate TLS report from company-x.example\n\n" +
		"--0000b06cc\nContent-Type: application/tlsrpt+gzip;\n\tname=\"x!example.com!1!2.json.gz\"\n" +
		"Content-Disposition: attachment;\n\tfilename=\"x!example.com!1!2.json.gz\"\nContent-Transfer-Encoding: base64\n\n" +
		b64(gz(t, report(n))) + "\n--0000b06cc--\n"
}

const fromLine = "From bounce@company-x.example Tue May 12 11:44:50 2026\n"

// read is what Read finds, line by line: "SOURCE = JSON", "SOURCE: skipped: WHY", "SOURCE: other".
func read(t testing.TB, path string, stdin io.Reader, limit int64) []string {
	t.Helper()
	list := []string{}
	err := Read(t.Context(), path, stdin, Limits{Report: limit},
		func(d Document) error { list = append(list, d.Source+" = "+string(d.JSON)); return nil },
		func(source, why string) { list = append(list, source+": skipped: "+why) },
		func(source string) { list = append(list, source+": other") })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// readText reads a text as stdin.
func readText(t testing.TB, text string) []string {
	t.Helper()
	return read(t, "-", strings.NewReader(text), 4<<10)
}

func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// tree writes files below a directory of the test's, and returns it. A Maildir's have colons in their
// names, which Windows has for something else.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if runtime.GOOS == "windows" && strings.Contains(name, ":") {
			t.Skip("no file has a colon in its name here")
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readTree reads a directory; the sources are those below it.
func readTree(t testing.TB, dir string) []string {
	t.Helper()
	list := read(t, dir, nil, 4<<10)
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], dir)
		if below, what, found := strings.Cut(list[i], " "); found {
			list[i] = strings.TrimPrefix(filepath.ToSlash(below), "/") + " " + what
		}
	}
	return list
}
