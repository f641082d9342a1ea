package render

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// badLine is a line of a list that is no domain.
func badLine(line int, input string) Item {
	return Item{
		Index: line, Source: &Source{File: "domains.txt", Line: line}, Input: input, Error: "not a domain: it has an empty label",
		Result: rule.Result{Schema: 1, CheckedAt: at(), Status: rule.Unknown, Protection: rule.UnsureProtection},
	}
}

// fromList is a result as it comes of a line of a list: with what was published, what was shown and how
// long it took.
func fromList(line int, r rule.Result) Item {
	mx := "mx1." + r.Domain
	r.Observed = &fact.Observation{Domain: r.Domain, TookMS: fact.Millis(1234 * time.Millisecond), Hosts: []fact.MailHost{{Name: mx}, {Name: "mx2.example.net"}}}
	r.Published = rule.Published{
		Record:  sts.Record{ID: "20260101000000Z"},
		Policy:  sts.Policy{Version: "STSv1", Mode: sts.Enforce, HasMaxAge: true, MaxAge: 604800, MX: []sts.Pattern{{Text: mx}, {Text: "*.example.net"}}},
		Reports: tlsrpt.Record{RUA: []tlsrpt.URI{{Text: "mailto:tls@" + r.Domain}}},
	}
	r.Certificates = []rule.Certificate{
		{Host: mx, Port: 25, NotAfter: at().Add(-30 * time.Hour)},
		{Host: "mta-sts." + r.Domain, Port: 443, NotAfter: at().AddDate(0, 0, 45)},
		{Host: "mx2.example.net", Port: 25, NotAfter: at().AddDate(0, 0, 60)},
	}
	return Item{Index: line, Source: &Source{File: "domains.txt", Line: line}, Result: r}
}

// severalItems are of every kind: good and bad, known and new, of lines that are no domain.
func severalItems() []Item {
	var list []Item
	for i, r := range append(everything(), known()) {
		r.Domain = strings.Replace(r.Domain, "example.com", string(rune('a'+i))+".example.com", 1)
		list = append(list, fromList(i+1, r))
	}
	given := badGiven()
	return append(list, badLine(len(list)+1, "a..example"), Item{Index: len(list) + 2, Result: given})
}

// badGiven is what lint says of a policy.
func badGiven() rule.Result {
	r := broken()
	r.Domain, r.Protection = "", rule.UnsureProtection
	r.Observed = &fact.Observation{Given: &fact.Given{Policy: &fact.Source{Name: "policy.txt", File: true}}}
	r.Findings = r.Findings[1:2]
	r.Findings[0].Subject, r.Findings[0].Location = "policy.txt", &rule.Location{File: "policy.txt", Line: 2, Column: 7}
	r.Counts = rule.Counts{Fail: 1}
	return r
}

func writtenItems(t testing.TB, build func(io.Writer) Writer, items ...Item) string {
	t.Helper()
	var b strings.Builder
	w := build(&b)
	for _, e := range items {
		if err := w.Result(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// streams are the formats of a run that are written as it goes, or from a summary of it.
func streams() map[string]func(io.Writer) Writer {
	return map[string]func(io.Writer) Writer{
		"csv": NewCSV, "junit": asJUnit("warn"), "markdown": NewMarkdown, "nagios": asNagios,
		"sarif": asSARIF, "gitlab": asGitLab, "github": asGitHub,
		"prometheus": func(w io.Writer) Writer {
			nowhere := func() (Spool, error) { return discarded{io.Discard}, nil }
			return NewPrometheus(w, About{Now: at, Spool: nowhere})
		},
	}
}

// discarded is a spool that keeps nothing.
type discarded struct{ io.Writer }

func (discarded) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (discarded) Close() error                     { return nil }

func TestFirstErrorOfAStreamStays(t *testing.T) {
	for name, build := range streams() {
		w := build(&full{room: 3})
		for range 4 {
			_ = w.Result(fromList(1, broken()))
		}
		if err := w.Close(); !errors.Is(err, errFull) && name != "nagios" { // which writes once
			t.Errorf("%s: close: got %v, want %v", name, err, errFull)
		}
		if err := w.Result(fromList(1, broken())); !errors.Is(err, errFull) && name != "nagios" {
			t.Errorf("%s: a result after that: got %v, want %v", name, err, errFull)
		}
	}
	if err := asNagios(&full{}).Close(); !errors.Is(err, errFull) {
		t.Errorf("nagios: got %v, want %v", err, errFull)
	}
}

// What a stream holds must not grow with the list. Prometheus keeps a hash of every name.
func TestStreamsHoldNothing(t *testing.T) {
	const some, more, each = 200, 1_000, 200 // bytes of an item that may stay
	for name, build := range streams() {
		w := build(io.Discard)
		tell := func(from, to int) uint64 {
			for i := from; i < to; i++ {
				r := broken()
				r.Domain = fmt.Sprintf("%d.example.com", i)
				if err := w.Result(fromList(i+1, r)); err != nil {
					t.Fatal(err)
				}
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := tell(0, some)
		if after := tell(some, more); after > before+each*(more-some) {
			t.Errorf("%s: %d bytes after %d results, %d after %d", name, before, some, after, more)
		}
		if err := w.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
