package mailbox

import (
	"bytes"
	"encoding/base64"
	"mime"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// decoded is what a part comes to of which the text arrives in pieces of n bytes.
func decoded(e encoding, text []byte, n int) *part {
	var p part
	p.begin(e, 1<<20)
	for len(text) > 0 {
		piece := text[:min(n, len(text))]
		p.write(piece)
		text = text[len(piece):]
	}
	p.end()
	return &p
}

// FuzzPart: what the standard library encodes is decoded to the same, in pieces of any size, and what
// nobody encoded is bounded by what it is decoded from.
func FuzzPart(f *testing.F) {
	f.Add([]byte("}\r\n=\t \n\xff"), uint8(3))
	f.Add([]byte(strings.Repeat("\"a=b\": ", 40)), uint8(77))
	f.Add([]byte("=7d==\n= \t\r\n=x="), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, pieces uint8) {
		n := int(pieces) + 1
		for _, e := range []encoding{identity, base64Encoding, quotedPrintable, strange} {
			if p := decoded(e, data, n); len(p.data) > len(data)+2 {
				t.Errorf("%d bytes of %d, by %d", len(p.data), len(data), e)
			}
		}
		data = append([]byte(`{"a":`), data...) // as reports begin
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		if _, err := w.Write(data); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		if got := decoded(quotedPrintable, b.Bytes(), n).data; !bytes.Equal(got, data) {
			t.Errorf("%q, quoted as %q, is read as %q", data, b.Bytes(), got)
		}
		if got := decoded(base64Encoding, []byte(b64(string(data))), n).data; !bytes.Equal(got, data) {
			t.Errorf("%q in base64 is read as %q", data, got)
		}
		if got := decoded(base64Encoding, []byte(base64.RawURLEncoding.EncodeToString(data)), n).data; !bytes.Equal(got, data) {
			t.Errorf("%q in the other base64 is read as %q", data, got)
		}
	})
}

// FuzzValue: a header field that the standard library can read is read as the same.
func FuzzValue(f *testing.F) {
	f.Add(`multipart/report; boundary="0000b06cc"; report-type=tlsrpt`)
	f.Add(`application/gzip ; name*0*=UTF-8''x%21e; name*1="!1.json.gz"; x="a\"b;c"`)
	f.Add("Text/Plain (comment); charset = utf-8;;=;\"")
	f.Fuzz(func(t *testing.T, text string) {
		v := parseValue([]byte(text))
		size := 0
		for name, value := range v.params {
			size += len(name) + len(value)
		}
		if size > 3*len(text)+3 || len(v.word) > 3*len(text)+3 {
			t.Errorf("%d bytes of %q", size, text)
		}
		word, params, err := mime.ParseMediaType(text)
		if err != nil || strings.ContainsAny(text, `*\`) {
			return // the continuations of RFC 2231 are mended here, where the library gives up
		}
		if word != v.word {
			t.Errorf("%q is of type %q, not %q", text, v.word, word)
		}
		for name, want := range params {
			if got := v.params[name]; got != want {
				t.Errorf("%q: %s is %q, not %q", text, name, got, want)
			}
		}
	})
}
