package fact

import (
	"encoding/json"
	"testing"
	"time"
)

// again is a value written as JSON and read back, with what was written.
func again[T any](t *testing.T, value T) (T, string) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%v: %v", value, err)
	}
	var got T
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return got, string(data)
}

func TestText(t *testing.T) {
	for text, want := range map[Text]string{
		"":                          `""`,
		"v=STSv1; id=1":             `"v=STSv1; id=1"`,
		"a\r\n\x00\t\"b\"":          `"a\r\n\u0000\t\"b\""`,
		"caf\u00e9 \ufffd \u2028":   "\"caf\u00e9 \ufffd \\u2028\"",
		"caf\xe9":                   `{"base64":"Y2Fm6Q=="}`,
		"\xff\xfev\x00":             `{"base64":"//52AA=="}`,
		"\xed\xa0\x80":              `{"base64":"7aCA"}`, // a surrogate is no UTF-8
		`{"base64":"Y2Fm6Q=="}`:     `"{\"base64\":\"Y2Fm6Q==\"}"`,
		Text(string(rune(0x1f600))): "\"\U0001f600\"",
	} {
		got, data := again(t, text)
		if got != text || data != want {
			t.Errorf("%q is written %s and read %q; want %s", text, data, got, want)
		}
	}
}

func TestTextOfOtherJSON(t *testing.T) {
	for _, data := range []string{`1`, `[]`, `{"base64":"?"}`, `{"base64":1}`, `true`} {
		var text Text
		if err := json.Unmarshal([]byte(data), &text); err == nil {
			t.Errorf("%s is read as %q without an error", data, text)
		}
	}
}

func TestMillis(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "0",
		time.Nanosecond:         "0",
		49 * time.Microsecond:   "0",
		50 * time.Microsecond:   "0.1",
		time.Millisecond:        "1",
		1449 * time.Microsecond: "1.4",
		1450 * time.Microsecond: "1.5",
		time.Minute:             "60000",
		-time.Millisecond:       "-1",
		-tenth:                  "-0.1",
		1234567 * tenth:         "123456.7",
	} {
		if _, data := again(t, Millis(d)); data != want {
			t.Errorf("%v is written %s, want %s", d, data, want)
		}
	}
}

// TestMillisReplay reads back every tenth of a millisecond up to ten seconds as what it was: a
// tenth is no exact binary fraction.
func TestMillisReplay(t *testing.T) {
	const tenth = 100 * time.Microsecond
	for d := time.Duration(0); d <= 10*time.Second; d += tenth {
		if got, data := again(t, Millis(d)); time.Duration(got) != d {
			t.Fatalf("%v is written %s and read %v", d, data, time.Duration(got))
		}
	}
}

func FuzzText(f *testing.F) {
	for _, text := range []string{"", "v=STSv1; id=1", "caf\xe9", "\xff\xfe", `{"base64":""}`, "\u2028<>&\x7f"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, data := again(t, Text(text)); string(got) != text {
			t.Errorf("%q is written %s and read %q", text, data, got)
		}
		record := Record{Text: []Text{Text(text), "x"}}
		if got, _ := again(t, record); got.Joined() != text+"x" {
			t.Errorf("a record of %q is read as %q", text, got.Joined())
		}
	})
}
