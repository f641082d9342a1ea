package collect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mtasts/internal/fact"
	"mtasts/internal/trouble"
	"mtasts/internal/tunnel"
	"mtasts/internal/words"
)

// Here errors become faults: package trouble tells their kind, and the stage what was waited for.

// faultOf is why a stage ended. ctx is the one that the stage ran under, limit the time that it had.
func faultOf(ctx context.Context, stage fact.Stage, err error, limit time.Duration) *fact.Fault {
	kind, text := cause(ctx, stage, err, limit)
	return &fact.Fault{Stage: stage, Kind: kind, Text: words.Clip(text, longest), Timeout: kind == fact.TimedOut}
}

// handshakeFault looks at the server's first bytes as well.
func handshakeFault(ctx context.Context, err error, limit time.Duration, head []byte) *fact.Fault {
	f := faultOf(ctx, fact.Handshake, err, limit)
	var header tls.RecordHeaderError
	if errors.As(err, &header) && f.Kind == fact.Malformed && !record(head) {
		f.Kind, f.Text = fact.NotTLS, "no TLS: the server answered with "+firstLine(head)
	}
	return f
}

// record tells whether bytes begin like a TLS record (RFC 8446 §5.1): a type from 20 to 23 and
// version 3.
func record(head []byte) bool {
	return len(head) > 1 && 20 <= head[0] && head[0] <= 23 && head[1] == 3
}

// firstLine is what people recognise a protocol by, in quotes. Of bytes that are no text a few are enough.
func firstLine(head []byte) string {
	const few = 16
	line, _, _ := strings.Cut(string(head), "\n")
	if len(line) > few && !utf8.ValidString(line) {
		return strconv.QuoteToASCII(line[:few]) + "..."
	}
	return strconv.QuoteToASCII(strings.TrimSuffix(line, "\r"))
}

func cause(ctx context.Context, stage fact.Stage, err error, limit time.Duration) (fact.Kind, string) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fact.Canceled, "canceled"
	}
	if proxy := (*tunnel.Error)(nil); errors.As(err, &proxy) {
		return fact.Internal, proxy.Error()
	}
	kind, text := trouble.Of(err)
	if ctx.Err() != nil { // however it shows that the connection was ended
		kind = fact.TimedOut
	}
	switch kind {
	case fact.TimedOut:
		return kind, fmt.Sprintf("%s within %g s", awaited(stage), limit.Seconds())
	case fact.Alert:
		return kind, "alert: " + text
	case fact.Reset:
		return kind, ending(stage)
	case fact.Other:
		return unknown(stage, text)
	default:
		return kind, text
	}
}

// unknown is an error that nobody knows: once connected, it is about what the server sent.
func unknown(stage fact.Stage, text string) (fact.Kind, string) {
	switch stage {
	case fact.Dial:
		return fact.Other, text
	case fact.Handshake:
		return fact.Malformed, "the handshake failed: " + text
	default:
		return fact.Malformed, text
	}
}

// awaited is what did not come in time.
func awaited(stage fact.Stage) string {
	switch stage {
	case fact.Dial:
		return "no connection"
	case fact.Greet:
		return "no greeting"
	case fact.Hello:
		return "no answer to EHLO"
	case fact.StartTLS:
		return "no answer to STARTTLS"
	case fact.Handshake:
		return "no TLS handshake"
	case fact.Secured:
		return "no answer to EHLO over TLS"
	case fact.Read:
		return "no whole answer"
	default:
		return "no answer"
	}
}

// ending is where the server closed the connection.
func ending(stage fact.Stage) string {
	switch stage {
	case fact.Dial:
		return "the server closed the connection at once"
	case fact.Greet:
		return "the server closed the connection without a greeting"
	case fact.Hello:
		return "the server closed the connection at EHLO"
	case fact.StartTLS:
		return "the server closed the connection at STARTTLS"
	case fact.Secured:
		return "the server closed the connection at EHLO over TLS"
	case fact.Handshake:
		return "the server closed the connection during the TLS handshake"
	case fact.Read:
		return "the server closed the connection in the middle of the body"
	default:
		return "the server closed the connection without an answer"
	}
}

// longest is how much of a peer's words one fact keeps, in octets.
const longest = 300
