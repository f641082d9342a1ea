package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// changes are the findings of group change.
func changes(r Result) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
		return f.Rule != "policy-id-changed" && f.Rule != "mx-moved"
	})
}

func TestChange(t *testing.T) {
	const record, testing1 = "v=STSv1; id=1", "version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 86400\n"
	live := func(policy string) *fact.Observation { return seen("v=STSv1; id=1", policy) }
	rearranged := "version: STSv1\r\nmax_age:604800\r\nmx: MX.example.com \r\nmode: enforce"
	timeout := live("")
	timeout.STS = fact.Answer{Name: "_mta-sts.example.com", Type: "TXT", RCode: "SERVFAIL"}
	bare := seen("hello", "")
	bare.Host.Fetches = nil
	for _, c := range []struct {
		name   string
		o      *fact.Observation
		before *fact.Observation
		want   []string
	}{
		{"nothing to compare with", handed("example.com", soundPolicy, record, "", "mx.example.com"), nil, nil},
		{"no change", handed("example.com", soundPolicy, record, "", "mx.example.com"), live(soundPolicy), []string{"policy-id-changed: pass", "mx-moved: pass"}},
		{"another order, other line ends", handed("example.com", rearranged, "", "", ""), live(soundPolicy), []string{"policy-id-changed: pass"}},
		{"a new id for the same policy", handed("example.com", soundPolicy, "v=STSv1; id=2", "", ""), live(soundPolicy), []string{"policy-id-changed: pass"}},
		{"a new policy with a new id", handed("example.com", testing1, "v=STSv1; id=2", "", ""), live(soundPolicy), []string{"policy-id-changed: pass"}},
		{"a new policy with the old id", handed("example.com", testing1, record, "", ""), live(soundPolicy), []string{"policy-id-changed:not-bumped fail"}},
		{"a new policy without a record", handed("example.com", testing1, "", "", ""), live(soundPolicy), []string{"policy-id-changed:not-bumped warn"}},
		{"a new policy with a broken record", handed("example.com", testing1, "v=STSv1; id=-", "", ""), live(soundPolicy), nil},
		{"no policy that can be read", handed("example.com", "<html>", record, "", ""), live(soundPolicy), nil},
		{"nothing published", handed("example.com", soundPolicy, record, "", "mx.example.com"), bare, []string{"policy-id-changed:first info"}},
		{"something invalid published", handed("example.com", soundPolicy, record, "", "mx.example.com"), live("mode: enforce\n"), []string{"policy-id-changed:first info"}},
		{"what is published is not known", handed("example.com", soundPolicy, record, "", "mx.example.com"), timeout, []string{"policy-id-changed:undetermined unknown"}},
		{"likewise, and no policy was given", handed("example.com", "", "", "", "mx.example.com"), timeout, []string{"mx-moved:undetermined unknown"}},
		{"a host that moves", handed("example.com", "", "", "", "mx.example.net"), live(soundPolicy), []string{"mx-moved:refused fail"}},
		{"a host that moves while it is tested", handed("example.com", "", "", "", "mx.example.net"), live(testing1), []string{"mx-moved:refused warn"}},
		{"a host that moves without a policy", handed("example.com", "", "", "", "mx.example.net"), live("version: STSv1\nmode: none\nmax_age: 1\n"), nil},
		{"an earlier look", seen("v=STSv1; id=1", testing1), live(soundPolicy), []string{"policy-id-changed:not-bumped fail", "mx-moved: pass"}},
	} {
		var got []string
		for _, f := range changes(Judge(c.o, Options{Before: c.before})) {
			got = append(got, f.Rule+":"+f.Reason+" "+string(f.Status))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestChangeWords: the finding says what differs, for how long it matters, and what to publish first.
func TestChangeWords(t *testing.T) {
	o := handed("example.com", strings.Replace(soundPolicy, "enforce", "testing", 1), "v=STSv1; id=1", "", "mx.example.net")
	found := changes(Judge(o, Options{Before: seen("v=STSv1; id=1", soundPolicy+"x-note: hello\n")}))
	if len(found) != 2 {
		t.Fatalf("findings: %+v", found)
	}
	id, mx := found[0], found[1]
	if id.Rule != "policy-id-changed" {
		id, mx = mx, id
	}
	for _, want := range []string{"that is published now, and the id is still 1.", "604800 s (7 days)"} {
		if !strings.Contains(id.Message, want) {
			t.Errorf("the message %q lacks %q", id.Message, want)
		}
	}
	if diff := cmp.Diff([]string{"was: mode: enforce", "was: x-note: hello", "is: mode: testing", "id 1"}, id.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Location{File: "db", Line: 7}, id.Location); diff != "" {
		t.Errorf("the id's place (-want +got):\n%s", diff)
	}
	if want := "refuse to deliver there, until 2026-02-07 12:00 UTC at the longest"; !strings.Contains(mx.Message, want) {
		t.Errorf("the message %q lacks %q", mx.Message, want)
	}
	want := &File{Path: "https://mta-sts.example.com/.well-known/mta-sts.txt", Content: "version: STSv1\nmode: enforce\nmx: mx.example.com\nmx: mx.example.net\nmax_age: 604800\nx-note: hello\n"}
	if diff := cmp.Diff(want, mx.Fix.File); diff != "" {
		t.Errorf("the policy to serve first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Location{File: "db", Line: 9}, mx.Location); diff != "" {
		t.Errorf("the host's place (-want +got):\n%s", diff)
	}
	earlier := changes(Judge(seen("v=STSv1; id=1", "version: STSv1\nmode: none\nmax_age: 1\n"), Options{Before: seen("v=STSv1; id=1", soundPolicy)}))
	if !strings.Contains(earlier[0].Message, "differs from the one of 31 January 2026, and") {
		t.Errorf("an earlier look is told as %q", earlier[0].Message)
	}
}
