package render

import (
	"maps"
	"slices"
)

// census counts what may be anything, and of any number of kinds: the servers behind a list may be
// hostile. When it is full it forgets the rarer half, those seen once first: what is frequent stays.
type census[K comparable, V any] struct {
	limit  int
	seen   map[K]*seen[K, V]
	forgot bool
}

// seen is a kind and how often it was met.
type seen[K comparable, V any] struct {
	kind  K
	times int
	late  bool // something was forgotten before, perhaps this: it may have been met more often
	more  V    // what else is to be known of it
}

func newCensus[K comparable, V any](limit int) *census[K, V] {
	return &census[K, V]{limit: limit, seen: map[K]*seen[K, V]{}}
}

// add counts one more of a kind.
func (c *census[K, V]) add(kind K) *seen[K, V] {
	s := c.seen[kind]
	if s == nil {
		if len(c.seen) >= c.limit {
			c.forget()
		}
		s = &seen[K, V]{kind: kind, late: c.forgot}
		c.seen[kind] = s
	}
	s.times++
	return s
}

// forget makes room. At least half of it each time, so that a list that does nothing but fill it is
// not slow.
func (c *census[K, V]) forget() {
	var times []int
	for _, s := range c.seen {
		times = append(times, s.times)
	}
	slices.Sort(times)
	middle := times[(len(times)-1)/2]
	maps.DeleteFunc(c.seen, func(_ K, s *seen[K, V]) bool { return s.times <= middle })
	c.forgot = true
}

// sorted are the kinds in an order.
func (c *census[K, V]) sorted(order func(a, b *seen[K, V]) int) []*seen[K, V] {
	return slices.SortedFunc(maps.Values(c.seen), order)
}
