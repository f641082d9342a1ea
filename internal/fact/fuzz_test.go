package fact

import (
	"encoding/json"
	"testing"
	"time"
)

// FuzzMillis: any number is read as some duration, the same on each machine, and what is written of it
// is read as what was written.
func FuzzMillis(f *testing.F) {
	for _, text := range []string{"0", "-0.1", "1e300", "-1e300", "9223372036854.775", "null", "60000", "1.45", "5e-324"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m Millis
		if json.Unmarshal(data, &m) != nil {
			return
		}
		if got, text := again(t, AsMillis(time.Duration(m))); AsMillis(time.Duration(got)) != got {
			t.Errorf("%s is written %s and read %d", data, text, got)
		}
		var number *float64
		if err := json.Unmarshal(data, &number); err == nil && number != nil && (*number < 0) != (m < 0) && m != 0 {
			t.Errorf("%s is read as %d", data, m)
		}
	})
}

// FuzzObservation: facts that were read are written so that they are read as the same.
func FuzzObservation(f *testing.F) {
	f.Add([]byte(`{"schema":1,"domain":"example.com","at":"2026-01-31T12:00:00Z","sts":{"records":[{"text":["v=STSv1; id=1",{"base64":"/w=="}]}],"ttl":300}}`))
	f.Add([]byte(`{"host":{"fetches":[{"address":"192.0.2.1","status":200,"body":"x","tls":{"chain":["MIIB"]},"timing_ms":{"connect":1.5}}]}}`))
	f.Add([]byte(`{"mail_hosts":[{"tlsa":[{"records":[{"tlsa":{"usage":3,"data":"00ff"}}]}],"probes":[{"greeting":{"code":220,"lines":["x"]},"fault":{"stage":"dial"}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o Observation
		if json.Unmarshal(data, &o) != nil {
			return
		}
		first, err := json.Marshal(o)
		if err != nil {
			return // a time that JSON has no form for
		}
		_, second := again(t, o)
		var back Observation
		if err := json.Unmarshal([]byte(second), &back); err != nil {
			t.Fatal(err)
		}
		third, err := json.Marshal(back)
		if err != nil || string(first) != second || string(third) != second {
			t.Errorf("%s\nis written and read as\n%s", second, third)
		}
	})
}
