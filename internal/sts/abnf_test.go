package sts

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtasts/internal/abnf"
)

// The two parsers are compared with the grammars as RFC 8461 prints them (testdata/*.abnf). Nothing
// is read more leniently than there; what is read more strictly stands in recordReading and
// policyReading.

// rules finds rules of the grammars in files of testdata.
func rules(files ...string) func(name string) *abnf.Rule {
	var texts []string
	for _, name := range files {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			panic(err)
		}
		texts = append(texts, string(text))
	}
	grammar, err := abnf.Parse(texts...)
	if err != nil {
		panic(err)
	}
	return func(name string) *abnf.Rule {
		rule, err := grammar.Rule(name)
		if err != nil {
			panic(err)
		}
		return rule
	}
}

var recordReading = sync.OnceValue(func() abnf.Reading {
	rule := rules("rfc8461-record.abnf")
	id := rule("sts-id")
	return abnf.Reading{Rule: rule("sts-text-record"), Differences: []abnf.Difference{
		{
			Name: "id-required", Case: "v=STSv1; a=b",
			Why:     "§3.1, the comment at sts-field: sts-id is required, which the grammar alone does not ask for",
			Applies: func(txt string) bool { return len(recordFields(txt, "id=")) == 0 },
		},
		{
			Name: "malformed-id", Case: "v=STSv1; id=2026-01-31",
			Why: "§3.1: as text a malformed id is an sts-extension; the first id is what counts (§3.2: all but the first are ignored), " +
				"and must be an sts-id",
			Applies: func(txt string) bool {
				ids := recordFields(txt, "id=")
				return len(ids) > 0 && !id.Matches(ids[0])
			},
		},
	}}
})

// recordFields are the fields of a record that fits the grammar, of which those that begin so.
func recordFields(txt, prefix string) (found []string) {
	for _, f := range strings.Split(txt, ";")[1:] {
		if f = strings.Trim(f, " \t"); strings.HasPrefix(f, prefix) {
			found = append(found, f)
		}
	}
	return found
}

// policyRules are the rules of the policy that are asked for by name.
var policyRules = sync.OnceValue(func() map[string]*abnf.Rule {
	rule := rules("rfc8461-policy.abnf", "imported.abnf")
	found := map[string]*abnf.Rule{}
	for _, name := range []string{"record", "field", "version", "mode", "max-age", "mx", "extension", "term"} {
		found[name] = rule("sts-policy-" + name)
	}
	return found
})

var policyReading = sync.OnceValue(func() abnf.Reading {
	rule := policyRules()
	return abnf.Reading{Rule: rule["record"], Differences: []abnf.Difference{
		{
			Name: "field-required", Case: "version: STSv1\nmode: enforce\nmx: a\n",
			Why: "§3.2, the comments at sts-policy-field: version, mode and max_age are required",
			Applies: func(body string) bool {
				return len(policyFields(body, "version")) == 0 || len(policyFields(body, "mode")) == 0 || len(policyFields(body, "max_age")) == 0
			},
		},
		{
			Name: "mx-required", Case: "version: STSv1\nmode: enforce\nmax_age: 1\n",
			Why:     "§3.2, the comment at sts-policy-mx: required at least once, except when mode is none",
			Applies: func(body string) bool { return len(policyFields(body, "mx")) == 0 && firstMode(body) != "none" },
		},
		{
			Name: "malformed-first", Case: "version: STSv1\nmode: bogus\nmx: a\nmax_age: 1\n",
			Why: "§3.2: as text a malformed version, mode or max_age is an sts-policy-extension; the first of each is what counts " +
				"(all but the first are ignored), and must fit its own rule",
			Applies: func(body string) bool {
				return malformed(policyFields(body, "version"), rule["version"]) || malformed(policyFields(body, "mode"), rule["mode"]) ||
					malformed(policyFields(body, "max_age"), rule["max-age"])
			},
		},
		{
			Name: "malformed-mx", Case: "version: STSv1\nmode: enforce\nmx: a\nmx: a.\nmax_age: 1\n",
			Why: "§3.2: as text a malformed mx is an sts-policy-extension beside the good ones; strict senders drop such a policy, " +
				"and whoever wrote the line meant a pattern",
			Applies: func(body string) bool {
				return slices.ContainsFunc(policyFields(body, "mx"), func(f string) bool { return !rule["mx"].Matches(f) })
			},
		},
		{
			Name: "over-maximum", Case: "version: STSv1\nmode: none\nmax_age: 31557601\n",
			Why: "§3.2, the text at max_age: the maximum value is 31557600, where the grammar has any ten digits",
			Applies: func(body string) bool {
				ages := policyFields(body, "max_age")
				return len(ages) > 0 && rule["max-age"].Matches(ages[0]) && overMaximum(ages[0])
			},
		},
	}}
})

