// Package near finds what a mistyped word was meant to be: the one of a list of spellings that
// lies nearest to it. Usage errors and findings use it to offer a correction.
//
// # How near is near
//
// The distance is that of Damerau in its restricted form (optimal string alignment): one for each
// letter put in, left out or changed, and for each pair of neighbours swapped. Case does not count.
// A word is near when the distance is at most a third of its letters, and one at least, so that
// "enfroce" finds "enforce" and "help" does not find "mode". [Within] is for places that need a
// limit of their own.
package near

import "strings"

// longest bounds the words compared, in letters: what is longer is no mistyped name.
const longest = 64

// Nearest returns the spelling among those given that is nearest to word, as it is written there;
// of equally near ones the first. It reports false, with "", when none is near. The same word in
// another case has distance 0 and is found.
func Nearest(word string, among []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > longest {
		return "", false
	}
	best, found := max(1, len(w)/3)+1, ""
	for _, candidate := range among {
		if d := distance(w, []rune(strings.ToLower(candidate))); d < best && candidate != "" {
			best, found = d, candidate
		}
	}
	return found, found != ""
}

// Within reports whether a becomes b by at most so many edits, as the package counts them.
func Within(a, b string, edits int) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) > len(y)+edits || len(y) > len(x)+edits || len(x) > longest {
		return false
	}
	return distance(x, y) <= edits
}

// distance is the restricted Damerau distance; three rows of the table are enough for it. Words
// too long to be near are given a distance that is beyond every limit.
func distance(a, b []rune) int {
	if len(b) > longest {
		return longest
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+unlike(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

func unlike(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
