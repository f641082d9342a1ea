// Package trouble says what the error of a connection means: the kind of a [fact.Fault], and words.
//
// Packages net, crypto/tls and net/http hand up what the operating system or the peer said within
// layers that name addresses and ports. Those differ from run to run, and whoever judges facts needs
// one word to decide by. DNS and HTTPS fail in the same ways, so there is one table for both.
package trouble

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mtasts/internal/fact"
	"mtasts/internal/platform"
)

// Of is the kind of an error and what happened, in words that are the same at every run. Those of
// a time-out and of an end (fact.Reset) are for whoever does not know what was waited for. An error
// that is not known is fact.Other, in its own words as of [Bare].
func Of(err error) (fact.Kind, string) {
	if errors.Is(err, context.Canceled) {
		return fact.Canceled, "canceled"
	}
	if timedOut(err) {
		return fact.TimedOut, "no answer in time"
	}
	if text, ok := alert(err); ok {
		return fact.Alert, text
	}
	for _, c := range causes() {
		if platform.Is(err, c.errno) {
			return c.kind, c.text
		}
	}
	if ended(err) {
		return fact.Reset, "the server closed the connection"
	}
	if text := Bare(err); text != "no renegotiation" {
		return fact.Other, text
	}
	// Our answer to a HelloRequest (RFC 5246 §7.4.1.1), which ends the connection.
	return fact.Other, "the server wants to negotiate TLS anew, for a client certificate as a rule"
}

func timedOut(err error) bool {
	var e net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		platform.Is(err, syscall.ETIMEDOUT) || errors.As(err, &e) && e.Timeout()
}

// alert is the words of an alert that the server sent (RFC 8446 §6). Its type is crypto/tls's own
// secret; tls.AlertError is for QUIC alone.
func alert(err error) (string, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return "", false
	}
	return unnamed(op.Err.Error()), true
}

type cause struct {
	errno syscall.Errno
	kind  fact.Kind
	text  string
}

// causes are what an operating system says. ENETUNREACH comes from the own routing table as a
// rule (no IPv6 here), EHOSTUNREACH from a router's ICMP, EHOSTDOWN from a neighbour's silence.
func causes() []cause {
	return []cause{
		{syscall.ECONNREFUSED, fact.Refused, "connection refused"},
		{syscall.EHOSTUNREACH, fact.Unreachable, "no route to the host"},
		{syscall.EHOSTDOWN, fact.Unreachable, "the host is down"},
		{syscall.ENETUNREACH, fact.NoRoute, "this machine has no route to that network"},
		{syscall.EADDRNOTAVAIL, fact.NoRoute, "this machine has no address of that family"},
		{syscall.EAFNOSUPPORT, fact.NoRoute, "this machine does not speak that address family"},
		{syscall.EMFILE, fact.Internal, "too many open files on this machine"},
		{syscall.ENFILE, fact.Internal, "too many open files on this machine"},
		{syscall.EACCES, fact.Internal, "not permitted on this machine"},
		{syscall.EPERM, fact.Internal, "not permitted on this machine"},
	}
}

// ended tells that the peer closed the connection, in one of the ways there are.
func ended(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	if platform.Is(err, syscall.ECONNRESET) || platform.Is(err, syscall.EPIPE) {
		return true
	}
	// net/http keeps this one to itself.
	return strings.Contains(err.Error(), "server closed idle connection")
}

// Bare is the innermost error's words without its package's name.
func Bare(err error) string {
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
