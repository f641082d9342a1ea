package lab_test

import (
	"fmt"
	"strings"
	"testing"

	"mtasts/internal/lab"
)

func goodScripts() []string {
	return []string{
		"",
		"\n\n# only comments\n   # here\n",
		"sound example.com",
		"sound example.com\nsound Example.ORG.\r\ndrop mx1.example.org AAAA\ndrop _smtp._tls.example.com\n",
		"zone\n\texample.com 300 MX 10 mx.example.com\n\n# between\n\texample.com. IN TXT \"a # b; c\" \"d\"\n\t; only a comment\n",
		"zone\n  *.example.com 1 IN A 10.0.0.1\n  a.b.c.test TYPE65400 \\# 1 00\n",
		"zone\n _25._tcp.mx.example.com TLSA 3 1 1 " + strings.Repeat("ab", 32) + "\n",
		"dns example.com MX servfail\ndns example.com * refused\ndns * TXT timeout\ndns * * truncate\ndns a.test A nxdomain\ndns a.test A loop\n",
		"sound example.com\nhttps 192.0.2.10 2001:db8::10 10.1.2.3\n    fault reset\n    fault none\n    tls 1.1\n" +
			"    certificate a.test *.b.test expired no-san incomplete\n    status 404\n    header X-A: b: c\n    header -Content-Type\n" +
			"    delay 300ms\n    cut\n    body\n        # not a comment\n\n          indented\n    at /mta-sts.txt\n    body-quoted \"\\xff\"\n    append \"a\"\n    append 3 `b`\n",
		"https 192.0.2.200\n    fault refused\nhttps 192.0.2.201\n    certificate a.test days 5\n",
		"sound example.com\npolicy example.com\n    version: STSv1\n\n\nrtt 50ms\n",
		"smtp 192.0.2.11\n    fault refused\nsmtp 192.0.2.12 2001:db8::12\n    fault blackhole\n",
		"sound a.test\nhttps 192.0.2.10\n\n    # late\n    tls 1.3\n",
		"smtp 192.0.2.11 2001:db8::12\n    fault drip\n    fault inject\n    fault none\n    tls 1.0\n    certificate *.b.test with-root\n" +
			"    greeting 220\n    greeting 554\tgo away\n    greeting-line a\n    greeting-line\n    greeting-line \"\\x00\"\n    greeting-delay 5s\n" +
			"    ehlo 502 no\n    helo 250 `hi`\n    ehlo-tls 451\n    starttls 454 a b\n    extension -starttls DSN X-1\n    hangup-at ehlo-tls\n",
		"smtp 192.0.2.11\nsmtp 192.0.2.11\nsound example.com\n",
		"smtp 192.0.2.31\n    fault silent\nsmtp 10.0.0.1\n    fault handshake-plaintext\n",
		"smtp 192.0.2.13\nzone\n    a.test A 192.0.2.13\n    *.b.test A 192.0.2.13\n",
		"sound a.test\nsigned a.test b.test\nunsigned b.test c.a.test\nsigned d.c.a.test\nsigned .\n",
		"signed .\nunsigned a.test\nsigned a.test\ndns . * bogus\ndns a.test TLSA bogus\n",
		"tlsa 192.0.2.11 3 1 1\ntlsa mx2.a.test 2 0 2 wrong root\ntlsa mx2.a.test 2 0 2 root wrong\ntlsa 2001:db8::11 0 1 0 root\nsound a.test\nsmtp 192.0.2.11\n    fault refused\n",
	}
}

func TestParseAccepts(t *testing.T) {
	for _, script := range goodScripts() {
		if _, err := lab.Parse(script); err != nil {
			t.Errorf("%q: %v", script, err)
		}
	}
}

