package mailbox

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

type entry struct{ name, text string }

func zipOf(t testing.TB, list ...entry) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range list {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestKinds reads each kind from a pipe, and as a file whose name says nothing.
func TestKinds(t *testing.T) {
	one := report(1)
	const part2 = ": part 2 (x!example.com!1!2.json.gz)"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"JSON", one, []string{" = " + one}},
		{"JSON with a mark and blanks", "\xef\xbb\xbf\r\n " + one + "\r\n", []string{" = " + one}},
		{"an array", "[]", []string{" = []"}},
		{"gzip", gz(t, one), []string{" = " + one}},
		{"gzip of several members", gz(t, one[:20]) + gz(t, "") + gz(t, one[20:]), []string{" = " + one}},
		{"gzip and what is behind it", gz(t, one) + "\r\nfooter", []string{" = " + one}},
		{"gzip of a mail", gz(t, mailOf(t, 1)), []string{part2 + " = " + one}},
		{"gzip of an mbox", gz(t, fromLine+mailOf(t, 1)), []string{": mail 1" + part2 + " = " + one}},
		{"a mail", mailOf(t, 1), []string{part2 + " = " + one}},
		{
			"zip", zipOf(t, entry{"a/", ""}, entry{"a/r.json", one}, entry{"b", mailOf(t, 2)}, entry{"c.txt", "hello"}, entry{"__MACOSX/._b", "x"}, entry{"d.gz", gz(t, one)}),
			[]string{": a/r.json = " + one, ": b" + part2 + " = " + report(2), ": c.txt: other", ": d.gz = " + one},
		},
		{"nothing", "", []string{": skipped: it is empty"}},
		{"blanks", " \r\n\n", []string{": skipped: it is empty"}},
		{"text", "hello world\n", []string{": skipped: it is neither JSON, gzip, zip, a mail nor an mbox"}},
		{"XML", "<feedback>", []string{": skipped: it is neither JSON, gzip, zip, a mail nor an mbox"}},
		{"large", "{" + strings.Repeat(" ", 4<<10), []string{": skipped: it has more than 4 KiB"}},
		{"bomb", gz(t, "{"+strings.Repeat(" ", 1<<20)), []string{": skipped: it has more than 4 KiB when decompressed"}},
		{"bomb of zeros", gz(t, strings.Repeat("\x00", 1<<20)), []string{": skipped: it has more than 4 KiB when decompressed"}},
		{"cut gzip", gz(t, one)[:40], []string{": skipped: it cannot be read to its end: its compressed data ends too early"}},
		{"damaged gzip", gz(t, one)[:12] + "\xff\xff\xff" + gz(t, one)[15:], []string{": skipped: it cannot be read to its end: its compressed data is damaged"}},
		{"nothing but a magic", "\x1f\x8b", []string{": skipped: its compressed data ends too early"}},
		{"gzip in gzip", gz(t, gz(t, one)), []string{": skipped: it is gzip within gzip"}},
		{"zip in gzip", gz(t, zipOf(t)), []string{": skipped: it is a zip within gzip"}},
		{
			"zip in zip", zipOf(t, entry{"in.zip", zipOf(t, entry{"r.json", one})}, entry{"r.json", one}),
			[]string{": in.zip: skipped: it is a zip within a zip", ": r.json = " + one},
		},
		{
			"bomb in zip", zipOf(t, entry{"a.json", "{" + strings.Repeat(" ", 1<<20)}, entry{"b.json", one}),
			[]string{": a.json: skipped: it has more than 4 KiB when decompressed", ": b.json = " + one},
		},
		{"zip of nothing", zipOf(t, entry{".x", "x"}), []string{": skipped: the zip has no files"}},
		{"cut zip", zipOf(t, entry{"r.json", one})[:80], []string{": skipped: the zip is damaged or not whole"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(tree(t, map[string]string{"file": c.text}), "file")
			var piped, filed []string
			for _, line := range c.want {
				piped, filed = append(piped, "stdin"+line), append(filed, path+line)
			}
			expect(t, readText(t, c.text), piped...)
			expect(t, read(t, path, nil, 4<<10), filed...)
		})
	}
}

