package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"unicode"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
	"mtasts/internal/fact"
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

// ravings is a saved look at MX hosts of which nothing could have been seen so.
const ravings = `[{"schema": 1, "domain": "example.com", "at": "2026-01-31T12:00:00Z",
  "vantage": {"smtp": "require", "port_25": "\u001b[2J", "ad_trusted": ["192.0.2.53", ""]},
  "mx": {"rcode": "NOERROR", "ad": true, "server": "192.0.2.53", "records": [{"preference": 65535, "host": "mx.example.com"}, {"host": "."}, {}]},
  "root": {"ad": true},
  "mail_hosts": [{}, {"name": "mx.example.com", "preference": 65535, "cname": {},
    "a": {"rcode": "NOERROR", "ad": true, "server": "192.0.2.53", "aliases": ["\u202e"], "records": [{"address": "192.0.2.25"}, {"address": "\u001b["}]},
    "tlsa": [{}, {"name": "_25._tcp.mx.example.com", "ad": true, "server": "192.0.2.53", "rcode": "NOERROR", "records": [{}, {"tlsa": {}},
      {"tlsa": {"usage": 3, "selector": 255, "matching_type": 9, "data": ""}}, {"tlsa": {"usage": 2, "selector": 1, "matching_type": 1, "data": "00"}}]}],
    "probes": [{}, {"address": "192.0.2.25", "connected": true, "greeting": {"code": -1, "lines": null}, "ehlo": {"code": 250},
        "starttls": {"code": 99999999, "lines": [{"base64": "/w=="}, "\u001b[31m"]}, "tls": {}, "timing_ms": {"connect": -1e300, "total": 1e300}},
      {"address": "192.0.2.25", "greeting": {"code": 220, "lines": [""]}, "ehlo": {"code": 250, "lines": ["", "STARTTLS"]}, "starttls": {"code": 220},
        "tls": {"version": "TLS 9", "chain": ["AAAA", "", "MIIB", null], "path": ["\u0007"], "path_expiry": "0001-01-01T00:00:00Z"}, "ehlo_tls": {}},
      {"address": "\u001b[2J", "skipped": "\u202e", "injected": "\u001b]0;x\u0007", "fault": {"stage": "", "kind": "", "text": "\u009b31m"}}]}]}]`

// crowd is a saved look at n MX hosts with n addresses each, of which each said something else.
func crowd(n int) []byte {
	o := fact.Observation{Schema: fact.Schema, Domain: "example.com", At: noon()}
	for h := range n {
		name := fmt.Sprintf("mx%d.example.com", h)
		host := fact.MailHost{Name: name, A: fact.Answer{RCode: "NOERROR"}}
		for i := range n {
			address := fmt.Sprintf("192.%d.%d.1", h%256, i%256)
			host.A.Records = append(host.A.Records, fact.Record{Address: address})
			host.Probes = append(host.Probes, fact.Probe{
				Address: address, Connected: true,
				Greeting: &fact.Reply{Code: 200 + i, Lines: []fact.Text{fact.Text(strings.Repeat("x", 100))}},
				TLS:      &fact.TLS{Version: "TLS 1.3", Chain: [][]byte{{0x30, byte(i)}, nil}},
			})
		}
		o.Hosts = append(o.Hosts, host)
		o.MX.Records = append(o.MX.Records, fact.Record{Preference: uint16(h), Host: name})
	}
	o.MX.RCode = "NOERROR"
	data, err := json.Marshal([]fact.Observation{o})
	if err != nil {
		return []byte(err.Error())
	}
	return data
}

// replayed is how a run that judges such facts ends, and what it writes.
func replayed(t *testing.T, facts []byte, flags ...string) (code int, out, complaints string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	sys := cli.System{
		Net: collect.Network{
			Now: noon,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("facts are judged without network")
			},
		},
		In: bytes.NewReader(facts), Out: &stdout, Err: &stderr,
		Getenv: func(string) string { return "" }, Version: "test",
	}
	code = cli.Run(t.Context(), sys, append([]string{"check", "--facts", "-"}, flags...))
	return code, stdout.String(), stderr.String()
}

// Facts of MX hosts that are nonsense, or far too many, are judged all the same.
func TestHostileProbes(t *testing.T) {
	for name, facts := range map[string][]byte{"ravings": []byte(ravings), "crowd": crowd(60)} {
		for _, flags := range [][]string{{"-v"}, {"-q"}, {"--json"}} {
			code, out, complaints := replayed(t, facts, flags...)
			if code == 2 || complaints != "" || out == "" {
				t.Errorf("%s %v: exit code %d, standard error %q", name, flags, code, complaints)
			}
			if strings.ContainsFunc(out, steers) {
				t.Errorf("%s %v: a control character in %q", name, flags, out)
			}
			if flags[0] == "--json" {
				valid(t, manyResults, out)
			}
		}
	}
}

// Facts may come from anybody: whatever they hold, they are judged or refused, and nothing in
// them steers the terminal, and JSON of them is valid by the schema.
func FuzzFacts(f *testing.F) {
	f.Add(savedFacts(f, "sound example.com\n"))
	f.Add(savedFacts(f, "sound example.com\nhttps 192.0.2.10\n    certificate expired no-san\n    status 302 Found\n    header Location: /\x7f\n"))
	f.Add(savedFacts(f, "sound example.com\ndrop _mta-sts.example.com\nzone\n    _mta-sts.example.com TXT \"v=STSv1, id=1\"\n"))
	f.Add([]byte(ravings))
	f.Add(crowd(2))
	f.Add([]byte(`[{"schema": 1, "domain": "example.com", "at": "2026-01-31T12:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, facts []byte) {
		code, out, complaints := replayed(t, facts, "-v")
		if code < 0 || code > 3 || (code == 2) != (complaints != "") {
			t.Errorf("exit code %d, standard error %q", code, complaints)
		}
		if text := out + complaints; strings.ContainsFunc(text, steers) {
			t.Errorf("a control character in %q", text)
		}
		if again, out, _ := replayed(t, facts, "--json", "--senders"); again != 2 {
			valid(t, manyResults, out)
		} else if code != 2 {
			t.Errorf("they are judged in text, and refused in JSON")
		}
	})
}

func steers(r rune) bool { return r != '\n' && unicode.IsControl(r) }
