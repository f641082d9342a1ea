package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"unicode"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
)

// savedFacts is what a check of a scene writes with --save-facts.
func savedFacts(f *testing.F, scene string) []byte {
	f.Helper()
	sys, l, err := labSystem(scene, "")
	if err != nil {
		f.Fatal(err)
	}
	defer l.Close()
	file := f.TempDir() + "/facts.json"
	cli.Run(f.Context(), sys, []string{"check", "-q", "--save-facts", file, "example.com"})
	data, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	return data
}

// Facts may come from anybody: whatever they hold, they are judged or refused, and nothing in
// them steers the terminal.
func FuzzFacts(f *testing.F) {
	f.Add(savedFacts(f, "sound example.com\n"))
	f.Add(savedFacts(f, "sound example.com\nhttps 192.0.2.10\n    certificate expired no-san\n    status 302 Found\n    header Location: /\x7f\n"))
	f.Add(savedFacts(f, "sound example.com\ndrop _mta-sts.example.com\nzone\n    _mta-sts.example.com TXT \"v=STSv1, id=1\"\n"))
	f.Add([]byte(`[{"schema": 1, "domain": "example.com", "at": "2026-01-31T12:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, facts []byte) {
		var out, complaints bytes.Buffer
		sys := cli.System{
			Net: collect.Network{
				Now: noon,
				Dial: func(context.Context, string, string) (net.Conn, error) {
					return nil, errors.New("facts are judged without network")
				},
			},
			In: bytes.NewReader(facts), Out: &out, Err: &complaints,
			Getenv: func(string) string { return "" }, Version: "test",
		}
		code := cli.Run(t.Context(), sys, []string{"check", "-v", "--facts", "-"})
		if code < 0 || code > 3 || (code == 2) != (complaints.Len() > 0) {
			t.Errorf("exit code %d, standard error %q", code, complaints.String())
		}
		if text := out.String() + complaints.String(); strings.ContainsFunc(text, steers) {
			t.Errorf("a control character in %q", text)
		}
	})
}

func steers(r rune) bool { return r != '\n' && unicode.IsControl(r) }
