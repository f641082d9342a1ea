// Package scan does many jobs a few at a time and hands their results on: as they are done, or in the
// jobs' order.
//
// A list of domains is checked side by side, since each check mostly waits. Jobs are taken from the
// list as workers become free, so that it may be longer than memory, or come from a pipe that is not
// at its end. What is held in memory is bounded by the jobs under way.
package scan

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// Workers is how many jobs run side by side unless the caller says otherwise: for each processor as
// many checks as keep it busy while most of them wait.
func Workers() int { return min(PerProcessor*runtime.GOMAXPROCS(0), mostWorkers) }

// PerProcessor is how many jobs there are at once for each processor.
const PerProcessor = 64

const mostWorkers = 512 // each may hold some connections at a time

// ahead is how many jobs for each worker may be done before the oldest one is, where the order
// counts: one slow domain does not hold up the others until then.
const ahead = 4

// Plan is how the jobs are done.
type Plan struct {
	Workers int  // at once; at least one
	Ordered bool // hand results on in the order of jobs, not as they are done
}

// Jobs is a list of jobs that is read while it is worked on, in a goroutine of its own. The next job
// may take its time to come, as long as the list ends when the context does.
type Jobs[J any] func(ctx context.Context) iter.Seq[J]

// All is a list that is known whole.
func All[J any](jobs []J) Jobs[J] {
	return func(context.Context) iter.Seq[J] { return slices.Values(jobs) }
}

// Run calls do for every job, at most p.Workers at once, and emit with each result as soon as its
// turn has come; emit is never called twice at once.
//
// When ctx ends no further job is begun; those under way are expected to return soon with what
// they have, and are emitted. An error of emit cancels the jobs under way and is returned. Run
// returns after all its goroutines have ended; jobs is asked by one of them, and its next job may
// take its time, as long as it ends with ctx.
func Run[J, R any](ctx context.Context, p Plan, jobs Jobs[J], do func(context.Context, J) R, emit func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	for result := range start(ctx, p, jobs, do) {
		r := <-result
		if failed == nil {
			failed = emit(r)
		}
		if failed != nil {
			cancel() // and drain what is under way
		}
	}
	return failed
}

// start begins jobs as workers become free. It yields one channel a job, which gets the job's result:
// where the order counts, when the job begins, and else when it is done.
func start[J, R any](ctx context.Context, p Plan, jobs Jobs[J], do func(context.Context, J) R) <-chan chan R {
	n := max(1, p.Workers)
	queue := make(chan chan R, n*ahead)
	free := make(chan struct{}, n)
	go func() {
		var busy sync.WaitGroup
		defer close(queue)
		defer busy.Wait()
		for job := range jobs(ctx) {
			if !acquire(ctx, free) {
				return
			}
			result := make(chan R, 1)
			if p.Ordered {
				queue <- result
			}
			busy.Go(func() {
				defer func() { <-free }()
				result <- do(ctx, job)
				if !p.Ordered {
					queue <- result
				}
			})
		}
	}()
	return queue
}

// acquire waits for a free worker. It is false when the context ended first.
func acquire(ctx context.Context, free chan<- struct{}) bool {
	select {
	case free <- struct{}{}:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
