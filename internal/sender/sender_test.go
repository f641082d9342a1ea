package sender

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/sts"
)

func TestNames(t *testing.T) {
	want := []string{
		"chasquid", "maddy", "mox", "postfix-tlspol", "postfix-mta-sts-resolver",
		"KumoMTA", "Stalwart", "mailauth", "Halon",
	}
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Error(diff)
	}
	var read []string
	for _, r := range Read(Served{}, nil) {
		if r.Version == "" || r.How != Run && r.How != ReadInSource {
			t.Errorf("%s: version %q, known by %q", r.Sender, r.Version, r.How)
		}
		read = append(read, r.Sender)
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

// TestReading shows what else there is in a reading.
func TestReading(t *testing.T) {
	const body = "version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 31557601\n"
	hosts := []string{"A.Example.com.", "b.example.net", "c.example.com", "D.EXAMPLE.ORG"}
	var got Reading
	for _, r := range Read(Served{Body: body}, hosts) {
		if r.Sender == "postfix-tlspol" {
			got = r
		}
	}
	want := Reading{
		Sender: "postfix-tlspol", Version: got.Version, How: Run, Verdict: RefusesMX,
		Because: "mx *.example.com does not match b.example.net", Line: 3, RefusedMX: []string{"b.example.net", "D.EXAMPLE.ORG"},
		Mode: "enforce", MaxAge: 31557600, Misread: "max_age 31557600, not 31557601",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRefusedSaysNothing: of a policy that is not taken, nothing is understood.
func TestRefusedSaysNothing(t *testing.T) {
	for _, r := range Read(Served{Body: sound + "version: STSv2\n\n"}, []string{"mx.example.net"}) {
		if r.Verdict == Refuses && (r.Mode != "" || r.MaxAge != 0 || r.Misread != "" || r.RefusedMX != nil) {
			t.Errorf("%+v", r)
		}
	}
}

// TestNumbers are numbers as the languages of senders read them.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		form ageForm
		text string
		want int64
		ok   bool
	}{
		{ageJS, "", 0, true},
		{ageJS, "-0", 0, true},
		{ageJS, "-0.5", -1, true},
		{ageJS, "31557600.5", 31557601, true},
		{ageJS, ".5e1", 5, true},
		{ageJS, "5.", 5, true},
		{ageJS, ".", 0, false},
		{ageJS, "1e400", 1<<63 - 1, true},
		{ageJS, "-1e400", -1 << 63, true},
		{ageJS, "0b101", 5, true},
		{ageJS, "0O17", 15, true},
		{ageJS, "+0x10", 0, false},
		{ageJS, "0xffffffffffffffffff", 1<<63 - 1, true},
		{ageJS, "1_000", 0, false},
		{ageJS, "NaN", 0, false},
		{agePython, "-5", -5, true},
		{agePython, "+-5", 0, false},
		{agePython, "5_", 0, false},
		{agePython, "_5", 0, false},
		{agePython, "", 0, false},
		{agePython, strings.Repeat("0", 4299) + "7", 7, true},
		{agePython, strings.Repeat("0", 4300) + "7", 0, false},
		{agePython, strings.Repeat("9", 40), 1<<63 - 1, true},
		{ageNanos, "18446744074", 1, true},
		{ageNanos, "9223372037", -9223372036, true},
		{ageUint64, "18446744073709551615", 1<<63 - 1, true},
		{ageUint64, "++1", 0, false},
		{ageInt32, "0000000001", 1, true},
		{ageInt32, "00000000001", 0, false},
		{ageUnread, "soon", 0, true},
	} {
		if got, ok := c.form.seconds(c.text); got != c.want || ok != c.ok {
			t.Errorf("form %d: %q is %d, %v; want %d, %v", c.form, c.text, got, ok, c.want, c.ok)
		}
	}
}

// hostile are texts that would cost most where time were not linear.
func hostile(size int) [][]byte {
	var list [][]byte
	for _, unit := range []string{
		":", "\n", "\r", "a\n", "a:\n", "mode\n", "mx:\n", "mode: x\n", "mx: a.b\n", "mx: *.b\n", "max_age: 1\n", " :", "\xff", "\u2028",
		"mx: xn--a.b\n", "mx: \u00fc.b\n", "_", "9", "-", "a.", "*", "mode:enforce\n", "\x1c", "version: STSv1\n",
	} {
		list = append(list, bytes.Repeat([]byte(unit), size/len(unit)))
	}
	for _, value := range []string{"a.", "xn--a.", "xn--" + strings.Repeat("a", 60) + ".", "\u00fc", "9", "9_", "a:", " ", "\t", "0"} {
		for _, name := range []string{"mx: ", "max_age: ", "mode: ", "x: ", ""} {
			list = append(list, []byte(sound+name+strings.Repeat(value, size/len(value))))
		}
	}
	return list
}

// TestHostile gives 64 KiB of the worst, for a thousand MX hosts.
func TestHostile(t *testing.T) {
	hosts := slices.Repeat([]string{strings.Repeat("a.", 120) + "example", "mx.example.com", ""}, 300)
	for _, body := range hostile(64 << 10) {
		for _, r := range Read(Served{Body: string(body), Records: []string{"v=STSv1; id=1"}}, hosts) {
			if len(r.Because)+len(r.Misread) > 1<<10 {
				t.Errorf("%s: a clause of %d bytes", r.Sender, len(r.Because)+len(r.Misread))
			}
		}
	}
	for _, body := range hostile(64 << 10) {
		Read(Served{Body: sound, Records: []string{string(body), "v=STSv1;" + string(body)}}, nil)
	}
}

// TestAround: what is judged around a policy does not depend on its text.
func TestAround(t *testing.T) {
	for _, in := range []Served{
		{},
		{Records: []string{"v=STSv1; id=1"}},
		{Records: []string{"v=STSv1 ; id=1", "v=spf1 -all"}},
		{Records: []string{}},
		{HTTP: &HTTP{ContentType: "text/plain; charset=utf-16", Typed: true, Took: 3 * time.Second}},
		{HTTP: &HTTP{}},
	} {
		checkAround(t, in)
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read(Served{Body: sound}, []string{"mx.example.com"})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sound), "text/plain", "v=STSv1; id=1", "mx.example.com", 1)
	f.Add([]byte("Mode: none\nmx:*.b\r\nmax_age:6e5\n\nversion"), "text/html; charset=x", "id=1;v=STSv1", ".", 100)
	f.Fuzz(func(t *testing.T, body []byte, kind, txt, host string, seconds int) {
		in := Served{
			Body: string(body), HTTP: &HTTP{ContentType: kind, Typed: kind != "", Took: time.Duration(seconds) * time.Second},
			Records: strings.Split(txt, "\n"),
		}
		lines := 1 + bytes.Count(body, []byte("\n")) + bytes.Count(body, []byte("\r"))
		for _, in := range []Served{in, {Body: string(body)}} {
			for _, r := range Read(in, []string{host, "mx.example.com"}) {
				checkReading(t, r, lines)
			}
		}
		checkSound(t, body)
		checkAround(t, in)
	})
}

