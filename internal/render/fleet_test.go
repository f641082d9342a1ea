package render

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// running is a clock that a run of that length is timed by.
func running(d time.Duration) About {
	now := at().Add(-d)
	return About{Now: func() time.Time {
		now = now.Add(d)
		return now
	}}
}

func asFleet(s Style) func(io.Writer) Writer {
	return func(w io.Writer) Writer { return NewFleet(w, s, running(192*time.Second)) }
}

// summed is the summary of items.
func summed(t *testing.T, s Style, items ...Item) string {
	t.Helper()
	var b strings.Builder
	w := asFleet(s)(&b)
	for _, e := range items {
		if err := w.Result(e); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() > 0 {
		t.Errorf("written before the end: %q", b.String())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// looked are n items of one kind, each of a domain of its own that was looked at now.
func looked(n int, of func(domain string) rule.Result) []Item {
	var list []Item
	for i := range n {
		r := of(fmt.Sprintf("d%d.example.com", i))
		r.Observed = &fact.Observation{Domain: r.Domain}
		list = append(list, Item{Index: i + 1, Result: r})
	}
	return list
}

// refusedAt is a domain whose MX hosts senders refuse for a cause, or would under enforce, at both their
// addresses.
func refusedAt(p rule.Protection, cause string, hosts ...string) func(string) rule.Result {
	id, reason, _ := strings.Cut(cause, ":")
	return func(domain string) rule.Result {
		r := result(domain, rule.Fail, p, rule.Counts{Fail: len(hosts)})
		for i, host := range hosts {
			f := rule.Finding{Rule: id, Reason: reason, Status: rule.Fail, Subject: host}
			for _, address := range []string{"192.0.2.25", "2001:db8::25"} {
				d := delivered(host, uint16(10*i), address, rule.Refuses, cause)
				if p != rule.Enforced {
					d.Verdict, d.UnderEnforce, d.Because = rule.DeliversUnverified, rule.Refuses, nil
					f.Status = rule.Warn
				}
				r.Delivery = append(r.Delivery, d)
			}
			r.Findings = append(r.Findings, f)
		}
		return r
	}
}

// uncoveredHosts is a domain whose MX hosts the policy does not name, where no host was asked.
func uncoveredHosts(subject string) func(string) rule.Result {
	return func(domain string) rule.Result {
		r := result(domain, rule.Fail, rule.Enforced, rule.Counts{Fail: 1})
		r.Findings = []rule.Finding{{Rule: "mx-covered", Reason: "not-covered", Status: rule.Fail, Subject: subject}}
		return r
	}
}

func unprotected(domain string) rule.Result {
	r := absent()
	r.Domain = domain
	return r
}

// run is a fleet of everything there is to tell of.
func run() []Item {
	list := looked(1200, unprotected)
	list = append(list, looked(40, refusedAt(rule.Testing, "smtp-certificate:expired", "mx1.mail.example.net", "mx2.mail.example.net"))...)
	list = append(list, looked(12, refusedAt(rule.Enforced, "smtp-certificate:expired", "mx2.mail.example.net", "MX3.mail.example.net."))...)
	list = append(list, looked(4, refusedAt(rule.Absent, "starttls:not-offered", "mx.example.org"))...)
	list = append(list, looked(1, refusedAt(rule.Enforced, "starttls:not-offered", "mx.example.org"))...)
	list = append(list, looked(2, refusedAt(rule.Enforced, "starttls:not-offered", "mx.two.example"))...) // too few
	list = append(list, looked(3, uncoveredHosts("a.mx.test, b.mx.test and mx.example.org"))...)
	list = append(list, looked(30, func(string) rule.Result { return sound() })...)
	list = append(list, looked(1, func(string) rule.Result { return broken() })...)
	list = append(list, looked(2, blocked)...)
	for _, text := range []string{"no domain", "nor this"} {
		list = append(list, Item{Error: text, Result: rule.Result{Status: rule.Unknown, Protection: rule.UnsureProtection}})
	}
	return list
}

// compareAll compares the items with a run before, in which every second domain was, and had one problem more.
func compareAll(items []Item) []Item {
	for i := range items {
		r := &items[i].Result
		before := &rule.Result{CheckedAt: at(), Findings: append([]rule.Finding{{Rule: "sts-id", Status: rule.Fail}}, r.Findings...)}
		if i%2 == 1 {
			before = nil
		}
		r.Compare(before)
	}
	return items
}

// earlier is an item as a file of an earlier run has it, without all that is not counted.
func earlier(e Item) Item {
	var lite []rule.Finding
	for _, f := range e.Findings {
		lite = append(lite, rule.Finding{Rule: f.Rule, Status: f.Status, Reason: f.Reason})
	}
	return Item{Index: e.Index, Result: rule.Result{
		Domain: e.Domain, Status: e.Status, Protection: e.Protection, Counts: e.Counts, Findings: lite,
	}}
}

func resumed() []Item {
	list := run()
	for i := range 800 {
		list[i] = earlier(list[i])
	}
	return list
}

func TestFleet(t *testing.T) {
	for _, c := range []struct {
		file  string
		style Style
		items []Item
	}{
		{"fleet.txt", Style{}, run()},
		{"fleet-40.txt", Style{Width: 40}, run()},
		{"fleet-colour.txt", Style{Color: true}, run()},
		{"fleet-baseline.txt", Style{}, compareAll(run())},
		{"fleet-resumed.txt", Style{}, resumed()},
		{"fleet-hostile.txt", Style{}, looked(3, wicked)},
		{"fleet-two.txt", Style{}, looked(2, func(string) rule.Result { return sound() })},
	} {
		t.Run(c.file, func(t *testing.T) {
			got := summed(t, c.style, c.items...)
			golden(t, c.file, got)
			for line := range strings.SplitSeq(withoutColour(got), "\n") {
				if columns(line) > 80 {
					t.Errorf("%d columns: %s", columns(line), line)
				}
			}
		})
	}
}

// wicked is a domain of which everything that is counted is hostile.
func wicked(string) rule.Result {
	long := strings.Repeat("\x1b[2Jx", 100)
	r := hostile()
	r.Protection = rule.Protection(long)
	r.Findings = append(r.Findings, rule.Finding{Rule: long, Reason: long, Status: rule.Status(long)})
	r.Delivery = append(r.Delivery,
		delivered(evil, 1, "192.0.2.25", rule.Refuses, evil, long, ""),
		delivered(long+".example.com", 1, "192.0.2.25", rule.Refuses, long+":"+long),
		delivered(strings.Repeat("a.", 200), 1, "192.0.2.25", rule.Refuses, "smtp-certificate:expired"),
		delivered("..", 1, "192.0.2.25", rule.Refuses, "smtp-certificate:expired"),
		delivered("", 1, "192.0.2.25", rule.Refuses, "smtp-certificate:expired"),
		delivered("192.0.2.25", 1, "192.0.2.25", rule.Refuses, "smtp-certificate:expired"),
		delivered("com", 1, "192.0.2.25", rule.Refuses, "smtp-certificate:expired"))
	return r
}

func TestFleetColourAddsNothing(t *testing.T) {
	if diff := cmp.Diff(summed(t, Style{}, run()...), withoutColour(summed(t, Style{Color: true}, run()...))); diff != "" {
		t.Errorf("colour changes the text (-plain +colour):\n%s", diff)
	}
}

func TestFleetOfFewIsSilent(t *testing.T) {
	for n, want := range []bool{false, false, true} {
		if got := summed(t, Style{}, looked(n, unprotected)...); (got != "") != want {
			t.Errorf("of %d items: %q", n, got)
		}
	}
}

func TestFleetFirstLine(t *testing.T) {
	bad := Item{Error: "no domain"}
	now := looked(1, unprotected)[0]
	for want, items := range map[string][]Item{
		"2 domains in 3 min 12 s, 0.6/min.":                                                {now, now},
		"1 domain in 3 min 12 s, 0.3/min. 1 line of the list is no domain.":                {now, bad},
		"0 domains. 2 lines of the list are no domains.":                                   {bad, bad},
		"2 domains, all of them from an earlier run.":                                      {earlier(now), earlier(now)},
		"3 domains: 1 from an earlier run, 2 in 3 min 12 s, 0.6/min. 1 line of the list\n": {earlier(now), now, now, bad},
	} {
		if got := summed(t, Style{}, items...); !strings.HasPrefix(got, "\n"+want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFleetOfOneStranger(t *testing.T) {
	items := looked(2, unprotected)
	items[0].Compare(nil)
	items[1].Compare(&rule.Result{CheckedAt: at(), Findings: []rule.Finding{{Rule: "sts-record", Reason: "missing", Subject: "_mta-sts.example.com", Status: rule.Warn}}})
	want := "1 problem new, 1 worse, 0 known, 0 gone. 1 domain is not in it: all that is\n    wrong there counts as new.\n"
	if got := summed(t, Style{}, items...); !strings.Contains(got, want) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}

func TestFleetWriteError(t *testing.T) {
	w := NewFleet(&full{}, Style{}, running(time.Second))
	for _, e := range run() {
		if err := w.Result(e); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("got %v, want %v", err, errFull)
		}
	}
}

// A list may be as long and as strange as it likes: what is frequent is counted, and the memory for it
// has an end.
func TestFleetMemoryIsBounded(t *testing.T) {
	f, ok := NewFleet(io.Discard, Style{}, running(time.Hour)).(*fleet)
	if !ok {
		t.Fatal("no fleet")
	}
	shared := refusedAt(rule.Testing, "smtp-certificate:expired", "mx1.mail.example.net")("d.example.com")
	const domains, every = 200_000, 50
	for i := range domains {
		r := shared
		if i%every > 0 {
			host := fmt.Sprintf("mx.d%d.example", i)
			r = rule.Result{
				Protection: rule.Protection(host),
				Findings:   []rule.Finding{{Rule: host, Status: rule.Status(host), Reason: host}},
				Delivery:   []rule.Delivery{{MX: host, Verdict: rule.Refuses, Because: []string{host}}},
			}
		}
		if err := f.Result(Item{Index: i + 1, Result: r}); err != nil {
			t.Fatal(err)
		}
		if n, m := len(f.problems.seen), len(f.failures.seen); n > mostKinds || m > mostKinds {
			t.Fatalf("after %d domains: %d problems, %d failures", i+1, n, m)
		}
	}
	if n := len(f.protection); n > len(protections()) {
		t.Errorf("%d words of protection", n)
	}
	got := f.text()
	for _, want := range []string{
		"      4,000    2.0 %  ! warn  smtp-certificate (expired)\n",
		"      4,000    2.0 %  example.net  smtp-certificate (expired)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// A provider of one host for each domain is one provider.
func TestFleetHostsAreBounded(t *testing.T) {
	var items []Item
	for i := range 1000 {
		items = append(items, looked(1, refusedAt(rule.Enforced, "smtp-tls:handshake", fmt.Sprintf("d%d.mx.example.net", i)))...)
	}
	want := "1,000  100.0 %  example.net  smtp-tls (handshake)  d0.mx.example.net and at\n" +
		"                    least 5 more hosts; refused now\n"
	if got := summed(t, Style{}, items...); !strings.Contains(got, want) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}

func TestFleetTellsOfWhatItForgot(t *testing.T) {
	c := newCensus[string, struct{}](4)
	for _, kind := range strings.Fields("a a b c d e a e") {
		c.add(kind)
	}
	got := map[string]bool{}
	for kind, s := range c.seen {
		got[fmt.Sprint(kind, s.times)] = s.late
	}
	if diff := cmp.Diff(map[string]bool{"a3": false, "e2": true}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w, ok := NewFleet(io.Discard, Style{}, running(time.Hour)).(*fleet)
	if !ok {
		t.Fatal("no fleet")
	}
	w.problems.limit = 2
	for _, e := range run() {
		if err := w.Result(e); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.text(); !strings.Contains(got, "some of these numbers may be") {
		t.Error(got)
	}
}

func TestHostsOf(t *testing.T) {
	for subject, want := range map[string][]string{
		"":                                    nil,
		"mx1.example.com":                     {"mx1.example.com"},
		"mx1.example.com [192.0.2.1, ::1]":    {"mx1.example.com"},
		"mx1.example.com and mx2.example.com": {"mx1.example.com", "mx2.example.com"},
		"a.test, b.test, c.test and 3 more":   {"a.test", "b.test", "c.test"},
		"3 more":                              nil,
	} {
		if diff := cmp.Diff(want, hostsOf(subject)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", subject, diff)
		}
	}
}

// FuzzFleet: whatever a domain says, the summary shows nothing that acts on a terminal, has a line's
// width at most, and is as long as it is.
func FuzzFleet(f *testing.F) {
	f.Add("mx1.example.com", "smtp-certificate:expired", "sts-record", "missing")
	f.Add(evil, evil, evil, evil)
	f.Fuzz(func(t *testing.T, host, cause, id, reason string) {
		kind := func(domain string) rule.Result {
			r := refusedAt(rule.Enforced, cause, host)(domain)
			r.Findings = append(r.Findings, rule.Finding{Rule: id, Reason: reason, Status: rule.Fail, Subject: host})
			return r
		}
		got := summed(t, Style{}, looked(fewDomains, kind)...)
		if n := strings.Count(got, "\n"); n > 40 {
			t.Errorf("%d lines", n)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if columns(line) > 80 || Escape(line) != line {
				t.Errorf("%d columns: %q", columns(line), line)
			}
		}
	})
}