// policyFields are the fields of that name in a policy that fits the grammar, without the white
// space behind them.
func policyFields(body, name string) (found []string) {
	for f := range strings.SplitSeq(body, "\n") {
		if strings.HasPrefix(f, name+":") {
			found = append(found, strings.TrimRight(f, " \t\r"))
		}
	}
	return found
}

func malformed(fields []string, rule *abnf.Rule) bool {
	return len(fields) > 0 && !rule.Matches(fields[0])
}

func valueOf(field string) string {
	_, value, _ := strings.Cut(field, ":")
	return strings.Trim(value, " \t")
}

func firstMode(body string) string {
	return valueOf(append(policyFields(body, "mode"), "")[0])
}

// overMaximum compares digits as text.
func overMaximum(field string) bool {
	const maximum = "31557600"
	digits := strings.TrimLeft(valueOf(field), "0")
	return len(digits) > len(maximum) || len(digits) == len(maximum) && digits > maximum
}

// agree compares what the parser and the grammar say of a text, and tells whether they accept it.
func agree(t *testing.T, r abnf.Reading, text string, problems []Problem) bool {
	t.Helper()
	refused := r.Refuses(text)
	if (len(problems) == 0) != (len(refused) == 0) {
		t.Errorf("%q: refused for %q, and the parser finds %v", text, refused, problems)
	}
	return len(refused) == 0
}

func agreeOnRecord(t *testing.T, txt string) bool {
	t.Helper()
	_, problems := ParseRecord(txt)
	return agree(t, recordReading(), txt, problems)
}

func agreeOnPolicy(t *testing.T, body string) bool {
	t.Helper()
	_, problems := ParsePolicy([]byte(body))
	return agree(t, policyReading(), body, problems)
}

// TestDifferences shows each deliberate difference, by itself.
func TestDifferences(t *testing.T) {
	for _, r := range []abnf.Reading{recordReading(), policyReading()} {
		for _, d := range r.Differences {
			if got := r.Refuses(d.Case); !slices.Equal(got, []string{d.Name}) || d.Why == "" {
				t.Errorf("%s: %q is refused for %q", d.Name, d.Case, got)
			}
		}
	}
	for _, d := range recordReading().Differences {
		agreeOnRecord(t, d.Case)
	}
	for _, d := range policyReading().Differences {
		agreeOnPolicy(t, d.Case)
	}
}

// TestGrammarKnowsTheCases compares on the cases of the parsers' own tests.
func TestGrammarKnowsTheCases(t *testing.T) {
	for _, c := range recordCases() {
		agreeOnRecord(t, c.txt)
	}
	for _, c := range append(goodPolicies(), badPolicies()...) {
		agreeOnPolicy(t, c.body)
	}
}

// tally counts what a test of many texts has seen: one that only ever sees one kind shows nothing.
type tally struct{ accepted, refused int }

func (n *tally) count(accepted bool) {
	if accepted {
		n.accepted++
	} else {
		n.refused++
	}
}

func (n *tally) check(t *testing.T) {
	t.Helper()
	if all := n.accepted + n.refused; n.accepted < all/100 || n.refused < all/100 {
		t.Errorf("%d texts accepted, %d refused", n.accepted, n.refused)
	}
}

// oddPieces are put into good texts.
func oddPieces() []string {
	return []string{
		"", " ", "\t", ";", ";;", "=", ":", "\n", "\r", "\r\n", "\n\n", "id", "id=1", "; id=1", "ID=", "a", "-", "_", ".", "*", "*.", "..", "0", "9999999999",
		"mx: a\n", "mx:", "mode", "mode: none\n", "max_age: 1\n", "version", "v=STSv1;", "\x00", "\x7f", "\x80", "\xff", "\u00fc", "\u0085", "#", "<br>", "{", "\ufeff", `\n`,
	}
}

