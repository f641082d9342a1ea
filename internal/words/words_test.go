package words

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClip(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"abcd", "abcd"},
		{"abcde", "abcd..."},
		{"abc\u00fc", "abc..."},
		{"\xff\xff", "\xff\xff"},
		{"a\xff\xffbc", "ab..."},
	} {
		if got := Clip(c.in, 4); got != c.want {
			t.Errorf("Clip(%q, 4) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClip(f *testing.F) {
	f.Add("caf\u00e9 \xff\U0001f600", 4)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 0 {
			return
		}
		switch got := Clip(s, n); {
		case len(s) <= n && got != s:
			t.Errorf("%q fits into %d and becomes %q", s, n, got)
		case len(s) > n && (len(got) > n+len("...") || !strings.HasSuffix(got, "...") || !utf8.ValidString(got)):
			t.Errorf("%q is cut to %q at %d", s, got, n)
		case len(s) > n && utf8.ValidString(s) && !strings.HasPrefix(s, strings.TrimSuffix(got, "...")):
			t.Errorf("%q begins otherwise than %q", got, s)
		}
	})
}
