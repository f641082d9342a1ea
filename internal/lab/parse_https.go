package lab

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// siteParser reads the block of https: the words become edits, made to each address in turn.
type siteParser struct {
	*parser
	edits[site]
	path string          // that the page's words are about
	said map[string]bool // header names said in this block, after their path
}

func (p *parser) https(l line, args []string) error {
	addresses, err := parseAddresses(args)
	if err != nil {
		return err
	}
	s := &siteParser{parser: p, path: policyPath, said: map[string]bool{}}
	if err := p.block(l.below(), s.word); err != nil {
		return err
	}
	for _, a := range addresses {
		st := p.scene.site(a)
		if err := s.apply(st); err != nil {
			return err
		}
		if err := st.check(); err != nil {
			return err
		}
	}
	return nil
}

// editPage makes an edit of the page that the words are about here.
func (s *siteParser) editPage(f func(*page)) {
	path := s.path
	s.edit(func(st *site) { f(st.page(path)) })
}

func (s *siteParser) word(l line) error {
	s.here = l
	word, rest := l.cut()
	if change, err := frontWord(word, rest, siteFaults()); change != nil {
		s.edit(func(st *site) { change(&st.front) })
		return err
	}
	switch word {
	case "at":
		return s.at(rest)
	case "status":
		return s.status(rest)
	case "header":
		return s.header(rest)
	case "delay":
		return s.delay(rest)
	case "cut":
		return s.cut(rest)
	case "body", "body-quoted", "append":
		return s.body(l)
	}
	return fmt.Errorf("unknown word %q in https", word)
}

func (s *siteParser) at(rest string) error {
	if !strings.HasPrefix(rest, "/") || strings.ContainsAny(rest, " \t?#") {
		return fmt.Errorf("%q is no path", rest)
	}
	s.path = rest
	return nil
}

func (s *siteParser) status(rest string) error {
	code, reason, _ := strings.Cut(rest, " ")
	n, err := parseCode("status", code, 999)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = http.StatusText(n)
	}
	s.editPage(func(p *page) { p.status = code + " " + reason })
	return nil
}

// parseCode is a code of HTTP or SMTP: three digits.
func parseCode(what, s string, highest int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 200 || n > highest || len(s) != 3 {
		return 0, fmt.Errorf("%q is no %s from 200 to %d", s, what, highest)
	}
	return n, nil
}

// token is a header name (RFC 9110 §5.6.2). Never changed.
var token = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func (s *siteParser) header(rest string) error {
	name, value, ok := strings.Cut(rest, ":")
	remove := !ok && strings.HasPrefix(name, "-")
	if remove {
		name = name[1:]
	}
	if !token.MatchString(name) || !ok && !remove {
		return fmt.Errorf("%q is neither a header nor a header's name after -", rest)
	}
	key := s.path + "\n" + http.CanonicalHeaderKey(name)
	if !s.said[key] || remove {
		s.editPage(func(p *page) { p.removeHeader(name) })
	}
	s.said[key] = true
	if !remove {
		s.addHeader(field{name: name, value: strings.TrimSpace(value)})
	}
	return nil
}

func (s *siteParser) addHeader(f field) {
	path := s.path
	s.try(func(st *site) error {
		p := st.page(path)
		if len(p.header) == maxHeaders {
			return fmt.Errorf("more than %d headers", maxHeaders)
		}
		p.header = append(p.header, f)
		return nil
	})
}

func (p *page) removeHeader(name string) {
	p.header = slices.DeleteFunc(p.header, func(f field) bool { return strings.EqualFold(f.name, name) })
}

func (s *siteParser) delay(rest string) error {
	d, err := parseDuration(rest)
	s.editPage(func(p *page) { p.delay = d })
	return err
}

func (s *siteParser) cut(rest string) error {
	if rest != "" {
		return errors.New("cut takes no argument")
	}
	s.editPage(func(p *page) { p.cut = true })
	return nil
}

// body reads the three words that say what the body is.
func (s *siteParser) body(l line) error {
	word, rest := l.cut()
	text, path := []byte(nil), s.path
	var err error
	switch {
	case word == "body" && rest != "":
		return errors.New("body takes no argument but a block")
	case word == "body":
		if text, err = s.text(l); err != nil {
			return err
		}
	case word == "body-quoted":
		text, err = parseLiteral(rest)
	default:
		text, err = parseRepeated(rest)
	}
	s.try(func(st *site) error {
		if word != "append" {
			st.page(path).body = nil
		}
		if s.spent += len(text); s.spent > maxText {
			return fmt.Errorf("bodies of more than %d bytes in all", maxText)
		}
		return st.page(path).add(text)
	})
	return err
}

func parseLiteral(s string) ([]byte, error) {
	text, err := strconv.Unquote(s)
	if err != nil || s[0] == '\'' {
		return nil, fmt.Errorf("%s is no string literal", s)
	}
	return []byte(text), nil
}

// parseRepeated is a literal, or a number and a literal to be repeated as often.
func parseRepeated(s string) ([]byte, error) {
	n := 1
	if count, rest, ok := strings.Cut(s, " "); ok && count != "" && count[0] >= '0' && count[0] <= '9' {
		var err error
		if n, err = strconv.Atoi(count); err != nil {
			return nil, fmt.Errorf("%q is no number", count)
		}
		s = strings.TrimSpace(rest)
	}
	text, err := parseLiteral(s)
	if err != nil {
		return nil, err
	}
	if n > maxBody || n*len(text) > maxBody {
		return nil, fmt.Errorf("a body of more than %d bytes", maxBody)
	}
	return []byte(strings.Repeat(string(text), n)), nil
}
