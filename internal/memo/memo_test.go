package memo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// one is the weight of each where their number counts.
func one[V any](V) int { return 1 }

// TestKeep: an answer is good as long as it was said to be, and no longer. The clock goes when it
// is told to.
func TestKeep(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	m := New[string, int](func() time.Time { return at }, 10, one[int])
	asked := 0
	check := func(key string, keep time.Duration, want int) {
		t.Helper()
		got, err := m.Lookup(t.Context(), key, func() (int, time.Duration) {
			asked++
			return asked, keep
		})
		if got != want || err != nil {
			t.Errorf("%s: answer %d, want %d; %v", key, got, want, err)
		}
	}
	check("a", time.Second, 1)
	check("b", 0, 2)
	check("b", Unshared, 3)
	check("b", Unshared, 4)
	check("c", Forever, 5)
	at = at.Add(time.Second - 1)
	check("a", 0, 1)
	at = at.Add(1)
	check("a", time.Minute, 6)
	check("a", 0, 6)
	at = at.AddDate(200, 0, 0)
	check("c", 0, 5)
	check("a", 0, 7)
	if m.kept.Len() != 1 {
		t.Errorf("%d entries are left", m.kept.Len())
	}
}

func TestBounded(t *testing.T) {
	for _, limit := range []int{1, 100} {
		m := New[int, int](time.Now, limit, one[int])
		asked := 0
		for i := range 400 { // each key twice, of which the second is remembered
			got, err := m.Lookup(t.Context(), i/2, func() (int, time.Duration) {
				asked++
				return i / 2, Forever
			})
			if got != i/2 || err != nil {
				t.Fatal(got, err)
			}
		}
		if m.kept.Len() != limit || asked != 200 {
			t.Errorf("limit %d: %d entries, asked %d times", limit, m.kept.Len(), asked)
		}
	}
}

// TestHeavyAnswers: the weight is what is bounded. What is heavier than all the room is told and not kept.
func TestHeavyAnswers(t *testing.T) {
	m := New[int, int](time.Now, 100, func(n int) int { return n })
	asked := 0
	for _, n := range []int{60, 30, 60, 30, 20, 101, 101} { // 20 drives out the oldest
		if got, err := m.Lookup(t.Context(), n, func() (int, time.Duration) { asked++; return n, Forever }); got != n || err != nil {
			t.Fatal(got, err)
		}
	}
	if asked != 5 || m.kept.used > 100 {
		t.Errorf("asked %d times, %d octets are kept", asked, m.kept.used)
	}
}

// TestWaitingIsAsking: what several waited for is spared before what one asked for.
func TestWaitingIsAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New[string, int](time.Now, 2, one[int])
		open := make(chan struct{})
		for range 2 {
			go func() {
				_, _ = m.Lookup(t.Context(), "shared", func() (int, time.Duration) { <-open; return 0, Forever })
			}()
		}
		synctest.Wait()
		close(open)
		synctest.Wait()
		for _, key := range []string{"one", "two"} {
			_, _ = m.Lookup(t.Context(), key, func() (int, time.Duration) { return 0, Forever })
		}
		if _, kept := m.kept.Get("shared"); !kept || m.kept.Len() != 2 || len(m.flights) != 0 {
			t.Errorf("%v are kept, %d in flight", slices.Collect(maps.Keys(m.kept.values)), len(m.flights))
		}
	})
}

// TestBoundSparesQuestions: what is asked for is not forgotten for another question.
func TestBoundSparesQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New[string, string](time.Now, 1, one[string])
		open := make(chan struct{})
		var asked atomic.Int32
		for range 2 {
			go func() {
				if got, err := m.Lookup(t.Context(), "slow", func() (string, time.Duration) {
					asked.Add(1)
					<-open
					return "slow", Forever
				}); got != "slow" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			}()
			synctest.Wait()
			if got, err := m.Lookup(t.Context(), "quick", func() (string, time.Duration) { return "quick", Forever }); got != "quick" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		}
		close(open)
		synctest.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

