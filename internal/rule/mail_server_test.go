package rule

import (
	"slices"
	"strings"
	"testing"

	"mtasts/internal/fact"
)

// TestServerLines: what is printed fits the program that the server says it is, and can be pasted.
func TestServerLines(t *testing.T) {
	for _, c := range []struct {
		name, greeting string
		host           string
		want, line     string // in the text, and among the lines
	}{
		{"Postfix", "mx ESMTP Postfix (Debian/GNU)", "mx.example.com", "; for Postfix:", "smtpd_tls_security_level = may"},
		{"Exim", "mx ESMTP Exim 4.96 Sat, 31 Jan 2026", "mx.example.com", "; for Exim:", "tls_advertise_hosts = *"},
		{"OpenSMTPD", "mx ESMTP OpenSMTPD", "mx.example.com", "; for OpenSMTPD:", `pki mx.example.com cert`},
		{"Sendmail", "mx ESMTP Sendmail 8.17.1", "mx.example.com", "; for Sendmail:", "confSERVER_CERT"},
		{"Exchange", "MX01 Microsoft ESMTP MAIL Service ready", "mx.example.com", "; for Exchange:", "-DomainName mx.example.com"},
		{"unknown", "mx ESMTP", "mx.example.com", "; for Postfix, as an example:", "/live/mx.example.com/fullchain.pem"},
		{"another organisation's", "mx ESMTP", "mx.provider.test", "is another organisation's, so this is for whoever runs it", ""},
		{"another organisation's Exim", "mx ESMTP Exim", "mx.provider.test", "is another organisation's", "tls_advertise_hosts = *"},
		{"no name to paste", "mx ESMTP Postfix", "mx';reboot;'.example.com", "switch STARTTLS on.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := soundProbe("198.51.100.2", nil, plain)
			p.Greeting = reply(220, c.greeting)
			r := Judge(mailSeen(t, "enforce", mailHost(c.host, 10, p)), Options{Only: []string{"starttls"}})
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Rule == "starttls" })
			if i < 0 {
				t.Fatalf("findings: %+v", r.Findings)
			}
			fix := r.Findings[i].Fix
			if lines := strings.Join(fix.Lines, "\n"); !strings.Contains(fix.Text, c.want) || !strings.Contains(lines, c.line) || (lines == "") != (c.line == "") {
				t.Errorf("%s\n%s", fix.Text, lines)
			}
		})
	}
}

// TestEveryProgram: no line is left with a name to fill in, and none is forgotten.
func TestEveryProgram(t *testing.T) {
	for _, s := range mailServers() {
		for what, lines := range map[string][]string{"certificate": s.certificate, "renewal": s.renewal, "chain": s.chain, "versions": s.versions} {
			if len(lines) == 0 {
				t.Errorf("%s has no lines for %s", s.name, what)
			}
			if rest := strings.ReplaceAll(strings.Join(lines, "\n"), "{name}", ""); strings.ContainsAny(rest, "<{") && s.name != "Exchange" { // whose language has braces
				t.Errorf("%s, %s: a placeholder in %q", s.name, what, rest)
			}
		}
	}
}

// TestNextSteps: nobody is told to enforce what would refuse mail.
func TestNextSteps(t *testing.T) {
	const mend = "Mend what is told of the MX hosts"
	sound := soundProbe("198.51.100.2", leafFor(t, 60, "mx.example.com"))
	for _, c := range []struct {
		probe fact.Probe
		want  bool
	}{{sound, false}, {soundProbe("198.51.100.2", nil, plain), true}} {
		o := mailSeen(t, "testing", mailHost("mx.example.com", 10, c.probe))
		r := Judge(o, Options{})
		if got := len(r.Next) > 0 && strings.HasPrefix(r.Next[0], mend); got != c.want || len(r.Next) == 0 {
			t.Errorf("next: %q", r.Next)
		}
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Rule == "policy-enforced" })
		if got := strings.HasPrefix(r.Findings[i].Fix.Text, "Mend first"); got != c.want {
			t.Errorf("fix: %s", r.Findings[i].Fix.Text)
		}
	}
}

// TestBogusIsTold: an answer that fails validation says so wherever it is missed.
func TestBogusIsTold(t *testing.T) {
	o := seen("v=STSv1; id=1", "")
	o.STS = fact.Answer{Name: "_mta-sts.example.com", Type: "TXT", RCode: "SERVFAIL", Bogus: true}
	r := Judge(o, Options{Only: []string{"sts-record"}})
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Message, "signatures do not hold") {
		t.Errorf("findings: %+v", r.Findings)
	}
}
