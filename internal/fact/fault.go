package fact

// Stage is where something went wrong.
type Stage string

// The stages of a look, in their order on the wire.
const (
	Resolve   Stage = "resolve"
	Dial      Stage = "dial"
	Greet     Stage = "greet"
	Hello     Stage = "ehlo"
	StartTLS  Stage = "starttls"
	Handshake Stage = "handshake"
	Secured   Stage = "ehlo-tls" // EHLO over TLS
	Request   Stage = "request"
	Read      Stage = "read"
)

// Kind is what went wrong, as one word that rules can decide by.
type Kind string

// Kinds of faults.
const (
	TimedOut    Kind = "timeout"
	Refused     Kind = "refused"     // the peer answered the connection attempt with a reset
	Unreachable Kind = "unreachable" // a router said that there is no way to it
	NoRoute     Kind = "no-route"    // this machine has no way to that address family
	Reset       Kind = "reset"       // the peer ended the connection
	NotTLS      Kind = "not-tls"     // the peer's first bytes are no TLS record
	Alert       Kind = "alert"       // the peer sent a TLS alert
	Malformed   Kind = "malformed"   // the peer's bytes break the protocol
	Rejected    Kind = "rejected"    // the peer answered with a 4xx or 5xx code
	Flood       Kind = "flood"       // the peer sends more than is taken
	Injected    Kind = "injected"    // plaintext came where TLS had to begin (RFC 3207 §6)
	AliasLoop   Kind = "alias-loop"  // CNAMEs lead in a circle, or do not end
	Canceled    Kind = "canceled"    // the user ended it
	Internal    Kind = "internal"    // the cause is on this side
	Other       Kind = "other"
)

// Fault is what ended an action early.
type Fault struct {
	Stage   Stage  `json:"stage"`
	Kind    Kind   `json:"kind"`
	Text    string `json:"text"` // for people; may hold a peer's words, so escape it
	Timeout bool   `json:"timeout,omitempty"`
}