// TestNeedsNoContext: what is known is told to those too whose time is up.
func TestNeedsNoContext(t *testing.T) {
	m := New[string, int](time.Now, 10, one[int])
	know := func(ctx context.Context) (int, error) {
		return m.Lookup(ctx, "a", func() (int, time.Duration) { return 1, Forever })
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 30 {
		if got, err := know(ended); got != 1 || err != nil {
			t.Fatal(got, err)
		}
	}
}

// TestWaitersShareOneQuestion: all of them wait when the answer comes, and none asks again.
func TestWaitersShareOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New[string, string](time.Now, 10, one[string])
		open, asked := make(chan struct{}), 0
		for range 50 {
			go func() {
				got, err := m.Lookup(t.Context(), "a", func() (string, time.Duration) {
					asked++
					<-open
					return "A", 0 // not worth remembering, but worth sharing
				})
				if got != "A" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			}()
		}
		synctest.Wait()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		close(open)
		synctest.Wait()
		if asked != 1 {
			t.Errorf("asked %d times after the answer", asked)
		}
	})
}

// TestAskerGivesUp: the one who asked first ends, and of those who wait for the same one asks anew,
// for all of them. One who waits may give up too.
func TestAskerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New[string, string](time.Now, 10, one[string])
		open := make(chan struct{})
		var asked, found atomic.Int32
		ask := func(ctx context.Context) (string, error) {
			return m.Lookup(ctx, "a", func() (string, time.Duration) {
				asked.Add(1)
				select {
				case <-open:
					found.Add(1)
					return "A", time.Minute
				case <-ctx.Done():
					return "gave up", Unshared
				}
			})
		}
		first, cancel := context.WithCancel(t.Context())
		go func() {
			if got, err := ask(first); got != "gave up" || err != nil {
				t.Errorf("the first: %q, %v", got, err)
			}
		}()
		synctest.Wait()
		for range 10 {
			go func() {
				if got, err := ask(t.Context()); got != "A" || err != nil {
					t.Errorf("one who waits: %q, %v", got, err)
				}
			}()
		}
		brief, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := ask(brief); !errors.Is(err, context.DeadlineExceeded) || asked.Load() != 1 {
			t.Errorf("one who gives up: %v; asked %d times", err, asked.Load())
		}
		cancel()
		synctest.Wait()
		if asked.Load() != 2 || found.Load() != 0 {
			t.Errorf("asked %d times once the first had ended", asked.Load())
		}
		close(open)
		synctest.Wait()
		if asked.Load() != 2 || found.Load() != 1 {
			t.Errorf("asked %d times in all", asked.Load())
		}
	})
}

// TestJoin: it takes part in what is known or being asked, and asks nothing itself.
func TestJoin(t *testing.T) {
	for _, c := range []struct {
		keep          time.Duration
		told, remains bool
	}{{Unshared, false, false}, {0, true, false}, {Forever, true, true}} {
		synctest.Test(t, func(t *testing.T) {
			m := New[string](time.Now, 10, one[int])
			expect := func(when string, ctx context.Context, found, failed bool) {
				if got, known, err := m.Join(ctx, "key"); known != found || (err != nil) != failed || found && got != 7 {
					t.Errorf("keep %d, %s: %d, found %v, error %v", c.keep, when, got, known, err)
				}
			}
			expect("at first", t.Context(), false, false)
			tell := make(chan struct{})
			go func() {
				_, _ = m.Lookup(t.Context(), "key", func() (int, time.Duration) { <-tell; return 7, c.keep })
			}()
			synctest.Wait()
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			expect("for no longer than its context", ended, false, true)
			go expect("in flight", t.Context(), c.told, false)
			synctest.Wait()
			close(tell)
			synctest.Wait()
			expect("afterwards", t.Context(), c.remains, false)
		})
	}
}