func TestEncryptedZip(t *testing.T) {
	text := []byte(zipOf(t, entry{"r.json", report(1)}, entry{"s.json", report(2)}))
	text[bytes.Index(text, []byte("PK\x01\x02"))+8] |= 1 // the flags in the directory
	method := bytes.LastIndex(text, []byte("PK\x01\x02")) + 10
	text[method] = 99
	expect(t, readText(t, string(text)),
		"stdin: r.json: skipped: it is encrypted", "stdin: s.json: skipped: it is compressed in a way that is not read here")
}

// overlapping is a zip whose entries are the same bytes, so many times.
func overlapping(t *testing.T, text string, times int) string {
	t.Helper()
	one := zipOf(t, entry{"a", text})
	at := strings.Index(one, "PK\x01\x02")
	end := strings.Index(one, "PK\x05\x06")
	dir, tail := one[at:end], []byte(one[end:])
	tail[8], tail[9], tail[10], tail[11] = byte(times), byte(times>>8), byte(times), byte(times>>8)
	n := len(dir) * times
	copy(tail[12:16], []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	return one[:at] + strings.Repeat(dir, times) + string(tail)
}

// TestOverlappingZip has many entries that are the same bytes, as the worst bombs do.
func TestOverlappingZip(t *testing.T) {
	const times = 5000
	got := readText(t, overlapping(t, "From x\n"+strings.Repeat("x", 1<<20), times))
	if last := got[len(got)-1]; len(got) > times || !strings.HasSuffix(last, errBomb.Error()) {
		t.Errorf("%d lines, the last is %q", len(got), last)
	}
}

// TestManyEntries: a zip's directory would take eight times its bytes.
func TestManyEntries(t *testing.T) {
	expect(t, readText(t, overlapping(t, "", 400_000)), "stdin: skipped: the zip has too many entries")
}

// TestHugeZip: as many entries as a directory says that it has would be made room for, up to one for every 30
// bytes of the file, most of which may be a hole.
func TestHugeZip(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"r.zip": "PK\x03\x04"}), "r.zip")
	if err := os.Truncate(path, zipMost+1); err != nil {
		t.Fatal(err)
	}
	expect(t, read(t, path, nil, 4<<10), path+": skipped: a zip of more than 256 MiB is not read: unpack it")
}

func TestLargeZipFromPipe(t *testing.T) {
	text := io.MultiReader(strings.NewReader("PK\x03\x04"), io.LimitReader(endless('x'), spoolMost))
	expect(t, read(t, "-", text, 4<<10), "stdin: skipped: a zip of more than 32 MiB cannot be read from a pipe: name its file")
}

// endless repeats one byte.
type endless byte

func (e endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(e)
	}
	return len(b), nil
}

// cut ends a mail within its base64.
func cut(mail string) string { return mail[:len(mail)-60] }

