package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// talk is one conversation of a mail server.
type talk struct {
	*mailServer
	number  int
	raw     net.Conn
	conn    net.Conn // raw, or TLS over it
	in      *bufio.Reader
	secure  bool
	unready bool // the greeting was no welcome
}

// run greets and obeys, until either side has had enough.
func (t *talk) run(ctx context.Context) {
	defer hangUp(t.raw, "")
	greeting := t.reply("greeting", response{220, t.name + " ESMTP"})
	t.unready = greeting.code != 220
	if !t.say(greeting.code, append([]string{greeting.text}, t.more...)...) {
		return
	}
	for {
		command, ok := t.hear()
		if !ok || !t.obey(ctx, command) {
			return
		}
	}
}

// reply is what the script has for a word, or else the usual.
func (t *talk) reply(word string, usual response) response {
	if r, ok := t.said[word]; ok {
		return r
	}
	return usual
}

// hear is the next command.
func (t *talk) hear() (string, bool) {
	text, err := t.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		t.say(500, "line too long")
	}
	if err != nil {
		return "", false
	}
	command := strings.TrimRight(string(text), "\r\n")
	t.note(command)
	return command, true
}

// say sends a reply of so many lines; false where that ends the conversation, as 221 and 421 do.
func (t *talk) say(code int, lines ...string) bool {
	if _, err := io.WriteString(t.conn, format(code, lines)); err != nil {
		return false
	}
	if code != 221 && code != 421 {
		return true
	}
	if c, ok := t.conn.(*tls.Conn); ok {
		_ = c.CloseWrite()
	}
	return false
}

// format is a reply on the wire (RFC 5321 §4.2.1).
func format(code int, lines []string) string {
	var b strings.Builder
	for i, text := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		fmt.Fprintf(&b, "%d%s%s\r\n", code, mark, text)
	}
	return b.String()
}

// obey answers a command; false ends the conversation.
func (t *talk) obey(ctx context.Context, command string) bool {
	verb, rest, _ := strings.Cut(command, " ")
	verb = strings.ToUpper(verb)
	switch {
	case verb == "QUIT":
		return t.say(221, t.name+" bye")
	case t.unready: // RFC 5321 §3.1
		return t.say(503, "no service here")
	case verb == "EHLO" || verb == "HELO":
		return t.hello(strings.ToLower(verb), rest)
	case verb == startTLS:
		return t.startTLS(ctx)
	case verb == "NOOP" || verb == "RSET" || verb == "MAIL":
		return t.say(250, "OK")
	}
	return t.say(502, "not implemented")
}

// hello answers EHLO and HELO.
func (t *talk) hello(word, client string) bool {
	if word == "ehlo" && t.secure {
		word = "ehlo-tls"
	}
	if word == t.hangUpAt {
		return false
	}
	if strings.TrimSpace(client) == "" {
		return t.say(501, "who is there?")
	}
	r := t.reply(word, response{250, t.name})
	lines := []string{r.text}
	if word != "helo" && r.code == 250 {
		lines = append(lines, t.offers()...)
	}
	return t.say(r.code, lines...)
}

// offers are the extensions, over TLS without STARTTLS (RFC 3207 §4.2).
func (t *talk) offers() []string {
	if !t.secure {
		return t.extensions
	}
	return slices.DeleteFunc(slices.Clone(t.extensions), func(s string) bool { return s == startTLS })
}

// startTLS answers the command, and goes on to the handshake where the answer is 220.
func (t *talk) startTLS(ctx context.Context) bool {
	if t.hangUpAt == "starttls" {
		return false
	}
	usual := response{220, "ready for TLS"}
	switch {
	case t.secure:
		return t.say(503, "this is TLS already")
	case !slices.Contains(t.extensions, startTLS):
		usual = response{502, "not implemented"}
	}
	r := t.reply("starttls", usual)
	if r.code != 220 {
		return t.say(r.code, r.text)
	}
	if _, err := io.WriteString(t.conn, format(r.code, []string{r.text})+t.behind()); err != nil {
		return false
	}
	return t.handshake(ctx)
}

// behind is what is sent in one go with the 220 to STARTTLS, and should not be.
func (t *talk) behind() string {
	switch t.fault {
	case faultGarbage:
		return "\x00\xff\x9d\xe2\x01\x7f\x80\x0b\xfe\x90\x05\xc3"
	case faultInject:
		return "250 injected\r\n"
	}
	return ""
}

// handshake begins TLS, or breaks it as the script wants.
func (t *talk) handshake(ctx context.Context) bool {
	switch t.fault {
	case faultGarbage, faultTLSMute:
		drain(t.raw)
	case faultTLSReset:
		breakOff(t.raw)
		_ = t.raw.Close()
	case faultTLSAlert:
		refuseTLS(t.raw)
	case faultNoTLS:
		firstBytes(t.raw)
		hangUp(t.raw, "454 TLS not available after all\r\n")
	default:
		c := tls.Server(t.raw, t.config)
		if c.HandshakeContext(ctx) != nil {
			return false
		}
		t.note(InTLS)
		t.over(c)
		t.secure = true
		return true
	}
	return false
}
