package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/words"
)

// values tell what a name in a template stands for; false where it is none.
type values func(name string) (string, bool)

// expand fills a template: {name} stands for the value of that name.
func expand(template string, vars values) string {
	if !strings.Contains(template, "{") {
		return template
	}
	var b strings.Builder
	b.Grow(2 * len(template))
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := vars(name)
		if !closed || !known { // not a value's name: it stands for itself
			b.WriteByte('{')
			template = rest
			continue
		}
		b.WriteString(value)
		template = after
	}
}

// sentence makes one of a rule's title. What begins with a name keeps it as it is.
func sentence(title string, vars values) string {
	first, _, _ := strings.Cut(title, " ")
	if strings.ContainsAny(first, "{_") {
		return expand(title+".", vars)
	}
	return expand(strings.ToUpper(title[:1])+title[1:]+".", vars)
}

// vars adds the values that every template may use.
func (c *Case) vars(own Vars) values {
	return func(name string) (string, bool) {
		if value, ok := own[name]; ok {
			return clip(value), true
		}
		switch name {
		case "domain":
			return c.Domain, true
		case "host":
			return c.Host.Name, true
		case "url":
			return c.url(), true
		case "id":
			return c.freshID(), true
		}
		return "", false
	}
}

// How much of a stranger's text is quoted.
const (
	clipLength    = 300
	evidenceLimit = 12
)

func clip(s string) string { return words.Clip(s, clipLength) }

func clipAll(lines []string) []string {
	if len(lines) > evidenceLimit {
		more := fmt.Sprintf("... and %d more", len(lines)-evidenceLimit+1)
		lines = append(lines[:evidenceLimit-1:evidenceLimit-1], more)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return len(l) > clipLength }) {
		return slices.Clip(lines)
	}
	var clipped []string
	for _, l := range lines {
		clipped = append(clipped, clip(l))
	}
	return clipped
}

// list joins names as people do: "a", "a and b", "a, b and c".
func list(names []string) string {
	const most = 8
	if len(names) > most {
		names = append(names[:most:most], fmt.Sprintf("%d more", len(names)-most))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// plural is "1 day", "2 days".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// seconds is a span for people: "86400 s (1 day)".
func seconds(n int64) string {
	switch {
	case n >= 86400 && n%86400 == 0:
		return fmt.Sprintf("%d s (%s)", n, plural(n/86400, "day"))
	case n >= 86400:
		return fmt.Sprintf("%d s (%.1f days)", n, float64(n)/86400)
	case n >= 3600:
		return fmt.Sprintf("%d s (%.1f hours)", n, float64(n)/3600)
	}
	return fmt.Sprintf("%d s", n)
}

func quote(s string) string { return `"` + clip(s) + `"` }

func quoteAll(texts []string) []string {
	var quoted []string
	for _, t := range texts {
		quoted = append(quoted, quote(t))
	}
	return quoted
}
