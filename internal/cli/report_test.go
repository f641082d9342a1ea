package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtasts/internal/cli"
)

// history writes the reports of two organisations about example.com: mode testing from 1 January on,
// failures of mx2 up to the fifth day, and one of the two that holds the policy before, without mx2, up to
// the tenth.
func history(t *testing.T, days int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for day := range days {
		begin := time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC)
		for _, org := range []string{"Google Inc.", "Example Org"} {
			policy, failed, details := `"mx: mx1.example.com","mx: mx2.example.com"`, 0, ""
			if org == "Example Org" && day < 10 {
				policy = `"mx: mx1.example.com"`
			}
			if org == "Google Inc." && day < 5 {
				failed, details = 2, `{"result-type":"certificate-expired","receiving-mx-hostname":"mx2.example.com","failed-session-count":2}`
			}
			text := fmt.Sprintf(`{"organization-name":%q,"date-range":{"start-datetime":%q,"end-datetime":%q},"report-id":"%d",
				"policies":[{"policy":{"policy-type":"sts","policy-domain":"example.com","policy-string":["version: STSv1","mode: testing",%s,"max_age: 1209600"]},
				"summary":{"total-successful-session-count":10,"total-failure-session-count":%d},"failure-details":[%s]}]}`,
				org, begin.Format(time.RFC3339), begin.Add(24*time.Hour-time.Second).Format(time.RFC3339), day, policy, failed, details)
			name := filepath.Join(dir, fmt.Sprintf("%s-%02d.json", strings.Fields(org)[0], day))
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestReady: the answer changes as the days go by, with the reports of then and a look at the domain.
func TestReady(t *testing.T) {
	t.Parallel()
	dir := history(t, 30)
	testing := "sound example.com\nhttps 192.0.2.10 2001:db8::10\n    body-quoted \"version: STSv1\\nmode: testing\\nmx: mx1.example.com\\nmx: mx2.example.com\\nmax_age: 1209600\\n\"\n"
	for _, c := range []struct {
		what, scene, until string
		want               int
	}{
		{"too few days, and an old policy in use", testing, "2026-01-08", 1},
		{"the old policy is still held", testing, "2026-01-10", 1},
		{"the other organisation has seen the new policy, and days are missing", testing, "2026-01-13", 3},
		{"two weeks", testing, "2026-01-16", 0},
		{"and the MX host is broken now", testing + "smtp 192.0.2.12 2001:db8::12\n    certificate expired\n", "2026-01-16", 1},
	} {
		sys, l, err := labSystem(c.scene, "")
		if err != nil {
			t.Fatal(err)
		}
		var out, complaints bytes.Buffer
		sys.Out, sys.Err = &out, &complaints
		code := cli.Run(t.Context(), sys, []string{"report", "--ready", "--until", c.until, dir})
		l.Close()
		if code != c.want || complaints.Len() > 0 {
			t.Errorf("%s: exit code %d, want %d: %s\n%s", c.what, code, c.want, complaints.String(), out.String())
		}
	}
}
