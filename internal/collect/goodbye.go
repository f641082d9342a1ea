package collect

import (
	"context"
	"io"
	"time"

	"mtasts/internal/smtp"
)

// goodbyeLimit is the time for the end of a conversation.
const goodbyeLimit = time.Second

// goodbye ends a conversation, by QUIT where that is still to be said (RFC 5321 §4.1.1.10), and then
// calls after. What the server answers changes nothing, so nobody waits for it: it goes on in the
// background for goodbyeLimit at most, until the look's context ends.
func (o *Observer) goodbye(ctx context.Context, c *conversation, after func()) {
	switch {
	case c == nil:
		after()
	case !c.polite():
		_ = c.raw.Close()
		after()
	default:
		o.probes.byes.Go(func() {
			defer after()
			c.quit(ctx)
		})
	}
}

// quit says QUIT and closes the connection after the answer. TLS says that it closes too, which is
// why the connection below is taken away at the limit.
func (c *conversation) quit(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, goodbyeLimit)
	defer cancel()
	defer context.AfterFunc(limited, func() { _ = c.raw.Close() })()
	defer c.conn.Close()
	if _, err := io.WriteString(c.conn, "QUIT\r\n"); err == nil {
		_, _ = smtp.ReadReply(c.in)
	}
}
