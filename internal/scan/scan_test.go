package scan_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mtasts/internal/scan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func count(n int) scan.Jobs[int] {
	return func(context.Context) iter.Seq[int] {
		return func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		}
	}
}

func inOrder(n int) scan.Plan { return scan.Plan{Workers: n, Ordered: true} }

// The jobs end in the opposite of their order, as far as they run side by side.
func TestResultsKeepTheOrderOfTheJobs(t *testing.T) {
	const n = 8
	done := make([]chan struct{}, n+1)
	for i := range done {
		done[i] = make(chan struct{})
	}
	close(done[n])
	do := func(_ context.Context, i int) int {
		<-done[i+1]
		close(done[i])
		return i * i
	}
	var got []int
	err := scan.Run(t.Context(), inOrder(n), count(n), do, func(r int) error { got = append(got, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 4, 9, 16, 25, 36, 49}, got); diff != "" {
		t.Error(diff)
	}
}

func TestResultsComeBeforeTheLastJobIsDone(t *testing.T) {
	first := make(chan struct{})
	do := func(_ context.Context, i int) int {
		if i == 1 {
			<-first
		}
		return i
	}
	emit := func(r int) error {
		if r == 0 {
			close(first)
		}
		return nil
	}
	if err := scan.Run(t.Context(), inOrder(2), count(2), do, emit); err != nil {
		t.Fatal(err)
	}
}

func TestNoMoreThanNAtOnce(t *testing.T) {
	const n = 3
	var now, most atomic.Int32
	var lock sync.Mutex
	do := func(_ context.Context, i int) int {
		lock.Lock()
		most.Store(max(most.Load(), now.Add(1)))
		lock.Unlock()
		defer now.Add(-1)
		return i
	}
	seen := 0
	if err := scan.Run(t.Context(), inOrder(n), count(200), do, func(int) error { seen++; return nil }); err != nil {
		t.Fatal(err)
	}
	if seen != 200 || most.Load() > n {
		t.Errorf("%d results, %d at once", seen, most.Load())
	}
}

func TestAnEndedContextEmitsWhatIsUnderWay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var begun atomic.Int32
	do := func(ctx context.Context, i int) int {
		if begun.Add(1) == 2 {
			cancel()
		}
		<-ctx.Done()
		return i
	}
	var got []int
	if err := scan.Run(ctx, inOrder(2), count(100), do, func(r int) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnErrorOfEmitEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	var begun atomic.Int32
	do := func(_ context.Context, i int) int { begun.Add(1); return i }
	calls := 0
	err := scan.Run(t.Context(), inOrder(1), count(1000), do, func(int) error { calls++; return full })
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("err %v after %d calls of emit", err, calls)
	}
	if begun.Load() == 1000 {
		t.Error("every job was begun all the same")
	}
}

func TestNoJobs(t *testing.T) {
	err := scan.Run(t.Context(), inOrder(4), count(0), func(context.Context, int) int { return 0 }, func(int) error {
		t.Error("a result of no job")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestResultsAsTheyAreDone: the first job ends when the last one is emitted.
func TestResultsAsTheyAreDone(t *testing.T) {
	const n = 100
	last := make(chan struct{})
	do := func(_ context.Context, i int) int {
		if i == 0 {
			<-last
		}
		return i
	}
	var got []int
	emit := func(i int) error {
		if got = append(got, i); len(got) == n-1 {
			close(last)
		}
		return nil
	}
	if err := scan.Run(t.Context(), scan.Plan{Workers: 2}, count(n), do, emit); err != nil {
		t.Fatal(err)
	}
	if len(got) != n || got[n-1] != 0 {
		t.Errorf("%d results, the last of job %d", len(got), got[len(got)-1])
	}
}

// TestJobsAreTakenAsWorkersAreFree: a list without end is begun, and its jobs are not gathered.
func TestJobsAreTakenAsWorkersAreFree(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		taken, enough := 0, errors.New("enough")
		endless := func(context.Context) iter.Seq[int] {
			return func(yield func(int) bool) {
				for yield(taken) {
					taken++
				}
			}
		}
		seen := 0
		err := scan.Run(t.Context(), scan.Plan{Workers: 3, Ordered: ordered}, endless, func(_ context.Context, i int) int { return i }, func(int) error {
			if seen++; seen == 1000 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || taken > 1000+3*5+1 {
			t.Errorf("ordered %v: %v; %d jobs were taken for 1000 results", ordered, err, taken)
		}
	}
}

// TestAnErrorOfEmitEndsAListThatWaits, for its next job may never come.
func TestAnErrorOfEmitEndsAListThatWaits(t *testing.T) {
	full := errors.New("disk full")
	waits := func(ctx context.Context) iter.Seq[int] {
		return func(yield func(int) bool) {
			yield(1)
			<-ctx.Done()
		}
	}
	if err := scan.Run(t.Context(), inOrder(2), waits, func(_ context.Context, i int) int { return i }, func(int) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}
