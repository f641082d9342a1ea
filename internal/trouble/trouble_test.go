package trouble

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"mtasts/internal/fact"
)

func check(t *testing.T, err error, kind fact.Kind, text string) {
	t.Helper()
	if k, s := Of(err); k != kind || s != text {
		t.Errorf("%v: %s, %q; want %s, %q", err, k, s, kind, text)
	}
}

// TestOf wraps every cause as the libraries do: in the layers of package net, in those of package
// net/http, and in our own.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind fact.Kind
		text string
	}{
		{context.Canceled, fact.Canceled, "canceled"},
		{context.DeadlineExceeded, fact.TimedOut, "no answer in time"},
		{os.ErrDeadlineExceeded, fact.TimedOut, "no answer in time"},
		{syscall.ETIMEDOUT, fact.TimedOut, "no answer in time"},
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
		{io.EOF, fact.Reset, "the server closed the connection"},
		{io.ErrUnexpectedEOF, fact.Reset, "the server closed the connection"},
		{syscall.ECONNRESET, fact.Reset, "the server closed the connection"},
		{syscall.EPIPE, fact.Reset, "the server closed the connection"},
		{net.ErrClosed, fact.Reset, "the server closed the connection"},
		{syscall.ENOPROTOOPT, fact.Other, "protocol not available"},
		{errors.New("tls: odd"), fact.Other, "odd"},
		{errors.New("tls: no renegotiation"), fact.Other, "the server wants to negotiate TLS anew, for a client certificate as a rule"},
	} {
		deep := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{Port: 443}, Err: os.NewSyscallError("connect", c.err)}
		for _, err := range []error{c.err, deep, fmt.Errorf("here: %w", deep), &url.Error{Op: "Get", Err: fmt.Errorf("http: %w", deep)}} {
			check(t, err, c.kind, c.text)
		}
	}
	check(t, &net.DNSError{IsTimeout: true}, fact.TimedOut, "no answer in time")
	check(t, errors.New("http: server closed idle connection"), fact.Reset, "the server closed the connection")
}

// TestAlert: an alert that a server really sent.
func TestAlert(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		defer there.Close()
		_, _ = there.Read(make([]byte, 4096))
		_, _ = there.Write([]byte("\x15\x03\x01\x00\x02\x02\x28"))
	}()
	_ = here.SetDeadline(time.Now().Add(10 * time.Second))
	check(t, tls.Client(here, &tls.Config{ServerName: "example.com"}).Handshake(), fact.Alert, "handshake failure")
}
