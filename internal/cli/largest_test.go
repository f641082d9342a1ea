package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtasts/internal/cli"
	"mtasts/internal/fact"
)

// largest is as much as a look keeps of a domain that does all it can: addresses without end (package collect
// keeps 2 MiB of what the DNS says), pages and replies of octets that take six each in JSON (3.2 MiB and 4 MiB of
// that).
func largest() *fact.Observation {
	noise := func(kib int) fact.Text { return fact.Text(strings.Repeat("\x01", kib<<10/6)) }
	o := &fact.Observation{Schema: fact.Schema, Domain: "example.com", At: time.Unix(1_800_000_000, 0).UTC(), Host: fact.PolicyHost{Name: "mta-sts.example.com"}}
	o.MX = fact.Answer{Name: o.Domain, Type: "MX", RCode: "NOERROR"}
	for i := range 1000 {
		name := fmt.Sprintf("m%03d.example.com", i)
		o.MX.Records = append(o.MX.Records, fact.Record{Preference: 10, Host: name})
		o.Hosts = append(o.Hosts, fact.MailHost{Name: name, Preference: 10, Skipped: fact.SkipLimit})
	}
	for i := range 200 {
		h := &o.Hosts[i]
		h.Skipped, h.A = "", fact.Answer{Name: h.Name, Type: "A", RCode: "NOERROR"}
		for j := range 75 {
			a := fmt.Sprintf("192.0.%d.%d", i, j)
			h.A.Records = append(h.A.Records, fact.Record{Address: a})
			h.Probes = append(h.Probes, fact.Probe{Address: a, Skipped: fact.SkipLimit})
		}
		if i < 80 {
			h.Probes[0] = fact.Probe{Address: h.Probes[0].Address, Connected: true, Greeting: &fact.Reply{Code: 220, Lines: []fact.Text{noise(25), noise(25)}}}
		}
	}
	o.Host.A = o.Hosts[0].A
	for i, r := range o.Host.A.Records[:32] {
		o.Host.Fetches = append(o.Host.Fetches, fact.Fetch{
			URL: "https://mta-sts.example.com/.well-known/mta-sts.txt", Address: r.Address, Connected: true, Status: 200 + i%2*204, Body: noise(100),
		})
	}
	return o
}

// TestTheLargestIsReadAgain: whatever check writes of one domain can be read by --facts, --resume and --baseline.
// A domain must not keep a run from being taken up again.
func TestTheLargestIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	text, err := json.MarshalIndent([]*fact.Observation{largest()}, "", "  ")
	if err != nil || os.WriteFile(at("facts"), text, 0o600) != nil || os.WriteFile(at("list"), []byte("example.com\n"), 0o600) != nil {
		t.Fatal(err)
	}
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	run := func(args ...string) {
		t.Helper()
		var complaints strings.Builder
		sys.Out, sys.Err = new(strings.Builder), &complaints
		if code := cli.Run(t.Context(), sys, append([]string{"check", "-q"}, args...)); code != 1 && code != 0 || complaints.Len() > 0 {
			t.Errorf("mtasts check %q: exit code %d: %.300s", args, code, complaints.String())
		}
	}
	run("--facts", at("facts"), "-o", "jsonl="+at("results"))
	line, err := os.ReadFile(at("results"))
	t.Logf("%d KiB of facts, %d KiB of results", len(text)>>10, len(line)>>10)
	if err != nil || len(line) < 10<<20 {
		t.Errorf("%d octets, %v", len(line), err)
	}
	run("-f", at("list"), "--baseline", at("results"))
	run("-f", at("list"), "--resume", at("results"))
}
