package rule

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// night is the result of one run, with the status and the counts of its findings.
func night(findings ...Finding) *Result {
	r := &Result{Domain: "example.com", CheckedAt: time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC), Findings: findings}
	r.Counts = count(findings)
	r.Status = worst(r.Counts)
	return r
}

func found(id, reason string, s Status, subject string) Finding {
	return Finding{Rule: id, Status: s, Reason: reason, Subject: subject}
}

// inClear is a server without STARTTLS, as good as any other problem of a host.
func inClear(subject string) Finding { return found("starttls", "not-offered", Fail, subject) }

func bare(subject string) Finding { return found("mx-covered", "not-covered", Fail, subject) }

func recordless() Finding { return found("sts-record", "missing", Fail, "_mta-sts.example.com") }

func servfailed(hides ...string) Finding {
	f := found("sts-record", "dns-error", Unknown, "_mta-sts.example.com")
	f.Hides = hides
	return f
}

// story is what a comparison says, in the order of the findings.
type story struct {
	Changes       []Change
	Gone, Pending []string
}

func storyOf(r *Result) story {
	var s story
	for _, f := range r.Findings {
		s.Changes = append(s.Changes, f.Change)
	}
	for _, g := range r.Baseline.Gone {
		s.Gone = append(s.Gone, g.Rule+":"+g.Reason+" "+g.Subject)
	}
	for _, g := range r.Baseline.Pending {
		s.Pending = append(s.Pending, g.Rule+":"+g.Reason+" "+g.Subject)
	}
	return s
}

