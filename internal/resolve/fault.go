package resolve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mtasts/internal/fact"
)

var (
	errSilent = errors.New("no answer in time")
	errClosed = errors.New("the resolver is closed")
)

// A faultError is a fault of a look-up that another one needed: of the name of a server.
type faultError struct{ fault fact.Fault }

func (e faultError) Error() string { return e.fault.Text }

// A failing is a group of errors that mean the same to whoever asks.
type failing struct {
	kind   fact.Kind
	words  string // empty: those of the error
	causes []error
}

// failings are in the order in which they are looked for. What the operating system says is put
// in fixed words: its own hold port numbers, which differ from run to run.
func failings() []failing {
	return []failing{
		{fact.Canceled, "canceled", []error{context.Canceled}},
		{fact.Canceled, "the resolver is closed", []error{errClosed}},
		{fact.TimedOut, "no answer in time", []error{errSilent, context.DeadlineExceeded, os.ErrDeadlineExceeded, syscall.ETIMEDOUT}},
		{fact.Malformed, "", []error{errMalformed}},
		{fact.Refused, "connection refused", []error{syscall.ECONNREFUSED}},
		{fact.Unreachable, "host unreachable", []error{syscall.EHOSTUNREACH, syscall.EHOSTDOWN}},
		{fact.NoRoute, "no route from here", []error{syscall.ENETUNREACH, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT}},
		{fact.Reset, "the server closed the connection", []error{syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed}},
	}
}

// diagnose finds the kind of an error and says it in words that are the same at every run.
func diagnose(err error) (fact.Kind, string) {
	var inner faultError
	if errors.As(err, &inner) {
		return inner.fault.Kind, inner.fault.Text
	}
	for _, f := range failings() {
		for _, cause := range f.causes {
			if errors.Is(err, cause) {
				return f.kind, orElse(f.words, err)
			}
		}
	}
	return diagnoseType(err)
}

func orElse(words string, err error) string {
	if words != "" {
		return words
	}
	return err.Error()
}

// diagnoseType looks at errors that are known by their type.
func diagnoseType(err error) (fact.Kind, string) {
	var slow net.Error
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		return fact.TimedOut, errSilent.Error()
	case errors.As(err, &alert):
		return fact.Alert, alert.Error()
	case errors.As(err, &record):
		return fact.NotTLS, "the server does not speak TLS there"
	default:
		return fact.Other, innermost(err).Error()
	}
}

// innermost takes off what packages net and net/http wrap around an error: addresses and ports.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// A setback is why one server gave no answer.
type setback struct {
	server string
	err    error
}

// newFault sums up why no server gave an answer; the last one decides the kind.
func newFault(what string, setbacks []setback) *fact.Fault {
	var kind fact.Kind
	var texts []string
	for _, s := range setbacks {
		var words string
		kind, words = diagnose(s.err)
		texts = append(texts, s.server+": "+words)
	}
	return fault(kind, what+": "+strings.Join(texts, "; "))
}

func fault(kind fact.Kind, text string) *fact.Fault {
	return &fact.Fault{Stage: fact.Resolve, Kind: kind, Text: text, Timeout: kind == fact.TimedOut}
}
