package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
)

// harmless are commands with a flag that takes a value and names no file, or with an argument that
// names none, so that they may be given anything.
func harmless() [][]string {
	check, lint := []string{"check", "--facts=-"}, []string{"lint", "--record=v=STSv1; id=1", "--domain=example.com"}
	var all [][]string
	for _, flag := range []string{
		"color", "fail-on", "concurrency", "qps", "shard", "only", "skip", "expiry-days", "assume", "resolver",
		"timeout", "smtp", "smtp-timeout", "ehlo-name", "allow-net",
	} {
		all = append(all, append(check[:len(check):len(check)], "--"+flag+"="))
	}
	for _, flag := range []string{"record", "tlsrpt", "mx", "domain"} {
		all = append(all, append(lint[:len(lint):len(lint)], "--"+flag+"="))
	}
	for _, flag := range []string{"mode", "max-age", "mx", "add-mx", "rua", "host", "ttl", "dns", "server", "part"} {
		all = append(all, []string{"generate", "example.com", "--" + flag + "="})
	}
	for _, flag := range []string{"since", "until", "domain", "ignore-org", "days", "max-report-size"} {
		all = append(all, []string{"report", "-", "--no-live", "--" + flag + "="})
	}
	return append(all, []string{"explain", ""}, []string{"rules", "--group="}, []string{"check", "--"}, []string{"generate", ""}, []string{""}, []string{"report", ""})
}

// given runs a command of which the last argument ends in value.
func given(t *testing.T, command []string, value string) (code int, out, complaints string) {
	t.Helper()
	args := append([]string{}, command...)
	args[len(args)-1] += value
	return offline(t, args, blankFacts)
}

// offline runs the program without a network.
func offline(t *testing.T, args []string, stdin string) (code int, out, complaints string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	sys := cli.System{
		Net: collect.Network{
			Now: noon, Resolvers: []string{"192.0.2.53"},
			Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") },
		},
		In: strings.NewReader(stdin), Out: &stdout, Err: &stderr,
		Getenv: func(string) string { return "" }, Version: "test",
	}
	code = cli.Run(t.Context(), sys, args)
	return code, stdout.String(), stderr.String()
}

const blankFacts = `[{"schema": 1, "domain": "example.com", "at": "2026-01-31T12:00:00Z"}]`

// FuzzFlags: whatever stands behind a flag, it is taken or refused in one line, and what is said of it
// cannot steer a terminal.
func FuzzFlags(f *testing.F) {
	for i := range harmless() {
		for _, value := range []string{"", "1", "\x1b[31m\u202e\xff", "fe80::1%\x1b[2J", "99999999999999999999w", "example.com", "-1s", "3/2"} {
			f.Add(uint8(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		command := harmless()[int(which)%len(harmless())]
		if strings.Contains(value, "\x00") || command[len(command)-1] == "" && (strings.HasPrefix(value, "-") || value == "demo" || command[0] == "report") {
			return // no argument, a flag with a file, a lab, a file
		}
		code, out, complaints := given(t, command, value)
		if code < 0 || code > 3 {
			t.Errorf("%q %q: exit code %d", command, value, code)
		}
		if why := wild(out + complaints); why != "" {
			t.Errorf("%q %q: it %s: %q", command, value, why, out+complaints)
		}
		if code == 2 && (complaints == "" || len(complaints) > 4000+4*len(value)) {
			t.Errorf("%q %q: %d bytes of complaints", command, value, len(complaints))
		}
	})
}

// FuzzLint: files and records come from anybody. They are judged or refused, in every format, without
// anything that steers a terminal.
func FuzzLint(f *testing.F) {
	const policy = "version: STSv1\nmode: enforced\nmx: *.example.com\nmax_age: 86400\n\n"
	const zone = "$TTL 1h\n@ SOA ns h 1 2 3 4 5\n@ MX 10 mx\n_mta-sts TXT \"v=STSv1; id=\\200\"\n_smtp._tls CNAME \\\".b.\n"
	for i := range forms() {
		f.Add(uint8(i), policy, "v=STSv1, id=1-1", "v=TLSRPTv1; rua=a@example.com", "mx.example.com")
		f.Add(uint8(i), policy+"\xff: \x1b[31m\u202e", "v=STSv1; id=\x1b]0;x\a", "v=TLSRPTv1;rua=mailto:\u202e", "mx.example.com,x")
		f.Add(uint8(i), zone, "", "", "")
	}
	f.Fuzz(func(t *testing.T, which uint8, file, record, reports, mx string) {
		args := []string{"lint", "--domain=example.com", "-v", "-o", forms()[int(which)%len(forms())]}
		if record+reports+mx == "" {
			args = append(args, "--zone=-")
		} else {
			args = append(args, "--record="+record, "--tlsrpt="+reports, "--mx="+mx, "-")
		}
		code, out, complaints := offline(t, args, file)
		if why := wild(out + complaints); why != "" || code < 0 || code > 3 || code == 2 && complaints == "" {
			t.Errorf("%q: exit code %d, it %s: %q", args, code, why, out+complaints)
		}
	})
}

func forms() []string {
	return []string{"text", "json", "jsonl", "csv", "markdown", "sarif", "junit", "gitlab", "github"}
}

// wild tells what in a text is not for a terminal.
func wild(s string) string {
	steers := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Bidi_Control) }
	switch {
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case strings.ContainsFunc(s, steers):
		return "holds what steers a terminal"
	}
	return ""
}
