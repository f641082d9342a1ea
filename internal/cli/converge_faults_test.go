package cli_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// soundPolicy is what a sound domain of the lab serves.
const soundPolicy = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n"

// fault breaks a sound example.com in a way that printed records and the printed file mend.
type fault struct {
	// place is what it breaks, or several with blanks between. Faults that share a place, or one of
	// which has a place within the other's ("policy" and "policy/mode"), do not go together.
	place string
	name  string
	lab   string              // lines of a scene, below the sound domain
	edit  func(string) string // of the policy's text
	// lost tells that nobody can say any more that the mode was meant as enforce.
	lost bool
	// sound tells that by itself it is no fault, only something for the fixes of others to spoil.
	sound bool
}

// faults are all of them. Left out, because what is printed is no record and no file, or not all
// that it takes:
//   - what the DNS answers with an error, in a circle or not at all, and a domain that does not exist
//   - policy hosts that cannot be reached, that are not public, TLS, certificates, slow answers
//   - redirects, other statuses than 404, encodings, too large a file, the Content-Type: the fix is
//     lines of the web server's configuration, or words
//   - a policy host without an address where no web server is ready for it: its name is not known
//   - no MX record, no address of any MX host, no MX host but an alias that leads nowhere, a null MX
//     with a policy, mx-public: which host is to take the mail is the administrator's choice
//   - mode none: whether MTA-STS is to go or to come is the administrator's choice
//   - policy-enforced: mode testing is no fault. What it prints is published in half of the runs, by
//     an administrator who does not wait for the reports first.
func faults() []fault {
	return slices.Concat(recordFaults(), reportFaults(), mailFaults(), servingFaults(), fieldFaults(), patternFaults(), variants(), syntaxFaults())
}

// instead is a scene in which a name has these TXT records, and no others.
func instead(name string, records ...string) string {
	lines := "drop " + name + ".example.com\n" + "zone\n"
	for _, r := range records {
		lines += "    " + name + ".example.com " + r + "\n"
	}
	return lines
}

func recordFaults() []fault {
	const name = "_mta-sts"
	list := []fault{
		{place: "record", name: "missing", lab: "drop _mta-sts.example.com\n"},
		{place: "record", name: "multiple", lab: "zone\n    _mta-sts.example.com TXT \"v=STSv1; id=2\"\n"},
		{place: "record", name: "dangling", lab: instead(name, "CNAME sts.gone.test")},
		{place: "record", name: "beside", lab: instead(name, "CNAME spf.beside.test") + "    spf.beside.test TXT \"v=spf1 -all\"\n"},
		{place: "record", name: "delegated", lab: instead(name, "CNAME sts.provider.test") + "    sts.provider.test TXT \"v=STSv1 id=7\"\n"},
		{place: "record", name: "spf beside", lab: "zone\n    _mta-sts.example.com TXT \"v=spf1 -all\"\n"},
		{place: "record", name: "wildcard", lab: "drop _mta-sts.example.com\nzone\n    *.example.com TXT \"v=spf1 -all\"\n"},
		{place: "record", name: "wild alias", lab: "drop _mta-sts.example.com\nzone\n    *.example.com CNAME spf.wild.test\n    spf.wild.test TXT \"v=spf1 -all\"\n"},
	}
	for _, text := range []string{
		"v=stsv1; id=5", "v=STSv1 id=5", "v=STSv1, id=5", " v=STSv1; id=5", `\"v=STSv1; id=5\"`, "v=STSv2; id=5", "id=5; v=STSv1",
		"v=STSv1", "v=STSv1 ; id=5", "v=STSv1;", "v=STSv1; id=", "v=STSv1; id=2026-01-01", "v=STSv1; id=" + strings.Repeat("7", 40),
		"v=STSv1; id=1; id=2", "v=STSv1; id=5; a", "v=STSv1; id=5 mode=enforce", "v=STSv1; ID=5",
	} {
		list = append(list, fault{place: "record", name: text, lab: instead(name, `TXT "`+text+`"`)})
	}
	return list
}

