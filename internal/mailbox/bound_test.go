package mailbox

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// FuzzRead reads any bytes: it never panics, and what it finds is within the limit.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		report(1), mailOf(f, 1), fromLine + mailOf(f, 1) + "\n" + fromLine + mailOf(f, 2), gz(f, report(1)), gz(f, fromLine+mailOf(f, 1)),
		zipOf(f, entry{"a.json", report(1)}, entry{"b", mailOf(f, 1)}), "\xef\xbb\xbf\r\n{}", "", "From x\n", "a:\n--\n",
		parts("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+b64(mailOf(f, 1)), "Content-Transfer-Encoding: quoted-printable\n\n=7b=\n=\n=x"),
		"Content-Type: multipart/digest; boundary*0*=''%41; boundary*1=\"b\\\"\n\n--Ab\n\n\n--Ab--",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 8 << 10
		n := 0
		line := func(source, why string) {
			n++
			if len(source) > 400 || len(why) > 200 {
				t.Errorf("%q: %q", source, why)
			}
		}
		err := Read(t.Context(), "-", bytes.NewReader(data), Limits{Report: limit}, func(d Document) error {
			line(d.Source, "")
			if len(d.JSON) > limit {
				t.Errorf("a document of %d bytes", len(d.JSON))
			}
			return nil
		}, line, func(source string) { line(source, "") })
		if err != nil || n == 0 {
			t.Errorf("%v after %d lines", err, n)
		}
	})
}

