package fact

import (
	"slices"
	"testing"
)

func TestAnswer(t *testing.T) {
	records := []Record{{Text: []Text{"a"}}}
	alias := []string{"elsewhere.example"}
	for _, c := range []struct {
		name                                       string
		answer                                     Answer
		found, exists, absent, unknown, isDangling bool
	}{
		{name: "never asked", unknown: true},
		{name: "records", answer: Answer{RCode: "NOERROR", Records: records}, found: true, exists: true},
		{name: "no data", answer: Answer{RCode: "NOERROR"}, exists: true, absent: true},
		{name: "no such name", answer: Answer{RCode: "NXDOMAIN"}, absent: true},
		{name: "alias to records", answer: Answer{RCode: "NOERROR", Aliases: alias, Records: records}, found: true, exists: true},
		{name: "alias to no data", answer: Answer{RCode: "NOERROR", Aliases: alias}, exists: true, absent: true},
		{name: "alias to nothing", answer: Answer{RCode: "NXDOMAIN", Aliases: alias}, absent: true, isDangling: true},
		{name: "server failure", answer: Answer{RCode: "SERVFAIL"}, unknown: true},
		{name: "refused", answer: Answer{RCode: "REFUSED"}, unknown: true},
		{name: "time-out", answer: Answer{Fault: &Fault{Kind: TimedOut}}, unknown: true},
		{name: "fault on the way", answer: Answer{RCode: "NOERROR", Records: records, Fault: &Fault{Kind: Malformed}}, unknown: true},
		{name: "loop of aliases", answer: Answer{RCode: "NOERROR", Aliases: alias, Fault: &Fault{Kind: AliasLoop}}, unknown: true, isDangling: true},
		{name: "alias, then a time-out", answer: Answer{RCode: "NXDOMAIN", Aliases: alias, Fault: &Fault{Kind: TimedOut}}, unknown: true},
	} {
		a := c.answer
		got := []bool{a.Found(), a.Exists(), a.Absent(), a.Unknown(), a.Dangling()}
		if want := []bool{c.found, c.exists, c.absent, c.unknown, c.isDangling}; !slices.Equal(got, want) {
			t.Errorf("%s: found, exists, absent, unknown, dangling are %v, want %v", c.name, got, want)
		}
	}
}

func TestAnswerValues(t *testing.T) {
	txt := Answer{Records: []Record{{Text: []Text{"v=STSv1;", " id=1", ""}}, {Text: []Text{"one"}}, {}}}
	if got, want := txt.Texts(), []string{"v=STSv1; id=1", "one", ""}; !slices.Equal(got, want) {
		t.Errorf("Texts = %q, want %q", got, want)
	}
	a := Answer{Records: []Record{{Address: "192.0.2.1"}, {Address: "192.0.2.2"}}}
	if got, want := a.Addresses(), []string{"192.0.2.1", "192.0.2.2"}; !slices.Equal(got, want) {
		t.Errorf("Addresses = %q, want %q", got, want)
	}
	if (Answer{}).Texts() != nil || (Answer{}).Addresses() != nil {
		t.Error("an answer without records has values")
	}
}

func TestFetchGet(t *testing.T) {
	f := Fetch{Header: []Header{{"Content-Type", "text/plain"}, {"Content-Type", "text/html"}, {"Server", ""}}}
	for name, want := range map[string]string{"Content-Type": "text/plain", "Server": ""} {
		if got, ok := f.Get(name); got != want || !ok {
			t.Errorf("Get(%s) = %q, %v; want %q", name, got, ok, want)
		}
	}
	if got, ok := f.Get("Location"); got != "" || ok {
		t.Errorf("Get of a header that is not there = %q, %v", got, ok)
	}
}
