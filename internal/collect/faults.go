package collect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mtasts/internal/fact"
)

// The one place where errors become faults: every kind is told here and nowhere else, in words
// without the addresses and layers that the libraries put before it.

// faultOf is why a stage ended. ctx is the one that the stage ran under, limit the time that it had.
func faultOf(ctx context.Context, stage fact.Stage, err error, limit time.Duration) *fact.Fault {
	kind, text := cause(ctx, stage, err, limit)
	return &fact.Fault{Stage: stage, Kind: kind, Text: clip(text), Timeout: kind == fact.TimedOut}
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

// firstLine is what people recognise a protocol by, in quotes.
func firstLine(head []byte) string {
	line, _, _ := strings.Cut(string(head), "\n")
	return strconv.QuoteToASCII(strings.TrimSuffix(line, "\r"))
}

func cause(ctx context.Context, stage fact.Stage, err error, limit time.Duration) (fact.Kind, string) {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fact.Canceled, "canceled"
	case timedOut(err):
		return fact.TimedOut, fmt.Sprintf("%s within %g s", awaited(stage), limit.Seconds())
	}
	if text, ok := alert(err); ok {
		return fact.Alert, "alert: " + text
	}
	for _, c := range causes() {
		if errors.Is(err, c.err) {
			return c.kind, c.text
		}
	}
	if ended(err) {
		return fact.Reset, ending(stage)
	}
	switch stage {
	case fact.Dial:
		return fact.Other, bare(err)
	case fact.Handshake:
		return fact.Malformed, "the handshake failed: " + bare(err)
	default:
		return fact.Malformed, bare(err)
	}
}

func timedOut(err error) bool {
	var e net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, syscall.ETIMEDOUT) || errors.As(err, &e) && e.Timeout()
}

// alert is the words of an alert that the server sent (RFC 8446 §6).
func alert(err error) (string, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return "", false
	}
	return unnamed(op.Err.Error()), true
}

type known struct {
	err  error
	kind fact.Kind
	text string
}

// causes are what an operating system says. ENETUNREACH comes from the own routing table as a
// rule (no IPv6 here), EHOSTUNREACH from a router's ICMP.
func causes() []known {
	return []known{
		{syscall.ECONNREFUSED, fact.Refused, "connection refused"},
		{syscall.EHOSTUNREACH, fact.Unreachable, "no route to the host"},
		{syscall.ENETUNREACH, fact.NoRoute, "this machine has no route to that network"},
		{syscall.EADDRNOTAVAIL, fact.NoRoute, "this machine has no address of that family"},
		{syscall.EAFNOSUPPORT, fact.NoRoute, "this machine does not speak that address family"},
		{syscall.EMFILE, fact.Internal, "too many open files on this machine"},
		{syscall.ENFILE, fact.Internal, "too many open files on this machine"},
		{syscall.EACCES, fact.Internal, "not permitted on this machine"},
		{syscall.EPERM, fact.Internal, "not permitted on this machine"},
	}
}

// ended tells that the server closed the connection, in one of the ways there are.
func ended(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	// net/http keeps this one to itself.
	return strings.Contains(err.Error(), "server closed idle connection")
}

// awaited is what did not come in time.
func awaited(stage fact.Stage) string {
	switch stage {
	case fact.Dial:
		return "no connection"
	case fact.Handshake:
		return "no TLS handshake"
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
	case fact.Handshake:
		return "the server closed the connection during the TLS handshake"
	case fact.Read:
		return "the server closed the connection in the middle of the body"
	default:
		return "the server closed the connection without an answer"
	}
}

// bare is the innermost error's words without its package's name.
func bare(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return unnamed(err.Error())
}

// unnamed is a library's text without its package's name.
func unnamed(text string) string {
	for _, prefix := range []string{"tls: ", "x509: ", "net/http: ", "http: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// longest is how much of a peer's words one fact keeps.
const longest = 300

func clip(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "..."
}