// badScripts are scripts with the error they must give.
func badScripts() map[string]string {
	tenSound := ""
	for _, c := range "abcdefghij" {
		tenSound += "sound " + string(c) + ".test\n"
	}
	longName := strings.Repeat("aaa.", 62)
	return map[string]string{
		"sonud example.com":   `line 1: unknown word "sonud"`,
		"\n\nsound":           "line 3: sound takes one domain",
		"sound a.test b.test": "line 1: sound takes one domain",
		"sound ä.test":        `line 1: the name "ä.test." is not in ASCII`,
		"smtp 10.0.0.1\nzone\n  ä.test A 10.0.0.1": "line 1: the name ",
		"sound ..":                               `line 1: ".." is no domain name`,
		"sound a.test\nsound A.test":             "line 2: a.test is sound already",
		tenSound:                                 "line 10: there is room for 9 sound domains",
		"  sound a.test":                         "line 1: the indentation fits no block",
		"sound a.test\n  x":                      "line 2: the indentation fits no block",
		"drop":                                   "line 1: drop takes a name and perhaps a type",
		"drop a.test":                            "line 1: nothing to drop at a.test.",
		"sound a.test\ndrop a.test SRV":          "line 2: nothing to drop at a.test. SRV",
		"sound a.test\ndrop a.test MXX":          `line 2: unknown record type "MXX"`,
		"zone":                                   "line 1: zone needs a block of records",
		"zone a.test":                            "line 1: zone takes no argument but a block",
		"zone\n    a.test MX mx":                 "line 2: bad MX Pref:",
		"zone\n    a.test CH TXT x":              "line 2: the class is not IN",
		"zone\n    a.test DNAME b.test":          "line 2: records of type DNAME are not served",
		"zone\n    $GENERATE 1-9 a$ A 192.0.2.1": "line 2: a record cannot begin with $",
		"zone\n    a.test A (":                   "line 2: ",
		"zone\n    a.test A 192.0.2.1\n    a.test 9 A 192.0.2.1": "line 3: a.test.: the record is there already",
		"zone\n    a.test A 192.0.2.1\n    a.test CNAME b.test":  "line 3: a CNAME stands alone, and a.test. has other records",
		"zone\n    a.test CNAME b.test\n    a.test A 192.0.2.1":  "line 3: a CNAME stands alone",
		"zone\n    a.test A 192.0.2.1\n  b.test A 192.0.2.1":     "line 3: the indentation fits no block",
		"zone\n    a.test A 192.0.2.1\n      b.test A 192.0.2.1": "line 3: the indentation fits no block",
		"zone\n\ta.test A 192.0.2.1\n    b.test A 192.0.2.1":     "line 3: the indentation fits no block",
		"dns a.test TXT":                                                          "line 1: dns takes a name, a type and a fault",
		"dns a.test TEXT servfail":                                                `line 1: unknown record type "TEXT"`,
		"dns a..test TXT servfail":                                                `line 1: "a..test" is no domain name`,
		"dns a.test TXT serverfail":                                               `line 1: unknown fault "serverfail" of the resolver`,
		"https":                                                                   "line 1: an address is missing",
		"https 192.0.2.10 192.0.2.10":                                             "line 1: 192.0.2.10 stands there twice",
		"https example.com":                                                       `line 1: "example.com" is no IP address`,
		"https 8.8.8.8":                                                           "line 1: 8.8.8.8 is neither a documentation address nor a private one",
		"https 127.0.0.1":                                                         "line 1: 127.0.0.1 is neither",
		"https 192.0.2.10":                                                        "line 1: the certificate needs a name",
		"https 192.0.2.10\n  folt reset":                                          `line 2: unknown word "folt" in https`,
		"https 192.0.2.10\n  fault loud":                                          `line 2: unknown fault "loud"`,
		"https 192.0.2.10\n  tls 1.4":                                             `line 2: unknown version "1.4" of TLS`,
		"https 192.0.2.10\n  certificate expird":                                  `line 2: "expird" is neither a word of certificate nor a name`,
		"https 192.0.2.10\n  certificate expired days 3":                          "line 2: expired and days exclude each other",
		"https 192.0.2.10\n  certificate expired not-yet-valid":                   "line 2: expired and not-yet-valid exclude each other",
		"https 192.0.2.10\n  certificate untrusted incomplete":                    "line 2: untrusted and incomplete exclude each other",
		"https 192.0.2.10\n  certificate days":                                    "line 2: days needs a number",
		"https 192.0.2.10\n  certificate days -1":                                 `line 2: "-1" is no number of days from 0 to 3650`,
		"https 192.0.2.10\n  status OK":                                           `line 2: "OK" is no status from 200 to 999`,
		"https 192.0.2.10\n  header X":                                            `line 2: "X" is neither a header nor`,
		"https 192.0.2.10\n  header a b: c":                                       `line 2: "a b: c" is neither a header nor`,
		"https 192.0.2.10\n  delay fast":                                          `line 2: "fast" is no duration from 0s to 10m0s`,
		"https 192.0.2.10\n  delay 11m":                                           `line 2: "11m" is no duration`,
		"https 192.0.2.10\n  cut here":                                            "line 2: cut takes no argument",
		"https 192.0.2.10\n  at mta-sts.txt":                                      `line 2: "mta-sts.txt" is no path`,
		"https 192.0.2.10\n  body text":                                           "line 2: body takes no argument but a block",
		"https 192.0.2.10\n  body\n\n  cut":                                       "line 2: a block of text is missing",
		"https 192.0.2.10\n  body\n      a\n    b":                                "line 4: the indentation is less than the block's",
		"https 192.0.2.10\n  body-quoted text":                                    "line 2: text is no string literal",
		"https 192.0.2.10\n  body-quoted":                                         "line 2:  is no string literal",
		"https 192.0.2.10\n  body-quoted 'a'":                                     "line 2: 'a' is no string literal",
		"https 192.0.2.10\n  append 2":                                            "line 2: 2 is no string literal",
		"https 192.0.2.10\n  append 9999999 \"a\"":                                "line 2: a body of more than 1048576 bytes",
		"https 192.0.2.10\n  fault reset\n  append 1048576 \"a\"\n  append \"b\"": "line 4: a body of more than 1048576 bytes",
		"policy a.test\n  version: STSv1":                                         "line 1: a.test is no sound domain of this scene",
		"sound a.test\npolicy":                                                    "line 2: policy takes one domain",
		"sound a.test\npolicy a.test\nrtt 1s":                                     "line 2: a block of text is missing",
		"rtt":                                                                     "line 1: rtt takes one duration",
		"rtt -1s":                                                                 `line 1: "-1s" is no duration`,
		"smtp":                                                                    "line 1: an address is missing",
		"smtp 192.0.2.11 192.0.2.11":                                              "line 1: 192.0.2.11 stands there twice",
		"smtp 8.8.8.8":                                                            "line 1: 8.8.8.8 is neither a documentation address nor a private one",
		"\nsmtp 192.0.2.11":                                                       "line 2: the certificate at 192.0.2.11 needs a name: the zone has 0 for that address",
		"smtp 192.0.2.11\n  fault inject":                                         "line 1: the certificate at 192.0.2.11 needs a name",
		"smtp 10.0.0.2\n  fault none\nsmtp 10.0.0.1":                              "line 1: the certificate at 10.0.0.2 needs a name",
		"zone\n  a.test A 192.0.2.1\n  b.test A 192.0.2.1\nsmtp 192.0.2.1":        "line 4: the certificate at 192.0.2.1 needs a name: the zone has 2 for that address",
		"smtp 192.0.2.11\n  fault tarpit":                                         `line 2: unknown fault "tarpit"`,
		"https 192.0.2.11\n  fault silent":                                        `line 2: unknown fault "silent"`,
		"smtp 192.0.2.11\n  fault":                                                `line 2: unknown fault ""`,
		"smtp 192.0.2.11\n  tls 1.4":                                              `line 2: unknown version "1.4" of TLS`,
		"smtp 192.0.2.11\n  certificate expird":                                   `line 2: "expird" is neither a word of certificate nor a name`,
		"smtp 192.0.2.11\n  certificate with-root incomplete":                     "line 2: with-root and incomplete exclude each other",
		"smtp 192.0.2.11\n  greeting":                                             `line 2: "" is no reply code from 200 to 599`,
		"smtp 192.0.2.11\n  greeting hi":                                          `line 2: "hi" is no reply code from 200 to 599`,
		"smtp 192.0.2.11\n  ehlo 600 a":                                           `line 2: "600" is no reply code from 200 to 599`,
		"smtp 192.0.2.11\n  helo 0250 a":                                          `line 2: "0250" is no reply code`,
		"smtp 192.0.2.11\n  starttls +54 a":                                       `line 2: "+54" is no reply code`,
		"smtp 192.0.2.11\n  ehlo-tls \"250\" a":                                   `line 2: "\"250\"" is no reply code`,
		"smtp 192.0.2.11\n  greeting 220 \"a":                                     `line 2: "a is no string literal`,
		"smtp 192.0.2.11\n  greeting-line `a":                                     "line 2: `a is no string literal",
		"smtp 192.0.2.11\n  greeting-delay":                                       `line 2: "" is no duration from 0s to 10m0s`,
		"smtp 192.0.2.11\n  greeting-delay 11m":                                   `line 2: "11m" is no duration`,
		"smtp 192.0.2.11\n  extension":                                            "line 2: extension takes words",
		"smtp 192.0.2.11\n  extension SIZE=1":                                     `line 2: "SIZE=1" is no keyword of an extension`,
		"smtp 192.0.2.11\n  extension -":                                          `line 2: "-" is no keyword of an extension`,
		"smtp 192.0.2.11\n  extension starttls":                                   "line 2: STARTTLS is offered already",
		"smtp 192.0.2.11\n  tls 1.2\n  extension -DSN":                            "line 3: DSN is not offered",
		"smtp 192.0.2.11\n  hangup-at helo":                                       `line 2: "helo" is no stage: ehlo, starttls or ehlo-tls`,
		"smtp 192.0.2.11\n  status 200":                                           `line 2: unknown word "status" in smtp`,
		"signed":                                                                  "line 1: a domain is missing",
		"signed a..test":                                                          `line 1: "a..test" is no domain name`,
		"signed a.test\nsigned A.test":                                            "line 2: a.test. is signed already",
		"signed a.test\nsigned b.a.test":                                          "line 2: b.a.test. is signed already",
		"signed . .":                                                              "line 1: . is signed already",
		"unsigned a.test":                                                         "line 1: a.test. is not signed",
		"signed .\nunsigned .":                                                    "line 2: the root is signed or nothing is",
		"signed .\nunsigned a.test a.test":                                        "line 2: a.test. is not signed",
		"drop .":                                                                  `line 1: "." is no domain name`,
		"sound a.test\ntlsa mx1.a.test 3 1":                                       "line 2: tlsa takes an address or a name, a usage",
		"sound a.test\ntlsa mx1..a.test 3 1 1":                                    `line 2: "mx1..a.test" is no domain name`,
		"sound a.test\ntlsa mx1.a.test 4 1 1":                                     `line 2: "4" is no usage from 0 to 3`,
		"sound a.test\ntlsa mx1.a.test 3 2 1":                                     `line 2: "2" is no selector from 0 to 1`,
		"sound a.test\ntlsa mx1.a.test 3 1 3":                                     `line 2: "3" is no matching type from 0 to 2`,
		"sound a.test\ntlsa mx1.a.test 3 1 256":                                   `line 2: "256" is no matching type`,
		"sound a.test\ntlsa mx1.a.test 2 1 1 rot":                                 `line 2: "rot" is neither root nor wrong`,
		"sound a.test\ntlsa mx1.a.test 2 1 1 root root":                           `line 2: "root" is neither root nor wrong, or stands there twice`,
		"sound a.test\ntlsa mx1.a.test 3 1 1 root":                                "line 2: usage 3 is about the server's own certificate, not the root",
		"sound a.test\ntlsa a.test 3 1 1":                                         "line 2: there is no mail server of that address or name",
		"sound a.test\ntlsa 192.0.2.13 3 1 1":                                     "line 2: there is no mail server of that address or name",
		"tlsa 10.0.0.1 3 1 1\nsmtp 10.0.0.1\n  certificate a.test":                "line 1: the mail server has no name",
		"sound a.test\nzone\n  _25._tcp.mx1.a.test CNAME b.test\ntlsa mx1.a.test 3 1 1": "line 4: _25._tcp.mx1.a.test. is an alias",
		"smtp 10.0.0.1\nzone\n  " + longName + " A 10.0.0.1\ntlsa 10.0.0.1 3 1 1":       "line 4: _25._tcp." + longName + " is too long a name",
		"smtp 192.0.2.11\n  banner hi": `line 2: unknown word "banner" in smtp`,
		strings.Repeat("#", 1<<20+1):   "a script of 1048577 bytes",
	}
}

