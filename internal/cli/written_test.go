package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// No file is written but those that were named, and links in their place lead where they led: what is not
// named stays as it was, in the directory of the run and beside what is read.
func TestNothingElseIsWritten(t *testing.T) {
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := &theater{sys: sys}
	dir := t.TempDir()
	t.Chdir(dir)
	saved := filepath.Join(t.TempDir(), "facts.json")
	h.run(t, "", "check", "--save-facts", saved, "example.com")
	for name, text := range map[string]string{
		"policy": "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 604800\n", "list": "example.com\nnot a domain\n",
		"mail": "Subject: x\nContent-Disposition: attachment; filename=../../evil\n\n{}\n", "report.json": string(poisonedReport("", 0)),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ line, named string }{
		{"check example.com -v", ""},
		{"check -f list -o json", ""},
		{"check -f list -o prometheus", ""},
		{"check --facts " + saved, ""},
		{"lint policy", ""},
		{"report .", ""},
		{"report --ready .", ""},
		{"generate example.com", ""},
		{"explain sts-record", ""},
		{"rules", ""},
		{"schema", ""},
		{"man", ""},
		{"version", ""},
		{"demo", ""},
		{"check -f list -o json=a", "a"},
		{"check -f list -o prometheus=a", "a"},
		{"check example.com --save-facts a", "a"},
		{"check -f list --resume a", "a"},
		{"lint policy -o sarif=a", "a"},
		{"report . -o csv=a", "a"},
	} {
		before := listing(t, dir)
		h.run(t, "", strings.Fields(c.line)...)
		if c.named != "" {
			if err := os.Remove(c.named); err != nil {
				t.Errorf("mtasts %s: %v", c.line, err)
			}
		}
		if after := listing(t, dir); after != before {
			t.Errorf("mtasts %s leaves, beside what it was told to:\n%s", c.line, after)
		}
	}
}
