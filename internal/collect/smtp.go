package collect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/smtp"
	"mtasts/internal/words"
)

// conversation is one SMTP session as it goes on: greeting, EHLO, STARTTLS, TLS, EHLO (RFC 5321
// §3.1, RFC 3207 §4). No mail is ever begun.
type conversation struct {
	*Observer
	name  string   // the MX host's, for SNI
	raw   net.Conn // TCP
	conn  net.Conn // TCP, and later TLS over it
	in    *bufio.Reader
	probe *fact.Probe
}

func (o *Observer) newConversation(name string, raw net.Conn, p *fact.Probe) *conversation {
	return &conversation{Observer: o, name: name, raw: raw, conn: raw, in: bufio.NewReader(raw), probe: p}
}

// hold speaks as far as the server lets it, and the probe says how far that was. The greeting has a
// limit of its own, since there are servers that let strangers wait for it on purpose.
func (c *conversation) hold(ctx context.Context) {
	if !c.greeting(ctx) {
		return
	}
	limited, cancel := context.WithTimeout(ctx, c.net.SMTPTimeout)
	defer cancel()
	if !c.hello(limited) || !c.probe.EHLO.Offers("STARTTLS") || !c.startTLS(limited) || !c.secure(limited) {
		return
	}
	// Whom to trust is worked out while the answer is on its way.
	var trusting sync.WaitGroup
	trusting.Go(func() { recordTrust(c.probe.TLS, c.roots(), c.net.Now()) })
	c.probe.EHLOTLS = c.ask(limited, fact.Secured, "EHLO "+c.ownName())
	c.accepted(fact.Secured, c.probe.EHLOTLS)
	trusting.Wait()
}

// polite tells that the conversation is in a state to be ended by QUIT: both sides know what was
// said last. After a failed STARTTLS nothing else may be sent, and after a broken handshake or
// plaintext in its place, nothing at all.
func (c *conversation) polite() bool {
	return c.probe.Fault == nil || c.probe.Fault.Kind == fact.Rejected
}

func (c *conversation) greeting(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, c.net.SMTPTimeout)
	defer cancel()
	begun := c.net.Now()
	c.probe.Greeting = c.ask(limited, fact.Greet, "")
	c.probe.Timing.Greeting = c.since(begun)
	return c.accepted(fact.Greet, c.probe.Greeting)
}

// hello says EHLO, or HELO to a server that does not know it (RFC 5321 §3.2).
func (c *conversation) hello(ctx context.Context) bool {
	p := c.probe
	begun := c.net.Now()
	defer func() { p.Timing.EHLO = c.since(begun) }()
	p.EHLO = c.ask(ctx, fact.Hello, "EHLO "+c.ownName())
	if p.EHLO == nil || p.EHLO.Code/100 != 5 {
		return c.accepted(fact.Hello, p.EHLO)
	}
	p.HELO = c.ask(ctx, fact.Hello, "HELO "+c.ownName())
	return c.accepted(fact.Hello, p.HELO)
}

func (c *conversation) startTLS(ctx context.Context) bool {
	begun := c.net.Now()
	c.probe.StartTLS = c.ask(ctx, fact.StartTLS, "STARTTLS")
	c.probe.Timing.StartTLS = c.since(begun)
	return c.accepted(fact.StartTLS, c.probe.StartTLS) && !c.injected(c.behind())
}

// behind is what came together with the last reply.
func (c *conversation) behind() []byte {
	b, _ := c.in.Peek(c.in.Buffered())
	return b
}

// injected tells that text stands where TLS has to begin: anybody on the way can have put it there
// for the client to read as if it had come over TLS (RFC 3207 §6). What is no text is left to the
// handshake.
func (c *conversation) injected(b []byte) bool {
	if len(b) == 0 || !isText(b) {
		return false
	}
	c.inject(b)
	return true
}

