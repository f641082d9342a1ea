// Package reports reads TLS-RPT reports (RFC 8460 §4) as they are really sent, adds them up, joins each
// failure to its likely causes, and tells whether a domain may go to mode enforce.
//
// It is pure: bytes and times in, an [Analysis] out. Whoever finds the reports in mails and files is
// package mailbox. What senders get wrong in form is a note and no error, as long as it can be
// understood; counts are those of the summaries, never derived from the details (both ways of
// disagreeing are common, RFC 8460 §4).
package reports

import "time"

// Report is one report of one organisation about one range of time, as it was read.
type Report struct {
	Organization string
	ID           string
	Contact      string
	Begin, End   time.Time // UTC; End is the first moment behind the range
	Policies     []Policy
	Notes        []string // deviations from RFC 8460 §4.4 that were read all the same, each once
}

// Policy is what a report says of one policy that the sender found for a domain.
type Policy struct {
	Type       string   // "sts", "tlsa", "no-policy-found", or what the sender has in its place
	Domain     string   // A-labels, lower case; empty where the report has none
	String     []string // the lines of the policy, or the TLSA records
	MX         []string // patterns, without "mx:"
	Successful int64    // sessions
	Failed     int64
	Failures   []Failure
}

// Failure is one kind of failure under a policy.
type Failure struct {
	ResultType  string // RFC 8460 §4.3, or what the sender has in its place
	Reason      string // failure-reason-code
	Info        string // additional-information
	SendingIP   string
	ReceivingIP string
	MX          string // receiving-mx-hostname, lower case, no final dot
	HELO        string
	Sessions    int64
}