func reportFaults() []fault {
	const name = "_smtp._tls"
	list := []fault{
		{place: "report", name: "missing", lab: "drop _smtp._tls.example.com\n"},
		{place: "report", name: "multiple", lab: "zone\n    _smtp._tls.example.com TXT \"v=TLSRPTv1; rua=mailto:a@example.com\"\n"},
		{place: "report", name: "dangling", lab: instead(name, "CNAME tls.gone.test")},
		{place: "report", name: "beside", lab: instead(name, "CNAME spf.provider.test") + "    spf.provider.test TXT \"v=spf1 -all\"\n"},
		{place: "report", name: "no mail", lab: instead(name, `TXT "v=TLSRPTv1; rua=mailto:a@nomail.test"`) + "    nomail.test MX 0 .\n"},
		{place: "report", name: "one dead", lab: instead(name, `TXT "v=TLSRPTv1; rua=mailto:a@gone.test,mailto:b@example.com"`)},
	}
	for _, text := range []string{
		"v=tlsrptv1; rua=mailto:a@example.com", "v=TLSRPTv1 rua=mailto:a@example.com", "v=TLSRPTv2; rua=mailto:a@example.com",
		" v=TLSRPTv1; rua=mailto:a@example.com", "rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:a@gone.test; v=1",
		"v=TLSRPTv1", "v=TLSRPTv1;", "v=TLSRPTv1; rua=", "v=TLSRPTv1; rua=a@example.com", "v=TLSRPTv1; rua=mailto:a@example.com;b",
		"v=TLSRPTv1; rua=mailto:a@example.com; mailto:b@example.com", "v=TLSRPTv1; rua=mailto:a@example.com mailto:b@example.com",
		"v=TLSRPTv1; rua=mailto:a@example.com!10m", "v=TLSRPTv1; rua=http://example.com/x", "v=TLSRPTv1; rua=mailto:[email protected]",
		"v=TLSRPTv1; rua=mailto:a@yourdomain.com", "v=TLSRPTv1; rua=mailto:a@gone.test", "v=TLSRPTv1; rua=https://gone.test/x", "v=TLSRPTv1; rua=mailto:",
	} {
		list = append(list, fault{place: "report", name: text, lab: instead(name, `TXT "`+text+`"`)})
	}
	return list
}

// mailFaults go together: one set of MX records mends them all.
func mailFaults() []fault {
	return []fault{
		{place: "mx/null", name: "mixed", lab: "zone\n    example.com MX 0 .\n"},
		{place: "mx/address", name: "missing", lab: "zone\n    example.com MX 30 nowhere.example.com\n"},
		{place: "mx/ip", name: "address", lab: "zone\n    example.com MX 40 192.0.2.13\n"},
		{place: "mx/odd", name: "underscore", lab: "zone\n    example.com MX 50 mx_4.example.com\n    mx_4.example.com A 192.0.2.14\n"},
		{place: "mx/placeholder", name: "Microsoft 365", lab: "zone\n    example.com MX 60 ms12345678.msv1.invalid\n"},
		{place: "mx/alias", name: "of a host", lab: "zone\n    example.com MX 70 mx3.example.com\n    mx3.example.com CNAME mx1.example.com\n"},
		{place: "mx/alias", name: "of nothing", lab: "zone\n    example.com MX 70 mx3.example.com\n    mx3.example.com CNAME gone.test\n"},
		{
			place: "mx/named policy/named", name: "alias of what the policy names", edit: also("mx: mail.provider.test"),
			lab: "zone\n    example.com MX 80 mx6.example.com\n    mx6.example.com CNAME mail.provider.test\n    mail.provider.test A 192.0.2.15\nsmtp 192.0.2.15\n",
		},
		{place: "mx/sound", name: "alias", lab: "drop mx1.example.com\nzone\n    mx1.example.com CNAME mail.other.test\n    mail.other.test A 192.0.2.11\n"},
		{place: "mx/more", name: "uncovered", lab: "zone\n    example.com MX 5 mx.other.test\n    mx.other.test A 192.0.2.16\nsmtp 192.0.2.16\n"},
	}
}