// checkAround holds what stands around a policy to what a sound text has made of it.
func checkAround(t *testing.T, in Served) {
	t.Helper()
	in.Body = sound
	want := Read(in, nil)
	for i := range want {
		want[i].Mode, want[i].MaxAge = "", 0
	}
	in.Body = ""
	if diff := cmp.Diff(want, ReadAround(in)); diff != "" {
		t.Errorf("around a sound text (-read +read around):\n%s", diff)
	}
}

// checkReading holds a reading to what it promises.
func checkReading(t *testing.T, r Reading, lines int) {
	t.Helper()
	switch {
	case (r.Verdict == Accepts) != (r.Because == ""),
		(r.Verdict == RefusesMX) != (len(r.RefusedMX) > 0),
		r.Line < 0 || r.Line > lines,
		r.Verdict == Refuses && r.Mode != "",
		(r.Verdict == Accepts || r.Verdict == RefusesMX) && !isMode(r.Mode):
		t.Errorf("%+v", r)
	}
}

// checkSound: what the RFC has no objection to, all senders take alike, but for the liberties that it
// leaves and they do not.
func checkSound(t *testing.T, body []byte) {
	t.Helper()
	policy, problems := sts.ParsePolicy(body)
	if len(problems) > 0 || !ordinary(policy, body) {
		return
	}
	for _, r := range Read(Served{Body: string(body)}, nil) {
		if r.Verdict != Accepts || r.Mode != string(policy.Mode) || r.Misread != "" && policy.MaxAge < sts.MaxMaxAge {
			t.Errorf("%q: %+v", body, r)
		}
	}
}

// ordinary tells the policies in which no sender is known to stumble: ASCII in small letters, no
// field twice, the version first, max_age of a week to a year, an mx in any mode, host names that
// the DNS could hold, and no colons in values.
func ordinary(p sts.Policy, body []byte) bool {
	for _, mx := range p.MX {
		name := strings.TrimPrefix(mx.Text, "*.")
		if !isDNSName(name) || !canLookUp(name) {
			return false
		}
	}
	for _, f := range p.Fields {
		if strings.Contains(f.Value, ":") || f.Name != strings.ToLower(f.Name) {
			return false
		}
	}
	ascii := bytes.IndexFunc(body, func(r rune) bool { return r >= 0x80 }) < 0
	return ascii && len(p.Duplicates()) == 0 && p.Fields[0].Name == "version" && len(p.MX) > 0 &&
		p.MaxAge >= 604800 && len(body) < 10<<10
}
