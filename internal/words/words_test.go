package words

import "testing"

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
