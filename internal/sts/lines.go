package sts

// ending is how a line of a policy ends.
type ending int

const (
	atEnd  ending = iota // the text ends, without a terminator
	lf                   // LF or CRLF: sts-policy-term
	bareCR               // CR that is part of no CRLF: no terminator by the grammar
)

// cutLine takes the first line off a text. A run of bare CRs is taken as one end of line together
// with an LF behind it, so that CR CR LF is one fault and not also a blank line.
func cutLine(text string) (line, rest string, end ending) {
	i := 0
	for i < len(text) && text[i] != '\n' && text[i] != '\r' {
		i++
	}
	if i == len(text) {
		return text, "", atEnd
	}
	line, rest = text[:i], text[i:]
	switch {
	case rest[0] == '\n':
		return line, rest[1:], lf
	case len(rest) > 1 && rest[1] == '\n':
		return line, rest[2:], lf
	}
	for rest != "" && rest[0] == '\r' {
		rest = rest[1:]
	}
	if rest != "" && rest[0] == '\n' {
		rest = rest[1:]
	}
	return line, rest, bareCR
}
