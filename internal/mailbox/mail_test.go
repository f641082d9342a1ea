package mailbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// parts is a mail of parts: each a header and a body.
func parts(list ...string) string {
	return "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b1\"\n\n" +
		"--b1\n" + strings.Join(list, "\n--b1\n") + "\n--b1--\n"
}

func TestMails(t *testing.T) {
	data := gz(t, report(1))
	b := b64(data)
	const plain = "Content-Type: text/plain\n\nhello\n"
	const html = "Content-Type: text/html\n\n<p>{hello}</p>\n"
	named := "stdin: part 2 (x!e!1!2.json.gz)"
	for _, c := range []struct{ name, mail, want string }{
		{"Google", mailOf(t, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"CRLF", strings.ReplaceAll(mailOf(t, 1), "\n", "\r\n"), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a leading empty line", "\n\r\n" + mailOf(t, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a byte order mark", "\xef\xbb\xbf" + mailOf(t, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"html first, bare tlsrpt", parts(html, "Content-Type: application/tlsrpt\nContent-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
		{"json, 7bit", parts(plain, "Content-Type: application/tlsrpt+json\n\n"+report(1)), "stdin: part 2"},
		{"json, 8BIT", parts(plain, "Content-type: APPLICATION/TLSRPT+JSON\nContent-Transfer-Encoding: 8BIT\n\n"+report(1)), "stdin: part 2"},
		{"gzip label on JSON", parts(plain, "Content-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n"+b64(report(1))), "stdin: part 2"},
		{"json label on gzip", parts(plain, "Content-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
		{"application/gzip", parts(plain, "Content-Type: application/gzip; name=x!e!1!2.json.gz\nContent-Transfer-Encoding: base64\n\n"+b), named},
		{"octet-stream", parts(plain, "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
		{"no type", parts(plain, "Content-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
		{"application/json", parts(plain, "Content-Type: application/json\n\n\xef\xbb\xbf"+report(1)), "stdin: part 2"},
		{"as text", parts(plain, "Content-Type: text/plain; name=report.json\n\n"+report(1)), "stdin: part 2 (report.json)"},
		{"quoted-printable", parts(plain, "Content-Type: application/json\nContent-Transfer-Encoding: quoted-printable\n\n"+
			strings.ReplaceAll(strings.Replace(report(1), "Company", "Com=\r\npa= \t\nny", 1), "{", "=7b")), "stdin: part 2"},
		{"binary", parts(plain, "Content-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: binary\n\n"+data), "stdin: part 2"},
		{"base64 in one line", parts(plain, "Content-Transfer-Encoding: base64\n\n"+strings.ReplaceAll(b, "\n", "")), "stdin: part 2"},
		{"base64 without padding", parts(plain, "Content-Transfer-Encoding: base64\n\n"+strings.TrimRight(b, "=\n")), "stdin: part 2"},
		{"base64 with stray characters", parts(plain, "Content-Transfer-Encoding: base64\n\n  "+strings.Join(strings.Split(b, ""), " !\x80\t")), "stdin: part 2"},
		{"base64, URL alphabet", parts(plain, "Content-Transfer-Encoding: base64\n\n"+strings.NewReplacer("+", "-", "/", "_").Replace(b)), "stdin: part 2"},
		{"base64 and a footer", parts(plain, "Content-Transfer-Encoding: base64\n\n"+b+"\n_______\nThis list is archived\n"), "stdin: part 2"},
		{"base64, not labelled", parts(plain, "Content-Type: application/tlsrpt+gzip\n\n"+b), "stdin: part 2"},
		{"JSON labelled base64", parts(plain, "Content-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n\n"+report(1)), "stdin: part 2"},
		{"a bare mail", "Subject: x\nContent-Type: application/tlsrpt+gzip; name=\"a b.json.gz\"\nContent-Transfer-Encoding: base64\n\n" + b, "stdin (a b.json.gz)"},
		{"a bare JSON mail without type", "Subject: x\n\n" + report(1), "stdin"},
		{"RFC 2231", parts(plain, "Content-Type: application/gzip\nContent-Disposition: attachment; filename*0*=UTF-8''x%21e; filename*1=\"!1!2.json.gz\"\nContent-Transfer-Encoding: base64\n\n"+b), named},
		{"a mail in a mail", parts(plain, "Content-Type: message/rfc822\n\n"+mailOf(t, 1)), "stdin: part 3 (x!example.com!1!2.json.gz)"},
		{"a mail in a mail, encoded", parts(plain, "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+b64(mailOf(t, 1))), "stdin: part 3 (x!example.com!1!2.json.gz)"},
		{"a digest", "Content-Type: multipart/digest; boundary=d\n\n--d\n\n" + mailOf(t, 1) + "\n--d--\n", "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a multipart in a multipart", parts("Content-Type: multipart/alternative; boundary=b11\n\n--b11\n"+plain+"\n--b11\n"+html+"\n--b11--\n",
			"Content-Transfer-Encoding: base64\n\n"+b), "stdin: part 3"},
		{"the inner end is missing", parts("Content-Type: multipart/alternative; boundary=b11\n\n--b11\n"+plain,
			"Content-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
		{"the end is missing", strings.TrimSuffix(mailOf(t, 1), "--0000b06cc--\n"), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"the boundary is not declared", strings.Replace(mailOf(t, 1), `boundary="0000b06cc";`, "", 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"the boundary is another", strings.Replace(mailOf(t, 1), `boundary="0000b06cc";`, `boundary="other";`, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"white space behind the boundary", strings.ReplaceAll(mailOf(t, 1), "--0000b06cc\n", "--0000b06cc \t\n"), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a broken header line", "Broken line\n" + "Subject: x\nno field\n>From x\n" + strings.TrimPrefix(mailOf(t, 1), "x"), ""},
		{"broken lines within the header", "Subject: x\nno field\n>From x\n" + mailOf(t, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a part without a header", parts(plain, "\n"+report(1)), "stdin: part 2"},
		{"a part without a header's end", parts(plain, report(1)), "stdin: part 2"},
		{"no quotes closed", strings.Replace(mailOf(t, 1), `boundary="0000b06cc"; report-type=tlsrpt`, `report-type=tlsrpt; boundary="0000b06cc`, 1), "stdin: part 2 (x!example.com!1!2.json.gz)"},
		{"a long line before it", parts("Content-Type: text/plain\n\n"+strings.Repeat("x", 200_000)+"\n", "Content-Transfer-Encoding: base64\n\n"+b), "stdin: part 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "" {
				expect(t, readText(t, c.mail), "stdin: skipped: it is neither JSON, gzip, zip, a mail nor an mbox")
				return
			}
			expect(t, readText(t, c.mail), c.want+" = "+report(1))
		})
	}
}

func TestMailsWithout(t *testing.T) {
	b := b64(gz(t, report(1)))
	zeros := b64(gz(t, strings.Repeat("\x00", 1<<16)))
	bomb := b64(gz(t, `{"organization-name":"x"`+strings.Repeat(" ", 1<<16)))
	const tlsrpt = "Content-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: "
	deep := "Content-Type: text/plain\n\nhello\n"
	for n := range 20 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=n%d\n\n--n%d\n%s\n--n%d--\n", n, n, deep, n)
	}
	for _, c := range []struct{ name, mail, want string }{
		{"text", "Subject: x\n\nhello\n", "stdin: other"},
		{"nothing but a header", "Subject: x\n", "stdin: other"},
		{"other JSON", parts("Content-Type: application/json\n\n{\"a\":1}"), "stdin: other"},
		{"other gzip", parts("Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n" + b64(gz(t, "a tar"))), "stdin: other"},
		{"other, and large", parts("Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n" + zeros), "stdin: other"},
		{"other, in an unknown encoding", parts("Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nbegin"), "stdin: other"},
		{"unknown encoding", parts(tlsrpt + "x-uuencode\n\nbegin"), "stdin: part 1: skipped: its transfer encoding is not known: x-uuencode"},
		{"bomb of zeros", parts(tlsrpt + "base64\n\n" + zeros), "stdin: part 1: skipped: it has more than 4 KiB when decompressed"},
		{
			"bomb by name", parts("Content-Disposition: attachment; filename=a!b!1!2.json.gz\nContent-Transfer-Encoding: base64\n\n" + zeros),
			"stdin: part 1 (a!b!1!2.json.gz): skipped: it has more than 4 KiB when decompressed",
		},
		{"bomb that looks like a report", parts("Content-Transfer-Encoding: base64\n\n" + bomb), "stdin: part 1: skipped: it has more than 4 KiB when decompressed"},
		{"large JSON", parts(tlsrpt + "7bit\n\n{" + strings.Repeat(" ", 1<<13)), "stdin: part 1: skipped: it has more than 4 KiB"},
		{"cut", parts(tlsrpt + "base64\n\n" + b[:len(b)-40]), "stdin: part 1: skipped: its compressed data ends too early"},
		{"damaged", parts(tlsrpt + "base64\n\n" + b[:30] + "AAAA" + b[34:]), "stdin: part 1: skipped: its compressed data is damaged"},
		{"empty", parts(tlsrpt + "base64\n\n"), "stdin: part 1: skipped: it is empty"},
		{"a PDF", parts(tlsrpt + "base64\n\n" + b64("%PDF-1.7")), "stdin: part 1: skipped: it is neither JSON nor gzip"},
		{"compressed text", parts(tlsrpt + "base64\n\n" + b64(gz(t, "hello"))), "stdin: part 1: skipped: what is compressed in it is no JSON"},
		{"the attachment is gone", "TLS-Report-Domain: example.com\n\nhello\n", "stdin: skipped: it says that it is a TLS report, and none is in it"},
		{"the mail is cut", mailOf(t, 1)[:560], "stdin: skipped: it says that it is a TLS report, and none is in it"},
		{"a long line", "Subject: x\n\n" + strings.Repeat("x", 9<<10) + "\n", "stdin: skipped: it has a line of more than 8 KiB"},
		{"a long header line", "Subject: " + strings.Repeat("x", 300<<10) + "\n", "stdin: skipped: it has a line of more than 8 KiB"},
		{"deep", deep, "stdin: skipped: its parts are more than 10 deep"},
		{"many", parts(strings.Repeat("\n\n\n--b1\n", 2000)), "stdin: skipped: it has more than 1000 parts"},
		{
			"a long name", parts("Content-Type: application/tlsrpt; name=\"" + strings.Repeat("n", 500) + "\"\n\n"),
			"stdin: part 1 (" + strings.Repeat("n", 120) + "...): skipped: it is empty",
		},
		{"an empty boundary", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nContent-Type: application/tlsrpt\n\n--\n", "stdin: other"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, readText(t, c.mail), c.want) })
	}
}

// TestSeveralInOneMail has two reports and a broken one: each is told.
func TestSeveralInOneMail(t *testing.T) {
	const head = "Content-Type: application/tlsrpt+json\n\n"
	expect(t, readText(t, parts(head+report(1), head+"<html>", head+report(2))),
		"stdin: part 1 = "+report(1), "stdin: part 2: skipped: it is neither JSON nor gzip", "stdin: part 3 = "+report(2))
}

// TestBase64 decodes at every place that a line may break.
func TestBase64(t *testing.T) {
	for _, want := range []string{report(1), report(10), report(100)} {
		text := base64.StdEncoding.EncodeToString([]byte(want))
		for i := range text {
			for _, text := range []string{text, strings.TrimRight(text, "=")} {
				p := part{encoding: base64Encoding, limit: 1 << 20}
				p.write([]byte(text[:min(i, len(text))] + "\r\n"))
				p.write([]byte(text[min(i, len(text)):]))
				if p.end(); string(p.data) != want {
					t.Fatalf("broken at %d: %q", i, p.data)
				}
			}
		}
	}
}
