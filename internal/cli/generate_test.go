package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
	"mtasts/internal/lab"
	"mtasts/internal/rule"
)

// generated is what `mtasts generate --json` prints, as far as it is published.
type generated struct {
	Domain  string
	Policy  rule.File
	Records []rule.Record
}

// cmdPublished is `published FLAG...`: with what the last run of generate --json printed published in the
// lab, a check with these flags finds nothing but that the policy is not enforced.
func cmdPublished(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: published FLAG...")
	}
	var g generated
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &g); err != nil || g.Domain == "" {
		ts.Fatalf("standard output is no plan (run generate with --json): %v", err)
	}
	sys, l, err := labSystem(ts.ReadFile(cmp.Or(ts.Getenv("LAB"), "lab")), ts.Getenv("CLOCK"))
	ts.Check(err)
	defer l.Close()
	ts.Check(l.Apply(g.Records, &g.Policy))
	for _, f := range problems(checkAgain(ts, sys, append([]string{"check", "--json", g.Domain}, args...))) {
		if f.Rule != "policy-enforced" {
			ts.Fatalf("it is not all well:\n%s", describe([]rule.Finding{f}))
		}
	}
}

func problems(list []rule.Result) []rule.Finding {
	var found []rule.Finding
	for _, r := range list {
		for _, f := range r.Findings {
			if f.Status != rule.Pass && f.Status != rule.Info {
				found = append(found, f)
			}
		}
	}
	return found
}

// A file that is there already is left alone, and then nothing at all is written.
func TestGenerateWritesAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "steps.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	args := []string{"generate", "example.com", "--mx", "mx.example.com", "--out", dir}
	sys := cli.System{Net: collect.Network{Now: noon}, Out: io.Discard, Err: &complaint}
	code := cli.Run(t.Context(), sys, args)
	if code != 2 || !strings.Contains(complaint.String(), "steps.txt is there already") {
		t.Errorf("exit code %d: %s", code, complaint.String())
	}
	if got := tree(t, dir); len(got) != 1 || got["steps.txt"] != "mine" {
		t.Errorf("files %q", got)
	}
	if code := cli.Run(t.Context(), sys, append(args, "--force")); code != 0 {
		t.Errorf("exit code %d: %s", code, complaint.String())
	}
	if got := tree(t, dir); len(got) != 4 || got["steps.txt"] == "mine" || !strings.HasPrefix(got[".well-known/mta-sts.txt"], "version: STSv1\n") {
		t.Errorf("files %q", got)
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What the scene of the lab holds is published by following what is printed: from nothing to mode
// enforce, and out again.
func TestGenerateFromNothingAndBack(t *testing.T) {
	sys, l, err := labSystem("zone\n    example.com MX 10 mx1.example.com\n    mx1.example.com A 192.0.2.11\nsmtp 192.0.2.11\nhttps 192.0.2.10\n    certificate mta-sts.example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, step := range []struct {
		args     []string
		findings []string
		mode     rule.Protection
	}{
		{[]string{"--host", "192.0.2.10"}, []string{"policy-enforced"}, rule.Testing},
		{[]string{"--mode", "enforce"}, nil, rule.Enforced},
		{[]string{"--mode", "none"}, []string{"policy-enforced"}, rule.NoProtection},
	} {
		publishPlan(t, l, runWith(t, sys, append([]string{"generate", "--json", "example.com"}, step.args...)...))
		var results []rule.Result
		if err := json.Unmarshal([]byte(runWith(t, sys, "check", "--json", "example.com")), &results); err != nil {
			t.Fatal(err)
		}
		if results[0].Protection != step.mode {
			t.Errorf("%q: %s; want %s", step.args, results[0].Protection, step.mode)
		}
		if found := problems(results); len(found) != len(step.findings) || len(found) == 1 && found[0].Rule != step.findings[0] {
			t.Errorf("%q: %s", step.args, describe(found))
		}
	}
}

func publishPlan(t *testing.T, l *lab.Lab, text string) {
	t.Helper()
	var g generated
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(g.Records, &g.Policy); err != nil {
		t.Fatal(err)
	}
}

// For the MX hosts of each provider what is printed passes the check, in mode enforce.
func TestGenerateForProviders(t *testing.T) {
	providers := map[string][]string{
		"Google Workspace":         {"smtp.google.com"},
		"Google Workspace, five":   {"aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com", "alt3.aspmx.l.google.com", "alt4.aspmx.l.google.com"},
		"Microsoft 365":            {"example-com.mail.protection.outlook.com"},
		"Microsoft 365, DNSSEC":    {"example-com.o-v1.mx.microsoft"},
		"Cloudflare Email Routing": {"route1.mx.cloudflare.net", "route2.mx.cloudflare.net", "route3.mx.cloudflare.net"},
		"Fastmail":                 {"in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com"},
		"Proton Mail":              {"mail.protonmail.ch", "mailsec.protonmail.ch"},
		"Zoho Mail":                {"mx.zoho.com", "mx2.zoho.com", "mx3.zoho.com"},
		"Migadu":                   {"aspmx1.migadu.com", "aspmx2.migadu.com"},
		"iCloud Mail":              {"mx01.mail.icloud.com", "mx02.mail.icloud.com"},
		"Tuta":                     {"mail.tutanota.de"},
		"Proofpoint":               {"mx0a-00112233.pphosted.com", "mx0b-00112233.pphosted.com"},
		"two of them":              {"mail.protonmail.ch", "smtp.google.com", "mx.example.com"},
	}
	for name, hosts := range providers {
		t.Run(name, func(t *testing.T) {
			scene := "zone\n    example.com A 192.0.2.10\nhttps 192.0.2.10\n    certificate mta-sts.example.com\n"
			for i, host := range hosts {
				scene += fmt.Sprintf("zone\n    example.com MX %d %s\n    %[2]s A 192.0.2.%[3]d\nsmtp 192.0.2.%[3]d\n", i, host, 20+i)
			}
			sys, l, err := labSystem(scene, "")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			publishPlan(t, l, runWith(t, sys, "generate", "--json", "--mode", "enforce", "example.com"))
			var results []rule.Result
			if err := json.Unmarshal([]byte(runWith(t, sys, "check", "--json", "example.com")), &results); err != nil {
				t.Fatal(err)
			}
			if found := problems(results); len(found) > 0 || results[0].Protection != rule.Enforced {
				t.Errorf("%s: %s", results[0].Protection, describe(found))
			}
		})
	}
}

// Ended by the user it prints nothing, for half of what is published now is not known.
func TestGenerateInterrupted(t *testing.T) {
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, complaint bytes.Buffer
	sys.Out, sys.Err = &out, &complaint
	if code := cli.Run(ctx, sys, []string{"generate", "example.com"}); code != 130 || out.Len()+complaint.Len() > 0 {
		t.Errorf("exit code %d, output %q, complaint %q", code, out.String(), complaint.String())
	}
}

// runWith is what a run prints, whatever it finds.
func runWith(t *testing.T, sys cli.System, args ...string) string {
	t.Helper()
	var out, complaints bytes.Buffer
	sys.Out, sys.Err = &out, &complaints
	if code := cli.Run(t.Context(), sys, args); code == 2 {
		t.Fatalf("%q: %s", args, complaints.String())
	}
	if kind, _ := kinds(args); kind != "" {
		valid(t, kind, out.String())
	}
	return out.String()
}
