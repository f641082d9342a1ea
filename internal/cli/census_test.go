package cli

import (
	"strings"
	"testing"
)

// What a short text would become in memory is known before it is read: each of these is less than 5 MB, and
// some of them were gigabytes.
func TestHostileFacts(t *testing.T) {
	const begin = `{"schema":1,"domain":"example.com","at":"2026-01-31T12:00:00Z",`
	list := func(n int, entry string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + "]"
	}
	full := `{"tls":{"chain":["",""]},"fault":{},"greeting":{},"ehlo":{"lines":["","",""]},"helo":{}}`
	for want, text := range map[string]string{
		`"mail_hosts" has more than 1000 entries`:    begin + `"mail_hosts":` + list(1001, "{}") + `}`,
		`"fetches" has more than 2000 entries`:       begin + `"policy_host":{"fetches":` + list(2001, "null") + `}}`,
		`"records" has more than 1000 entries`:       begin + `"mx":{"records":` + list(1001, `{"host":"mx"}`) + `}}`,
		`"probes" has more than 2000 entries`:        begin + `"mail_hosts":[{"probes":` + list(2001, "{}") + `}]}`,
		`"destinations" has more than 1000 entries`:  begin + `"destinations" : ` + list(1001, "{}") + `}`,
		`"header" has more than 100 entries`:         begin + `"policy_host":{"fetches":[{"header":` + list(101, "{}") + `}]}}`,
		`"text" has more than 65536 entries`:         begin + `"sts":{"records":[{"text":` + list(65537, `""`) + `}]}}`,
		"take more than 64 MiB of memory":            begin + `"mail_hosts":` + list(130, `{"probes":`+list(900, full)+`}`) + `}`,
		"would take more than 64 MiB of memory":      begin + `"mail_hosts":[{"probes":[{"ehlo":{"lines":` + list(4_300_000, `""`) + `}}]}]}`,
		"one domain would take more than 64 MiB":     begin + `"MAIL_HOſTS":` + list(100_000, "{}") + `}`,
		"a text has more than 512 KiB":               begin + `"sts":{"records":[{"text":["` + strings.Repeat("a", mostOfText+1) + `"]}]}}`,
		"a policy has more than 64 KiB":              begin + `"policy_host":{"fetches":[{"status":200,"body":"` + strings.Repeat("mx: a\\n", 20_000) + `"}]}}`,
		"there are more than 32 MiB of one domain":   begin + `"sts":{"records":` + list(70, `{"text":["`+strings.Repeat("a", mostOfText-10)+`"]}`) + `}}`,
		"there are too many brackets within bracket": begin + `"mail_hosts":` + strings.Repeat("[", 200),
	} {
		_, err := readFacts(t.Context(), strings.NewReader(text), "-")
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("want %s, got %v", want, err)
		}
		_, err = readFacts(t.Context(), strings.NewReader("["+begin[:len(begin)-1]+"},"+text+"]"), "-")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("as the second of a list: want %s, got %v", want, err)
		}
	}
}

// What one domain has does not count for the next.
func TestManyFacts(t *testing.T) {
	one := `{"schema":1,"domain":"example.com","at":"2026-01-31T12:00:00Z","mail_hosts":[` + strings.Repeat(`{"probes":[{},{}]},`, 900) + `{}]}`
	if _, err := readFacts(t.Context(), strings.NewReader("["+strings.Repeat(one+",\n", 50)+one+"]"), "-"); err != nil {
		t.Error(err)
	}
}

// The same holds for lines of an earlier run.
func TestHostileLine(t *testing.T) {
	for want, text := range map[string]string{
		"would take more than 64 MiB of memory":   `{"schema":1,"domain":"example.com","status":"pass","findings":[` + strings.Repeat(`null,`, 500_000) + `null]}`,
		`"mail_hosts" has more than 1000 entries`: `{"schema":1,"domain":"example.com","status":"pass","observed":{"mail_hosts":[` + strings.Repeat(`{},`, 1000) + `{}]}}`,
	} {
		if _, _, err := earlierItem([]byte(text), newEarlierCensus()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}
