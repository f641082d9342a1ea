package render

import (
	"strings"
	"testing"
)

func TestSplitStrings(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for in, want := range map[string]string{
		`"v=STSv1; id=1"`:                   `"v=STSv1; id=1"`,
		`"` + a(255) + `"`:                  `"` + a(255) + `"`,
		`"` + a(256) + `"`:                  `"` + a(255) + `" "a"`,
		`"` + a(510) + `x"`:                 `"` + a(255) + `" "` + a(255) + `" "x"`,
		`"` + a(254) + `\195\188"`:          `"` + a(254) + `\195" "\188"`,
		`"` + a(255) + `\"b"`:               `"` + a(255) + `" "\"b"`,
		`"` + a(254) + `ü"`:                 `"` + a(254) + `" "ü"`,
		`"` + a(200) + `" "` + a(200) + `"`: `"` + a(200) + `" "` + a(200) + `"`,
		"10 " + a(300) + ".":                "10 " + a(300) + ".",
		`"open \`:                           `"open \`,
		"":                                  "",
	} {
		if got := splitStrings(in); got != want {
			t.Errorf("splitStrings(%q) = %q, want %q", in, got, want)
		}
	}
}
