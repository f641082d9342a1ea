package sender

import (
	"fmt"
	"strconv"
	"strings"
)

// intent is what evidently was to be said: what the first mode and max_age say (RFC 8461 §3.2), or
// the first that were meant as such, whatever else is wrong with them.
type intent struct {
	mode, age     string // as written, a mode in small letters
	modeAt, ageAt int    // lines, 0: there is none
}

// meant reads that from a policy.
func meant(text string) intent {
	in := intent{}
	exact := map[string]bool{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		written, value, _ := strings.Cut(line, ":")
		written, value = strings.TrimFunc(written, isBlank), strings.TrimFunc(value, isBlank)
		name, there := in.fieldOf(written)
		if name == "" || exact[name] || there && written != name {
			continue
		}
		exact[name] = written == name
		in.take(name, value, number)
	}
	return in
}

// isBlank tells what is white space to anybody.
func isBlank(r rune) bool { return pythonBlanks.has(r) || jsBlanks.has(r) }

// fieldOf is mode or max_age where a name was meant as that, and whether it has been there.
func (in intent) fieldOf(name string) (string, bool) {
	switch plain(name) {
	case "mode":
		return "mode", in.modeAt > 0
	case "maxage":
		return "max_age", in.ageAt > 0
	}
	return "", false
}

func (in *intent) take(name, value string, line int) {
	if name == "mode" {
		in.mode, in.modeAt = lower(value), line
	} else {
		in.age, in.ageAt = value, line
	}
}

// misread tells what a sender understands otherwise, and the line.
func (in intent) misread(p policy) (text string, line int) {
	var list []string
	if p.modeAt == 0 || in.modeAt > 0 && p.mode != in.mode {
		list, line = append(list, "mode "+p.mode+instead(in.mode)), at(p.modeAt, in.modeAt)
	}
	written, err := strconv.ParseInt(in.age, 10, 64)
	if p.ageRead && (p.ageAt == 0 || err == nil && p.age != written) {
		list = append(list, fmt.Sprintf("max_age %d%s", p.age, instead(in.age)))
		line = at(line, at(p.ageAt, in.ageAt))
	}
	return strings.Join(list, "; "), line
}

// instead is what was written where something else is understood.
func instead(of string) string {
	if of == "" {
		return ", for want of one"
	}
	return ", not " + show(of)
}

// at is a line, or else another one.
func at(line, other int) int {
	if line > 0 {
		return line
	}
	return other
}