func TestParseRefuses(t *testing.T) {
	for script, want := range badScripts() {
		_, err := lab.Parse(script)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "line ") > 1 {
			t.Errorf("%.80q:\n got %v\nwant %s", script, err, want)
		}
	}
}

// What a script cannot ask for too much of.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		head, line string // line has a place for each of two small numbers
		times      int
		want       string
	}{
		{"", "smtp 10.0.%d.%d\n", 257, "more than 256 servers"},
		{"zone\n", "    a.test A 10.%d.0.%d\n", 256 * 40, "line 10002: more than 10000 records"},
		{"https 192.0.2.1\n    fault reset\n", "    header X%d-%d: a\n", 98, "line 100: more than 100 headers"},
		{"https 192.0.2.1\n    fault reset\n", "    at /%d/%d\n    append 1000000 \"a\"\n", 17, "line 36: bodies of more than 16777216 bytes"},
	} {
		var script strings.Builder
		script.WriteString(c.head)
		for i := range c.times {
			fmt.Fprintf(&script, c.line, i/256, i%256)
		}
		if _, err := lab.Parse(script.String()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, script := range goodScripts() {
		f.Add(script)
	}
	for script := range badScripts() {
		if len(script) < 1000 {
			f.Add(script)
		}
	}
	for _, d := range lab.Scenes() {
		f.Add(d.Broken)
	}
	f.Fuzz(func(t *testing.T, script string) {
		scene, err := lab.Parse(script)
		if (scene == nil) == (err == nil) {
			t.Errorf("scene %v, error %v", scene, err)
		}
		if err == nil {
			start(t, script) // what can be read can be run
		}
	})
}
