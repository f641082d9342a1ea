package cli_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// venom is a scene in which whoever can say something says what it should not.
const venom = `sound example.com
drop _mta-sts.example.com
drop _smtp._tls.example.com
zone
    _mta-sts.example.com TXT "v=STSv1; id=\027[2J\226\128\174=1+1\"\\; a=<b>|[x](http://evil.example)\010::error::x\255;"
    _smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:\027]0;t\007@example.com,https://evil.example/\226\128\139|<i>,=cmd:a;"
    example.com MX 30 \027[31mmx\009\010.=1.example.com.
    example.com MX 40 alias.example.com.
    example.com MX 50 <script>.example.com.
    alias.example.com CNAME \226\128\174\194\155.example.com.
    \226\128\174\194\155.example.com A 192.0.2.12
    <script>.example.com A 192.0.2.11
    \027[31mmx\009\010.=1.example.com A 192.0.2.12
tlsa 192.0.2.11 3 1 1 wrong
https 192.0.2.10
    header Content-Type: text/html; charset="<b>| ::error::"
    header Server: ` + "\u202e" + `[x](http://evil.example)
    body-quoted "version: STSv1\nmode: =enf\x1b[2Jorce\nmx: @SUM(1)\u2028\nmx: \x9b31m*.<b>|.example\n\u202emax_age\x07: +1+1\r\x00\n::error::x\nmx: [a](http://evil.example)"
https 2001:db8::10
    status 302 =Fo` + "\u200b" + `und|<b>
    header Location: https://evil.example/` + "\u202e" + `::error::<script>
smtp 192.0.2.11
    greeting 220 "mx \x1b]0;t\x07\u202e=1+1|\n"
    ehlo 250 "\x9b31m <b>::error::"
    extension X-SUM
smtp 2001:db8::11
    greeting 554 "\x1bP\xff\u2028[x](http://evil.example) $(id) | 'a'=1"
smtp 192.0.2.12
    starttls 454 "=1+1\x1b[2J\u202e| b=2"
smtp 2001:db8::12
    ehlo 550 "@SUM(1)\x1b_x"
    helo 550 "\u200b<img src=x>"
`

// Whatever a domain and its servers say, in each form and by each command that looks at it, it is told as
// text that does nothing.
func TestVenom(t *testing.T) {
	t.Parallel()
	sys, l, err := labSystem(venom, "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := &theater{sys: sys}
	saved := filepath.Join(t.TempDir(), "facts.json")
	h.run(t, "", "check", "--save-facts", saved, "example.com")
	facts, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	h.inEachForm(t, resultForms(), string(facts), "check", "--facts", "-", "--senders")
	for _, flags := range [][]string{{"-v"}, {"-q"}, {"--assume", "enforce"}} {
		h.run(t, string(facts), append([]string{"check", "--facts", "-"}, flags...)...)
	}
	h.inEachForm(t, resultForms(), strings.Join(poisons(), "\n")+"\nexample.com\n", "check", "-")
	for _, form := range []string{"text", "json"} {
		h.inEachForm(t, []string{form}, "", "generate", "example.com")
	}
	for _, part := range []string{"records", "policy", "server"} {
		h.run(t, "", "generate", "--part", part, "example.com")
	}
}

// The same of facts that nobody ever saw, with a poison in each of their texts.
func TestPoisonedFacts(t *testing.T) {
	t.Parallel()
	sys, l, err := labSystem(venom, "")
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "facts.json")
	h := &theater{sys: sys}
	h.run(t, "", "check", "--save-facts", saved, "example.com")
	l.Close()
	facts, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	h.sys = unplugged()
	for i, poison := range mixed() {
		var v any
		if err := json.Unmarshal(facts, &v); err != nil {
			t.Fatal(err)
		}
		leave := []string{"domain", "at", "chain", "data", "base64", "path_start", "path_expiry"}
		if i%2 == 0 { // what rules go by stays, so that they get as far as they can
			leave = append(leave, "rcode", "scheme", "stage", "kind", "skipped", "type", "name", "address")
		}
		text, err := json.Marshal(poisoned(v, poison, leave...))
		if err != nil {
			t.Fatal(err)
		}
		h.inEachForm(t, some(resultForms(), i), string(text), "check", "--facts", "-")
		h.run(t, string(text), "check", "--facts", "-", "-v", "--senders")
	}
}

// poisonedReport is a report with a poison in each of its texts.
func poisonedReport(poison string, day int) []byte {
	var v any
	_ = json.Unmarshal([]byte(`{"organization-name":"Org","date-range":{"start-datetime":"2026-01-30T00:00:00Z","end-datetime":"2026-01-30T23:59:59Z"},
"contact-info":"mailto:a@example.net","report-id":"r1","policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing","mx: a.example.com","max_age: 86400"],
"policy-domain":"example.com","mx-host":["a.example.com"]},"summary":{"total-successful-session-count":3,"total-failure-session-count":5},"failure-details":[{"result-type":"certificate-expired",
"sending-mta-ip":"192.0.2.1","receiving-ip":"192.0.2.2","receiving-mx-hostname":"a.example.com","receiving-mx-helo":"h","failed-session-count":5,"additional-information":"x","failure-reason-code":"y"}]}]}`), &v)
	leave := []string{"start-datetime", "end-datetime"}
	if day%2 == 0 {
		leave = append(leave, "policy-domain", "policy-type", "result-type")
	}
	text, _ := json.Marshal(poisoned(v, poison, leave...))
	return text
}

