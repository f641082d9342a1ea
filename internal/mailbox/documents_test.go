package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

// TestSeveral reads several reports of one file, or of one part of a mail.
func TestSeveral(t *testing.T) {
	one, two := report(1), report(2)
	odd := `{"policies":[{"a":"}]\"{\\"},[[]]]}`
	const first, second, third = "stdin: report 1 = ", "stdin: report 2 = ", "stdin: report 3 = "
	const ends = "stdin: skipped: its array ends in the middle, or has something else than reports in it"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"lines", one + "\n" + two + "\r\n", []string{first + one, second + two}},
		{"no line end between", one + two + odd, []string{first + one, second + two, third + odd}},
		{"an array", " [ " + one + " ,\n" + odd + " ] \n", []string{first + "[" + one + "]", second + "[" + odd + "]"}},
		{"an array of one", "[" + one + "]", []string{"stdin = [" + one + "]"}},
		{"an array behind an array", "[" + one + "]\n[" + two + "]", []string{first + "[" + one + "]", second + "[" + two + "]"}},
		{"a report behind an array", "[" + one + "]" + two, []string{first + "[" + one + "]", second + two}},
		{"an array of no reports", "[1, " + one + "]", []string{"stdin = [1, " + one + "]"}},
		{"an array of arrays", "[[" + one + "]]", []string{"stdin = [[" + one + "]]"}},
		{"an array that is cut", "[" + one + ",", []string{"stdin = [" + one + "]", ends}},
		{"an array that is cut in a report", "[" + one + "," + two[:20], []string{first + "[" + one + "]", second + "[" + two[:20], ends}},
		{"an array with something else", "[" + one + ",7," + two + "]", []string{"stdin = [" + one + "]", ends}},
		{"the second is cut", one + "\n" + two[:20], []string{first + one, second + two[:20]}},
		{"something else behind", one + "\n--\nfooter", []string{"stdin = " + one + "--\nfooter"}},
		{"a bracket of too many", one + "}" + two, []string{"stdin = " + one + "}" + two}},
		{"the second is too large", one + "{" + strings.Repeat(" ", 5<<10), []string{first + one, "stdin: skipped: it has more than 4 KiB"}},
		{"together too large", one + strings.Repeat(" ", 100<<10) + two, []string{first + one, second + two}},
		{"much behind", one + strings.Repeat("x", 5<<10), []string{"stdin: skipped: it has more than 4 KiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, readText(t, c.text), c.want...)
			expect(t, read(t, "-", iotest.OneByteReader(strings.NewReader(c.text)), 4<<10), c.want...)
		})
	}
}

// TestSeveralInMail: what is in one part of a mail is told apart as what is in one file.
func TestSeveralInMail(t *testing.T) {
	head := "Subject: x\nContent-Type: application/tlsrpt+json; name=r.json\n\n"
	expect(t, readText(t, head+report(1)+"\n"+report(2)+"\n"), "stdin (r.json): report 1 = "+report(1), "stdin (r.json): report 2 = "+report(2))
	full := `{"policies":"` + strings.Repeat("x", 4<<10-len(`[{"policies":""}]`)) + `"}`
	expect(t, readText(t, head+"["+full+"]"), "stdin (r.json) = ["+full+"]")
}

// TestManyLines: the length of a file of many reports does not matter.
func TestManyLines(t *testing.T) {
	var b strings.Builder
	for i := range 5_000 {
		b.WriteString(report(i) + "\n")
	}
	got := readText(t, b.String())
	if last := fmt.Sprintf("stdin: report 5000 = %s", report(4999)); len(got) != 5_000 || got[4_999] != last {
		t.Errorf("%d reports, the last is %q", len(got), got[len(got)-1])
	}
}

// TestNotOpened says of what is not read what it is.
func TestNotOpened(t *testing.T) {
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	const utf16 = "stdin: skipped: it is UTF-16, and JSON has to be UTF-8"
	for _, text := range []string{"\xff\xfe" + wide(report(1)), "\xfe\xff\x00" + wide(report(1)), wide(report(1)), "\x00" + wide("["), gz(t, "\xff\xfe"+wide(report(1)))} {
		expect(t, readText(t, text), utf16)
	}
	mail := func(kind, body string) string {
		return "Content-Type: multipart/report; report-type=tlsrpt; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n" +
			"--b\nContent-Type: " + kind + "; name=r\nContent-Transfer-Encoding: base64\n\n" + b64(body) + "--b--\n"
	}
	expect(t, readText(t, mail("application/zip", zipOf(t, entry{"r.json", report(1)}))), "stdin: part 2 (r): skipped: a zip in a mail is not opened")
	expect(t, readText(t, mail("application/tlsrpt+json", "\xff\xfe"+wide(report(1)))), "stdin: part 2 (r): skipped: it is UTF-16, and JSON has to be UTF-8")
	plain := strings.Replace(mail("application/zip", zipOf(t)), "report; report-type=tlsrpt", "mixed", 1)
	expect(t, readText(t, plain), "stdin: other")
}