// servingFaults are those of the policy host that a file at its URL mends.
func servingFaults() []fault {
	const both = "https 192.0.2.10 2001:db8::10\n"
	const elsewhere = "    status 404\n    at /mta-sts.txt\n    body-quoted %q\n"
	return []fault{
		{place: "policy", name: "404", lab: both + "    status 404\n", lost: true},
		{place: "policy", name: "elsewhere", lab: both + fmt.Sprintf(elsewhere, soundPolicy)},
		{place: "policy", name: "elsewhere, with a blank line", lab: both + fmt.Sprintf(elsewhere, soundPolicy+"\n")},
		{place: "policy", name: "no address", lab: "drop mta-sts.example.com\nhttps 192.0.2.80 2001:db8::80\n    certificate mta-sts.example.com\n", lost: true},
		{place: "policy", name: "dangling", lab: instead("mta-sts", "CNAME gone.test") + "https 192.0.2.80 2001:db8::80\n    certificate mta-sts.example.com\n", lost: true},
		{place: "serving", name: "404 at one address", lab: "https 2001:db8::10\n    status 404\n"},
		{place: "serving", name: "differs", lab: "https 2001:db8::10\n    body-quoted " + fmt.Sprintf("%q\n", soundPolicy+"note: other\n")},
	}
}

// swap is an edit that puts one text in place of another.
func swap(old, text string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, old, text) }
}

// also is an edit that puts a line at the end.
func also(line string) func(string) string {
	return func(s string) string { return s + line + "\n" }
}

// inPlace are the faults that stand in place of one sound line of the policy.
func inPlace(place, line string, lost bool, texts ...string) []fault {
	var list []fault
	for _, text := range texts {
		list = append(list, fault{place: place, name: text, edit: swap(line+"\n", text), lost: lost})
	}
	return list
}

// added are the faults that stand behind the last line of the policy.
func added(place string, lines ...string) []fault {
	var list []fault
	for _, l := range lines {
		list = append(list, fault{place: place, name: l, edit: also(l)})
	}
	return list
}

func fieldFaults() []fault {
	return slices.Concat(
		inPlace("policy/version", "version: STSv1", false, "", "version: STSv2\n", "version: stsv1\n", "version:\n", "version: STSv1;\n",
			"version=STSv1\n", "v: STSv1\n", "Version: STSv1\n", "version : STSv1\n", "version: STSv1\nversion: STSv2\n"),
		inPlace("policy/mode", "mode: enforce", false, "mode: Enforce\n", "mode: enforced\n", "mode: \"enforce\"\n", "mode: strict\n",
			" mode: enforce\n", "mode : enforce\n", "mode: enforce # for good\n", "mode: enforce\nmode: testing\n", "mode: enforce;\n",
			"mode: Enforced\n", "mode: enforce\nMode: testing\n"),
		inPlace("policy/mode policy/key", "mode: enforce", false, "mode=enforce\n", "mode enforce\n", "Mode: enforce\n", "Mode: Enforce\n",
			"modes: enforce\n", "\"mode\": enforce\n"),
		inPlace("policy/mode", "mode: enforce", true, "", "mode:\n", "mode: whatever\n", "mode: report\n",
			"mode: testing\nmode: enforce\n", "mode: en\x01force\n"),
		inPlace("policy/max_age", "max_age: 1209600", false, "", "max_age:\n", "max_age: 2 weeks\n", "max_age: forever\n", "max_age: -1\n",
			"max_age: 12345678901\n", "max_age: 31557601\n", "max_age: 31557600\n", "max_age: 0\n", "max_age: 60\n", "max_age: 604800s\n", "max-age: 1209600\n",
			"max_age: 1209600\nmax_age: 5\n", "max_age: 60\nmax_age: 1209600\n", "max_age: 1209600\nmax-age: 5\n", "max_age = 1209600\n"),
	)
}

