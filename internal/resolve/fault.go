package resolve

import (
	"crypto/tls"
	"errors"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/trouble"
)

var (
	errSilent = errors.New("no answer in time")
	errClosed = errors.New("the resolver is closed")
)

// A faultError is a fault of a look-up that another one needed: of the name of a server.
type faultError struct{ fault fact.Fault }

func (e faultError) Error() string { return e.fault.Text }

// diagnose finds the kind of an error and says it in words that are the same at every run.
func diagnose(err error) (fact.Kind, string) {
	var inner faultError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &inner):
		return inner.fault.Kind, inner.fault.Text
	case errors.Is(err, errClosed):
		return fact.Canceled, errClosed.Error()
	case errors.Is(err, errSilent):
		return fact.TimedOut, errSilent.Error()
	case errors.Is(err, errFlood):
		return fact.Flood, errFlood.Error()
	case errors.Is(err, errMalformed):
		return fact.Malformed, err.Error()
	case errors.As(err, &record):
		return fact.NotTLS, "the server does not speak TLS there"
	default:
		return trouble.Of(err)
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
