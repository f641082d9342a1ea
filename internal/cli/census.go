package cli

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Bounds of what is read of one domain: its JSON, a text in it, a list in it, and all of it in memory. They
// are about twice what a look and its findings come to at a domain that does all it can, so that what is written
// can be read again.
const (
	mostOfDomain = 32 << 20
	mostOfText   = 512 << 10
	mostOfMemory = 64 << 20
)

// mostInLists are how many entries lists have at most, where a look has a bound too. A TXT record of 64
// KiB may be that many empty strings.
func mostInLists() map[string]int {
	return map[string]int{
		"mail_hosts": 1000, "records": 1000, "probes": 2000, "fetches": 2000, "destinations": 1000,
		"header": 100, "chain": 20, "aliases": 100, "tlsa": 100, "text": 64 << 10,
	}
}

// census counts, before it is read, what a JSON text would become in memory. A text that is short can stand
// for much: two brackets are an MX host of a KiB.
type census struct {
	sizes   map[string]int // of an entry of the list of that name, or of an object of that name
	largest int            // of them: any other name may be another spelling of one
	lists   map[string]int // see mostInLists
}

// newCensus is for texts that are read into such a type.
func newCensus(t reflect.Type) *census {
	c := &census{sizes: map[string]int{}, lists: mostInLists()}
	c.learn("", t)
	for _, n := range c.sizes {
		c.largest = max(c.largest, n)
	}
	return c
}

// learn takes in what a type has below a name.
func (c *census) learn(name string, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		c.sizes[name] = max(c.sizes[name], int(t.Elem().Size()))
		c.learn(name, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			below, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			c.learn(below, f.Type)
		}
	default:
	}
}

// size is what an entry or an object of that name takes.
func (c *census) size(name string) int {
	if n, known := c.sizes[name]; known {
		return n
	}
	return c.largest
}

// level is a list or an object that is open.
type level struct {
	name  string
	list  bool
	count int
}

// counting is one pass over a text.
type counting struct {
	*census
	open   []level
	name   string // of the value to come
	memory int
	begin  int // of the domain
}

// check tells why a text is not to be read. Many are the domains that it has where it is a list; else it is
// one. Whether it is JSON at all is not its business.
func (c *census) check(text []byte, many bool) error {
	p := &counting{census: c}
	for i := 0; i < len(text); i++ {
		var err error
		switch text[i] {
		case '"':
			i, err = p.text(text, i)
		case '[', '{':
			err = p.enter(text[i] == '[')
		case ']', '}':
			p.open = p.open[:max(0, len(p.open)-1)]
		case ',':
			err = p.next(many, i)
		}
		if err == nil && i-p.begin > mostOfDomain {
			err = fmt.Errorf("there are more than %s of one domain", size(mostOfDomain))
		}
		if err != nil {
			return fmt.Errorf("at byte %d: %w", min(i, len(text)), err)
		}
	}
	return nil
}

// text passes over a string, which may be a name, and gives the place of its end.
func (p *counting) text(all []byte, at int) (int, error) {
	end := at + 1
	for end < len(all) && all[end] != '"' {
		if all[end] == '\\' {
			end++
		}
		end++
	}
	if end-at > mostOfText {
		return at, fmt.Errorf("a text has more than %s", size(mostOfText))
	}
	if rest := bytes.TrimLeft(all[min(end+1, len(all)):], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
		p.name = string(all[at+1 : end])
	}
	return end, nil
}

// enter opens a list or an object.
func (p *counting) enter(list bool) error {
	name := p.name
	if n := len(p.open); n > 0 && p.open[n-1].list {
		name = p.open[n-1].name
	}
	p.open = append(p.open, level{name: name, list: list})
	if len(p.open) > mostNested {
		return errors.New("there are too many brackets within brackets")
	}
	return p.charge(name)
}

// mostNested is more than there are levels in what is read.
const mostNested = 100

// next is for the comma between two values: of a list of domains it begins another one.
func (p *counting) next(many bool, at int) error {
	if len(p.open) == 0 {
		return nil
	}
	in := &p.open[len(p.open)-1]
	if many && in.list && len(p.open) == 1 {
		p.memory, p.begin = 0, at
		return nil
	}
	if !in.list {
		return nil
	}
	in.count++
	if most, known := p.lists[in.name]; known && in.count >= most {
		return fmt.Errorf("%q has more than %d entries", in.name, most)
	}
	return p.charge(in.name)
}

func (p *counting) charge(name string) error {
	p.memory += p.size(name)
	if p.memory > mostOfMemory {
		return fmt.Errorf("one domain would take more than %s of memory", size(mostOfMemory))
	}
	return nil
}