// TestRecordGrammar compares on records that the grammar makes, whole and damaged.
func TestRecordGrammar(t *testing.T) {
	pick, r := rand.New(rand.NewPCG(8461, 31)).IntN, recordReading().Rule
	var n tally
	for range 3_000 {
		txt := r.Text(pick)
		agreeOnRecord(t, txt)
		txt = withID(txt, pick)
		n.count(agreeOnRecord(t, txt))
		n.count(agreeOnRecord(t, abnf.Almost(txt, oddPieces(), pick)))
	}
	n.check(t)
}

// withID puts an id behind the version, mostly, or a field that is nearly one.
func withID(txt string, pick abnf.Pick) string {
	ids := []string{"id=1", "id=1", "id=20260131", "id=a-b", "ID=1", "id==", "i=d"}
	return strings.Replace(txt, ";", ";"+ids[pick(len(ids))]+";", 1)
}

// TestPolicyGrammar compares on policies that the grammar makes, whole and damaged.
func TestPolicyGrammar(t *testing.T) {
	pick := rand.New(rand.NewPCG(8461, 32)).IntN
	var n tally
	for range 3_000 {
		agreeOnPolicy(t, policyRules()["record"].Text(pick))
		body := somePolicy(pick)
		n.count(agreeOnPolicy(t, body))
		n.count(agreeOnPolicy(t, abnf.Almost(body, oddPieces(), pick)))
	}
	n.check(t)
}

// somePolicy is a policy of fields in any order, of which seldom one is missing.
func somePolicy(pick abnf.Pick) string {
	var fields []string
	for _, name := range []string{"version", "mode", "max-age", "mx", "mx", "field", "extension"} {
		if pick(16) > 0 {
			fields = append(fields, policyRules()[name].Text(pick)+strings.Repeat(" ", max(0, pick(8)-6)))
		}
	}
	for i := range fields {
		j := i + pick(len(fields)-i)
		fields[i], fields[j] = fields[j], fields[i]
	}
	for i := range fields[:max(0, len(fields)-pick(2))] {
		fields[i] += policyRules()["term"].Text(pick)
	}
	return strings.Join(fields, "")
}

// TestGrammarInTheSmall compares on every text of a few pieces behind a good beginning.
func TestGrammarInTheSmall(t *testing.T) {
	var n tally
	abnf.Small([]string{";", " ", "=", "id", "1", "-", "a"}, 5, func(text string) {
		n.count(agreeOnRecord(t, "v=STSv1"+text))
		n.count(agreeOnRecord(t, "v=STSv1;id=1"+text))
	})
	abnf.Small([]string{"\n", "\r", " ", ":", "mx", "a", ".", "*", "-"}, 4, func(text string) {
		n.count(agreeOnPolicy(t, "version:STSv1\nmax_age:1\nmode:none"+text))
		n.count(agreeOnPolicy(t, text+"mode:none\r\nmax_age:1\nversion:STSv1"))
		n.count(agreeOnPolicy(t, "version:STSv1\nmax_age:1\nmode:testing\nmx:"+text))
	})
	n.check(t)
}

// TestGrammarOfNeighbours compares on texts that differ by one byte from a good one.
func TestGrammarOfNeighbours(t *testing.T) {
	abnf.Neighbours("v=STSv1; a-b=c ;id=1;", func(txt string) { agreeOnRecord(t, txt) })
	abnf.Neighbours("mode: none\r\nversion:STSv1 \nmax_age:1\nmx: *.a-b.c\nx: a \u00fc", func(body string) { agreeOnPolicy(t, body) })
}

func FuzzRecordGrammar(f *testing.F) {
	for _, c := range recordCases() {
		f.Add(c.txt)
	}
	f.Fuzz(func(t *testing.T, txt string) { agreeOnRecord(t, txt) })
}

func FuzzPolicyGrammar(f *testing.F) {
	for _, c := range append(goodPolicies(), badPolicies()...) {
		f.Add(c.body)
	}
	f.Fuzz(func(t *testing.T, body string) { agreeOnPolicy(t, body) })
}
