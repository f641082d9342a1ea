package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// parser reads a script into a scene, obeying its lines one after the other.
type parser struct {
	*reader
	scene *Scene
	spent int // bytes of text in bodies, each address counted
}

// Parse reads a script; the language is in the package's documentation. The error names the
// first line that is wrong, and how.
func Parse(script string) (*Scene, error) {
	if len(script) > maxScript {
		return nil, fmt.Errorf("a script of %d bytes, more than %d", len(script), maxScript)
	}
	p := &parser{reader: newReader(script), scene: newScene()}
	err := p.block(&level{known: true}, p.statement)
	if err == nil {
		err = p.scene.settle()
	}
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	return p.scene, nil
}

// block gives each line of a block to read; an error without a line number gets the line's.
func (p *parser) block(in *level, read func(line) error) error {
	for {
		l, ok, err := p.next(in)
		if err != nil || !ok {
			return err
		}
		if err := read(l); err != nil {
			return l.locate(err)
		}
	}
}

// statement reads one top-level word with its block.
func (p *parser) statement(l line) error {
	word, rest := l.cut()
	args := strings.Fields(rest)
	switch word {
	case "sound":
		return p.sound(args)
	case "drop":
		return p.drop(args)
	case "zone":
		return p.zoneBlock(l, args)
	case "dns":
		return p.dnsFault(args)
	case "https":
		return p.https(l, args)
	case "policy":
		return p.policy(l, args)
	case "rtt":
		return p.rtt(args)
	case "smtp":
		return p.smtp(l, args)
	case "signed", "unsigned":
		return p.signed(word == "signed", args)
	case "tlsa":
		return p.tlsa(l, args)
	}
	return fmt.Errorf("unknown word %q", word)
}

func (p *parser) sound(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("sound takes one domain")
	}
	name, err := parseName(args[0])
	if err == nil {
		err = certifiable(name)
	}
	if err != nil {
		return err
	}
	return p.scene.addSound(strings.TrimSuffix(name, "."))
}

func (p *parser) drop(args []string) error {
	if len(args) != 1 && len(args) != 2 {
		return fmt.Errorf("drop takes a name and perhaps a type")
	}
	name, err := parseName(args[0])
	if err != nil {
		return err
	}
	q := question{name: name}
	if len(args) == 2 {
		q.qtype, err = parseType(args[1])
	}
	if err != nil {
		return err
	}
	return p.scene.drop(q)
}

func (p *parser) zoneBlock(l line, args []string) error {
	if len(args) != 0 {
		return fmt.Errorf("zone takes no argument but a block")
	}
	empty := true
	err := p.block(l.below(), func(entry line) error {
		empty = false
		return p.scene.zone.addLine(entry.text)
	})
	if err == nil && empty {
		return fmt.Errorf("zone needs a block of records")
	}
	return err
}

func (p *parser) dnsFault(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("dns takes a name, a type and a fault")
	}
	q := question{name: "*"}
	var err error
	if args[0] != "*" {
		q.name, err = parseZone(args[0])
	}
	if err == nil && args[1] != "*" {
		q.qtype, err = parseType(args[1])
	}
	if err != nil {
		return err
	}
	if !slices.Contains(dnsFaults(), args[2]) {
		return fmt.Errorf("unknown fault %q of the resolver", args[2])
	}
	p.scene.faults[q] = args[2]
	return nil
}

func (p *parser) policy(l line, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("policy takes one domain")
	}
	pages, err := p.scene.policyPages(strings.ToLower(strings.TrimSuffix(args[0], ".")))
	if err != nil {
		return err
	}
	text, err := p.text(l)
	if err != nil {
		return err
	}
	for _, page := range pages {
		page.body = text
	}
	return nil
}

func (p *parser) rtt(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("rtt takes one duration")
	}
	d, err := parseDuration(args[0])
	p.scene.rtt = d
	return err
}

// parseName is a domain name in lower case with its final dot; * stands for no more than a label.
func parseName(s string) (string, error) {
	if _, ok := dns.IsDomainName(s); !ok || strings.Contains(s, "..") || s == "." {
		return "", fmt.Errorf("%q is no domain name", s)
	}
	return canonical(s), nil
}

// parseZone is a name as parseName reads it, or the root.
func parseZone(s string) (string, error) {
	if s == "." {
		return s, nil
	}
	return parseName(s)
}

func parseType(s string) (uint16, error) {
	t, ok := dns.StringToType[strings.ToUpper(s)]
	if !ok || t == dns.TypeNone || t == dns.TypeANY {
		return 0, fmt.Errorf("unknown record type %q", s)
	}
	return t, nil
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDelay {
		return 0, fmt.Errorf("%q is no duration from 0s to %s", s, maxDelay)
	}
	return d, nil
}

func parseAddresses(args []string) ([]netip.Addr, error) {
	var list []netip.Addr
	for _, s := range args {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("%q is no IP address", s)
		}
		if !servable(a) {
			return nil, fmt.Errorf("%s is neither a documentation address nor a private one", a)
		}
		if slices.Contains(list, a) {
			return nil, fmt.Errorf("%s stands there twice", a)
		}
		list = append(list, a)
	}
	if list == nil {
		return nil, fmt.Errorf("an address is missing")
	}
	return list, nil
}
