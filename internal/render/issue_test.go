package render

import (
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

func issuesOf(items ...Item) []issue {
	var t tracker
	var list []issue
	for _, e := range items {
		list = append(list, t.issues(e)...)
	}
	return list
}

func TestSpotIsWhereTheOwnerMendsIt(t *testing.T) {
	located := func(file string, line, column int) rule.Finding {
		f := badMode()
		f.Location = &rule.Location{File: file, Line: line, Column: column}
		return f
	}
	linted := func(g fact.Given) Item {
		return Item{Index: 1, Result: rule.Result{Observed: &fact.Observation{Given: &g}}}
	}
	policy, zone := &fact.Source{Name: "policy.txt", File: true}, &fact.Source{Name: "db.example", File: true}
	listed := Item{Index: 7, Source: &Source{File: "domains.txt", Line: 7}}
	for name, c := range map[string]struct {
		e    Item
		f    rule.Finding
		want spot
	}{
		"the place in a file that was given":     {linted(fact.Given{Policy: policy}), located("policy.txt", 2, 7), spot{"policy.txt", true, 2, 7}},
		"a file that was given":                  {linted(fact.Given{Policy: policy, MX: zone}), badMode(), spot{"policy.txt", true, 1, 0}},
		"the zone":                               {linted(fact.Given{Policy: &fact.Source{Name: "--policy"}, MX: zone}), badMode(), spot{"db.example", true, 1, 0}},
		"a file without a line":                  {linted(fact.Given{}), located("db.example", 0, 0), spot{"db.example", true, 1, 0}},
		"a policy on standard input":             {linted(fact.Given{}), located(fact.Stdin, 3, 1), spot{stdinName, false, 3, 1}},
		"a flag":                                 {linted(fact.Given{STS: &fact.Source{Name: "--record"}}), badMode(), spot{argumentsName, false, 1, 0}},
		"the line of the list":                   {listed, badMode(), spot{"domains.txt", true, 7, 0}},
		"a line of the policy is none of a file": {listed, located("", 2, 7), spot{"domains.txt", true, 7, 0}},
		"a list on standard input":               {Item{Index: 7, Source: &Source{File: "-", Line: 9}}, badMode(), spot{stdinName, false, 9, 0}},
		"an argument":                            {Item{Index: 3}, badMode(), spot{argumentsName, false, 3, 0}},
		"nothing is known":                       {Item{}, badMode(), spot{argumentsName, false, 1, 0}},
	} {
		if got := spotOf(c.e, c.f); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPathIsRelativeBelowTheDirectory(t *testing.T) {
	for _, c := range []struct{ file, dir, want string }{
		{"domains.txt", "/srv/repo", "domains.txt"},
		{"./mail/../domains.txt", "/srv/repo", "domains.txt"},
		{"/srv/repo/mail/domains.txt", "/srv/repo", "mail/domains.txt"},
		{"/srv/repo/mail/domains.txt", "/srv/repo/", "mail/domains.txt"},
		{"/srv/repository/domains.txt", "/srv/repo", "/srv/repository/domains.txt"},
		{"../domains.txt", "/srv/repo", "/srv/domains.txt"},
		{"/etc/domains.txt", "/srv/repo", "/etc/domains.txt"},
		{"..domains", "/srv/repo", "..domains"},
		{"./domains.txt", "", "domains.txt"},
		{"/etc/domains.txt", "", "/etc/domains.txt"},
	} {
		here := filepath.VolumeName(t.TempDir()) // what is absolute on Windows begins with a drive
		onDrive := func(path string) string {
			if strings.HasPrefix(path, "/") {
				return here + path
			}
			return path
		}
		if got := (spot{file: onDrive(c.file), named: true}).path(onDrive(c.dir)); got != onDrive(c.want) {
			t.Errorf("%s from %s: %s, want %s", c.file, c.dir, got, c.want)
		}
	}
	if got := (spot{file: argumentsName}).path("/srv/repo"); got != argumentsName {
		t.Errorf("what is no file becomes %s", got)
	}
}

func TestURI(t *testing.T) {
	drive := "C%3A/a%20b" // a folder as any other
	if runtime.GOOS == "windows" {
		drive = "file:///C:/a%20b"
	}
	for in, want := range map[string]string{
		"C:/a b":              drive,
		"domains.txt":         "domains.txt",
		"mail/my domains.txt": "mail/my%20domains.txt",
		"a:b/c#d?e%f":         "a%3Ab/c%23d%3Fe%25f",
		"/etc/domains.txt":    "file:///etc/domains.txt",
		"ü\n\xff":             "%C3%BC%0A%FF",
	} {
		if got := uri(in); got != want {
			t.Errorf("uri(%q) = %s, want %s", in, got, want)
		}
	}
}

// A URI is valid, leads to the file and nowhere else.
func FuzzURI(f *testing.F) {
	for _, s := range []string{"domains.txt", "http://evil.example/a", "//evil.example/a", "javascript:a", "a b\\c\"d\xff", "/a:b", "../a", "[", "%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		file := spot{file: s, named: true}.path("")
		got, err := url.Parse(uri(file))
		if err != nil || got.Path != file || got.Host != "" || got.RawQuery != "" || got.Fragment != "" {
			t.Fatalf("%q becomes %q: %+v, %v", file, uri(file), got, err)
		}
		if absolute := got.Scheme == "file"; absolute != path.IsAbs(file) || !absolute && got.Scheme != "" {
			t.Errorf("%q becomes %q", file, uri(file))
		}
		if strings.ContainsFunc(uri(file), func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>\^{|}`+"`", r) }) {
			t.Errorf("%q becomes %q", file, uri(file))
		}
	})
}

// The same problem has the same fingerprint tomorrow, in another place and in other words.
func TestFingerprintIsThatOfTheCause(t *testing.T) {
	before := fromList(3, broken())
	after := fromList(30, broken())
	after.Source.File, after.CheckedAt = "other.txt", at().Add(24*time.Hour)
	after.Findings = append([]rule.Finding{uncovered()}, after.Findings...)
	after.Findings[0].Subject = "mx4.example.com"
	for i := range after.Findings {
		f := &after.Findings[i]
		f.Message, f.Evidence, f.Fix, f.Change = "It expired 4 days ago.", nil, nil, rule.Known
	}
	was, is := issuesOf(before), issuesOf(after)
	if len(is) != len(was)+1 {
		t.Fatalf("%d issues, then %d", len(was), len(is))
	}
	for i := range was {
		if was[i].print != is[i+1].print {
			t.Errorf("%s: %s, then %s", name(was[i].Finding), was[i].print, is[i+1].print)
		}
	}
}

func TestFingerprintsDiffer(t *testing.T) {
	other := broken()
	other.Domain = "example.net"
	mx := func(name string) rule.Finding {
		f := uncovered()
		f.Subject = name
		return f
	}
	many := broken()
	many.Findings = append(many.Findings, badMode(), badMode(), mx("mx1.example.com"), mx("mx2.example.com"), rule.Finding{Rule: "policy-mode", Status: rule.Fail, Reason: "missing"})
	met := map[string]string{}
	for _, i := range issuesOf(fromList(1, many), fromList(2, other), badLine(3, "a"), badLine(4, "b"), fromList(5, blocked("example.org"))) {
		what := i.title() + " " + i.Subject
		if met[i.print] != "" {
			t.Errorf("%s and %s have the same fingerprint", met[i.print], what)
		}
		met[i.print] = what
	}
	if len(met) != 16 {
		t.Errorf("%d fingerprints", len(met))
	}
}

// What keeps this machine from looking is one problem, however many domains wait for it.
func TestIssueOfThisMachineIsToldOnce(t *testing.T) {
	list := issuesOf(fromList(1, blocked("example.com")), fromList(2, blocked("example.net")))
	again := issuesOf(fromList(9, blocked("example.org")))
	if len(list) != 1 || len(again) != 1 || list[0].print != again[0].print {
		t.Fatalf("%+v\n%+v", list, again)
	}
	if got := list[0].text(1000); !strings.HasPrefix(got, "No MX host of any domain") || list[0].title() != "smtp-reachable (port-25-blocked)" {
		t.Errorf("it is told of a domain: %s\n%s", list[0].title(), got)
	}
}

func TestIssueText(t *testing.T) {
	list := issuesOf(fromList(2, broken()), badLine(3, "a..example"), Item{Index: 4, Result: badGiven()})
	want := []string{
		`example.com, mta-sts.example.com: The certificate expired 3 days ago, on 2026-01-28. Senders refuse it and deliver as if there were no policy.

Fix: Renew the certificate and load it into the web server.

certbot renew --cert-name mta-sts.example.com
systemctl reload nginx

Seen: 192.0.2.10: CN=mta-sts.example.com, names mta-sts.example.com
Seen: 192.0.2.10: issuer CN=R11,O=Let's Encrypt,C=US, valid 2025-10-30 to 2026-01-28

RFC 8461 §3.3, RFC 9525 §6`,
		`example.com: The mode is "enforced", which is none of "enforce", "testing" and "none".`,
		"example.com, _smtp._tls.example.com: The resolver did not answer within 5 s, so it is not known whether reports are asked for.",
		"example.com, mx3.example.com: No mx line of the policy matches. In mode enforce senders would not deliver here.",
		"a..example: not a domain: it has an empty label\n\nFix: Write the name of a domain there, or take the line out.",
		`The mode is "enforced", which is none of "enforce", "testing" and "none".`,
	}
	for i, w := range want {
		got := list[i].text(10_000)
		if !strings.Contains(w, "\n") {
			got, _, _ = strings.Cut(got, "\n")
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", list[i].title(), diff)
		}
	}
}

func TestIssueTextIsBounded(t *testing.T) {
	r := broken()
	r.Findings[1].Fix.File.Content += strings.Repeat("mx: mx.example.com\n", 5000)
	for _, most := range []int{200, 4000, 16 << 10} {
		got := issuesOf(fromList(1, r))[1].text(most)
		if len(got) > most || len(got) < most/2 || !strings.HasSuffix(got, " more lines)") {
			t.Errorf("%d bytes of %d: ...%s", len(got), most, got[max(0, len(got)-60):])
		}
	}
	r.Findings[0].Message = strings.Repeat("\x00ü", 5000)
	if got := issuesOf(fromList(1, r))[0].text(4000); len(got) > 4000 || inert(got) != "" || !strings.HasPrefix(got, `example.com, mta-sts.example.com: \x00ü`) {
		t.Errorf("%d bytes: %.200s", len(got), got)
	}
}

func FuzzIssueText(f *testing.F) {
	f.Add(evil, 300)
	f.Add("a", 30)
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = min(max(most, 100), 1<<20)
		for _, i := range issuesOf(Item{Index: 1, Result: withBlocks(s)}, Item{Index: 2, Input: s, Error: s}) {
			got := i.text(most)
			if why := inert(got); why != "" || len(got) > most {
				t.Errorf("%d bytes of %d, %s: %q", len(got), most, why, got)
			}
		}
	})
}

// TestFingerprintWhateverTheAddress: a fault that is mended at one address of a host is the issue it was.
func TestFingerprintWhateverTheAddress(t *testing.T) {
	fingerprint := func(subject string) string {
		f := rule.Finding{Rule: "starttls", Reason: "not-offered", Status: rule.Fail, Subject: subject}
		return issue{Finding: f, domain: "example.com"}.key()
	}
	if fingerprint("mx1.example.com") != fingerprint("mx1.example.com [192.0.2.11]") {
		t.Error("it depends on the addresses")
	}
	if fingerprint("mx1.example.com") == fingerprint("mx2.example.com [192.0.2.11]") {
		t.Error("two hosts have one")
	}
}
