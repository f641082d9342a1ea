package memo

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keys are those of a sieve from the oldest to the newest, a star before those that were asked for,
// and where the hand is.
func keys(s *Sieve[string, int]) (list []string) {
	for v := s.ends.newer; v != &s.ends; v = v.newer {
		key := v.key
		if v.asked {
			key = "*" + key
		}
		if s.hand == v {
			key = ">" + key
		}
		list = append(list, key)
	}
	return list
}

// TestSieve is the example of the paper, more or less.
func TestSieve(t *testing.T) {
	s := NewSieve[string, int](4)
	for _, key := range []string{"a", "b", "c", "d"} {
		s.Put(key, 0, 1)
	}
	s.Get("a")
	s.Get("c")
	s.Get("nothing")
	steps := []struct {
		do   func()
		want []string
	}{
		{func() {}, []string{"*a", "b", "*c", "d"}},
		{func() { s.Put("e", 0, 1) }, []string{"a", ">*c", "d", "e"}}, // a is spared, b goes
		{func() { s.Put("f", 0, 1) }, []string{"a", "c", ">e", "f"}},  // c is spared, d goes
		{func() { s.Put("a", 0, 1) }, []string{"c", ">e", "f", "a"}},  // in place of the old one
		{func() { s.Get("e"); s.Get("f") }, []string{"c", ">*e", "*f", "a"}},
		{func() { s.Put("g", 0, 2) }, []string{">e", "f", "g"}},                    // as heavy as two: a goes, and c behind it
		{func() { s.Delete("e") }, []string{">f", "g"}},                            // the hand is not left behind
		{func() { s.Put("h", 0, 5) }, []string{">f", "g"}},                         // too heavy
		{func() { s.Get("f"); s.Get("g"); s.Put("i", 0, 2) }, []string{">g", "i"}}, // all were asked for: the hand goes round
	}
	for i, step := range steps {
		step.do()
		if diff := cmp.Diff(step.want, keys(s)); diff != "" {
			t.Fatalf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestSieveKeepsWhatIsShared: a million keys that are asked for once pass through and take along none
// of those that are asked for now and then.
func TestSieveKeepsWhatIsShared(t *testing.T) {
	const hot, cold, room = 500, 1_000_000, 10_000
	s := NewSieve[int, int](room)
	missed := 0
	ask := func(key int) {
		if _, found := s.Get(key); !found {
			missed++
			s.Put(key, key, 1)
		}
	}
	for i := range cold {
		ask(hot + i)
		if i%10 == 0 {
			ask(i / 10 % hot)
		}
	}
	if missed != cold+hot {
		t.Errorf("shared keys were asked for %d times, want %d", missed-cold, hot)
	}
	if s.Len() != room {
		t.Errorf("%d are kept", s.Len())
	}
}

// TestSieveHoldsTogether: whatever is done, the queue, the map and the weight agree.
func TestSieveHoldsTogether(t *testing.T) {
	const room = 50
	random := rand.New(rand.NewPCG(1, 2))
	s := NewSieve[int, int](room)
	for i := range 100_000 {
		key := random.IntN(100)
		switch random.IntN(5) {
		case 0:
			s.Delete(key)
		case 1, 2:
			s.Put(key, i, 1+random.IntN(room+1))
		default:
			s.Get(key)
		}
		used, count, onHand := 0, 0, s.hand == &s.ends
		for v := s.ends.newer; v != &s.ends; v = v.newer {
			used, count, onHand = used+v.weight, count+1, onHand || s.hand == v
			if s.values[v.key] != v || v.newer.older != v {
				t.Fatalf("step %d: the queue is broken at %d", i, v.key)
			}
		}
		if used != s.used || used > room || count != len(s.values) || !onHand {
			t.Fatalf("step %d: weight %d of %d, %d of %d values, hand %v", i, used, s.used, count, len(s.values), onHand)
		}
	}
}

func BenchmarkSieve(b *testing.B) {
	s := NewSieve[int, int](10_000)
	keys := make([]int, 1<<16)
	for i := range keys {
		keys[i] = rand.IntN(1 << 17)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := keys[i&(1<<16-1)]
		if _, found := s.Get(key); !found {
			s.Put(key, i, 1)
		}
	}
}
