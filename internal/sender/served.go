package sender

import (
	"mime"
	"strings"
	"time"
	"unicode/utf8"

	"mtasts/internal/field"
)

// timeFault tells whether a sender gives up waiting. A silence is not measured: where all took longer
// it may have been.
func (h httpHabits) timeFault(in Served) *cause {
	switch {
	case in.HTTP == nil:
	case h.total > 0 && in.HTTP.Took > h.total:
		return because(0, "gave up after %d s", h.total/time.Second)
	case h.silence > 0 && in.HTTP.Took > h.silence:
		return unknown("gives up after %d s without a byte", h.silence/time.Second)
	}
	return nil
}

// typeFault tells what a sender has against the Content-Type.
func (h httpHabits) typeFault(in Served) *cause {
	if in.HTTP == nil || h.contentType == typeAny {
		return nil
	}
	given := in.HTTP.ContentType
	kind, _, _ := strings.Cut(given, ";")
	kind = strings.TrimSpace(kind)
	if !in.HTTP.Typed || kind == "" {
		return because(0, "no content type")
	}
	switch _, _, err := mime.ParseMediaType(given); {
	case kind != "text/plain" && h.contentType == typeExact, !strings.EqualFold(kind, "text/plain"):
		return because(0, "content type %s", show(kind))
	case h.contentType == typeParsed && err != nil:
		return because(0, "malformed content type %s", quote(given))
	}
	return nil
}

// sizeFault tells whether the policy is too long for a sender.
func (h httpHabits) sizeFault(in Served) *cause {
	size := len(in.Body)
	if in.More {
		size++
	}
	switch {
	case h.most > 0 && size > h.most:
		return because(0, "longer than %d KiB", h.most>>10)
	case in.More && (h.part == 0 || h.part > len(in.Body)):
		return unknown("only the first %d KiB were read here", len(in.Body)>>10)
	}
	return nil
}

// start is so much of the body as a sender reads.
func (h httpHabits) start(body string) string {
	if h.part > 0 && len(body) > h.part {
		return body[:h.part]
	}
	return body
}

// decode is a text, as far as its bytes may stand there.
func (h textHabits) decode(text string, served *HTTP) (string, *cause) {
	switch h.encoding {
	case utf8Only:
		if !utf8.ValidString(text) {
			return "", because(lineOf(text, invalid(text)), "a byte that is not UTF-8")
		}
	case byCharset:
		return decodeAs(charset(served), text)
	case anyBytes:
	}
	return text, nil
}

// charset is the one of Content-Type, and ASCII where it names none.
func charset(served *HTTP) string {
	if served != nil {
		if _, given, err := mime.ParseMediaType(served.ContentType); err == nil && given["charset"] != "" {
			return given["charset"]
		}
	}
	return "ascii"
}

// decodeAs decodes a text, which stays as it is: the bytes of ASCII mean the same in all that is
// known here.
func decodeAs(charset, text string) (string, *cause) {
	beyond := field.IndexNot(text, func(c byte) bool { return c < 0x80 })
	name := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(charset), "-", ""), "_", "")
	switch {
	case name == "utf8":
		if !utf8.ValidString(text) {
			return "", because(lineOf(text, invalid(text)), "a byte that is not UTF-8")
		}
	case name == "ascii" || name == "usascii":
		if beyond >= 0 {
			return "", because(lineOf(text, beyond), "a byte that is not ASCII, and no charset=utf-8 in the content type")
		}
	case beyond >= 0 || !strings.HasPrefix(name, "iso8859") && !strings.HasPrefix(name, "windows125"):
		return "", unknown("decodes charset %s", show(charset))
	}
	return text, nil
}

// invalid is the place of the first byte that is not UTF-8.
func invalid(s string) int {
	for i := range s {
		if r, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(s)
}

func lineOf(text string, i int) int { return 1 + strings.Count(text[:i], "\n") }
