package render

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// What is written must be what was there, however it is spelt.
func TestJSONReadsBack(t *testing.T) {
	want := append(everything(), hostile())
	for i := range want {
		want[i].Observed = &fact.Observation{Schema: 1, Domain: want[i].Domain, At: at(), STS: hostile().Observed.STS}
	}
	// Only what is of type fact.Text may be other than UTF-8.
	text := written(t, NewJSON, want...)
	var got []rule.Result
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	valid := cmp.Transformer("valid", func(s string) string {
		return strings.ToValidUTF8(strings.ReplaceAll(s, "\xff\xfe", "\xff\ufffd"), "\ufffd")
	})
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type().Name() != "Text" }, valid)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestJSONAfterEachResult(t *testing.T) {
	for n := range 3 {
		var got []json.RawMessage
		text := written(t, NewJSON, everything()[:n]...)
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != n || !strings.HasSuffix(text, "]\n") {
			t.Errorf("%d results: %d elements, %v:\n%s", n, len(got), err, text)
		}
	}
}

func TestJSONListsAreNeverNull(t *testing.T) {
	given := rule.Result{Observed: &fact.Observation{}, Delivery: []rule.Delivery{{}, {Senders: []rule.Sender{{}}}}}
	text := written(t, NewJSON, rule.Result{Observed: &fact.Observation{}}, given)
	for _, want := range []string{`"findings": []`, `"delivery": []`, `"senders": []`, `"because": []`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "null") {
		t.Errorf("a null in:\n%s", text)
	}
	if given.Delivery[0].Senders != nil || given.Delivery[1].Senders[0].Because != nil {
		t.Error("what was handed in is changed")
	}
}

// All that was seen on port 25 is in the JSON, and a finding about this machine says so.
func TestJSONHasProbes(t *testing.T) {
	r := blocked("example.com")
	r.Observed = &fact.Observation{Hosts: []fact.MailHost{{
		Name: "mx1.example.com", Preference: 10,
		Probes: []fact.Probe{{
			Address: "192.0.2.25", Connected: true, Greeting: &fact.Reply{Code: 220, Lines: []fact.Text{"ready \xff"}},
			Injected: "250 \x1b[2J", TLS: &fact.TLS{Chain: [][]byte{{0x30, 0}}}, Timing: fact.MailTime{Greeting: fact.Millis(4 * time.Second)},
		}},
		TLSA: []fact.Answer{{Records: []fact.Record{{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: fact.Hex("\xd2\xab")}}}}},
	}}}
	text := strings.Join(strings.Fields(written(t, NewJSON, r)), " ")
	for _, want := range []string{
		`"here": true`, `"probes": [ { "address": "192.0.2.25", "connected": true, "greeting": { "code": 220,`,
		`"injected": "250 \u001b[2J"`, `"chain": [ "MAA=" ]`, `"greeting": 4000`,
		`"tlsa": { "usage": 3, "selector": 1, "matching_type": 1, "data": "d2ab" }`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
}

func TestJSONSpelling(t *testing.T) {
	for in, want := range map[string]string{
		`"\\u003c \"\\ <b> &"`:         `"\\u003c \"\\ <b> &"`,
		"\"\u202e\u0085\x7f\u00a0\"":   `"\u202e\u0085\u007f\u00a0"`,
		"\"\u2028\U000e0001\"":         `"\u2028\udb40\udc01"`,
		"{\n  \"a\": \"日本語 Grüße\"\n}": "{\n  \"a\": \"日本語 Grüße\"\n}",
		"":                             "",
	} {
		if got := string(appendShown(nil, []byte(in))); got != want {
			t.Errorf("appendShown(%s) = %s, want %s", in, got, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(evil)
	f.Add(`\u003c<&>`)
	f.Fuzz(func(t *testing.T, s string) {
		r := withBlocks(s)
		r.Delivery = fuzzedDelivery(s)
		r.Observed = &fact.Observation{Domain: s, STS: fact.Answer{Records: []fact.Record{{Text: []fact.Text{fact.Text(s)}}}}}
		text := written(t, NewJSON, r)
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%.2000s", why, text)
		}
		var got []rule.Result
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v:\n%.2000s", err, text)
		}
		if back := string(got[0].Observed.STS.Records[0].Text[0]); back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}
