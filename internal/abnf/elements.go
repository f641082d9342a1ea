package abnf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A node is what stands on the right of a rule: alternation, concatenation, repetition, reference,
// set or prose.
type node any

type (
	alternation   []node
	concatenation []node
	// repetition is min to max times the same; no max is -1.
	repetition struct {
		min, max int
		of       node
	}
	// reference is the name of another rule, in small letters.
	reference string
	// prose is what a grammar says in words: some other text must define it.
	prose string
)

// errTooDeep is that of a rule whose groups stand in each other beyond reason.
var errTooDeep = errors.New("groups too deep in each other")

// deepest is how many groups can stand in each other.
const deepest = 100

// reader reads the right side of one rule. The first error stays.
type reader struct {
	text  string
	depth int
	err   error
}

func parseElements(text string) (node, error) {
	r := reader{text: text}
	n := r.alternation()
	if r.err == nil && r.text != "" {
		r.fail("%q stands where the rule should end", r.text)
	}
	return n, r.err
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.text = ""
}

func (r *reader) skip() { r.text = strings.TrimLeft(r.text, " \t") }

// take takes a prefix, if it stands there.
func (r *reader) take(prefix string) (ok bool) {
	r.text, ok = strings.CutPrefix(r.text, prefix)
	return ok
}

// run takes the bytes at the beginning that are ok.
func (r *reader) run(ok func(byte) bool) string {
	i := 0
	for i < len(r.text) && ok(r.text[i]) {
		i++
	}
	run := r.text[:i]
	r.text = r.text[i:]
	return run
}

func (r *reader) alternation() node {
	all := alternation{r.concatenation()}
	for r.take("/") {
		all = append(all, r.concatenation())
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

func (r *reader) concatenation() node {
	var all concatenation
	for r.skip(); r.text != "" && !strings.ContainsAny(r.text[:1], "/)]"); r.skip() {
		all = append(all, r.repetition())
	}
	switch len(all) {
	case 0:
		r.fail("nothing stands where an element should")
	case 1:
		return all[0]
	}
	return all
}

// repetition reads [repeat] element, where repeat is a number, or two with "*" between them that
// may both be left out.
func (r *reader) repetition() node {
	low := r.run(isDigit)
	star := r.take("*")
	high := ""
	if star {
		high = r.run(isDigit)
	}
	n := r.element()
	switch {
	case low == "" && !star:
		return n
	case !star:
		high = low
	}
	times := repetition{r.number(low, 0), r.number(high, -1), n}
	if times.max >= 0 && times.min > times.max {
		r.fail("%d to %d times is never", times.min, times.max)
	}
	return times
}

// number is what digits stand for, or what an empty text does.
func (r *reader) number(digits string, empty int) int {
	const most = 1000 // each repetition is a state
	if digits == "" {
		return empty
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > most {
		r.fail("%s times is too often", digits)
	}
	return n
}

func (r *reader) element() node {
	switch {
	case r.take("("):
		return r.group(")")
	case r.take("["):
		return repetition{0, 1, r.group("]")}
	case r.take("<"):
		return prose(r.until(">"))
	case r.take(`"`), r.take(`%i"`), r.take(`%I"`):
		return word(r.until(`"`), true)
	case r.take(`%s"`), r.take(`%S"`):
		return word(r.until(`"`), false)
	case r.take("%"):
		return r.numbers()
	case r.text != "" && isAlpha(r.text[0]):
		return reference(strings.ToLower(r.run(inName)))
	}
	r.fail("%q is no element", r.text)
	return nil
}

func (r *reader) group(end string) node {
	if r.depth++; r.depth > deepest {
		r.fail("%w", errTooDeep)
		return nil
	}
	n := r.alternation()
	if r.err == nil && !r.take(end) {
		r.fail("a %q is missing", end)
	}
	r.depth--
	return n
}

func (r *reader) until(end string) string {
	inside, rest, found := strings.Cut(r.text, end)
	if !found {
		r.fail("a %q is missing", end)
		return ""
	}
	r.text = rest
	return inside
}

// word is a string: one set a character, of both its cases unless case counts.
func word(text string, fold bool) node {
	all := concatenation{}
	for i := range len(text) {
		s := between(text[i], text[i])
		if other := text[i] ^ 0x20; fold && isAlpha(text[i]) {
			s = s.with(between(other, other))
		}
		all = append(all, s)
	}
	return all
}

// numbers reads %x41, %x41-5A and %x41.42, in base 16, 10 or 2.
func (r *reader) numbers() node {
	base := r.base()
	first := r.octet(base)
	if r.take("-") {
		return between(first, r.octet(base))
	}
	all := concatenation{between(first, first)}
	for r.take(".") {
		next := r.octet(base)
		all = append(all, between(next, next))
	}
	return all
}

func (r *reader) base() int {
	switch letter := r.run(isAlpha); {
	case strings.HasPrefix(strings.ToLower(letter), "x"):
		r.text = letter[1:] + r.text
		return 16
	case strings.EqualFold(letter, "d"):
		return 10
	case strings.EqualFold(letter, "b"):
		return 2
	}
	r.fail("a base is missing behind %%")
	return 10
}

func (r *reader) octet(base int) byte {
	digits := r.run(func(c byte) bool { return isDigit(c) || isAlpha(c) })
	n, err := strconv.ParseUint(digits, base, 8)
	if err != nil {
		r.fail("%q is no octet", digits)
	}
	return byte(n)
}
