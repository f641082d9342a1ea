package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func stamp(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		t, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		panic(err)
	}
	return t
}

func dialect(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "dialects", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parsed(t testing.TB, data []byte) *Report {
	t.Helper()
	r, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestParseDialects reads a report of each sender that was seen, in full.
func TestParseDialects(t *testing.T) {
	for name, want := range map[string]*Report{
		"google": {
			Organization: "Google Inc.", ID: "2026-03-02T00:00:00Z_bakery.example", Contact: "smtp-tls-reporting@google.com",
			Begin: stamp("2026-03-02"), End: stamp("2026-03-03"),
			Policies: []Policy{{
				Type: "sts", Domain: "bakery.example",
				String: []string{"version: STSv1", "mode: testing", "mx: *.bakery.example", "max_age: 604800"},
				MX:     []string{"*.bakery.example"}, Successful: 41, Failed: 6,
				Failures: []Failure{
					{ResultType: "validation-failure", SendingIP: "192.0.2.25", ReceivingIP: "198.51.100.7", MX: "a.mx.bakery.example", Sessions: 4},
					{ResultType: "validation-failure", ReceivingIP: "198.51.100.7", MX: "a.mx.bakery.example", Sessions: 2},
				},
			}},
			Notes: []string{noteTexts[noteSendingIP]},
		},
		"google2019": {
			Organization: "Google Inc.", ID: "2019-06-03T00:00:00Z_mill.example", Contact: "smtp-tls-reporting@google.com",
			Begin: stamp("2019-06-03"), End: stamp("2019-06-04"),
			Policies: []Policy{{Type: "no-policy-found", Successful: 7}, {Type: "policy-of-a-new-kind", Successful: 2}},
			Notes:    []string{noteTexts[notePolicyType], noteTexts[noteNoDomain], noteTexts[noteFailures]},
		},
		"microsoft": {
			Organization: "Microsoft Corporation", ID: "133570000000000000+mill.example", Contact: "tlsrpt-noreply@microsoft.com",
			Begin: stamp("2024-04-08"), End: stamp("2024-04-09"),
			Policies: []Policy{{
				Type: "sts", Domain: "mill.example", Successful: 12,
				String: []string{"version: STSv1", "mode: enforce", "mx: mx1.mill.example", "max_age: 1209600"},
			}, {
				Type: "tlsa", Domain: "mill.example", Successful: 12,
				String: []string{"3 1 1 " + strings.Repeat("AB01", 16), "2 0 1 " + strings.Repeat("CD02", 16)},
			}},
			Notes: []string{noteTexts[noteZone], noteTexts[noteNested], noteTexts[noteNoMX]},
		},
		"microsoft_fetch": {
			Organization: "Microsoft Corporation", ID: "987654321012345678+", Contact: "tlsrpt-noreply@microsoft.com",
			Begin: stamp("2025-09-01"), End: stamp("2025-09-02"),
			Policies: []Policy{{
				Type: "sts", Domain: "mill.example", Failed: 5,
				Failures: []Failure{{ResultType: "sts-policy-fetch-error", Sessions: 5}},
			}},
			Notes: []string{noteTexts[noteNoLines], noteTexts[noteNoMX], noteTexts[noteNoSendingIP]},
		},
		"mailru": {
			Organization: "Mail.ru", ID: "7d3c1a2e-0000-4bbb-8ccc-123456789abc@mail.ru", Contact: "tls_support@corp.mail.ru",
			Begin: stamp("2025-02-10"), End: stamp("2025-02-11"),
			Policies: []Policy{{
				Type: "sts", Domain: "bakery.example", Failed: 2,
				Failures: []Failure{
					{ResultType: "sts-policy-fetch-error", Reason: "bad https response code: 403", Sessions: 2},
					{ResultType: "sts-policy-fetch-error", Reason: "bad https response code: 503", Sessions: 1},
				},
			}},
			Notes: []string{
				noteTexts[noteMidnight], noteTexts[noteNoLines], noteTexts[noteNoMX], noteTexts[noteNoSendingIP], noteTexts[noteSum],
			},
		},
		"stalwart": {
			Organization: "mail.farm.example", ID: "1763596800_17283940506070809010",
			Begin: stamp("2025-11-20"), End: stamp("2025-11-21"),
			Policies: []Policy{{Type: "no-policy-found", Domain: "bakery.example", Successful: 1}},
			Notes:    []string{noteTexts[noteContact], noteTexts[noteMidnight]},
		},
		"postfix": {
			Organization: "Farm Cooperative", ID: "0d5f6a90-4c1e-4d3c-9d39-a1b2c3d4e5f6", Contact: "postmaster@farm.example",
			Begin: stamp("2025-05-05"), End: stamp("2025-05-06"),
			Policies: []Policy{{
				Type: "no-policy-found", Successful: 3, Failed: 1,
				Failures: []Failure{{
					ResultType: "starttls-not-supported", SendingIP: "192.0.2.99", ReceivingIP: "203.0.113.80",
					MX: "old.mill.example", Sessions: 1,
				}},
			}, {
				Type: "tlsa", Domain: "mx1.mill.example", Successful: 9,
				String: []string{"3 1 1 " + strings.Repeat("0123456789abcdef", 4)},
			}},
			Notes: []string{noteTexts[noteNoDomain]},
		},
		"prose": {
			Organization: "Post & Co", ID: "week 2", Contact: "tls@post.example",
			Begin: stamp("2026-01-05"), End: stamp("2026-01-12"),
			Policies: []Policy{{
				Type: "sts", Domain: "bakery.example", Successful: 530, Failed: 30,
				String: []string{"version: STSv1", "mode: testing", "mx: *.mail.bakery.example", "max_age: 86400"},
				MX:     []string{"*.mail.bakery.example"},
				Failures: []Failure{{
					ResultType: "certificate-expired", SendingIP: "2001:db8::25", ReceivingIP: "2001:db8::1",
					MX: "mx1.mail.bakery.example", HELO: "mx1", Sessions: 10,
				}, {
					ResultType: "certificate-not-trusted", SendingIP: "2001:db8::25", MX: "mx2.mail.bakery.example",
					Info: "https://post.example/help#certificates", Reason: "unable to get local issuer certificate", Sessions: 20,
				}},
			}},
			Notes: []string{
				noteTexts[noteSpan], noteTexts[noteDomain], noteTexts[noteOneLine], noteTexts[noteProse], noteTexts[noteOneMX],
				noteTexts[notePrefix], noteTexts[noteAlias], noteTexts[noteCountText], noteTexts[noteFraction],
			},
		},
	} {
		if diff := cmp.Diff(want, parsed(t, dialect(t, name))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// plain is a report with nothing to note, which the deviations are made of.
const plain = `{
 "organization-name": "Org", "date-range": {"start-datetime": "2026-01-31T00:00:00Z", "end-datetime": "2026-01-31T23:59:59Z"},
 "contact-info": "a@org.example", "report-id": "1",
 "policies": [{
  "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mx: mx.a.example"], "policy-domain": "a.example", "mx-host": ["mx.a.example"]},
  "summary": {"total-successful-session-count": 5, "total-failure-session-count": 2},
  "failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.a.example", "failed-session-count": 2}]
 }]
}`

// TestParseNotes changes one thing at a time. What was noted, and what was read, is told.
func TestParseNotes(t *testing.T) {
	seen := map[note]bool{}
	for _, c := range []struct {
		from, to string
		notes    []note
		read     func(*Report) any
		want     any
	}{
		{},
		{from: "{\n", to: " \r\n\t{"},
		{from: "{\n", to: "\ufeff{", notes: []note{noteMark}},
		{from: "{\n", to: "\n\ufeff \n{", notes: []note{noteMark}},
		{from: "]\n}", to: "]} trailing", notes: []note{noteTrailing}},
		{from: "]\n}", to: "]}\n\x00", notes: []note{noteTrailing}},
		{from: `"Org"`, to: "\"O\xffg\"", notes: []note{noteUTF8}, read: organization, want: "O\ufffdg"},
		{from: `"Org"`, to: "\"O\ng\"", notes: []note{noteControl}, read: organization, want: "O\ng"},
		{from: `"Org"`, to: `"\u004fr\u0067\ud83d\udce7\ud83d\/"`, read: organization, want: "Org\U0001f4e7\ufffd/"},
		{from: `"Org"`, to: `" Org\t"`, read: organization, want: "Org"},
		{from: `"Org"`, to: `12`, notes: []note{noteType}, read: organization, want: "12"},
		{from: `"Org"`, to: `["Org"]`, notes: []note{noteType, noteOrganization}, read: organization, want: ""},
		{from: `"Org"`, to: `"` + strings.Repeat("o", 1025) + `"`, notes: []note{noteLong}, read: organization, want: strings.Repeat("o", 1024)},
		{from: `"organization-name"`, to: `"Organization_Name"`, notes: []note{noteKeys}, read: organization, want: "Org"},
		{from: `"organization-name"`, to: `"organizationName"`, notes: []note{noteKeys}, read: organization, want: "Org"},
		{from: `"organization-name"`, to: `"organization\u002dname"`, read: organization, want: "Org"},
		{from: `"organization-name"`, to: `"x-new": [{}, {"a": [1e5, true, null, -0.5]}], "organization-name"`},
		{from: `"contact-info"`, to: `"organization-name": "Two", "contact-info"`, notes: []note{noteTwice}, read: organization, want: "Two"},
		{from: `"organization-name": "Org", `, to: "", notes: []note{noteOrganization}},
		{from: `"a@org.example"`, to: `null`, notes: []note{noteContact}},
		{from: `"contact-info": "a@org.example", `, to: ``, notes: []note{noteContact}},
		{from: `"report-id": "1"`, to: `"report-id": ""`, notes: []note{noteID}},
		{from: `"report-id": "1"`, to: `"report-id": 17`, notes: []note{noteType}, read: reportID, want: "17"},
		{from: `"policies": [{`, to: `"policies": [], "policies": [{`, notes: []note{noteTwice, noteEmpty}},
		{from: `"policies": [{`, to: `"policies": ["a", {`, notes: []note{noteEntry}},
		{
			from: `"date-range": {"start-datetime": "2026-01-31T00:00:00Z", "end-datetime": "2026-01-31T23:59:59Z"}`,
			to:   `"start-datetime": "2026-01-31T00:00:00Z", "end-datetime": "2026-01-31T23:59:59Z"`, notes: []note{noteKeys},
		},

		{from: `"sts"`, to: `"STS"`, notes: []note{notePolicyType}, read: policyTypeOf, want: "sts"},
		{from: `"sts"`, to: `"sts2"`, notes: []note{notePolicyType}, read: policyTypeOf, want: "sts2"},
		{from: `"policy-type": "sts", `, to: ``, notes: []note{noteNoPolicy}, read: policyTypeOf, want: ""},
		{from: `"policy-domain": "a.example", `, to: ``, notes: []note{noteNoDomain}, read: domainOf, want: ""},
		{from: `"policy-domain": "a.example"`, to: `"policy-domain": "A.example."`, notes: []note{noteDomain}, read: domainOf, want: "a.example"},
		{from: `"policy-domain": "a.example"`, to: `"policy-domain": "b\u00fccher.example"`, notes: []note{noteDomain}, read: domainOf, want: "xn--bcher-kva.example"},
		{from: `"policy-domain": "a.example"`, to: `"policy-domain": "` + strings.Repeat("\u00fc", 300) + `"`, notes: []note{noteLong, noteDomain}},
		{from: `["version: STSv1", "mx: mx.a.example"]`, to: `[]`, notes: []note{noteNoLines}},
		{from: `"policy-string": ["version: STSv1", "mx: mx.a.example"], `, to: ``, notes: []note{noteNoLines}},
		{from: `["version: STSv1", "mx: mx.a.example"]`, to: `"version: STSv1"`, notes: []note{noteOneLine}, read: linesOf, want: []string{"version: STSv1"}},
		{
			from: `["version: STSv1", "mx: mx.a.example"]`, to: `"version: STSv1\r\nmx: mx.a.example\r\n"`, notes: []note{noteOneLine, noteProse},
			read: linesOf, want: []string{"version: STSv1", "mx: mx.a.example"},
		},
		{
			from: `["version: STSv1", "mx: mx.a.example"]`, to: `["version: STSv1;mx: mx.a.example;"]`, notes: []note{noteProse},
			read: linesOf, want: []string{"version: STSv1", "mx: mx.a.example"},
		},
		{
			from: `["version: STSv1", "mx: mx.a.example"]`, to: `"[\"version: STSv1\", \"mx: mx.a.example\"]"`, notes: []note{noteOneLine, noteNested},
			read: linesOf, want: []string{"version: STSv1", "mx: mx.a.example"},
		},
		{from: `["version: STSv1", "mx: mx.a.example"]`, to: `["[not JSON"]`, read: linesOf, want: []string{"[not JSON"}},
		{from: `["mx.a.example"]`, to: `"mx.a.example"`, notes: []note{noteOneMX}, read: mxOf, want: []string{"mx.a.example"}},
		{from: `["mx.a.example"]`, to: `["MX: MX.A.Example.", "*.b.example"]`, notes: []note{notePrefix}, read: mxOf, want: []string{"mx.a.example", "*.b.example"}},
		{from: `["mx.a.example"]`, to: `"mx.a.example, mx.b.example"`, notes: []note{noteOneMX, noteProse}, read: mxOf, want: []string{"mx.a.example", "mx.b.example"}},
		{from: `, "mx-host": ["mx.a.example"]`, to: ``, notes: []note{noteNoMX}},
		{from: `"mx-host"`, to: `"mx-host-pattern"`, notes: []note{noteAlias}, read: mxOf, want: []string{"mx.a.example"}},
		{from: `"sending-mta-ip"`, to: `"additional-info-uri": "https://x", "sending-mta-ip"`, notes: []note{noteAlias}, read: infoOf, want: "https://x"},
		{from: `"sending-mta-ip"`, to: `"failure-error-code": "x", "sending-mta-ip"`, notes: []note{noteAlias}},

		{
			from: `"summary": {"total-successful-session-count": 5, "total-failure-session-count": 2},`, to: ``,
			notes: []note{noteSummary, noteSum}, read: countsOf, want: [2]int64{0, 0},
		},
		{
			from: `"summary": {"total-successful-session-count": 5, "total-failure-session-count": 2}`,
			to:   `"total-successful-session-count": 5, "total-failure-session-count": 2`, notes: []note{noteFlat}, read: countsOf, want: [2]int64{5, 2},
		},
		{
			from: `"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mx: mx.a.example"], "policy-domain": "a.example", "mx-host": ["mx.a.example"]}`,
			to:   `"policy-type": "sts", "policy-string": ["x"], "policy-domain": "a.example", "mx-host": ["mx.a.example"]`, notes: []note{noteFlat}, read: domainOf, want: "a.example",
		},
		{from: `"total-successful-session-count": 5, `, to: ``, notes: []note{noteSuccesses}, read: countsOf, want: [2]int64{0, 2}},
		{from: `, "total-failure-session-count": 2`, to: ``, notes: []note{noteFailures, noteSum}, read: countsOf, want: [2]int64{5, 0}},
		{from: `count": 5`, to: `count": " 5 "`, notes: []note{noteCountText}, read: countsOf, want: [2]int64{5, 2}},
		{from: `count": 5`, to: `count": 5.0`, notes: []note{noteFraction}, read: countsOf, want: [2]int64{5, 2}},
		{from: `count": 5`, to: `count": 1.5e3`, notes: []note{noteFraction}, read: countsOf, want: [2]int64{1500, 2}},
		{from: `count": 5`, to: `count": -5`, notes: []note{noteNegative}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": 1e400`, notes: []note{noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": 18446744073709551616`, notes: []note{noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": 1000000000000`, read: countsOf, want: [2]int64{maxCount, 2}},
		{from: `count": 5`, to: `count": 1000000000001`, notes: []note{noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": "NaN"`, notes: []note{noteCountText, noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": "five"`, notes: []note{noteCountText, noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": null`, notes: []note{noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `count": 5`, to: `count": {"n": 5}`, notes: []note{noteCount}, read: countsOf, want: [2]int64{0, 2}},
		{from: `"failed-session-count": 2`, to: `"failed-session-count": 1`, notes: []note{noteSum}},
		{from: `, "failed-session-count": 2`, to: ``, notes: []note{noteNoSessions, noteSum}},
		{from: `certificate-expired`, to: `Certificate_Expired`, notes: []note{noteResultType}, read: resultOf, want: "certificate-expired"},
		{from: `certificate-expired`, to: `mx-mismatch`, notes: []note{noteResultType}, read: resultOf, want: "mx-mismatch"},
		{from: `"192.0.2.1"`, to: `""`, notes: []note{noteSendingIP}},
		{from: `"sending-mta-ip": "192.0.2.1", `, to: ``, notes: []note{noteNoSendingIP}},
		{from: `"receiving-mx-hostname": "mx.a.example", `, to: ``, notes: []note{noteNoHost}},
		{from: `"failure-details": [{`, to: `"failure-details": [7, {`, notes: []note{noteEntry}},
		{from: `}]
 }]`, to: `}], "failure-details": null }]`, notes: []note{noteTwice, noteSum}},
		{from: `}]
 }]`, to: `}], "failure-details": 0 }]`, notes: []note{noteTwice, noteType, noteSum}},
		{
			from: `"failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.a.example", "failed-session-count": 2}]`,
			to:   `"failure-details": {"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.a.example", "failed-session-count": 2}`, notes: []note{noteOneDetail},
		},
	} {
		text := strings.Replace(plain, c.from, c.to, 1)
		if text == plain && c.from != "" {
			t.Errorf("%q does not stand in the report", c.from)
		}
		r := parsed(t, []byte(text))
		var want notes
		for _, n := range c.notes {
			want.add(n)
			seen[n] = true
		}
		if diff := cmp.Diff(want.texts(), r.Notes); diff != "" {
			t.Errorf("%q: notes (-want +got):\n%s", c.to, diff)
		}
		if c.read == nil {
			continue
		}
		if diff := cmp.Diff(c.want, c.read(r)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.to, diff)
		}
	}
	for _, elsewhere := range []note{
		noteArray, noteObject, noteCut, // TestParseShapes, TestParseBounds
		noteZone, noteOffset, noteDate, noteEpoch, noteTime, noteOneTime, noteBackwards, noteMidnight, noteSpan, // TestParseTimes
	} {
		seen[elsewhere] = true
	}
	for n := range noteEnd {
		if !seen[n] {
			t.Errorf("nothing shows the note %q", noteTexts[n])
		}
	}
}

func organization(r *Report) any { return r.Organization }
func reportID(r *Report) any     { return r.ID }
func policyTypeOf(r *Report) any { return r.Policies[0].Type }
func domainOf(r *Report) any     { return r.Policies[0].Domain }
func linesOf(r *Report) any      { return r.Policies[0].String }
func mxOf(r *Report) any         { return r.Policies[0].MX }
func infoOf(r *Report) any       { return r.Policies[0].Failures[0].Info }
func resultOf(r *Report) any     { return r.Policies[0].Failures[0].ResultType }

func countsOf(r *Report) any {
	return [2]int64{r.Policies[0].Successful, r.Policies[0].Failed}
}

// TestParseShapes reads what has another outermost shape.
func TestParseShapes(t *testing.T) {
	want := parsed(t, []byte(plain))
	want.Notes = []string{noteTexts[noteArray]}
	if diff := cmp.Diff(want, parsed(t, []byte("["+plain+"]"))); diff != "" {
		t.Errorf("in an array (-want +got):\n%s", diff)
	}
	want.Notes = []string{noteTexts[noteObject]}
	object := strings.Replace(strings.Replace(plain, `"policies": [{`, `"policies": {`, 1), "}]\n }]", "}]\n }", 1)
	if diff := cmp.Diff(want, parsed(t, []byte(object))); diff != "" {
		t.Errorf("policies an object (-want +got):\n%s", diff)
	}
	nothing := parsed(t, []byte(`{"organization-name":"x","policies":null,"date-range":{"start-datetime":"2026-01-31T00:00:00Z"}}`))
	if len(nothing.Policies) != 0 {
		t.Errorf("policies null: %v", nothing)
	}
}

// TestParseRecords brings TLSA records into one line each.
func TestParseRecords(t *testing.T) {
	for in, want := range map[string][]string{
		`["3 1 1 AB\n  CD", "3  1 1 EF"]`: {"3 1 1 ABCD", "3 1 1 EF"},
		`"3 1 1 AB; 2 0 1 CD"`:            {"3 1 1 AB", "2 0 1 CD"},
		`"3 1 1 AB\n CD\n2 0 1 EF"`:       {"3 1 1 ABCD", "2 0 1 EF"},
		`["3 1 1 AB CD"]`:                 {"3 1 1 ABCD"},
		`["[]"]`:                          {},
		`["[\"3 1 1 AB\", null]"]`:        {"3 1 1 AB"},
	} {
		text := strings.Replace(plain, `"sts"`, `"tlsa"`, 1)
		text = strings.Replace(text, `["version: STSv1", "mx: mx.a.example"]`, in, 1)
		if got := parsed(t, []byte(text)).Policies[0].String; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	deep := `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}"
	for in, want := range map[string]string{
		"":                      "it is empty",
		" \n ":                  "it is empty",
		"\ufeff":                "it is empty",
		"{":                     "its JSON ends in the middle at byte 1",
		`{"policies":[{"po`:     "its JSON ends in the middle at byte 17",
		`{"policies":[`:         "its JSON ends in the middle at byte 13",
		`{"policies"`:           "its JSON ends in the middle at byte 11",
		`{"a":tru`:              "its JSON ends in the middle at byte 8",
		`{"a":"\`:               "its JSON ends in the middle at byte 7",
		plain[:len(plain)-2]:    fmt.Sprintf("its JSON ends in the middle at byte %d", len(plain)-2),
		deep:                    "it is nested deeper than 100",
		deep[:5000]:             "it is nested deeper than 100",
		`{"a" 1}`:               `it is no JSON: there is '1' at byte 5`,
		`{"a":1,}`:              `it is no JSON: there is '}' at byte 7`,
		`{"a":1 "b":2}`:         `it is no JSON: there is '"' at byte 7`,
		`{"a":01}`:              `it is no JSON: there is '1' at byte 6`,
		`{"a":-}`:               `it is no JSON: there is '}' at byte 6`,
		`{"a":"\x"}`:            `it is no JSON: there is an unknown escape at byte 6`,
		"Dear postmaster":       `it is no JSON: there is 'D' at byte 0`,
		"PK\x03\x04":            `it is no JSON: there is 'P' at byte 0`,
		"<html><body>no</body>": "it is XML or HTML and no JSON",
		`<?xml version="1.0"?><feedback><report_metadata>`: "it is XML: it looks like a DMARC report",
		`"report"`:            "it is JSON, but no object",
		`17`:                  "it is JSON, but no object",
		`null`:                "it is JSON, but no object",
		`[]`:                  "it is an array and no report",
		`[` + plain + `,{}]`:  "it is an array and no report",
		`[[` + plain + `]]`:   "there are no policies in it and no organization-name: it is some other JSON",
		`{}`:                  "there are no policies in it and no organization-name: it is some other JSON",
		`{"name":"left-pad"}`: "there are no policies in it and no organization-name: it is some other JSON",
		`{"report-id":1,"organization-name":"x"}`:                                                     "there are no policies in it",
		`{"report_metadata":{"org_name":"x"},"policy_published":{"domain":"a.example"},"records":[]}`: "there are no policies in it: it looks like a DMARC report",
		`{"feedback":{"report_metadata":{}}}`:                                                         "there are no policies in it: it looks like a DMARC report",
		`{"organization-name":"x","policies":"none"}`:                                                 "there is nothing in its policies that is one",
		`{"organization-name":"x","policies":[1,2]}`:                                                  "there is nothing in its policies that is one",
		`{"organization-name":"x","policies":[{}]}`:                                                   "there is no date-range in it that can be read",
		`{"organization-name":"x","policies":[{}],"date-range":"today"}`:                              "there is no date-range in it that can be read",
		`{"organization-name":"x","policies":[{}],"date-range":{"start-datetime":"today"}}`:           "there is no date-range in it that can be read",
		`{"organization-name":"x","policies":[{}],"date-range":{"start-datetime":"0001-01-01T00:00:00Z","end-datetime":"9999-12-31T23:59:59Z"}}`: "there is no date-range in it that can be read",
	} {
		r, err := Parse([]byte(in))
		if err == nil {
			t.Errorf("%.60q: no error, but %+v", in, r)
		} else if err.Error() != want {
			t.Errorf("%.60q: got %q, want %q", in, err, want)
		}
	}
}

// TestParseCut cuts reports at every byte: there is an error for each, and the right one.
func TestParseCut(t *testing.T) {
	for n := 1; n < len(plain); n++ {
		_, err := Parse([]byte(plain[:n]))
		if want := fmt.Sprintf("its JSON ends in the middle at byte %d", n); err == nil || err.Error() != want {
			t.Errorf("cut at %d: got %v, want %s", n, err, want)
		}
	}
}

func TestParseBounds(t *testing.T) {
	entry := `{"policy":{"policy-type":"sts"},"failure-details":[` + strings.Repeat(`{},`, 19) + `{}]},`
	text := `{"policies":[` + strings.Repeat(entry, 10_500) + `{}],"date-range":{"start-datetime":"2026-01-31"}}`
	r := parsed(t, []byte(text))
	failures := 0
	for _, p := range r.Policies {
		failures += len(p.Failures)
	}
	if len(r.Policies) != maxPolicies || failures != maxFailures || !strings.Contains(fmt.Sprint(r.Notes), noteTexts[noteCut]) {
		t.Errorf("%d policies, %d failures, notes %q", len(r.Policies), failures, r.Notes)
	}
	lines := strings.Replace(plain, `"mx: mx.a.example"`, strings.Repeat(`"mx: mx.a.example",`, 2*maxLines)+`""`, 1)
	if r := parsed(t, []byte(lines)); len(r.Policies[0].String) != maxLines || r.Notes[0] != noteTexts[noteLong] {
		t.Errorf("%d lines, notes %q", len(r.Policies[0].String), r.Notes)
	}
	prose := strings.Replace(plain, `["version: STSv1", "mx: mx.a.example"]`, `"`+strings.Repeat("mx: a;", 5_000)+`"`, 1)
	if r := parsed(t, []byte(prose)); len(r.Policies[0].String) != maxLines {
		t.Errorf("%d lines", len(r.Policies[0].String))
	}
}
