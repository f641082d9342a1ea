package lab_test

import (
	"strings"
	"testing"

	"mtasts/internal/lab"
	"mtasts/internal/rule"
)

func TestApplyRecords(t *testing.T) {
	l := start(t, `
sound example.com
zone
    _mta-sts.example.com TXT "v=STSv1; id=2"
    old.test CNAME gone.test
`)
	err := l.Apply([]rule.Record{
		{Name: "_mta-sts.example.com.", Type: "TXT", TTL: 60, Value: `"v=STSv1; id=3"`},
		{Name: "_Smtp._TLS.example.com.", Type: "TXT", Value: ""},
		{Name: "example.com.", Type: "TXT", Value: `"one"`},
		{Name: "example.com.", Type: "TXT", Value: `"two"`},
		{Name: "example.com.", Type: "TXT", Value: `"two"`},
		{Name: "mta-sts.example.com.", Type: "CNAME", Value: "host.test."},
		{Name: "host.test.", Type: "A", Value: "192.0.2.10"},
		{Name: "old.test.", Type: "MX", Value: "10 mx1.example.com."},
		{Name: "absent.test.", Type: "TXT", Value: ""},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, qtype, want string }{
		{"_mta-sts.example.com", "TXT", `NOERROR; _mta-sts.example.com. TXT "v=STSv1; id=3"`},
		{"_smtp._tls.example.com", "TXT", "NXDOMAIN; soa example.com."},
		{"example.com", "TXT", `NOERROR; example.com. TXT "one"; example.com. TXT "two"`},
		{"mta-sts.example.com", "A", "NOERROR; mta-sts.example.com. CNAME host.test.; host.test. A 192.0.2.10"},
		{"mta-sts.example.com", "AAAA", "NOERROR; mta-sts.example.com. CNAME host.test.; soa host.test."},
		{"old.test", "MX", "NOERROR; old.test. MX 10 mx1.example.com."},
		{"old.test", "A", "NOERROR; soa old.test."},
	} {
		if got := told(ask(t, l, "udp", c.name, c.qtype)); got != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.name, c.qtype, got, c.want)
		}
	}
}

func TestApplyFile(t *testing.T) {
	script := "sound example.com\nhttps 192.0.2.10 2001:db8::10\n    status 302\n    header Location: /x\n    header X: y\n"
	scene, err := lab.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(scene, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// The address goes away with the same fix, so only the other one serves the file.
	err = l.Apply(
		[]rule.Record{{Name: "mta-sts.example.com.", Type: "AAAA"}},
		&rule.File{Path: "https://mta-sts.example.com" + policyPath, Content: "new\n"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"192.0.2.10:443": "200 OK", "[2001:db8::10]:443": "302 Found"} {
		text, err := raw(t, l, address, policyPath)
		changed := strings.HasSuffix(text, "\r\nX: y\r\n\r\nnew\n") && !strings.Contains(text, "Location")
		if err != nil || !strings.HasPrefix(text, "HTTP/1.1 "+want) || changed != (want == "200 OK") {
			t.Errorf("%s: %v %q", address, err, text)
		}
	}
	// The scene itself has not changed.
	again, err := lab.Start(scene, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if text, _ := raw(t, again, "192.0.2.10:443", policyPath); !strings.HasPrefix(text, "HTTP/1.1 302") {
		t.Errorf("%q", text)
	}
}

func TestApplyRefuses(t *testing.T) {
	l := start(t, "sound example.com")
	good := rule.Record{Name: "example.com.", Type: "MX", Value: "10 mx9.example.com."}
	for _, c := range []struct {
		record rule.Record
		file   *rule.File
		want   string
	}{
		{rule.Record{Name: "", Type: "A"}, nil, "no domain name"},
		{rule.Record{Name: "a.test.", Type: "WHAT"}, nil, "unknown record type"},
		{rule.Record{Name: "a.test.", Type: "A", Value: "1"}, nil, "record a.test. A: bad A"},
		{rule.Record{Name: "a.test.", Type: "A", Value: "192.0.2.1\nb.test. A 192.0.2.1"}, nil, "more than one line"},
		{good, &rule.File{Path: "https://nowhere.test/x"}, "no web server at the addresses of"},
		{good, &rule.File{Path: "%"}, "invalid URL escape"},
	} {
		err := l.Apply([]rule.Record{good, c.record}, c.file)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.record, err)
		}
		if got := told(ask(t, l, "udp", "example.com", "MX")); !strings.Contains(got, "mx1") {
			t.Errorf("%+v: changed all the same: %s", c.record, got)
		}
	}
}
