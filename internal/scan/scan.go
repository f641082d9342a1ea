// Package scan does many jobs a few at a time and hands their results on in the jobs' order.
//
// A list of domains is checked side by side, since each check mostly waits, and is reported in
// the order in which it was given. What is held in memory is bounded by the window of jobs under
// way, not by the length of the list.
package scan

import (
	"context"
	"sync"
)

// Workers is how many jobs run side by side unless the caller says otherwise.
const Workers = 16

// ahead is how many jobs for each worker may be done before the oldest one is: one slow domain
// does not hold up the others until then.
const ahead = 4

// Run calls do for every job, at most n at once, and emit with each result, in the order of jobs
// and as soon as all before it are emitted; emit is never called twice at once.
//
// When ctx ends no further job is begun; those under way are expected to return soon with what
// they have, and are emitted. An error of emit cancels the jobs under way and is returned. Run
// returns after all its goroutines have ended.
func Run[J, R any](ctx context.Context, n int, jobs []J, do func(context.Context, J) R, emit func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	for result := range start(ctx, n, jobs, do) {
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

// start begins jobs as workers become free. It yields one channel a job, in order, which gets
// the job's result.
func start[J, R any](ctx context.Context, n int, jobs []J, do func(context.Context, J) R) <-chan chan R {
	n = max(1, min(n, len(jobs)))
	queue := make(chan chan R, n*ahead)
	free := make(chan struct{}, n)
	go func() {
		var busy sync.WaitGroup
		defer close(queue)
		defer busy.Wait()
		for _, job := range jobs {
			if !acquire(ctx, free) {
				return
			}
			result := make(chan R, 1)
			queue <- result
			busy.Go(func() {
				defer func() { <-free }()
				result <- do(ctx, job)
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
