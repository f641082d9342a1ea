package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"mtasts/internal/rule"
)

// FuzzZone: a record is printed so that a name server reads the text that was meant, whatever bytes
// it has, in character-strings that it loads.
func FuzzZone(f *testing.F) {
	f.Add([]byte("v=STSv1; id=1; x=\"\\\x00\u202e\xff"))
	f.Add(bytes.Repeat([]byte("a\u00fc\"\\"), 100))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4<<10 {
			return
		}
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(text))
		line := zoneLines([]rule.Record{{Name: "_mta-sts.example.com.", Type: "TXT", TTL: 60, Value: `"` + value + `"`}})[0]
		if why := inert(line); why != "" || strings.Contains(line, "\n") {
			t.Fatalf("%s: %q", why, line)
		}
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		wire := make([]byte, dns.MaxMsgSize)
		end, err := dns.PackRR(rr, wire, 0, nil, false)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if got := joined(rr.(*dns.TXT), wire[:end]); got != string(text) {
			t.Errorf("%q is printed %s and read %q", text, line, got)
		}
	})
}

// joined is the text of a record in wire form: its character-strings, which end the message.
func joined(txt *dns.TXT, wire []byte) string {
	size := dns.Len(&dns.TXT{Hdr: txt.Hdr})
	var b strings.Builder
	for data := wire[size:]; len(data) > 0; data = data[1+int(data[0]):] {
		b.Write(data[1 : 1+int(data[0])])
	}
	return b.String()
}

// FuzzFill: words that are laid into lines stay whole and in order, and a line is wider than asked
// for only where a single word is.
func FuzzFill(f *testing.F) {
	f.Add("one two  three \u65e5\u672c\u8a9e", 10)
	f.Add(strings.Repeat("x", 50)+" a b", 8)
	f.Fuzz(func(t *testing.T, text string, width int) {
		text, width = Escape(text), 8+max(0, width)%100
		var b strings.Builder
		fill(&b, width, span{"- ", nil}, span{". ", nil}, words(nil, text))
		var got []string
		for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if i == 0 && !strings.HasPrefix(line, "- ") || i > 0 && !strings.HasPrefix(line, ". ") {
				t.Errorf("line %d is %q", i, line)
			}
			found := strings.Fields(line[2:])
			if columns(line) > width && len(found) > 1 {
				t.Errorf("%q has %d columns, not %d", line, columns(line), width)
			}
			got = append(got, found...)
		}
		if want := strings.Fields(text); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q is laid as %q", text, b.String())
		}
	})
}

// FuzzProgress: what is waited for, whatever it is called, is drawn on one line that can be erased.
func FuzzProgress(f *testing.F) {
	f.Add(evil)
	f.Add(strings.Repeat("\u65e5", 300))
	f.Fuzz(func(t *testing.T, label string) {
		var b strings.Builder
		p := newProgress(&b, func() string { return label }, false)
		p.frame = quietFrames
		p.step()
		drawn, ok := strings.CutPrefix(b.String(), eraseLine+noBreak)
		drawn, end := strings.CutSuffix(drawn, mayBreak)
		if why := inert(drawn); !ok || !end || why != "" || strings.Contains(drawn, "\n") || columns(drawn) > labelWidth+2 {
			t.Errorf("%q: %s", b.String(), why)
		}
	})
}
