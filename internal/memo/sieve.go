package memo

// A Sieve holds values of which those stay that are asked for again, within a bound of weight. It is
// the algorithm of that name (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024): values stand in
// a queue in the order in which they came, and a hand goes from the oldest to the newest and round
// again. Where room is needed, the first value goes that nobody has asked for since the hand came by
// last.
//
// So a million names that are asked for once each, as those of a long list of domains, pass through
// and take along nothing of what the domains share.
//
// It is not for use by many goroutines at once.
type Sieve[K comparable, V any] struct {
	room, used int // weight
	values     map[K]*value[K, V]
	ends       value[K, V]  // beside the oldest and the newest, which are next to each other so
	hand       *value[K, V] // the next to be looked at; may be ends
}

// A value is one in the queue.
type value[K comparable, V any] struct {
	key          K
	it           V
	weight       int
	asked        bool // since the hand came by
	older, newer *value[K, V]
}

// NewSieve makes a sieve that holds values of that weight in all.
func NewSieve[K comparable, V any](room int) *Sieve[K, V] {
	s := &Sieve[K, V]{room: room, values: map[K]*value[K, V]{}}
	s.ends.older, s.ends.newer = &s.ends, &s.ends
	s.hand = &s.ends
	return s
}

// Get is the value of a key, and whether there is one.
func (s *Sieve[K, V]) Get(key K) (it V, found bool) {
	v := s.values[key]
	if v == nil {
		return it, false
	}
	v.asked = true
	return v.it, true
}

// Put adds a value of a weight above 0, in place of that which the key has. It is not kept where it is
// heavier than the room.
func (s *Sieve[K, V]) Put(key K, it V, weight int) {
	if old := s.values[key]; old != nil {
		s.remove(old)
	}
	if weight > s.room {
		return
	}
	for s.used+weight > s.room {
		s.forgetOne()
	}
	v := &value[K, V]{key: key, it: it, weight: weight}
	v.older, v.newer = s.ends.older, &s.ends
	v.older.newer, v.newer.older = v, v
	s.values[key] = v
	s.used += weight
}

// forgetOne makes room. There is at least one value.
func (s *Sieve[K, V]) forgetOne() {
	for s.hand.asked || s.hand == &s.ends {
		s.hand.asked = false
		s.hand = s.hand.newer
	}
	s.remove(s.hand)
}

// Delete forgets a value, if there is one.
func (s *Sieve[K, V]) Delete(key K) {
	if v := s.values[key]; v != nil {
		s.remove(v)
	}
}

func (s *Sieve[K, V]) remove(v *value[K, V]) {
	if s.hand == v {
		s.hand = v.newer
	}
	v.older.newer, v.newer.older = v.newer, v.older
	delete(s.values, v.key)
	s.used -= v.weight
}

// Len is how many values there are.
func (s *Sieve[K, V]) Len() int { return len(s.values) }
