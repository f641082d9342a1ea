package render

import (
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"mtasts/internal/collect"
	"mtasts/internal/lab"
	"mtasts/internal/rule"
)

// BenchmarkJSONL is a line of JSON, and bare the same value by json.Marshal alone. The yardstick is 1.3
// times that.
func BenchmarkJSONL(b *testing.B) {
	for _, c := range []struct{ name, scene string }{
		{"sound", "sound example.com\n"},
		{"nothing", "sound example.com\ndrop _mta-sts.example.com\ndrop mta-sts.example.com\ndrop _smtp._tls.example.com\n"},
	} {
		e := Item{Index: 1, Source: &Source{File: "domains.txt", Line: 1}, Result: judged(b, c.scene)}
		b.Run(c.name+"/jsonl", func(b *testing.B) {
			w := NewJSONL(io.Discard)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Result(e); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/bare", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(&e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// judged is what a check finds in a lab.
func judged(b *testing.B, text string) rule.Result {
	b.Helper()
	now := func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }
	scene, err := lab.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	l, err := lab.Start(scene, now)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	n := collect.Network{Dial: l.Dial, Now: now, Roots: l.Roots(), RootsName: "lab", Resolvers: l.Resolvers(), AllowNets: l.AllowNets()}
	o, err := n.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer o.Close()
	return rule.Judge(o.Observe(context.Background(), "example.com"), rule.Options{})
}
