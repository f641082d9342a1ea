package reports

import (
	"encoding/json"
	"strings"
	"testing"
)

// shape is what encoding/json would fill from a report without deviations.
type shape struct {
	Organization string `json:"organization-name"`
	Range        struct {
		Begin string `json:"start-datetime"`
		End   string `json:"end-datetime"`
	} `json:"date-range"`
	Contact  string `json:"contact-info"`
	ID       string `json:"report-id"`
	Policies []struct {
		Policy struct {
			Type   string   `json:"policy-type"`
			String []string `json:"policy-string"`
			Domain string   `json:"policy-domain"`
			MX     []string `json:"mx-host"`
		} `json:"policy"`
		Summary struct {
			Successful int64 `json:"total-successful-session-count"`
			Failed     int64 `json:"total-failure-session-count"`
		} `json:"summary"`
		Failures []struct {
			ResultType  string `json:"result-type"`
			SendingIP   string `json:"sending-mta-ip"`
			MX          string `json:"receiving-mx-hostname"`
			HELO        string `json:"receiving-mx-helo"`
			ReceivingIP string `json:"receiving-ip"`
			Sessions    int64  `json:"failed-session-count"`
			Info        string `json:"additional-information"`
			Reason      string `json:"failure-reason-code"`
		} `json:"failure-details"`
	} `json:"policies"`
}

// BenchmarkParse reads an ordinary report and one with many failures, and puts the time in relation to that
// of encoding/json.
func BenchmarkParse(b *testing.B) {
	for name, data := range map[string][]byte{"small": dialect(b, "google"), "large": many()} {
		var took [3]float64
		for i, decode := range []func([]byte) error{
			func(data []byte) error { _, err := Parse(data); return err },
			func(data []byte) error { var v any; return json.Unmarshal(data, &v) },
			func(data []byte) error { var v shape; return json.Unmarshal(data, &v) },
		} {
			b.Run(name+"/"+[]string{"Parse", "any", "struct"}[i], func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if err := decode(data); err != nil {
						b.Fatal(err)
					}
				}
				took[i] = b.Elapsed().Seconds() / float64(b.N)
				if i > 0 && took[0] > 0 {
					b.ReportMetric(took[0]/took[i], "Parse/this")
				}
			})
		}
	}
}

// many is a report of about a megabyte.
func many() []byte {
	detail := `{"result-type": "certificate-not-trusted", "sending-mta-ip": "2001:db8:abcd:12::1", "receiving-mx-hostname": "mx1.mail.bakery.example", ` +
		`"receiving-ip": "203.0.113.56", "failed-session-count": 17, "failure-reason-code": "unable to get local issuer certificate"},` + "\n"
	return []byte(strings.Replace(plain, `"failure-details": [`, `"failure-details": [`+strings.Repeat(detail, 4_000), 1))
}
