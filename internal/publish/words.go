package publish

import (
	"fmt"
	"strings"
)

// Span is a number of seconds for people: "14 days", "90 minutes".
func Span(seconds int64) string {
	units := []struct {
		name string
		size int64
	}{{"day", 86400}, {"hour", 3600}, {"minute", 60}}
	for _, u := range units {
		if seconds >= u.size && seconds%u.size == 0 {
			return count(seconds/u.size, u.name)
		}
	}
	return count(seconds, "second")
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// list joins names for a sentence.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Wrapped breaks a text into lines of at most width bytes, between words.
func Wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