// TestLongLine reads a line of 1 GiB, in each place where one may stand: it is never held.
func TestLongLine(t *testing.T) {
	after := "\n\n" + fromLine + mailOf(t, 2)
	second := "stdin: mail 2: part 2 (x!example.com!1!2.json.gz) = " + report(2)
	for _, c := range []struct {
		name, before, after string
		fill                byte
		want                []string
	}{
		{"alone", "", "", 'x', []string{"stdin: skipped: it is neither JSON, gzip, zip, a mail nor an mbox"}},
		{"JSON", "{", "}", ' ', []string{"stdin: skipped: it has more than 5 MiB"}},
		{"a header", fromLine + "Subject: ", after, 'x', []string{"stdin: mail 1: skipped: it has a line of more than 10 MiB", second}},
		{"a body", fromLine + "Subject: x\n\n", after, 'x', []string{"stdin: mail 1: skipped: it has a line of more than 10 MiB", second}},
		{"a report", fromLine + "Content-Type: application/tlsrpt+json\n\n{", after, ' ', []string{"stdin: mail 1: skipped: it has more than 5 MiB", second}},
		{"a From line", "From ", "\n" + mailOf(t, 2), 'x', []string{strings.Replace(second, "mail 2", "mail 1", 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			length := int64(1 << 26)
			if c.name == "a body" && !testing.Short() {
				length = 1 << 30
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in := io.MultiReader(strings.NewReader(c.before), io.LimitReader(endless(c.fill), length), strings.NewReader(c.after))
			got := read(t, "-", in, 5<<20)
			runtime.ReadMemStats(&after)
			expect(t, got, c.want...)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 40<<20 {
				t.Errorf("%d MiB were allocated", spent>>20)
			}
		})
	}
}

// mailFrom is a report mail of the size that they have: 40 lines of header, 40 kinds of failure.
func mailFrom(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"organization-name":"Company-X","report-id":"%d","policies":[{"failure-details":[`, n)
	for i := range 12 {
		fmt.Fprintf(&b, `{"result-type":"validation-failure","sending-mta-ip":"2001:db8::%x","receiving-ip":"192.0.2.%d","receiving-mx-hostname":"mx%d.example.com","failed-session-count":%d},`,
			n*i, i, i, n*7+i*13)
	}
	body := gz(t, strings.TrimSuffix(b.String(), ",")+"]}]}")
	text := mailOf(t, n)
	start := strings.Index(text, "base64\n\n") + len("base64\n\n")
	return strings.Repeat("Received: from mail.example.com (localhost [127.0.0.1])\n\tby mail.example.com (Postfix) with ESMTP id E7D31138020F\n", 20) +
		text[:start] + b64(body) + "\n--0000b06cc--\n"
}

// maildir has n report mails, 100 different ones.
func maildir(t testing.TB, n int) string {
	t.Helper()
	files := map[string]string{"tmp/x": ""}
	for i := range 100 {
		files[fmt.Sprintf("cur/%010d.M1.host:2,S", i)] = mailFrom(t, i)
	}
	files["new/.keep"] = ""
	dir := tree(t, files)
	for i := 100; i < n; i++ {
		old := filepath.Join(dir, fmt.Sprintf("cur/%010d.M1.host:2,S", i%100))
		if err := os.Link(old, filepath.Join(dir, fmt.Sprintf("new/%010d.M1.host", i))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// peak is the most heap in use while a directory is read, beyond what was in use before.
func peak(t *testing.T, dir string, want int) uint64 {
	t.Helper()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most, n := m.HeapAlloc, uint64(0), 0
	err := Read(t.Context(), dir, nil, Limits{}, func(Document) error {
		if n++; n%50 == 0 {
			runtime.GC() // what is held counts, not what is left to collect
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	}, func(source, why string) { t.Errorf("%s: %s", source, why) }, func(source string) { t.Error(source) })
	if err != nil || n != want {
		t.Fatalf("%d documents, then %v", n, err)
	}
	return most - min(most, before)
}

// TestMaildirMemory reads 10,000 mails within the memory of 100.
func TestMaildirMemory(t *testing.T) {
	few, many := 100, 10_000
	if testing.Short() {
		many = 2000
	}
	small, large := peak(t, maildir(t, few), few), peak(t, maildir(t, many), many)
	t.Logf("%d mails: %d KiB; %d mails: %d KiB", few, small>>10, many, large>>10)
	if large > small+(2<<20) {
		t.Errorf("%d mails took %d KiB, and %d took %d KiB", few, small>>10, many, large>>10)
	}
}

// BenchmarkMaildir compares reading a Maildir with reading its bytes, and with that and decoding the
// attachments alone, which is told where they are.
func BenchmarkMaildir(b *testing.B) {
	const n = 1000
	dir := maildir(b, n)
	paths, err := filepath.Glob(filepath.Join(dir, "???", "0*"))
	if err != nil || len(paths) != n {
		b.Fatal(len(paths), err)
	}
	perMail := func(b *testing.B) float64 {
		b.Helper()
		each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / n
		b.ReportMetric(1e9/each, "mails/s")
		return each
	}
	var bytesAlone, decoding, whole float64
	b.Run("bytes", func(b *testing.B) {
		for b.Loop() {
			for _, path := range paths {
				if _, err := os.ReadFile(path); err != nil {
					b.Fatal(err)
				}
			}
		}
		bytesAlone = perMail(b)
	})
	b.Run("decoding", func(b *testing.B) {
		var z gzip.Reader
		for b.Loop() {
			for _, path := range paths {
				decodeAlone(b, path, &z)
			}
		}
		decoding = perMail(b)
	})
	b.Run("Read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			found := 0
			err := Read(context.Background(), dir, nil, Limits{}, func(Document) error { found++; return nil },
				func(source, why string) { b.Error(source, why) }, func(source string) { b.Error(source) })
			if err != nil || found != n {
				b.Fatal(found, err)
			}
		}
		whole = perMail(b)
		if decoding > 0 {
			b.ReportMetric(decoding/whole, "of-decoding")
			b.ReportMetric(bytesAlone/whole, "of-bytes")
		}
	})
}

func decodeAlone(b *testing.B, path string, z *gzip.Reader) {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	start := bytes.Index(text, []byte("base64\n\n")) + len("base64\n\n")
	end := start + bytes.Index(text[start:], []byte("\n--"))
	data := make([]byte, base64.StdEncoding.DecodedLen(end-start))
	n, err := base64.StdEncoding.Decode(data, text[start:end])
	if err != nil {
		b.Fatal(err)
	}
	if err := z.Reset(bytes.NewReader(data[:n])); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadAll(z); err != nil {
		b.Fatal(err)
	}
}
