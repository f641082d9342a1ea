package reports

import (
	"cmp"
	"slices"
	"strings"

	"mtasts/internal/words"
)

// Bounds of what is kept of reports that could not be read.
const (
	maxSkipKinds = 1_000
	maxSkipText  = 300 // bytes
)

// skips are the reports that could not be read, by the kind of the reason: one mail a day that is broken
// in one way must not hide one that is broken in another.
type skips struct {
	total int
	kinds map[string]*skipKind
}

type skipKind struct {
	kind string
	all  int
	kept []Skipped
}

// add keeps the first ones of each kind.
func (s *skips) add(source, why string) {
	s.total++
	kind := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, words.Clip(why, maxSkipText))
	k, ok := s.kinds[kind]
	if !ok {
		if len(s.kinds) >= maxSkipKinds {
			return
		}
		k = &skipKind{kind: kind}
		s.kinds[kind] = k
	}
	k.all++
	if len(k.kept) < MaxSkipped {
		k.kept = append(k.kept, Skipped{words.Clip(source, maxSkipText), words.Clip(why, maxSkipText)})
	}
}

// list is at most MaxSkipped of them: the commonest kind first, and one of each kind as long as that
// goes.
func (s *skips) list() []Skipped {
	kinds := make([]*skipKind, 0, len(s.kinds))
	for _, k := range s.kinds {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b *skipKind) int {
		return cmp.Or(-cmp.Compare(a.all, b.all), strings.Compare(a.kind, b.kind))
	})
	kinds = kinds[:min(len(kinds), MaxSkipped)]
	left := MaxSkipped - len(kinds)
	list := []Skipped{}
	for _, k := range kinds {
		more := min(left, len(k.kept)-1)
		left -= more
		list = append(list, k.kept[:1+more]...)
	}
	return list
}
