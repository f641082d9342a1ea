package cli

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/render"
)

// probed is a domain with a conversation in which each field is of a kind that JSON could bend: bytes
// that are no text, times finer than are kept, lists that are empty or not there.
func probed() *fact.Observation {
	at := time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.FixedZone("", 5*3600+1800))
	answer := func(name, kind string, records ...fact.Record) fact.Answer {
		return fact.Answer{Name: name, Type: kind, RCode: "NOERROR", AD: true, Records: records, TTL: 300, Server: "192.0.2.53", TookMS: 1234567}
	}
	root := answer(".", "TXT")
	cname := answer("mx1.example.com", "CNAME", fact.Record{Host: "mx.example.net"})
	bogus := fact.Answer{Name: "_25._tcp.mx1.example.com", Type: "TLSA", RCode: "SERVFAIL", Bogus: true}
	return &fact.Observation{
		Schema: fact.Schema, Version: "test", Domain: "example.com", At: at,
		Vantage: fact.Vantage{
			Resolvers: []string{"192.0.2.53"}, ADTrusted: []string{"192.0.2.53"}, SMTP: fact.SMTPRequire,
			SMTPTimeoutMS: 30_000, EHLOName: "probe.example.org", Port25: fact.Port25Open,
		},
		STS: answer("_mta-sts.example.com", "TXT"), TLSRPT: answer("_smtp._tls.example.com", "TXT"),
		MX:   answer("example.com", "MX", fact.Record{Preference: 10, Host: "mx1.example.com"}),
		Root: &root,
		Hosts: []fact.MailHost{{
			Name: "mx1.example.com", Preference: 10, CNAME: &cname,
			A: answer("mx1.example.com", "A", fact.Record{Address: "192.0.2.25"}), AAAA: answer("mx1.example.com", "AAAA"),
			Probes: []fact.Probe{{
				Address: "192.0.2.25", Connected: true,
				Greeting: &fact.Reply{Code: 220, Lines: []fact.Text{"mx1.example.com \xff\x00\u202e", ""}},
				EHLO:     &fact.Reply{Code: 250, Lines: []fact.Text{"mx1.example.com", "STARTTLS"}},
				HELO:     &fact.Reply{Code: 250, Lines: []fact.Text{}}, StartTLS: &fact.Reply{Code: 220, Lines: []fact.Text{"go ahead"}},
				Injected: "250 \xfe\r\n",
				TLS: &fact.TLS{
					Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Chain: [][]byte{{0x30, 0x03, 0xff}, {}},
					PathStart: at, PathExpiry: at.Add(time.Hour), TrustFault: "<&> unknown authority",
				},
				Fault:  &fact.Fault{Stage: fact.Secured, Kind: fact.Reset, Text: "read: \x1b[2J"},
				Timing: fact.MailTime{Connect: 1, Greeting: 4_000_049_999, EHLO: 50_000, StartTLS: 49_999, TLS: 123_456_789, Total: 1 << 40},
			}, {Address: "192.0.2.26", Skipped: fact.SkipBlocked}},
			TLSA: []fact.Answer{
				answer("_25._tcp.mx.example.net", "TLSA",
					fact.Record{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: fact.Hex("\x00\xd2\xab")}},
					fact.Record{TLSA: &fact.TLSA{Usage: 255}}),
				bogus,
			},
		}},
	}
}

// told is what is written of observations in both formats.
func told(t *testing.T, list ...*fact.Observation) string {
	t.Helper()
	var out bytes.Buffer
	for _, format := range []string{formatText, formatJSON} {
		opt := outputOptions{targets: []target{{format: format}}, verbose: true}
		all, err := opt.open(t.Context(), System{Out: &out, Getenv: func(string) string { return "" }}, render.About{}, opt.all(), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		s := &session{out: all}
		for i, o := range list {
			if err := s.tell(s.judge(line{index: i + 1}, o)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.close(nil, false); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// A conversation that was saved is judged again to the same bytes.
func TestReplayOfProbes(t *testing.T) {
	live, err := settle(probed())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "facts.json")
	w, err := createFacts(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.add(live); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	data, err := readFacts(t.Context(), nil, name)
	if err != nil {
		t.Fatal(err)
	}
	var saved []*fact.Observation
	if err := data.each(func(o *fact.Observation) error { saved = append(saved, o); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(saved) != 1 {
		t.Fatalf("%d domains came back", len(saved))
	}
	if diff := gocmp.Diff(live, saved[0]); diff != "" {
		t.Errorf("what was judged and what was saved (-judged +saved):\n%s", diff)
	}
	if diff := gocmp.Diff(told(t, live), told(t, saved[0])); diff != "" {
		t.Errorf("what was told (-live +replay):\n%s", diff)
	}
	probe, want := saved[0].Hosts[0].Probes[0], probed().Hosts[0].Probes[0]
	if probe.Greeting.Lines[0] != want.Greeting.Lines[0] || probe.Injected != want.Injected || !probe.TLS.PathStart.Equal(want.TLS.PathStart) {
		t.Errorf("bytes or times were bent: %+v", probe)
	}
}
