package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"mtasts/internal/render"
)

// FuzzList: each line of a list gives at most one domain, or one line that says why not, in order,
// each once, and none is longer than is kept.
func FuzzList(f *testing.F) {
	f.Add([]byte("example.com\r\nexample.com\n# a\n\ufeffb.example, c\nJane <a@d.example> x\n\"e.example\";\nbad..line\nbad..line\n"))
	f.Add([]byte("\xff\x00.example\n\u2028\n<>\n" + strings.Repeat("x", 1000)))
	f.Add([]byte("#\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := openList(t.Context(), bytes.NewReader(data), nil, []string{stdinName})
		if err != nil {
			t.Fatal(err)
		}
		seen, last, most := map[string]bool{}, 0, bytes.Count(data, []byte("\n"))+1
		for n := range l.all(t.Context()) {
			if seen[n.name()] || n.index <= last || n.source.Line > most || n.source.Line < n.index {
				t.Errorf("%+v behind %d", n, last)
			}
			seen[n.name()], last = true, n.index
			domain, err := parseDomain(n.domain)
			if n.err == nil && (err != nil || domain != n.domain) {
				t.Errorf("%q is no domain", n.domain)
			}
			if n.err != nil && (!utf8.ValidString(n.input) || len(n.input) > 3*maxInput+len("...")) {
				t.Errorf("the input %q of %d bytes", n.input, len(n.input))
			}
		}
		if (l.err == nil) != (len(seen) > 0) {
			t.Errorf("%d lines and %v", len(seen), l.err)
		}
	})
}

// FuzzEarlier: a file of earlier results comes from anybody. What is read of it is where it stands, and
// --resume and --baseline agree about what is none.
func FuzzEarlier(f *testing.F) {
	good := `{"index":1,"schema":1,"domain":"example.com","checked_at":"2026-01-31T12:00:00Z","status":"pass","findings":[],"observed":{"domain":"example.com"}}` + "\n"
	f.Add([]byte(good))
	f.Add([]byte(good + `{"index":2,"schema":1,"domain":"","input":"a..b","error":"x","status":"unknown"}` + "\n\n" + good + `{"index":3,"sch`))
	f.Add([]byte(`[{"schema":1}]` + "\n"))
	f.Add([]byte(`{"schema":1,"domain":"b.example","status":"fail","findings":[{"status":"?"}],"observed":{"mx":{"records":[null]},"mail_hosts":[{"probes":[{}]}]}}` + "\n"))
	name := filepath.Join(f.TempDir(), "f")
	f.Fuzz(func(t *testing.T, data []byte) {
		told := 0
		r := &resumed{done: newHashSet()}
		err := r.read(bytes.NewReader(data), "f", func(render.Item, string) error { told++; return nil })
		if err != nil && (strings.Contains(err.Error(), "\n") || told > bytes.Count(data, []byte("\n"))) {
			t.Errorf("%d are told, and %q", told, err)
		}
		if err == nil && (r.end > int64(len(data)) || r.end > 0 && data[r.end-1] != '\n') {
			t.Errorf("cut at %d of %q", r.end, data)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, wrong := openBaseline(t.Context(), name)
		if wrong != nil {
			if err == nil && told > 0 {
				t.Errorf("--resume reads %d, and --baseline says %v", told, wrong)
			}
			return
		}
		defer b.close()
		for _, domain := range []string{"example.com", "b.example", ""} {
			if found, err := b.find(domain); err == nil && found != nil && found.Domain != domain {
				t.Errorf("%q is found for %q", found.Domain, domain)
			}
		}
	})
}

// FuzzNumbers: what --shard and spans of time take is within their bounds.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"3/8", "0/1", "8/8", "1/0", "18446744073709551616/1", "7d", "1099511627776w", "-1", "+1", "1_0", "1/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseShard(text); err == nil && (s.k >= s.of || s.of == 0 || s.of > mostShards) {
			t.Errorf("%q is the share %d/%d", text, s.k, s.of)
		}
		if n, err := parseSpan(text); err == nil && n < 0 {
			t.Errorf("%q is %d seconds", text, n)
		}
	})
}

// FuzzRoots: a file of certificates is refused or gives some.
func FuzzRoots(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("x"))
	name := filepath.Join(f.TempDir(), "roots.pem")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if roots, err := readRoots(t.Context(), name); (roots == nil) == (err == nil) {
			t.Errorf("%v, %v", roots, err)
		}
	})
}
