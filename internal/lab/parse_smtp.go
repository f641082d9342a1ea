package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// mailParser reads the block of smtp.
type mailParser struct{ edits[exchanger] }

func (p *parser) smtp(l line, args []string) error {
	addresses, err := parseAddresses(args)
	if err != nil {
		return err
	}
	m := &mailParser{}
	if err := p.block(l.below(), m.word); err != nil {
		return err
	}
	for _, a := range addresses {
		if err := m.apply(p.scene.exchanger(a, l)); err != nil {
			return err
		}
	}
	return nil
}

func (m *mailParser) word(l line) error {
	m.here = l
	word, rest := l.cut()
	if change, err := frontWord(word, rest, mailFaults()); change != nil {
		m.edit(func(x *exchanger) { change(&x.front) })
		return err
	}
	switch word {
	case "greeting", "ehlo", "helo", "starttls", "ehlo-tls":
		return m.response(word, rest)
	case "greeting-line":
		return m.greetingLine(rest)
	case "greeting-delay":
		return m.delay(rest)
	case "extension":
		return m.extension(strings.Fields(rest))
	case "hangup-at":
		return m.hangUpAt(rest)
	}
	return fmt.Errorf("unknown word %q in smtp", word)
}

// response reads CODE [TEXT].
func (m *mailParser) response(word, rest string) error {
	code, text := cutWord(rest)
	n, err := parseCode("reply code", code, 599)
	if err != nil {
		return err
	}
	text, err = parseText(text)
	m.edit(func(x *exchanger) {
		x.said[word] = response{n, text}
		if word == "greeting" {
			x.more = nil
		}
	})
	return err
}

// parseText is a text as it stands, or as a literal of Go where it begins like one.
func parseText(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) && !strings.HasPrefix(s, "`") {
		return s, nil
	}
	text, err := parseLiteral(s)
	return string(text), err
}

func (m *mailParser) greetingLine(rest string) error {
	text, err := parseText(rest)
	m.edit(func(x *exchanger) { x.more = append(x.more, text) })
	return err
}

func (m *mailParser) delay(rest string) error {
	d, err := parseDuration(rest)
	m.edit(func(x *exchanger) { x.delay = d })
	return err
}

// keyword is the name of an extension (RFC 5321 §4.1.1.1). Never changed.
var keyword = regexp.MustCompile("^[A-Za-z0-9][-A-Za-z0-9]*$")

func (m *mailParser) extension(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("extension takes words, those to be removed with - before them")
	}
	for _, word := range words {
		name, remove := strings.CutPrefix(word, "-")
		if !keyword.MatchString(name) {
			return fmt.Errorf("%q is no keyword of an extension", word)
		}
		m.try(func(x *exchanger) error { return x.extend(strings.ToUpper(name), !remove) })
	}
	return nil
}

// extend adds an extension or removes it.
func (x *exchanger) extend(name string, add bool) error {
	there := slices.Contains(x.extensions, name)
	switch {
	case add && there:
		return fmt.Errorf("%s is offered already", name)
	case add:
		x.extensions = append(x.extensions, name)
		return nil
	case !there:
		return fmt.Errorf("%s is not offered", name)
	}
	x.extensions = slices.DeleteFunc(x.extensions, func(s string) bool { return s == name })
	return nil
}

func (m *mailParser) hangUpAt(stage string) error {
	if !slices.Contains([]string{"ehlo", "starttls", "ehlo-tls"}, stage) {
		return fmt.Errorf("%q is no stage: ehlo, starttls or ehlo-tls", stage)
	}
	m.edit(func(x *exchanger) { x.hangUpAt = stage })
	return nil
}
