package render

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, \"quoted\" \\n": "plain text, \"quoted\" \\n",
		"Grüße, 日本語, ✓ §":            "Grüße, 日本語, ✓ §",
		"a\nb\r\tc":                  `a\nb\r\tc`,
		"\x1b[31mred\x07":            `\x1b[31mred\x07`,
		"del\x7f c1\u009b\u0085":     `del\x7f c1\u009b\u0085`,
		"\u202eoverride\u2066\u2069": `\u202eoverride\u2066\u2069`,
		"\u200b\u200d\ufeff\u00ad":   `\u200b\u200d\ufeff\u00ad`,
		"\u00a0\u2028\u3000":         `\u00a0\u2028\u3000`,
		"\u115f\u3164\u2800\ufe0f":   `\u115f\u3164\u2800\ufe0f`,
		"\U000e0001\U0010fffd":       `\U000e0001\U0010fffd`,
		"bad \xff\xc3 \xed\xa0\x80":  `bad \xff\xc3 \xed\xa0\x80`,
		"replacement \ufffd":         "replacement \ufffd",
		"":                           "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscapeZone(t *testing.T) {
	in, want := "v=STSv1;\x00 \u202e \xff\n", `v=STSv1;\000 \226\128\174 \255\010`
	if got := escapeZone(in); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// inert tells why a text is not safe on a terminal; newlines are.
func inert(s string) (why string) {
	if !utf8.ValidString(s) {
		return "not UTF-8"
	}
	for _, r := range s {
		acts := unicode.In(r, unicode.Bidi_Control, unicode.Cc, unicode.Cf) || !unicode.IsGraphic(r)
		if r != '\n' && acts {
			return fmt.Sprintf("holds %U", r)
		}
	}
	return ""
}

func FuzzEscape(f *testing.F) {
	f.Add(evil)
	f.Add("v=STSv1; id=1")
	f.Fuzz(func(t *testing.T, s string) {
		for _, escaped := range []string{Escape(s), escapeZone(s)} {
			if why := inert(escaped); why != "" || strings.Contains(escaped, "\n") {
				t.Errorf("%q becomes %q: %s", s, escaped, why)
			}
			if again := Escape(escaped); again != escaped {
				t.Errorf("%q is changed again, to %q", escaped, again)
			}
		}
	})
}
