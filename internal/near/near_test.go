package near

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"check", "lint", "generate", "explain", "--fail-on", "max_age"}
	for word, want := range map[string]string{
		"chekc":                  "check", // neighbours swapped
		"chek":                   "check", // left out
		"checkk":                 "check", // put in
		"Check":                  "check", // another case
		"lind":                   "lint",  // changed
		"genrat":                 "generate",
		"--failon":               "--fail-on",
		"max-age":                "max_age",
		"mode":                   "",
		"":                       "",
		"chxxk":                  "",
		strings.Repeat("a", 999): "",
	} {
		got, ok := Nearest(word, words)
		if got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", word, got, ok, want)
		}
	}
}

func TestNearestTakesTheFirstOfEquals(t *testing.T) {
	if got, _ := Nearest("cat", []string{"", "bat", "hat", "cats"}); got != "bat" {
		t.Errorf("got %q, want the first of the words at distance 1", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"", "m", true},
		{"", "mx", false},
		{"nmx", "mx", true},
		{"xm", "mx", true},
		{"Mode", "mode", true},
		{"mdoe", "mode", true},
		{"mood", "mode", false},
		{"modest", "mode", false},
		{strings.Repeat("a", 999), strings.Repeat("a", 999), false},
	} {
		if got := Within(c.a, c.b, 1); got != c.want {
			t.Errorf("Within(%q, %q, 1) = %v", c.a, c.b, got)
		}
	}
}
