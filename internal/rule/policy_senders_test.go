package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sender"
)

const (
	goodRecord = "v=STSv1; id=20260101000000Z"
	goodType   = "text/plain"
)

// published is example.com with these TXT records and this policy, of this media type ("-": none).
func published(policy, media string, took time.Duration, records ...string) *fact.Observation {
	o := seen(records[0], policy)
	for _, r := range records[1:] {
		o.STS.Records = append(o.STS.Records, text(r))
	}
	o.Vantage.AllowNets = []string{"198.51.100.0/24"}
	f := &o.Host.Fetches[0]
	f.Timing.Total = fact.Millis(took)
	if media != "-" {
		f.Header = []fact.Header{{Name: "Content-Type", Value: fact.Text(media)}}
	}
	return o
}

// publishing are the rules about what is published.
func publishing() Options {
	return Options{Only: []string{
		"sts-*", "policy-fetch-time", "policy-content-type", "policy-syntax", "policy-version", "policy-mode", "policy-enforced",
		"policy-max-age*", "policy-mx*", "policy-duplicate-field", sendersRule, "mx-covered",
	}}
}

// problems are the findings that are problems, as "RULE:REASON".
func problems(r Result) []string {
	list := []string{}
	for _, f := range r.Findings {
		if f.Status != Pass && f.Status != Info {
			list = append(list, f.Rule+":"+f.Reason)
		}
	}
	return list
}

func hides(r Result, id string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return slices.Contains(f.Hides, id) })
}

// One root cause is one finding: policies, records and answers with one fault each, and the one that
// tells it.
func TestOneFaultOneFinding(t *testing.T) {
	with := func(old, line string) string { return strings.Replace(plainPolicy, old, line, 1) }
	cases := []struct {
		name, policy, want string
		media              string
		took               time.Duration
		records            []string
	}{
		{name: "sound", policy: plainPolicy},
		{name: "CRLF", policy: strings.ReplaceAll(plainPolicy, "\n", "\r\n")},
		{name: "no end of the last line", policy: strings.TrimSuffix(plainPolicy, "\n")},
		{name: "an extension", policy: plainPolicy + "note: hello\n"},

		{name: "empty line", policy: with("mx", "\nmx"), want: "policy-syntax:blank-line"},
		{name: "second newline", policy: plainPolicy + "\n", want: "policy-syntax:blank-line"},
		{name: "BOM", policy: "\ufeff" + plainPolicy, want: "policy-syntax:bom"},
		{name: "CR", policy: strings.ReplaceAll(plainPolicy, "\n", "\r"), want: "policy-syntax:bare-cr"},
		{name: "comment", policy: "# example.com\n" + plainPolicy, want: "policy-syntax:comment"},
		{name: "leading space", policy: with("mode", " mode"), want: "policy-syntax:leading-space"},
		{name: "space before colon", policy: with("mode:", "mode :"), want: "policy-syntax:space-before-colon"},
		{name: "no colon", policy: plainPolicy + "note\n", want: "policy-syntax:no-colon"},
		{name: "not UTF-8", policy: plainPolicy + "note: caf\xe9\n", want: "policy-syntax:not-utf8"},
		{name: "another case beside it", policy: plainPolicy + "Mode: testing\n", want: "policy-syntax:near-miss-key"},
		{name: "no version", policy: with("version: STSv1\n", ""), want: "policy-version:missing"},
		{name: "version in another case", policy: with("STSv1", "stsv1"), want: "policy-version:case"},
		{name: "no mode", policy: with("mode: enforce\n", ""), want: "policy-mode:missing"},
		{name: "mode in another case", policy: with("enforce", "Enforce"), want: "policy-mode:case"},
		{name: "mode that is none", policy: with("enforce", "enforced"), want: "policy-mode:unknown"},
		{name: "name in another case", policy: with("mode", "Mode"), want: "policy-mode:missing"},
		{name: "none without mx", policy: "version: STSv1\nmode: none\nmax_age: 86400\n", want: "policy-enforced:none"},
		{name: "none with mx", policy: "version: STSv1\nmode: none\nmx: mx.example.com\nmax_age: 86400\n", want: "policy-enforced:none"},
		{name: "no max_age", policy: with("max_age: 604800\n", ""), want: "policy-max-age:missing"},
		{name: "over the maximum", policy: with("604800", "63072000"), want: "policy-max-age:over-maximum"},
		{name: "7d", policy: with("604800", "7d"), want: "policy-max-age:not-a-number"},
		{name: "0", policy: with("604800", "0"), want: "policy-max-age-length:zero"},
		{name: "a minute", policy: with("604800", "60"), want: "policy-max-age-length:short"},
		{name: "final dot", policy: with("mx.example.com", "mx.example.com."), want: "policy-mx:bad-pattern"},
		{name: "no mx", policy: with("mx: mx.example.com\n", ""), want: "policy-mx:missing"},
		{name: "two modes", policy: plainPolicy + "mode: testing\n", want: "policy-duplicate-field:ignored"},
		{name: "two max_ages", policy: plainPolicy + "max_age: 1209600\n", want: "policy-duplicate-field:ignored"},
		{name: "host not named", policy: with("mx.example.com", "mx.example.net"), want: "mx-covered:not-covered policy-mx-unused:unused"},
		{name: "depth of a wildcard", policy: with("mx.example.com", "*.com"), want: "mx-covered:not-covered"},

		{name: "web page", policy: plainPolicy, media: "text/html", want: "policy-content-type:wrong-type"},
		{name: "no type", policy: plainPolicy, media: "-", want: "policy-content-type:missing"},
		{name: "slow", policy: plainPolicy, took: 3 * time.Second, want: "policy-fetch-time:slow"},
		{name: "two records", policy: plainPolicy, records: []string{goodRecord, "v=STSv1; id=2"}, want: "sts-record:multiple"},
		{name: "space before semicolon", policy: plainPolicy, records: []string{"v=STSv1 ; id=1"}, want: "sts-record:space-before-semicolon"},
		{name: "near miss", policy: plainPolicy, records: []string{"v=STSv1, id=1"}, want: "sts-record:near-miss"},
		{name: "no id", policy: plainPolicy, records: []string{"v=STSv1;"}, want: "sts-record-syntax:id-missing"},
		{name: "two ids", policy: plainPolicy, records: []string{"v=STSv1; id=1; id=2"}, want: "sts-record-syntax:id-duplicate"},

		{name: "another record", policy: plainPolicy, records: []string{goodRecord, "v=spf1 -all"}, want: "policy-senders:refused-by"},
		{name: "type in capitals", policy: plainPolicy, media: "TEXT/PLAIN", want: "policy-senders:refused-by"},
		{name: "malformed parameters", policy: plainPolicy, media: "text/plain; charset", want: "policy-senders:refused-by"},
		{name: "a letter", policy: plainPolicy + "note: café\n", want: "policy-senders:refused-by"},
		{name: "the same, and a charset", policy: plainPolicy + "note: café\n", media: "text/plain; charset=utf-8"},
		{name: "a second colon", policy: plainPolicy + "note: a:b\n", want: "policy-senders:refused-by"},
		{name: "10 KiB", policy: strings.Repeat("note: a\n", 2000) + plainPolicy, want: "policy-senders:refused-by"},
		{name: "long label", policy: plainPolicy + "mx: " + strings.Repeat("a", 64) + ".example.com\n", want: "policy-mx-unused:unused policy-senders:refused-by"},
		{name: "the longest max_age", policy: with("604800", "31557600"), want: "policy-senders:misread-by"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if tc.media == "" {
				tc.media = goodType
			}
			if tc.records == nil {
				tc.records = []string{goodRecord}
			}
			r := Judge(published(tc.policy, tc.media, tc.took, tc.records...), publishing())
			got := problems(r)
			slices.Sort(got)
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%v; want %s", got, tc.want)
			}
			checkTold(t, r)
		})
	}
}