// variants are other sound policies.
func variants() []fault {
	list := slices.Concat(
		inPlace("policy/mode", "mode: enforce", true, "mode: testing\n"),
		inPlace("policy/mx1", "mx: mx1.example.com", false, "mx: *.example.com\n"),
		inPlace("policy/mx2", "mx: mx2.example.com", false, "mx: MX2.Example.COM\nmx: mx2.example.com\n"),
		inPlace("policy/max_age", "max_age: 1209600", false, "max_age: 0000604800\n"),
		added("policy/note", "note: keep me"),
	)
	list = append(list, fault{place: "policy/form", name: "CRLF", edit: swap("\n", "\r\n")})
	for i := range list {
		list[i].sound = true
	}
	return list
}

func patternFaults() []fault {
	return slices.Concat(
		inPlace("policy/mx2", "mx: mx2.example.com", false, "", "mx:\n", "mx: mx2.example.com.\n", "mx: 192.0.2.12\n", "mx: *\n",
			"mx: mx*.example.com\n", "mx: mx2.*.com\n", "mx: *.*.com\n", "mx: .example.com\n", "mx: mx2.example.com, mx1.example.com\n",
			"mx: mx_2.example.com\n", "mx: b\u00fccher.example.com\n", "mx: mx2..example.com\n", "mx: mx2.example.com:25\n", "mx: \"mx2.example.com\"\n",
			"mx: 20 mx2.example.com\n", "mx: <mx2.example.com>\n", "mx: -mx2.example.com\n", "mx: https://mx2.example.com\n", "mx: [192.0.2.12]\n",
			"mx: *.192.0.2.12\n", "mx: *.mx2.example.com\n", "mx: *.com\n", "mx: mx2.exampel.com\n", "nmx: mx2.example.com\n", "mx=mx2.example.com\n",
			"MX: mx2.example.com\n", "mx: mx9.example.com\n"),
		inPlace("policy/mx1", "mx: mx1.example.com", false, "", "mx: *.com\n", "nmx: mx1.example.com\n", "mx: mx1.example.com.\n"),
		added("policy/wide", "mx: *.com", "mx: *.co.uk"),
		added("policy/unused", "mx: old.provider.test", "mx: *.provider.example", "mx: 192.0.2.99"),
	)
}

func syntaxFaults() []fault {
	form := func(name string, edit func(string) string) fault {
		return fault{place: "policy/form", name: name, edit: edit}
	}
	lost := func(name, text string) fault {
		return fault{place: "policy", name: name, lost: true, edit: func(string) string { return text }}
	}
	return append(
		added("policy/line", "# a comment", "", "just words", "-key: value", "key:", "note: a\tb", "note: caf\xe9", "note: caf\u00e9", "note: a:b", "note: a\x01b", " note: a", "note : a", ": value"),
		form("bom", func(s string) string { return "\ufeff" + s }),
		form("utf-16", toUTF16),
		form("bare CR", swap("\n", "\r")),
		form("empty lines", swap("\n", "\n\n")),
		form("white space", swap("\n", "\n ")),
		form("\\n", swap("\n", `\n`)),
		// On one line nobody can tell a key with a slip in it from a value.
		fault{place: "policy/form policy/key", name: "one line", edit: swap("\n", " ")},
		form("<br>", swap("\n", "<br>\n")),
		lost("empty", ""),
		lost("HTML", "<!DOCTYPE html><p>Welcome\n"),
		lost("JSON", `{"version": "STSv1", "mode": "enforce"}`),
		lost("record", "v=STSv1; id=5\n"),
	)
}

func toUTF16(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}
