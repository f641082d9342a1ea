package cli

import "hash/maphash"

// hashSet is names, of which it keeps hashes of 64 bits alone, made with a seed of the set's own: among
// a million names two are taken for one in one of thirty million runs, and nobody can bring that about.
type hashSet struct {
	seed  maphash.Seed
	known map[uint64]struct{}
}

func newHashSet() hashSet { return hashSet{maphash.MakeSeed(), map[uint64]struct{}{}} }

func (s *hashSet) size() int { return len(s.known) }

func (s *hashSet) has(name string) bool {
	_, known := s.known[maphash.String(s.seed, name)]
	return known
}

// add tells that a name was not in the set. Now it is.
func (s *hashSet) add(name string) bool {
	before := len(s.known)
	s.known[maphash.String(s.seed, name)] = struct{}{}
	return len(s.known) > before
}
