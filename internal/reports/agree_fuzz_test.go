package reports

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzAgree: a report that is as RFC 8460 §4.4 has it, whatever stands in its texts, is read as it was
// meant, without a note about its form.
func FuzzAgree(f *testing.F) {
	f.Add("Company-X", "5065427c-23d3@example.com", "sts", "mode: testing\nmx: *.example.com", "certificate-expired", "2001:db8::1", int64(5326), int64(303), uint16(20000))
	f.Add("\"\\\u2028\u202e\x00", " a ", "tlsa", "3 1 1 00\xff", "\x1b[31m", "", int64(0), int64(1)<<60, uint16(0))
	f.Fuzz(func(t *testing.T, org, id, kind, line, result, address string, good, bad int64, day uint16) {
		begin := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(day)%10_000)
		text := func(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s[:min(len(s), 60)], "\ufffd")) }
		org, id, kind, line, result, address = text(org), text(id), strings.ToLower(text(kind)), text(line), strings.ToLower(text(result)), text(address)
		good, bad = max(0, good)%maxCount, max(0, bad)%maxCount
		type object = map[string]any
		data, err := json.Marshal(object{
			"organization-name": org, "contact-info": "a@example.com", "report-id": id,
			"date-range": object{"start-datetime": begin.Format(time.RFC3339), "end-datetime": begin.AddDate(0, 0, 1).Add(-time.Second).Format(time.RFC3339)},
			"policies": []object{{
				"policy":          object{"policy-type": kind, "policy-string": []string{line, "x"}, "policy-domain": "example.com", "mx-host": []string{"*.example.com"}},
				"summary":         object{"total-successful-session-count": good, "total-failure-session-count": bad},
				"failure-details": []object{{"result-type": result, "receiving-ip": address, "failure-reason-code": line, "failed-session-count": bad}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Parse(data)
		if err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		got := []any{r.Organization, r.ID, r.Begin, r.End, len(r.Policies)}
		want := []any{org, id, begin, begin.AddDate(0, 0, 1), 1}
		if len(r.Policies) == 1 && len(r.Policies[0].Failures) == 1 {
			p, fail := r.Policies[0], r.Policies[0].Failures[0]
			got = append(got, p.Type, p.Domain, p.Successful, p.Failed, fail.ResultType, fail.Reason, fail.Sessions, fail.ReceivingIP)
			want = append(want, kind, "example.com", good, bad, result, line, bad, address)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nis read as %q\nwant       %q", data, got, want)
		}
	})
}
