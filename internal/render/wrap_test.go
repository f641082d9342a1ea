package render

import (
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	const long = "https://mta-sts.example.com/.well-known/mta-sts.txt"
	cases := []struct{ name, in, want string }{
		{"short", "one two", "- one two\n"},
		{"wraps", "one two three four five", "- one two three four\n. five\n"},
		{"exact", "one two three fours", "- one two three\n. fours\n"},
		{"fits exactly", "one two three four", "- one two three four\n"},
		{"long word stays whole", "see " + long + " there", "- see\n. " + long + "\n. there\n"},
		{"long word first", long + " there", "- " + long + "\n. there\n"},
		{"spaces are kept", "a  b   c", "- a  b   c\n"},
		{"spaces at the break go", "one two three four     five", "- one two three four\n. five\n"},
		{"leading space", " a", "-  a\n"},
		{"double width", "日本語 中文字 日本語", "- 日本語 中文字\n. 日本語\n"},
		{"empty", "", "- \n"},
	}
	for _, c := range cases {
		var b strings.Builder
		fill(&b, 20, span{"- ", nil}, span{". ", nil}, words(nil, c.in))
		if b.String() != c.want {
			t.Errorf("%s: got %q, want %q", c.name, b.String(), c.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for in, want := range map[string]int{"": 0, "abc": 3, "✗ fail": 6, "日本語": 6, "e\u0301": 1, "Grüße": 5, "🙂": 2, "한글": 4} {
		if got := columns(in); got != want {
			t.Errorf("columns(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestColumnsOfStyle(t *testing.T) {
	for in, want := range map[int]int{0: 80, 10: 40, -1: 40, 40: 40, 99: 99, 132: 100} {
		if got := (Style{Width: in}).columns(); got != want {
			t.Errorf("width %d: got %d columns, want %d", in, got, want)
		}
	}
}
