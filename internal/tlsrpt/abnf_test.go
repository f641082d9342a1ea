package tlsrpt

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtasts/internal/abnf"
)

// The parser is compared with the grammar as RFC 8460 prints it, with URI as RFC 3986 does
// (testdata/*.abnf). Nothing is read more leniently than there; what is read more strictly stands
// in recordReading.

// grammar is that of testdata.
var grammar = sync.OnceValue(func() *abnf.Grammar {
	var texts []string
	for _, name := range []string{"rfc8460-record.abnf", "rfc3986-uri.abnf", "encoded.abnf"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			panic(err)
		}
		texts = append(texts, string(text))
	}
	g, err := abnf.Parse(texts...)
	if err != nil {
		panic(err)
	}
	return g
})

// rule finds a rule of the grammar.
func rule(name string) *abnf.Rule {
	r, err := grammar().Rule(name)
	if err != nil {
		panic(err)
	}
	return r
}

var recordReading = sync.OnceValue(func() abnf.Reading {
	rua := rule("tlsrpt-rua")
	return abnf.Reading{Rule: rule("tlsrpt-record"), Differences: []abnf.Difference{
		{
			Name: "rua-required", Case: "v=TLSRPTv1; a=b",
			Why:     "§3, the comment at tlsrpt-field: tlsrpt-rua is required, which the grammar alone does not ask for",
			Applies: func(txt string) bool { return len(ruas(txt)) == 0 },
		},
		{
			Name: "malformed-rua", Case: "v=TLSRPTv1; rua=mailto:a@b; rua=a@b",
			Why: "§3: as text a malformed rua is a tlsrpt-extension, as long as no \"=\" is in it; the RFC has no rule for several, " +
				"senders take all, and whoever wrote it meant a destination",
			Applies: func(txt string) bool {
				return slices.ContainsFunc(ruas(txt), func(f string) bool { return !rua.Matches(f) })
			},
		},
	}}
})

// ruas are the fields called rua of a record that fits the grammar.
func ruas(txt string) (found []string) {
	for _, f := range strings.Split(txt, ";")[1:] {
		if f = strings.Trim(f, " \t"); strings.HasPrefix(f, "rua=") {
			found = append(found, f)
		}
	}
	return found
}

// agree compares what the parser and the grammar say of a text, and tells whether they accept it.
func agree(t *testing.T, txt string) bool {
	t.Helper()
	refused := recordReading().Refuses(txt)
	if _, problems := ParseRecord(txt); (len(problems) == 0) != (len(refused) == 0) {
		t.Errorf("%q: refused for %q, and the parser finds %v", txt, refused, problems)
	}
	return len(refused) == 0
}

// TestDifferences shows each deliberate difference, by itself.
func TestDifferences(t *testing.T) {
	for _, d := range recordReading().Differences {
		if got := recordReading().Refuses(d.Case); !slices.Equal(got, []string{d.Name}) || d.Why == "" {
			t.Errorf("%s: %q is refused for %q", d.Name, d.Case, got)
		}
		agree(t, d.Case)
	}
}

// TestGrammarKnowsTheCases compares on the cases of the parser's own tests.
func TestGrammarKnowsTheCases(t *testing.T) {
	for _, c := range append(goodRecords(), badRecords()...) {
		agree(t, c.txt)
	}
}

// oddPieces are put into good texts.
func oddPieces() []string {
	return []string{
		"", " ", "\t", ";", ",", "!", "=", ":", "/", "//", "?", "#", "@", "[", "]", "%", "%4", "%41", "::", ":1", "1.2.3.4", "256", "v1.", "rua", "rua=", "a:b",
		"; rua=a:b", "mailto:a@b.example", "\x00", "\x7f", "\xff", "\u00fc", "\"", "<", "\\",
	}
}

// TestRecordGrammar compares on records that the grammar makes, whole and damaged, and likewise on
// URIs, which are most of it.
func TestRecordGrammar(t *testing.T) {
	pick, list := rand.New(rand.NewPCG(8460, 3)).IntN, rule("tlsrpt-rua")
	accepted, refused := 0, 0
	count := func(txt string) {
		if agree(t, txt) {
			accepted++
		} else {
			refused++
		}
	}
	for range 2_000 {
		rua := list.Text(pick)
		txt := recordReading().Rule.Text(pick)
		count(txt)
		txt = strings.Replace(txt, ";", ";"+rua+" ;", 1)
		count(txt)
		count(abnf.Almost(txt, oddPieces(), pick))
		count("v=TLSRPTv1;" + abnf.Almost(rua, oddPieces(), pick))
	}
	if accepted < 1_000 || refused < 1_000 {
		t.Errorf("%d texts accepted, %d refused", accepted, refused)
	}
}

// TestGrammarInTheSmall compares on every URI of a few pieces.
func TestGrammarInTheSmall(t *testing.T) {
	abnf.Small([]string{":", "/", "a", "1", "[", "]", "@", "#", "?", ",", " ", ";", "%41", "="}, 3, func(text string) {
		agree(t, "v=TLSRPTv1;rua="+text)
		agree(t, "v=TLSRPTv1;rua=a:"+text)
		agree(t, "v=TLSRPTv1;rua=a://"+text)
	})
	abnf.Small([]string{":", "::", "1", "1:", "2.3.4.5", "v1.", "0:0:0:0:0", "]", "%"}, 4, func(text string) {
		agree(t, "v=TLSRPTv1;rua=a://["+text+"]")
	})
}

// TestGrammarOfNeighbours compares on texts that differ by one byte from a good one.
func TestGrammarOfNeighbours(t *testing.T) {
	abnf.Neighbours("v=TLSRPTv1;x=y; rua=a:b , c://d@[::1]:1/e?f#g ;", func(txt string) { agree(t, txt) })
}

func FuzzRecordGrammar(f *testing.F) {
	for _, c := range append(goodRecords(), badRecords()...) {
		f.Add(c.txt)
	}
	f.Fuzz(func(t *testing.T, txt string) { agree(t, txt) })
}