func TestMbox(t *testing.T) {
	one := ": part 2 (x!example.com!1!2.json.gz) = "
	text := func(body string) string { return "Subject: x\n\n" + body }
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{
			"two and another", fromLine + mailOf(t, 1) + "\n" + fromLine + text("hello\n") + "\n" + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1" + one + report(1), "stdin: mail 2: other", "stdin: mail 3" + one + report(2)},
		},
		{
			"no blank line between", fromLine + mailOf(t, 1) + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1" + one + report(1), "stdin: mail 2" + one + report(2)},
		},
		{
			"no date", "From x\n" + mailOf(t, 1) + "\nFrom x\n" + mailOf(t, 2),
			[]string{"stdin: mail 1" + one + report(1), "stdin: mail 2" + one + report(2)},
		},
		{
			"From in a body", fromLine + text("\nFrom here on\n\nFrom May to 12:00 Jun\nall is well\nFrom x: y\nFrom: z\n") + "\n" + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1: other", "stdin: mail 2" + one + report(2)},
		},
		{
			"quoted From", fromLine + "Content-Type: application/tlsrpt+json\n\n{\"a\":\n>From \n>>From \n>x\n1}\n\n" + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1 = {\"a\":\nFrom \n>From \n>x\n1}", "stdin: mail 2" + one + report(2)},
		},
		{
			"cut in a mail, and gone on", fromLine + cut(mailOf(t, 1)) + "\n" + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1: part 2 (x!example.com!1!2.json.gz): skipped: its compressed data ends too early", "stdin: mail 2" + one + report(2)},
		},
		{
			"cut at its end", fromLine + mailOf(t, 1) + "\n" + fromLine + cut(mailOf(t, 2)),
			[]string{"stdin: mail 1" + one + report(1), "stdin: mail 2: part 2 (x!example.com!1!2.json.gz): skipped: its compressed data ends too early"},
		},
		{"cut behind From", fromLine + mailOf(t, 1) + "\n" + fromLine, []string{"stdin: mail 1" + one + report(1), "stdin: mail 2: other"}},
		{
			"a long line", fromLine + text(strings.Repeat("x", 300_000)) + "\n\n" + fromLine + mailOf(t, 2),
			[]string{"stdin: mail 1: skipped: it has a line of more than 8 KiB", "stdin: mail 2" + one + report(2)},
		},
		{"a long From line", strings.TrimSpace(fromLine) + strings.Repeat("x", 300_000) + "\n" + mailOf(t, 2), []string{"stdin: mail 1" + one + report(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, readText(t, c.text), c.want...)
			crlf := readText(t, strings.ReplaceAll(c.text, "\n", "\r\n"))
			for i := range crlf {
				crlf[i] = strings.ReplaceAll(crlf[i], "\r\n", "\n")
			}
			if c.name != "cut in a mail, and gone on" && c.name != "cut at its end" {
				expect(t, crlf, c.want...)
			}
		})
	}
}

func TestMaildir(t *testing.T) {
	dir := tree(t, map[string]string{
		"cur/1778686984.M1.host:2,S":           mailOf(t, 1),
		"cur/.hidden":                          mailOf(t, 9),
		"new/1778686985.M2.host":               mailOf(t, 2),
		"new/1778686986.M3.host":               "Subject: x\n\nhello\n",
		"tmp/1778686987.M4.host":               mailOf(t, 9),
		"dovecot.index":                        "x",
		".Reports/cur/1778686988.M5.host:2,RS": mailOf(t, 5),
		".Reports/new/x":                       mailOf(t, 6),
		".Reports/tmp/x":                       mailOf(t, 9),
		".hidden/x":                            mailOf(t, 9),
		"sub/cur/x":                            mailOf(t, 7),
	})
	const part2 = ": part 2 (x!example.com!1!2.json.gz) = "
	expect(t, readTree(t, dir),
		".Reports/cur/1778686988.M5.host:2,RS"+part2+report(5), ".Reports/new/x"+part2+report(6),
		"cur/1778686984.M1.host:2,S"+part2+report(1), "new/1778686985.M2.host"+part2+report(2),
		"new/1778686986.M3.host: other", "sub/cur/x"+part2+report(7))
}

func TestDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("who makes a link needs a right to do so here")
	}
	dir := tree(t, map[string]string{
		"b.txt": report(1), "a.json": "hello", "c/d.mbox": fromLine + mailOf(t, 2), "c/e.bin": gz(t, report(3)),
		"notes": "hello", "j.jar": zipOf(t, entry{"k", report(5)}), "pipe.json.gz": gz(t, "hello"), "y.json": gz(t, report(4))[:30],
		"empty": "", "empty.json": "", ".hidden": report(9), ".git/x": report(9), "z.json.gz": report(4),
	})
	link := func(old, name string) {
		if err := os.Symlink(old, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("../b.txt", "c/link")
	link("..", "c/loop")
	link(".", "self")
	link("nowhere", "lost")
	link("c", "twice1")
	link("c", "twice2")
	up := filepath.Join(dir, "up")
	if err := os.Mkdir(up, 0o700); err != nil {
		t.Fatal(err)
	}
	link("../../"+filepath.Base(dir), "up/again")
	mail := ": mail 1: part 2 (x!example.com!1!2.json.gz) = " + report(2)
	expect(t, readTree(t, dir),
		"a.json: skipped: it is neither JSON, gzip, zip, a mail nor an mbox",
		"b.txt = "+report(1),
		"c/d.mbox"+mail, "c/e.bin = "+report(3), "c/link = "+report(1),
		"c/loop: skipped: it leads back to a directory that it is in",
		"empty: other", "empty.json: skipped: it is empty",
		"j.jar: k = "+report(5), "lost: skipped: it cannot be looked at: no such file or directory",
		"notes: other", "pipe.json.gz: skipped: it is neither JSON, gzip, zip, a mail nor an mbox",
		"self: skipped: it leads back to a directory that it is in",
		"twice1/d.mbox"+mail, "twice1/e.bin = "+report(3), "twice1/link = "+report(1),
		"twice1/loop: skipped: it leads back to a directory that it is in",
		"twice2: skipped: it is a link to a directory that was read already, or one link of too many",
		"up/again: skipped: it leads back to a directory that it is in", "y.json: skipped: it cannot be read to its end: its compressed data ends too early", "z.json.gz = "+report(4))
}

// TestManyNames has more files than names are held at a time.
func TestManyNames(t *testing.T) {
	dir := t.TempDir()
	var want, got []string
	for i := range 1000 {
		want = append(want, strconv.Itoa(i*7919))
		if err := os.WriteFile(filepath.Join(dir, want[i]), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	for _, most := range []int{1, 7, 999, 1000, 1001} {
		got = got[:0]
		for after, more := "", true; more; after = got[len(got)-1] {
			var list []name
			var err error
			if list, more, err = names(dir, after, most); err != nil || len(list) > most {
				t.Fatal(len(list), err)
			}
			for _, n := range list {
				got = append(got, n.text)
			}
			if most == 1 && len(got) == 20 {
				break
			}
		}
		if !slices.Equal(got, want[:len(got)]) || most > 1 && len(got) != len(want) {
			t.Errorf("at most %d: %q", most, got)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may read everything, and on Windows a mode takes nobody's right away")
	}
	dir := tree(t, map[string]string{"a/x": report(1), "b": report(2), "c": report(3)})
	for _, name := range []string{"a", "b"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, readTree(t, dir), "a: skipped: the directory cannot be read: permission denied",
		"b: skipped: it cannot be opened: permission denied", "c = "+report(3))
	if err := os.Chmod(filepath.Join(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestNotThere(t *testing.T) {
	err := Read(t.Context(), filepath.Join(t.TempDir(), "x"), nil, Limits{}, nil, nil, nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestFoundEnds tells that found's error ends the reading, of whatever kind.
func TestFoundEnds(t *testing.T) {
	enough := errors.New("enough")
	dir := tree(t, map[string]string{"a": report(1), "b": fromLine + mailOf(t, 1) + "\n" + fromLine + mailOf(t, 2), "c": report(1)})
	for _, path := range []string{dir, filepath.Join(dir, "b")} {
		n := 0
		never := func(string) { t.Error("called") }
		err := Read(t.Context(), path, nil, Limits{}, func(Document) error { n++; return enough }, func(s, _ string) { never(s) }, never)
		if n != 1 || !errors.Is(err, enough) {
			t.Errorf("%d documents, then %v", n, err)
		}
	}
}

// TestContextEnds ends a pipe that nobody writes to, and a directory.
func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	defer in.Close()
	nothing := func(string) { t.Error("called") }
	go func() {
		_, _ = io.WriteString(feed, fromLine+mailOf(t, 1)+"\n"+fromLine)
	}()
	err := Read(ctx, "-", in, Limits{}, func(Document) error { cancel(); return nil }, func(s, _ string) { nothing(s) }, nothing)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	err = Read(ctx, tree(t, map[string]string{"a": report(1)}), nil, Limits{}, nil, nil, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestReadError tells of a stream that breaks off, and keeps what was whole.
func TestReadError(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(fromLine+mailOf(t, 1)+"\n"+fromLine+"Subject: x\n\n"), failing{})
	expect(t, read(t, "-", broken, 4<<10), "stdin: mail 1: part 2 (x!example.com!1!2.json.gz) = "+report(1),
		"stdin: mail 2: other", "stdin: skipped: it cannot be read to its end: input/output error")
}

type failing struct{}

func (failing) Read([]byte) (int, error) {
	return 0, &os.PathError{Op: "read", Path: "x", Err: syscall.EIO}
}
