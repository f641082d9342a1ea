package abnf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule is one rule of a grammar, ready to be compared with texts. It may be used by many goroutines
// at once.
type Rule struct {
	start  int
	states []state
	tree   node // without references
}

// A state lets a byte of its set pass to next; one without a set passes to next and also at once.
// The first state is the end of a text that fits.
type state struct {
	set        set
	step       bool
	next, also int
}

// nowhere is the second way of a state that has one.
const nowhere = -1

// mostStates bounds a machine: those of the records have some thousands.
const mostStates = 200_000

var errTooLarge = errors.New("the machine becomes too large")

// Rule is the rule of that name. It is an error if it, or one that it refers to, is not there, is
// only prose, or refers to itself.
func (g *Grammar) Rule(name string) (*Rule, error) {
	e := expander{grammar: g}
	tree, err := e.expand(reference(strings.ToLower(name)))
	if err != nil {
		return nil, err
	}
	r := &Rule{states: []state{{}}, tree: tree}
	if r.start = r.compile(tree, 0); len(r.states) > mostStates {
		return nil, fmt.Errorf("rule %s: %w", name, errTooLarge)
	}
	return r, nil
}

// Matches reports whether the whole text fits the rule.
func (r *Rule) Matches(text string) bool {
	now, then := newPlaces(len(r.states)), newPlaces(len(r.states))
	r.enter(&now, r.start)
	for i := range len(text) {
		for _, at := range now.list {
			if s := &r.states[at]; s.step && s.set.has(text[i]) {
				r.enter(&then, s.next)
			}
		}
		now.clear()
		now, then = then, now
	}
	return now.in[0]
}

// places are the states that a text can be in, each once.
type places struct {
	in   []bool
	list []int
}

func newPlaces(n int) places { return places{in: make([]bool, n)} }

func (p *places) clear() {
	for _, at := range p.list {
		p.in[at] = false
	}
	p.list = p.list[:0]
}

// enter goes to a state, and from there wherever no byte is needed.
func (r *Rule) enter(p *places, at int) {
	for at != nowhere && !p.in[at] {
		p.in[at] = true
		p.list = append(p.list, at)
		s := &r.states[at]
		if s.step || at == 0 {
			return
		}
		r.enter(p, s.also)
		at = s.next
	}
}

// compile makes the states of a node, behind which the state next comes, and gives the first.
func (r *Rule) compile(n node, next int) int {
	if len(r.states) > mostStates {
		return next
	}
	switch n := n.(type) {
	case set:
		return r.add(state{set: n, step: true, next: next})
	case concatenation:
		for _, part := range slices.Backward(n) {
			next = r.compile(part, next)
		}
		return next
	case alternation:
		first := nowhere
		for _, part := range slices.Backward(n) {
			first = r.add(state{next: r.compile(part, next), also: first})
		}
		return first
	case repetition:
		return r.repeat(n, next)
	}
	return next
}

func (r *Rule) repeat(n repetition, next int) int {
	if n.max < 0 {
		loop := r.add(state{also: next})
		r.states[loop].next = r.compile(n.of, loop)
		next = loop
	}
	behind := next
	for range n.max - n.min {
		next = r.add(state{next: r.compile(n.of, next), also: behind})
	}
	for range n.min {
		next = r.compile(n.of, next)
	}
	return next
}

func (r *Rule) add(s state) int {
	r.states = append(r.states, s)
	return len(r.states) - 1
}

// expander puts rules in the place of their names.
type expander struct {
	grammar *Grammar
	inside  []reference
	size    int
}

func (e *expander) expand(n node) (node, error) {
	if e.size++; e.size > mostStates {
		return nil, errTooLarge
	}
	switch n := n.(type) {
	case reference:
		return e.refer(n)
	case prose:
		return nil, fmt.Errorf("%q is said in words only", string(n))
	case repetition:
		if n.max == 0 { // RFC 3986 has path-empty = 0<pchar>
			return concatenation{}, nil
		}
		of, err := e.expand(n.of)
		return repetition{n.min, n.max, of}, err
	case concatenation:
		all, err := e.each(n)
		if len(all) == 1 {
			return all[0], err
		}
		return concatenation(all), err
	case alternation:
		all, err := e.each(n)
		return merge(all), err
	}
	return n, nil
}

func (e *expander) each(list []node) ([]node, error) {
	all := make([]node, 0, len(list))
	for _, n := range list {
		expanded, err := e.expand(n)
		if err != nil {
			return nil, err
		}
		all = append(all, expanded)
	}
	return all, nil
}

func (e *expander) refer(name reference) (node, error) {
	n, found := e.grammar.rules[string(name)]
	switch {
	case !found:
		return nil, fmt.Errorf("there is no rule %s", name)
	case slices.Contains(e.inside, name):
		return nil, fmt.Errorf("rule %s refers to itself", name)
	}
	e.inside = append(e.inside, name)
	defer func() { e.inside = e.inside[:len(e.inside)-1] }()
	return e.expand(n)
}

// merge makes one set of alternatives that are all single bytes.
func merge(all []node) node {
	var union set
	for _, n := range all {
		s, single := n.(set)
		if !single {
			return alternation(all)
		}
		union = union.with(s)
	}
	return union
}