// What reports say, the mails they come in, the names of files and of entries of an archive.
func TestPoisonedReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	var mails strings.Builder
	for i, poison := range mixed() {
		report := poisonedReport(poison, i)
		name := strings.NewReplacer("/", "_", "\x00", "").Replace(poison)[:min(len(poison)-2, 100)]
		for file, text := range map[string][]byte{fmt.Sprintf("%d%s.json", i, name): report, fmt.Sprintf("%d%s-cut.json", i, name): report[:40]} {
			if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{file, "../../" + file, "/" + file} {
				if w, err := z.Create(path); err == nil {
					_, _ = w.Write(text)
				}
			}
		}
		fmt.Fprintf(&mails, "From x\nFrom: %s\nSubject: %s\nContent-Type: application/tlsrpt+json; name=\"%[2]s\"\nContent-Disposition: attachment; filename=\"../%[2]s.json\"\n\n{%[2]s\n\n", poison, strings.NewReplacer("\n", " ", "\r", " ").Replace(poison))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"all.zip": archive.String(), "all.mbox": mails.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := &theater{sys: unplugged()}
	forms := []string{"text", "json", "jsonl", "csv", "markdown", "prometheus"}
	before := listing(t, dir)
	h.inEachForm(t, forms, "", "report", dir)
	h.inEachForm(t, forms, "", "report", "--ready", "--no-live", dir)
	if after := listing(t, dir); after != before {
		t.Errorf("files were written:\n%s", after)
	}
}

// listing is the names of what lies in a directory.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		fmt.Fprintf(&list, "%q %d\n", path, info.Size())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// What a user says is told back in complaints; it may come from a script, and that from a stranger.
func TestPoisonedArguments(t *testing.T) {
	t.Parallel()
	h := &theater{sys: unplugged()}
	dir := t.TempDir()
	for i, poison := range mixed()[:7] { // those that follow are for forms, which arguments are not told in
		file := filepath.Join(dir, fmt.Sprint(i)+strings.NewReplacer("/", "_", "\x00", "").Replace(poison[:min(len(poison), 200)]))
		if err := os.WriteFile(file, []byte(poison), 0o600); err != nil {
			t.Fatal(err)
		}
		h.inEachForm(t, some(resultForms(), i), "", "lint", file)
		h.inEachForm(t, some(resultForms(), i), "", "lint", "--record", "v=STSv1; id=1"+poison, "--tlsrpt", "v=TLSRPTv1; rua=mailto:"+poison, "--mx", strings.ReplaceAll(poison, ",", "")+"x")
		for _, args := range [][]string{
			{poison},
			{"check", poison},
			{"check", "-" + poison},
			{"check", "--" + poison},
			{"check", "--" + poison + "=" + poison},
			{"check", "-f", poison},
			{"check", "-f", file},
			{"check", "-o", poison, "example.com"},
			{"check", "--resolver", poison, "example.com"},
			{"check", "--resolver", "https://" + poison, "example.com"},
			{"check", "--timeout", poison, "example.com"},
			{"check", "--allow-net", poison, "a.example"},
			{"check", "--ca-file", file, "example.com"},
			{"check", "--facts", file},
			{"check", "--facts", poison},
			{"check", "--baseline", file, "example.com"},
			{"check", "--ehlo-name", poison, "example.com"},
			{"check", "--only", poison, "example.com"},
			{"check", "--shard", poison, "-"},
			{"check", "-o", "json=" + poison + "/x", "example.com"},
			{"check", "--save-facts", poison + "/x", "example.com"},
			{"check", "--facts", "-", poison},
			{"lint", poison},
			{"lint", "--zone", file},
			{"lint", "--zone", poison},
			{"lint", "--domain", poison, file},
			{"report", poison},
			{"report", "--since", poison, file},
			{"report", "--domain", poison, file},
			{"report", "--ignore-org", poison, file},
			{"explain", poison},
			{"rules", poison},
			{"schema", poison},
			{"version", poison},
			{"generate", poison},
			{"generate", "--rua", poison, "example.com"},
			{"generate", "--mx", poison, "example.com"},
			{"generate", "--mx", "mx.example.com", "--rua", "mailto:" + poison, "example.com"},
			{"demo", poison},
			{"completion", poison},
			{"man", poison},
			{"help", poison},
		} {
			h.run(t, "", args...)
		}
	}
}