func TestCompare(t *testing.T) {
	const both, first, second = "mx1.example.com", "mx1.example.com [192.0.2.11]", "mx1.example.com [2001:db8::11]"
	ok := found("starttls", "", Pass, "example.com")
	soft := inClear(both)
	soft.Status = Warn
	listed := found("mx-address", "missing", Info, "mx3.example.com")
	warned := listed
	warned.Status = Warn
	greylisted := found("smtp-reachable", "greeting-4xx", Unknown, "mx1.example.com")
	noIPv6 := found("smtp-reachable", "no-ipv6-here", Unknown, "example.com")
	refused := found("smtp-reachable", "refused", Warn, "mx2.example.com")
	unasked := night()
	unasked.Unasked = []string{"starttls"}
	cut := night()
	cut.Interrupted = true
	for name, c := range map[string]struct {
		before, now *Result
		want        story
	}{
		"nothing to compare with":          {nil, night(inClear(both), ok), story{Changes: []Change{Fresh, ""}}},
		"nothing changed":                  {night(inClear(both)), night(inClear(both)), story{Changes: []Change{Known}}},
		"a problem more":                   {night(recordless()), night(recordless(), inClear(both)), story{Changes: []Change{Known, Fresh}}},
		"another reason":                   {night(recordless()), night(found("sts-record", "multiple", Fail, "_mta-sts.example.com")), story{Changes: []Change{Fresh}, Gone: []string{"sts-record:missing _mta-sts.example.com"}}},
		"a worse status":                   {night(soft), night(inClear(both)), story{Changes: []Change{Worse}}},
		"a better status":                  {night(inClear(both)), night(soft), story{Changes: []Change{Known}}},
		"no problem became one":            {night(listed), night(warned), story{Changes: []Change{Worse}}},
		"a problem became none":            {night(warned), night(listed), story{Changes: []Change{""}}},
		"mended":                           {night(inClear(both)), night(ok), story{Changes: []Change{""}, Gone: []string{"starttls:not-offered mx1.example.com"}}},
		"not applicable any more":          {night(found("dane", "mismatch", Fail, both)), night(), story{Gone: []string{"dane:mismatch mx1.example.com"}}},
		"mended at one address":            {night(inClear(both)), night(inClear(first)), story{Changes: []Change{Known}}},
		"at another address":               {night(inClear(first)), night(inClear(second)), story{Changes: []Change{Known}}},
		"twice, for two certificates":      {night(inClear(first), inClear(second)), night(inClear(both)), story{Changes: []Change{Known}}},
		"another host":                     {night(inClear(both)), night(inClear("mx2.example.com [192.0.2.12]")), story{Changes: []Change{Fresh}, Gone: []string{"starttls:not-offered mx1.example.com"}}},
		"duplicates, the worst counts":     {night(soft, inClear(both)), night(inClear(both), soft), story{Changes: []Change{Known, Known}}},
		"case does not matter":             {night(inClear("MX1.example.com")), night(inClear(both)), story{Changes: []Change{Known}}},
		"a shorter list":                   {night(bare("mx1.example.com, mx2.example.com and mx3.example.com")), night(bare("mx3.example.com")), story{Changes: []Change{Known}}},
		"a longer list":                    {night(bare("mx1.example.com")), night(bare("mx1.example.com and mx2.example.com")), story{Changes: []Change{Worse}}},
		"another list":                     {night(bare("mx1.example.com and mx2.example.com")), night(bare("mx3.example.com")), story{Changes: []Change{Fresh}, Gone: []string{"mx-covered:not-covered mx1.example.com and mx2.example.com"}}},
		"more that are not named":          {night(bare("mx1.example.com and 2 more")), night(bare("mx1.example.com and 3 more")), story{Changes: []Change{Worse}}},
		"fewer that are not named":         {night(bare("mx1.example.com and 2 more")), night(bare("mx1.example.com and mx2.example.com")), story{Changes: []Change{Known}}},
		"one of 21 mended":                 {night(inClear("mx1.example.com"), inClear("mx2.example.com"), inClear("2 more")), night(inClear("mx2.example.com"), inClear("mx3.example.com"), inClear("1 more")), story{Changes: []Change{Known, Known, Known}, Gone: []string{"starttls:not-offered mx1.example.com"}}},
		"nobody knows":                     {night(recordless()), night(servfailed()), story{Changes: []Change{Fresh}, Pending: []string{"sts-record:missing _mta-sts.example.com"}}},
		"hidden by what nobody knows":      {night(inClear(both)), night(servfailed("starttls")), story{Changes: []Change{Fresh}, Pending: []string{"starttls:not-offered mx1.example.com"}}},
		"hidden by what is known":          {night(inClear(both)), night(Finding{Rule: "mx-records", Status: Fail, Reason: "missing", Subject: "example.com", Hides: []string{"starttls"}}), story{Changes: []Change{Fresh}, Gone: []string{"starttls:not-offered mx1.example.com"}}},
		"another rule is not known":        {night(inClear(both)), night(servfailed()), story{Changes: []Change{Fresh}, Gone: []string{"starttls:not-offered mx1.example.com"}}},
		"a host of several turns us away":  {night(inClear(both), inClear("mx2.example.com")), night(greylisted, ok), story{Changes: []Change{Fresh, ""}, Gone: []string{"starttls:not-offered mx2.example.com"}, Pending: []string{"starttls:not-offered mx1.example.com"}}},
		"no IPv6 for once":                 {night(refused), night(noIPv6), story{Changes: []Change{Fresh}, Pending: []string{"smtp-reachable:refused mx2.example.com"}}},
		"no IPv6 as ever":                  {night(refused, noIPv6), night(noIPv6), story{Changes: []Change{Known}, Gone: []string{"smtp-reachable:refused mx2.example.com"}}},
		"the rule was not asked":           {night(inClear(both), recordless()), unasked, story{Gone: []string{"sts-record:missing _mta-sts.example.com"}, Pending: []string{"starttls:not-offered mx1.example.com"}}},
		"interrupted":                      {night(recordless()), cut, story{Pending: []string{"sts-record:missing _mta-sts.example.com"}}},
		"a number that counts nothing":     {night(inClear("-3 more")), night(inClear("99999999999999999999 more")), story{Changes: []Change{Fresh}, Gone: []string{"starttls:not-offered -3 more"}}},
		"brackets without an address stay": {night(inClear("file [1]")), night(inClear("file [2]")), story{Changes: []Change{Fresh}, Gone: []string{"starttls:not-offered file [1]"}}},
	} {
		t.Run(name, func(t *testing.T) {
			now := *c.now
			now.Findings = append([]Finding(nil), c.now.Findings...)
			now.Compare(c.before)
			if diff := cmp.Diff(c.want, storyOf(&now)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestCompareNightByNight: a name server that fails for a night or two neither mends nor breaks anything.
func TestCompareNightByNight(t *testing.T) {
	const absent, failed = "sts-record:missing _mta-sts.example.com", "sts-record:dns-error _mta-sts.example.com"
	var before *Result
	for i, n := range []struct {
		now    *Result
		want   story
		status Status // by which the night is judged
	}{
		{night(recordless()), story{Changes: []Change{Fresh}}, Fail},
		{night(servfailed()), story{Changes: []Change{Fresh}, Pending: []string{absent}}, Unknown},
		{night(servfailed()), story{Changes: []Change{Known}, Pending: []string{absent}}, Pass},
		{night(recordless()), story{Changes: []Change{Known}, Gone: []string{failed}}, Pass},
		{night(servfailed()), story{Changes: []Change{Fresh}, Pending: []string{absent}}, Unknown},
		{night(), story{Gone: []string{failed, absent}}, Pass},
		{night(recordless()), story{Changes: []Change{Fresh}}, Fail},
	} {
		n.now.Compare(before)
		if diff := cmp.Diff(n.want, storyOf(n.now)); diff != "" {
			t.Errorf("night %d: -want +got:\n%s", i+1, diff)
		}
		if status, _ := n.now.Counting(); status != n.status {
			t.Errorf("night %d counts as %s, not %s", i+1, status, n.status)
		}
		before = n.now
	}
}

// TestUnasked: what was left out has no answer, which is not to say that it is gone.
func TestUnasked(t *testing.T) {
	o := seen("v=STSv1; id=1", "")
	last := Judge(o, Options{})
	for name, opt := range map[string]Options{"only": {Only: []string{"sts-*"}}, "skip": {Skip: []string{"tlsrpt-*"}}} {
		now := Judge(o, opt)
		if !slices.Contains(now.Unasked, "tlsrpt-record") || slices.Contains(now.Unasked, "sts-record") {
			t.Errorf("%s: not asked were %s", name, now.Unasked)
		}
		now.Compare(&last)
		if len(now.Baseline.Gone) > 0 {
			t.Errorf("%s: gone: %v", name, now.Baseline.Gone)
		}
	}
}

func TestAbout(t *testing.T) {
	for subject, want := range map[string]string{
		"mx1.example.com":                               "mx1.example.com",
		"mx1.example.com [192.0.2.11]":                  "mx1.example.com",
		"mx1.example.com [192.0.2.11, 2001:db8::11]":    "mx1.example.com",
		"mx1.example.com [2001:db8::11, 6 more]":        "mx1.example.com",
		"policy [old].txt":                              "policy [old].txt",
		"https://mta-sts.example.com/.well-known/[1]":   "https://mta-sts.example.com/.well-known/[1]",
		"[192.0.2.11]":                                  "[192.0.2.11]",
		"mx1.example.com, mx2.example.com and 3 more":   "mx1.example.com, mx2.example.com and 3 more",
		"mailto:tls [at] example.com, [192.0.2.1] here": "mailto:tls [at] example.com, [192.0.2.1] here",
		"": "",
	} {
		if got := (Finding{Subject: subject}).About(); got != want {
			t.Errorf("%q is about %q, not %q", subject, got, want)
		}
	}
}
