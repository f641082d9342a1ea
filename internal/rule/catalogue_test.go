package rule

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// TestCatalogue holds the form of the public contract.
func TestCatalogue(t *testing.T) {
	rules := Catalogue()
	ids := map[string]bool{}
	for _, r := range rules {
		if ids[r.ID] || !kebab.MatchString(r.ID) {
			t.Errorf("rule id %q stands twice, or is not kebab-case", r.ID)
		}
		ids[r.ID] = true
		if r.Group == "" || r.Title == "" || r.Why == "" || !strings.HasPrefix(r.Ref, "RFC ") || r.Check == nil || len(r.Reasons) == 0 {
			t.Errorf("rule %s lacks a group, title, why, reference, check or reason", r.ID)
		}
		words := map[string]bool{}
		for _, reason := range r.Reasons {
			if words[reason.Word] || !kebab.MatchString(reason.Word) {
				t.Errorf("reason %s of %s stands twice, or is not kebab-case", reason.Word, r.ID)
			}
			words[reason.Word] = true
			checkReason(t, r, reason, rules)
		}
	}
}

func checkReason(t *testing.T, r Rule, reason Reason, rules []Rule) {
	t.Helper()
	name := r.ID + ":" + reason.Word
	if reason.Message == "" {
		t.Errorf("%s has no message", name)
	}
	if r.UnderPolicy && r.ID != DeliveryRule && reason.Status == Fail && (reason.InForce == "" || reason.NotYet == "") {
		t.Errorf("%s does not say what happens while the policy is in force, and while it is not", name)
	}
	if reason.Fix == "" && (reason.Status == Fail || reason.Status == Warn) {
		t.Errorf("%s has no fix", name)
	}
	reported := slices.Contains([]string{"host", "policy", "smtp"}, r.Group) && r.ID != DeliveryRule
	if reason.Status == Fail && reported && reason.TLSRPT == "" {
		t.Errorf("%s names no result type (RFC 8460 §4.3)", name)
	}
	for _, glob := range reason.Hides {
		found := false
		for _, other := range rules {
			ok, _ := path.Match(glob, other.ID)
			found = found || ok
		}
		if !found {
			t.Errorf("%s hides %q, which is no rule", name, glob)
		}
	}
}