// checkTold: either the rule tells of senders, or the finding that explains what they do hides it.
func checkTold(t *testing.T, r Result) {
	t.Helper()
	told := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == sendersRule })
	if told == hides(r, sendersRule) {
		t.Errorf("policy-senders is told: %t, and hidden: %t", told, !told)
	}
}

// Whatever is mixed: the rule passes only where every sender takes what is published and reads it as
// it stands there.
func TestSendersPass(t *testing.T) {
	edits := []struct{ old, line string }{
		{"mode", "\nmode"},
		{"mode", " mode"},
		{"enforce", "Enforce"},
		{"604800", "31557600"},
		{"604800", "0"},
		{"604800", "7"},
		{"max_age", "note: a:b\nmax_age"},
		{"max_age", "note: é\nmax_age"},
		{"max_age", "mode: testing\nmax_age"},
		{"mx.example.com", "mx.example.com."},
		{"mx.example.com", "*.example.com"},
		{"enforce", "none"},
	}
	for mask := range 1 << len(edits) {
		policy := plainPolicy
		for i, e := range edits {
			if mask&(1<<i) != 0 {
				policy = strings.Replace(policy, e.old, e.line, 1)
			}
		}
		records := []string{goodRecord, "v=spf1 -all"}[:1+mask%2]
		r := Judge(published(policy, goodType, 0, records...), Options{Only: []string{sendersRule}})
		readings := sender.Read(sender.Served{Body: policy, Records: records}, nil)
		all := !slices.ContainsFunc(readings, func(r sender.Reading) bool { return r.Verdict == sender.Refuses || r.Misread != "" })
		passes := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == sendersRule && f.Status == Pass })
		if passes && !all {
			t.Fatalf("it passes, and a sender stumbles: %q %q: %+v", policy, records, readings)
		}
		if all && len(problems(r)) > 0 {
			t.Fatalf("no sender stumbles, and it does not pass: %q %q: %v", policy, records, problems(r))
		}
	}
}

