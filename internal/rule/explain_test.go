package rule

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sentences is one at least: it begins like one, ends like one, and is no mere word.
var sentences = regexp.MustCompile(`^[A-Za-z0-9_*"].{20,}[.]$`)

// TestExplain holds that every rule and reason says why, what it means, what to do and where the RFC
// says so, in words that stand for themselves.
func TestExplain(t *testing.T) {
	for _, e := range Explain() {
		if !sentences.MatchString(e.Why) {
			t.Errorf("%s does not say in a sentence why it matters: %q", e.ID, e.Why)
		}
		if !regexp.MustCompile(`^RFC \d{4} §\d+(\.\d+)*$`).MatchString(e.Reference) {
			t.Errorf("%s names no section: %q", e.ID, e.Reference)
		}
		if !regexp.MustCompile(`^https://www\.rfc-editor\.org/rfc/rfc\d{4}#section-\d+(\.\d+)*$`).MatchString(e.ReferenceURL) {
			t.Errorf("%s has no link: %q", e.ID, e.ReferenceURL)
		}
		if !sentences.MatchString(e.More) {
			t.Errorf("%s does not say in a sentence what its words mean: %q", e.ID, e.More)
		}
		noTemplate(t, e.ID, e.Title, e.Why, e.More)
		for _, r := range e.Reasons {
			checkExplained(t, e.ID+":"+r.Reason, r)
		}
	}
}

func checkExplained(t *testing.T, name string, r Explained) {
	t.Helper()
	if !sentences.MatchString(r.Message) {
		t.Errorf("%s does not say in a sentence what is wrong: %q", name, r.Message)
	}
	if !sentences.MatchString(r.More) {
		t.Errorf("%s does not say in a sentence how it comes about: %q", name, r.More)
	}
	colon := strings.HasSuffix(r.Fix.Text, ":")
	if gifts := len(r.Fix.Records) + len(r.Fix.Lines); colon != strings.HasSuffix(strings.TrimSuffix(r.Fix.Text, "."), ":") || colon && gifts == 0 && r.Fix.File == nil {
		t.Errorf("%s announces what its fix does not give: %q", name, r.Fix.Text)
	}
	if r.Fix.Text != NothingToDo && !sentences.MatchString(strings.TrimSuffix(r.Fix.Text, ":")+".") {
		t.Errorf("%s does not say in a sentence what to do: %q", name, r.Fix.Text)
	}
	if r.Fix.Text == NothingToDo && r.Status != Info {
		t.Errorf("%s is %s, and says that nothing has to be done", name, r.Status)
	}
	if strings.Contains(r.Fix.Text, "look again when the DNS tells") {
		t.Errorf("%s has nothing to paste: %q", name, r.Fix.Text)
	}
	noTemplate(t, name, append([]string{r.Message, r.InForce, r.NotYet, r.More, r.Fix.Text}, r.Fix.Lines...)...)
}

// noTemplate complains of a variable that has no example. Braces that belong to what is pasted have a
// blank beside them or a word that is none.
func noTemplate(t *testing.T, name string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if v := variable.FindString(text); v != "" {
			t.Errorf("%s: nothing stands for %s in %q; give it an example", name, v, text)
		}
		if misfit.MatchString(strings.TrimLeft(text, " ")) {
			t.Errorf("%s: what stands in for a variable does not fit: %q", name, text)
		}
	}
}

var (
	variable = regexp.MustCompile(`\{[a-z]+\}`)
	misfit   = regexp.MustCompile(`\w +[.,]( |$)|\w  +\w+ [a-z]`)
)

// Every example belongs to a rule or reason that there is, and its words are used there.
func TestExamplesAreUsed(t *testing.T) {
	uses := map[string]map[string]bool{}
	for _, r := range Catalogue() {
		for _, reason := range r.Reasons {
			texts := strings.Join([]string{r.Title, reason.Message, reason.InForce, reason.NotYet, reason.Fix}, " ")
			for _, key := range exampleKeys(r, reason) {
				if uses[key] == nil {
					uses[key] = map[string]bool{}
				}
				for _, v := range variable.FindAllString(texts, -1) {
					uses[key][strings.Trim(v, "{}")] = true
				}
			}
		}
	}
	all := examples()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if uses[key] == nil {
			t.Errorf("there is an example of %q, and no such rule or reason", key)
			continue
		}
		for name := range all[key].vars {
			if !uses[key][name] {
				t.Errorf("the example of %q has words for {%s}, which nothing there uses", key, name)
			}
		}
	}
}

// Every rule is of a group that has a title, and groups stand in the catalogue's order.
func TestGroups(t *testing.T) {
	var order []string
	for _, r := range Catalogue() {
		if !slices.Contains(order, r.Group) {
			order = append(order, r.Group)
		}
	}
	var named []string
	for _, g := range Groups() {
		named = append(named, g.ID)
		if g.Title == "" {
			t.Errorf("group %s has no title", g.ID)
		}
	}
	if !slices.Equal(order, named) {
		t.Errorf("the catalogue has the groups %v, named are %v", order, named)
	}
}

// The domain that published everything has nothing to mend: what the explanations give is sound.
func TestExampleDomainIsSound(t *testing.T) {
	for _, f := range Judge(publishedDomain(), Options{}).Findings {
		if f.Status == Fail {
			t.Errorf("%s (%s): %s", f.Rule, f.Reason, f.Message)
		}
	}
}
