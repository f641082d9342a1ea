package dane

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/words"
)

// longest is how much of a certificate's own words, or of a library's, is repeated, and
// longestSentence bounds the whole.
const (
	longest         = 256
	longestSentence = 1000
)

func clip(s string) string { return words.Clip(s, longest) }

// bare is an error without the library's name.
func bare(err error) string { return strings.TrimPrefix(err.Error(), "x509: ") }

func sentence(r fact.TLSA, why string) string {
	return words.Clip(numbers(r)+" "+abridged(r.MatchingType, r.Data)+": "+why, longestSentence)
}

// abridged is enough of the data to tell it from others: its beginning, or, where it is no digest, its
// end, as all certificates begin alike.
func abridged(mt uint8, data []byte) string {
	const enough = 4
	switch {
	case len(data) <= enough:
		return hex.EncodeToString(data)
	case mt == full:
		return "..." + hex.EncodeToString(data[len(data)-enough:])
	default:
		return hex.EncodeToString(data[:enough]) + "..."
	}
}

// hidden is why a record that matches does not count.
func hidden(stronger fact.TLSA) string {
	return fmt.Sprintf("it matches, but senders look at the stronger %s alone, and that does not match", numbers(stronger))
}

// strangerEE is why a record of usage 3 is not the server's certificate. Where it fits something
// else that was sent, it says what the mistake is.
func (s *server) strangerEE(r fact.TLSA) string {
	leaf := s.sent[0]
	if leaf.holds(swapped(r)) {
		return otherSelector(r, "the server's certificate")
	}
	for _, c := range s.others() {
		if c.holds(r) {
			return fmt.Sprintf("this is %s%s, an authority: that is what usage 2 is for", keyPart(r), c.name())
		}
	}
	switch v := leaf.value(r.Selector, r.MatchingType); {
	case v == nil:
		return "the server's certificate has no key that can be found"
	case r.Selector == publicKey:
		return "the key of the server's certificate is " + like(r, v)
	default:
		return "the server's certificate is " + like(r, v)
	}
}

// strangerTA is the same for a record of usage 2 and the authorities.
func (s *server) strangerTA(r fact.TLSA) string {
	if s.sent[0].holds(r) {
		return fmt.Sprintf("this is %sthe server's own certificate: that is what usage 3 is for", keyPart(r))
	}
	others := s.others()
	for _, c := range others {
		if c.holds(swapped(r)) {
			return otherSelector(r, c.name())
		}
	}
	if len(others) == 0 {
		return "the server sent its own certificate alone, and none of an authority; even a root has to be sent"
	}
	return fmt.Sprintf("no authority that the server sent %s%s; sent %s %s", has(r), s.unsent(r), plural(others), enumerate(others, r))
}

// swapped is the record with the other selector.
func swapped(r fact.TLSA) fact.TLSA {
	r.Selector = wholeCert + publicKey - r.Selector
	return r
}

func otherSelector(r fact.TLSA, of string) string {
	if r.Selector == publicKey {
		return fmt.Sprintf("this is %s as a whole, not its key: that is what selector 0 is for", of)
	}
	return fmt.Sprintf("this is the key of %s, not the whole of it: that is what selector 1 is for", of)
}

func keyPart(r fact.TLSA) string {
	if r.Selector == publicKey {
		return "the key of "
	}
	return ""
}

// like describes what a record of that form would have to hold.
func like(r fact.TLSA, v []byte) string {
	if r.MatchingType == full {
		return "another"
	}
	return fmt.Sprintf("%s (%s)", abridged(r.MatchingType, v), digestName(r.MatchingType))
}

func has(r fact.TLSA) string {
	if r.Selector == publicKey {
		return "has this key"
	}
	return "is this one"
}

func plural(list []*cert) string {
	if len(list) == 1 {
		return "was"
	}
	return "were"
}

// enumerate names authorities with what the record would hold for each.
func enumerate(list []*cert, r fact.TLSA) string {
	const shown = 4
	var names []string
	for _, c := range list[:min(shown, len(list))] {
		name := c.name()
		if v := c.value(r.Selector, r.MatchingType); v != nil {
			name += " " + abridged(r.MatchingType, v)
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if n := len(list) - shown; n > 0 {
		text = fmt.Sprintf("%s and %d more", text, n)
	}
	return text
}

// unsent reminds of a root, where none was sent: RFC 7672 §3.1.2 wants it sent if a record means it.
func (s *server) unsent(r fact.TLSA) string {
	for _, c := range s.others() {
		if c.x != nil && bytes.Equal(c.x.RawIssuer, c.x.RawSubject) {
			return ""
		}
	}
	if r.MatchingType == full && r.Selector == wholeCert {
		return " (it has to be sent, even if it is a root: not every sender takes it from the record)"
	}
	return " (it has to be sent, even if it is a root)"
}

// name is the subject of a certificate in quotes.
func (c *cert) name() string {
	if c.x == nil {
		return "an unreadable certificate"
	}
	return strconv.Quote(clip(c.x.Subject.String()))
}