// What it prints for the text is read alike by all, and told of the line that is the cause.
func TestSendersFix(t *testing.T) {
	policy := plainPolicy + "keep: this\nnote: caf\u00e9\n"
	for _, body := range []string{policy, strings.Replace(policy, "mx:", "\nmx:", 1)} {
		r := Judge(published(body, goodType, 0, goodRecord), Options{Only: []string{sendersRule}})
		if len(r.Findings) != 1 || r.Findings[0].Fix == nil || r.Findings[0].Fix.File == nil {
			t.Fatalf("%q: %+v", body, r.Findings)
		}
		f := r.Findings[0]
		if line := 1 + strings.Count(body[:strings.Index(body, "note")], "\n"); f.Location == nil || f.Location.Line != line {
			t.Errorf("the cause stands in line %d; it is told of %+v", line, f.Location)
		}
		if want := plainPolicy + "keep: this\n"; f.Fix.File.Content != want {
			t.Errorf("the fix is %q; want %q", f.Fix.File.Content, want)
		}
		if want := "postfix-mta-sts-resolver (1.1.2, read in source): refuses it: "; !strings.HasPrefix(f.Evidence[0], want) {
			t.Errorf("the evidence is %q; want %q...", f.Evidence, want)
		}
	}
}

// What findings say of senders agrees with what they do.
func TestWhoReads(t *testing.T) {
	cases := []struct{ body, want string }{
		{plainPolicy, "All known senders read it all the same."},
		{"", "No known sender reads it."},
		{plainPolicy + "\n", "maddy, mox and postfix-tlspol drop the whole policy; chasquid, postfix-mta-sts-resolver, KumoMTA, Stalwart, mailauth and Halon read it."},
		{"\ufeff" + plainPolicy, "Of the known senders only Stalwart and mailauth read it."},
		{plainPolicy + "note:\n", "mox and postfix-tlspol drop the whole policy; the other known senders read it."},
		{strings.Replace(plainPolicy, "enforce", "Enforce", 1), "All known senders but mailauth and Halon drop the whole policy; Halon reads it otherwise (mode none, not enforce); mailauth reads it."},
		{strings.Replace(plainPolicy, "604800", "0", 1), "chasquid drops the whole policy; Stalwart reads it otherwise (max_age 86400, not 0); maddy, mox, postfix-tlspol, postfix-mta-sts-resolver, KumoMTA, mailauth and Halon read it."},
		{strings.Replace(plainPolicy, "mx.", "*mx.", 1), "mox and postfix-tlspol drop the whole policy; to chasquid, maddy, KumoMTA, Stalwart and mailauth it does not allow mx.example.com; postfix-mta-sts-resolver reads it."},
	}
	for _, tc := range cases {
		if got := whoReadsText(tc.body); got != tc.want {
			t.Errorf("%q:\n%s\nwant\n%s", tc.body, got, tc.want)
		}
	}
	if got := fmt.Sprint(whoGivesUp(2*time.Second), whoGivesUp(time.Minute)); !strings.HasPrefix(got, "These give up earlier: postfix-tlspol after 2 s.") || !strings.Contains(got, "KumoMTA after 20 s") {
		t.Error(got)
	}
}

// Of what was given the file and line are told in which the cause stands, and nothing is held against
// how it is served.
func TestSendersGiven(t *testing.T) {
	o := published(strings.Replace(plainPolicy, "604800", "31557600", 1), "-", time.Minute, goodRecord, "v=spf1 -all")
	o.STS.Records[0].Line, o.STS.Records[1].Line = 3, 4
	zone := &fact.Source{Name: "example.zone", File: true}
	o.Given = &fact.Given{Policy: &fact.Source{Name: "mta-sts.txt", File: true}, STS: zone, MX: zone}
	r := Judge(o, Options{Only: []string{sendersRule}, Senders: true})
	var places []string
	for _, f := range r.Findings {
		places = append(places, fmt.Sprintf("%s %s:%d", f.Reason, f.Location.File, f.Location.Line))
	}
	if got, want := strings.Join(places, ", "), "refused-by example.zone:4, misread-by mta-sts.txt:4"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	for _, s := range r.Senders {
		if want := map[string]sender.Verdict{"maddy": sender.Refuses}[s.Sender]; want != "" && s.Verdict != want || want == "" && s.Verdict == sender.Refuses {
			t.Errorf("%+v", s)
		}
	}
	o.Given.STS = nil // the TXT records were not given
	r = Judge(o, Options{Only: []string{sendersRule}})
	if got := problems(r); len(got) != 1 || got[0] != sendersRule+":misread-by" {
		t.Errorf("%v", got)
	}
}

// A record that not all take is to be replaced; where only its company is to blame, that has to go.
func TestHowTheRecordIsMended(t *testing.T) {
	for _, tc := range []struct {
		want    string
		records []string
	}{
		{"Put this record in its place:", []string{goodRecord + "; "}},
		{"Take every other TXT record away", []string{goodRecord, "v=spf1 -all"}},
	} {
		r := Judge(published(plainPolicy, goodType, 0, tc.records...), Options{Only: []string{sendersRule}})
		if f := r.Findings[0]; f.Fix == nil || !strings.Contains(f.Fix.Text, tc.want) || len(f.Fix.Records) != 1 {
			t.Errorf("%q: the fix is %+v; want %q", tc.records, f.Fix, tc.want)
		}
	}
}
