package rule

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// saved is a look at a domain of the lab, as --save-facts wrote it.
func saved(t testing.TB, name string) *fact.Observation {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var list []*fact.Observation
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// BenchmarkJudge is the judgement of a domain with two MX hosts: one that is sound, one that publishes
// nothing, once as a survey finds it and once with its MX hosts asked, and one with seven things wrong. It
// tells how many times the writing of what was seen as JSON that costs. The yardstick is 4, and 12 for
// the broken one: where a certificate leads to no root, signatures are checked to say why.
func BenchmarkJudge(b *testing.B) {
	for _, name := range []string{"sound", "absent", "absent-asked", "broken"} {
		b.Run(name, func(b *testing.B) {
			o := saved(b, name)
			b.ReportAllocs()
			for b.Loop() {
				Judge(o, Options{})
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(writing(b, o)), "x/marshal")
		})
	}
}

// writing is how long it takes to write an observation.
func writing(b *testing.B, o *fact.Observation) time.Duration {
	b.Helper()
	const times = 1000
	begun := time.Now()
	for range times {
		if _, err := json.Marshal(o); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(begun) / times
}