func (c *conversation) inject(b []byte) {
	c.probe.Injected = fact.Text(b[:min(len(b), longest)])
	c.probe.Fault = &fact.Fault{
		Stage: fact.StartTLS, Kind: fact.Injected,
		Text: words.Clip("plaintext where TLS has to begin: "+firstLine(b), longest),
	}
}

// isText tells that there are printable octets and line ends only.
func isText(b []byte) bool {
	for _, o := range b {
		if (o < ' ' || o > '~') && o != '\r' && o != '\n' && o != '\t' {
			return false
		}
	}
	return true
}

// secure does TLS with the MX host's name (RFC 8461 §4.2). A first record that reads like a positive
// reply was sent as one, in place of TLS; a negative one is the server's way to say that it cannot.
func (c *conversation) secure(ctx context.Context) bool {
	s := c.handshake(ctx, c.raw, bytes.Clone(c.behind()), c.tlsConfig(c.name), c.net.SMTPTimeout)
	c.probe.TLS, c.probe.Timing.TLS, c.probe.Fault = s.seen, s.took, s.fault
	if s.fault != nil {
		if code, ok := smtp.Code(s.heard); ok && code < 400 && s.fault.Kind == fact.NotTLS {
			c.inject(s.heard)
		}
		return false
	}
	c.conn = s.Conn
	c.in.Reset(s.Conn)
	return true
}

// ask sends a line, if there is one, and reads the reply; nil where none came, and the probe says why.
func (c *conversation) ask(ctx context.Context, stage fact.Stage, line string) *fact.Reply {
	var r fact.Reply
	err := interruptible(ctx, c.raw, func() (err error) {
		if line != "" {
			// Where this fails, the server may have said why before it went away.
			_, _ = io.WriteString(c.conn, line+"\r\n")
		}
		r, err = smtp.ReadReply(c.in)
		return err
	})
	if err != nil {
		c.fail(ctx, stage, err)
		return nil
	}
	return &r
}

// accepted tells whether a reply lets the conversation go on; where it does not, the probe says so.
// No command here is answered by 3xx.
func (c *conversation) accepted(stage fact.Stage, r *fact.Reply) bool {
	if r == nil || r.Positive() {
		return r != nil
	}
	kind, said := fact.Rejected, "the server answered with "
	if r.Code < 400 {
		kind, said = fact.Malformed, "the server answered out of turn with "
	}
	first := strconv.Itoa(r.Code) + " " + string(r.Lines[0])
	c.probe.Fault = &fact.Fault{Stage: stage, Kind: kind, Text: words.Clip(said+strconv.QuoteToASCII(first), longest)}
	return false
}

func (c *conversation) fail(ctx context.Context, stage fact.Stage, err error) {
	f := faultOf(ctx, stage, err, c.net.SMTPTimeout)
	switch {
	case f.Kind == fact.Canceled:
	case errors.Is(err, smtp.ErrFlood):
		f.Kind, f.Text = fact.Flood, smtp.ErrFlood.Error()
	case errors.Is(err, smtp.ErrMalformed):
		f.Kind, f.Text = fact.Malformed, words.Clip(err.Error(), longest)
	}
	c.probe.Fault = f
}

// ownName is what this end calls itself: a name that the user gave, or its address (RFC 5321 §4.1.3,
// §4.1.4: of a client without a name).
func (c *conversation) ownName() string {
	if c.net.EHLOName != "" {
		return c.net.EHLOName
	}
	at, err := netip.ParseAddrPort(c.raw.LocalAddr().String())
	switch a := at.Addr().Unmap().WithZone(""); {
	case err != nil:
		return "[127.0.0.1]" // a connection that is none of TCP has no address to tell
	case a.Is4():
		return "[" + a.String() + "]"
	default:
		return "[IPv6:" + a.String() + "]"
	}
}

// interruptible does something with a connection, and breaks it off when ctx ends.
func interruptible(ctx context.Context, conn net.Conn, do func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := do()
	if !stop() && err == nil {
		err = ctx.Err() // it came at the last moment, and the connection cannot be used any more
	}
	return err
}
