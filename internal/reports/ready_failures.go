package reports

import (
	"fmt"
	"slices"

	"mtasts/internal/tlsrpt"
)

// harm is what mode enforce would make of a failure.
type harm int

const (
	unclear  harm = iota // nobody knows what the sender means
	refusal              // the mail would not be delivered
	spared               // the sender had no policy, so it delivers (RFC 8461 §3.3)
	elsewise             // DANE decides, in every mode (RFC 8461 §2)
)

// harmOf is what mode enforce would make of the sessions of a kind (RFC 8461 §5).
func harmOf(k Kind) harm {
	kind := tlsrpt.ResultType(k.ResultType)
	switch kind {
	case tlsrpt.StartTLSNotSupported:
		return refusal // a policy demands TLS, however the sender came to notice
	case tlsrpt.CertificateHostMismatch, tlsrpt.CertificateExpired, tlsrpt.CertificateNotTrusted, tlsrpt.ValidationFailure:
		if k.PolicyType == typeTLSA {
			return elsewise
		}
		return refusal
	case tlsrpt.TLSAInvalid, tlsrpt.DNSSECInvalid, tlsrpt.DANERequired:
		return elsewise
	case tlsrpt.STSPolicyFetchError, tlsrpt.STSPolicyInvalid, tlsrpt.STSWebPKIInvalid:
		return spared
	}
	return unclear
}

// quiet: no failure of late that mode enforce would turn into mail that is refused.
func (q *question) quiet() Condition {
	from := dateOf(q.today.AddDate(0, 0, -quietDays))
	told := map[harm][]string{}
	for _, k := range q.Failures {
		if k.until() >= from {
			h := harmOf(k)
			told[h] = append(told[h], k.line(from))
		}
	}
	n, untold := q.proved(from), q.untold(from)
	var evidence []string
	for _, part := range []struct {
		harm harm
		head string
	}{
		{refusal, "mode enforce would have mail refused: "},
		{unclear, "what mode enforce would make of it is not known: "},
		{spared, "the sender had no policy, and delivers in mode enforce too: "},
		{elsewise, "DANE decides there, whatever the policy says: "},
	} {
		for _, line := range told[part.harm] {
			evidence = append(evidence, part.head+line)
		}
	}
	if untold > 0 {
		evidence = append(evidence, fmt.Sprintf("%s since %s of which the reports say nothing more", plural(int(untold), "failed session"), from))
	}
	window := fmt.Sprintf("since %s, with reports of %s", from, plural(n, "day"))
	switch {
	case len(told[refusal]) > 0:
		return condition(condFailures, is(false), bounded(evidence)...)
	case len(told[unclear]) > 0, untold > 0:
		return condition(condFailures, nil, bounded(evidence)...)
	case n == 0:
		return condition(condFailures, nil, "there are no reports of sessions since "+from)
	}
	first := "no failure that mode enforce would turn into refused mail " + window
	if last := q.lastFailure(); last != "" {
		first += "; the last one was on " + last
	}
	return condition(condFailures, is(true), bounded(append([]string{first}, evidence...))...)
}

// line is a failure as evidence, with its sessions from a day on.
func (k Kind) line(from string) string {
	sessions := k.Sessions
	if len(k.days) > 0 {
		sessions = 0
		for _, d := range k.days {
			if d.until >= from {
				sessions += d.sessions
			}
		}
	}
	text := clip(k.ResultType)
	if k.MX != "" {
		text += " at " + clip(k.MX)
	}
	last := "last on " + k.Last
	if until := k.until(); until > k.Last {
		last = "last in reports that end on " + until
	}
	text += fmt.Sprintf(", reported by %s, %s, %s", name(k.Organization), last, plural(int(sessions), "session"))
	if k.Live == Mended {
		text += "; a check of now finds nothing of the kind"
	}
	return text
}

// without is how many sessions of the window had no policy, for it could not be had.
func (q *question) without() int {
	n := 0
	for _, k := range q.Failures {
		if harmOf(k) == spared && k.until() >= q.from {
			n += int(k.Sessions)
		}
	}
	return n
}

// lastFailure is the day of the last failure that mode enforce would turn into refused mail; empty where
// there is none.
func (q *question) lastFailure() string {
	last := ""
	for _, k := range q.Failures {
		if h := harmOf(k); slices.Contains([]harm{refusal, unclear}, h) && k.until() > last {
			last = k.until()
		}
	}
	return last
}
