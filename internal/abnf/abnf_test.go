package abnf

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func rule(t testing.TB, name string, texts ...string) *Rule {
	t.Helper()
	g, err := Parse(texts...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := g.Rule(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMatches(t *testing.T) {
	for _, c := range []struct{ elements, fits, not string }{ // texts with "|" between them
		{`"a"`, "a|A", "|b|aa"},
		{`%i"a"`, "a|A", "b"},
		{`%s"aB"`, "aB", "ab|AB|a"},
		{`""`, "", "a"},
		{`"a" "b" / "c"`, "ab|c", "a|abc|ac"},
		{`"a" ("b" / "c")`, "ab|ac", "a|abc"},
		{`["a"] "b"`, "ab|b", "a|aab"},
		{`*"a"`, "|a|aaaa", "b|aab"},
		{`2"a"`, "aa", "a|aaa"},
		{`2*"a"`, "aa|aaa", "a"},
		{`*2"a"`, "|a|aa", "aaa"},
		{`1*2("a" "b")`, "ab|abab", "|a|ababab"},
		{`*(*"a")`, "|aa", "b"},
		{`0<words>`, "", "a"},
		{`%x41 %d66 %b1000011`, "ABC", "abc|AB"},
		{`%x41-43`, "A|B|C", "D|a"},
		{`%x41.42`, "AB", "A|ab"},
		{`%x80-FF`, "\x80|\xff", "\x7f|\xc3\xbc"},
		{`DIGIT / ALPHA`, "1|z|Z", "-|11"},
		{`wsp HTAB Sp`, " \t ", "   "},
		{`"a;b" ; "c"`, "a;b", "a"},
		{`1*2DIGIT *("." 1*DIGIT)`, "1|12.3|1.22.3", "123|1.|.1"},
	} {
		r := rule(t, "r", "r = "+c.elements+"\n")
		for text := range strings.SplitSeq(c.fits, "|") {
			if !r.Matches(text) {
				t.Errorf("%s: %q should fit", c.elements, text)
			}
		}
		for text := range strings.SplitSeq(c.not, "|") {
			if r.Matches(text) {
				t.Errorf("%s: %q should not fit", c.elements, text)
			}
		}
	}
}

// Rules go on over lines, take alternatives, and give way to later texts.
func TestRules(t *testing.T) {
	first := "r = a ; the first\r\n    / b\n\n; nothing\na = \"a\"\nb = <of another document>\nr =/ \"r\"\n"
	r := rule(t, "R", first, "b = \"b\"\n")
	for text, want := range map[string]bool{"a": true, "b": true, "r": true, "ab": false} {
		if r.Matches(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"r":                                 "is no rule",
		"1r = DIGIT":                        "is no rule",
		"r = ":                              "nothing stands",
		"r = DIGIT /":                       "nothing stands",
		"r = ()":                            "nothing stands",
		"r = (DIGIT":                        `")" is missing`,
		"r = [DIGIT)":                       `"]" is missing`,
		"r = DIGIT)":                        "where the rule should end",
		"r = \"a":                           "is missing",
		"r = ?":                             "is no element",
		"r = %y1":                           "base",
		"r = %x100":                         "no octet",
		"r = %x":                            "no octet",
		"r = 3*2DIGIT":                      "never",
		"r = 1001DIGIT":                     "too often",
		"r = s":                             "there is no rule s",
		"r = <words>":                       "in words only",
		"r = s\ns = *(\"a\" r)":             "refers to itself",
		"r = DIGIT\nr = ALPHA":              "given twice",
		"r =/ DIGIT":                        "before it is given",
		"r = 999(999(999DIGIT))":            "too large",
		"r = " + strings.Repeat("(", 1_000): "too deep",
	} {
		g, err := Parse(text)
		if err == nil {
			_, err = g.Rule("r")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// What is made from a rule fits it, and what is changed a little mostly does not.
func TestText(t *testing.T) {
	r := rule(t, "list", "list = name 0*3(*WSP \",\" *WSP name)\nname = ALPHA *7(ALPHA / DIGIT)\n")
	pick := rand.New(rand.NewPCG(1, 2)).IntN
	fits := 0
	const texts = 1000
	for range texts {
		text := r.Text(pick)
		if !r.Matches(text) {
			t.Fatalf("%q does not fit", text)
		}
		if r.Matches(Almost(text, []string{";", "", "a"}, pick)) {
			fits++
		}
	}
	if fits < texts/10 || fits > texts*9/10 {
		t.Errorf("%d of %d changed texts still fit", fits, texts)
	}
}

func TestNeighbours(t *testing.T) {
	seen := map[string]int{}
	Neighbours("ab", func(text string) { seen[text]++ })
	for _, text := range []string{"a", "b", "\x00b", "a\xff", "ab", "cab", "acb", "abc"} {
		if seen[text] == 0 {
			t.Errorf("%q is not among them", text)
		}
	}
	if seen[""] > 0 || seen["ba"] > 0 || len(seen) > 1+5*256 {
		t.Errorf("%d texts", len(seen))
	}
}

func TestSmall(t *testing.T) {
	var got []string
	Small([]string{"a", "b"}, 2, func(text string) { got = append(got, text) })
	if want := "|a|aa|ab|b|ba|bb"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// ends is where a node can end that begins at the start of text: the definition of RFC 5234, slowly.
func ends(n node, text string) map[int]bool {
	all := map[int]bool{}
	switch n := n.(type) {
	case set:
		if text != "" && n.has(text[0]) {
			all[1] = true
		}
	case alternation:
		for _, part := range n {
			then(all, 0, ends(part, text))
		}
	case concatenation:
		all[0] = true
		for _, part := range n {
			all = behind(all, part, text)
		}
	case repetition:
		now := map[int]bool{0: true}
		for i := 0; (n.max < 0 || i <= n.max) && i <= n.min+len(text); i++ {
			if i >= n.min {
				then(all, 0, now)
			}
			now = behind(now, n.of, text)
		}
	}
	return all
}

func behind(starts map[int]bool, n node, text string) map[int]bool {
	all := map[int]bool{}
	for at := range starts {
		then(all, at, ends(n, text[at:]))
	}
	return all
}

func then(all map[int]bool, at int, more map[int]bool) {
	for end := range more {
		all[at+end] = true
	}
}

// The machine of any grammar accepts what its definition does.
func FuzzRule(f *testing.F) {
	f.Add("r = *(\"a\" / [\"b\"] 1*2\"a\")", "aaba")
	f.Add("r = %x41-43 1*DIGIT / %s\"a\"", "A1")
	f.Add("r = *2s\ns = *\"a\" <b>", "a")
	f.Add("r = 0<b> 2*3(\"a\" *\"\")", "aaa")
	f.Fuzz(func(t *testing.T, grammar, text string) {
		if len(grammar) > 200 || len(text) > 20 {
			return
		}
		g, err := Parse(grammar)
		if err != nil {
			return
		}
		r, err := g.Rule("r")
		if err != nil || len(r.states) > 300 {
			return
		}
		if got, want := r.Matches(text), ends(r.tree, text)[len(text)]; got != want {
			t.Errorf("%s: %q: %v, want %v", grammar, text, got, want)
		}
	})
}
