package dane

import (
	"slices"
	"time"

	"mtasts/internal/fact"
)

// Outcome is whether a server is authenticated by a set of records.
type Outcome struct {
	OK bool
	// By is the record that did it: where several do, the first of usage 3, else the first.
	By fact.TLSA
	// Why has a sentence for each usable record that does not authenticate the server, in their
	// order, which begins with the record: "3 1 1 8d02f6a1...: the certificate's key has ...". It may hold words
	// of the certificates: whoever shows it escapes it.
	Why []string
	// Lone are the combinations of usage, selector and matching type ("3 1 2") of which no record
	// authenticates the server though another combination does. Senders that can read no other are
	// turned away, so each has to have one (RFC 7671 §8.4).
	Lone []string
}

// Match tells whether the certificates of a server (DER, in the order sent, its own first) match the
// set at that time. Names are the reference identifiers (RFC 7672 §3.2.2), which usage 2 alone asks
// for: the TLSA base domain first, then, where the MX records are signed, the domain itself.
func (s Set) Match(chain [][]byte, names []string, at time.Time) Outcome {
	if len(s.usable) == 0 {
		return Outcome{} // most hosts have no records
	}
	server := server{sent: read(chain), names: names, at: at}
	var list []verdict
	for _, r := range s.usable {
		list = append(list, verdict{record: r, why: server.judge(r)})
	}
	return outcome(list)
}

// verdict is why a record does not authenticate the server, empty where it does.
type verdict struct {
	record fact.TLSA
	why    string
}

// outcome is what senders make of all verdicts together.
func outcome(list []verdict) Outcome {
	var out Outcome
	for _, v := range list {
		if v.why != "" {
			out.Why = append(out.Why, sentence(v.record, v.why))
			continue
		}
		stronger, ok := strongest(list, v.record)
		switch {
		case !ok:
			out.accept(v.record)
		case !matched(list, stronger):
			out.Why = append(out.Why, sentence(v.record, hidden(stronger)))
		}
	}
	if out.OK {
		out.Lone = lone(list)
	}
	return out
}

// accept keeps the record that is named for the success.
func (out *Outcome) accept(r fact.TLSA) {
	if !out.OK || out.By.Usage != daneEE && r.Usage == daneEE {
		out.OK, out.By = true, r
	}
}

// strongest is a record of the strongest digest where that hides r (RFC 7671 §9): same usage, same
// selector. The data itself, matching type 0, is hidden by nothing and hides nothing.
func strongest(list []verdict, r fact.TLSA) (fact.TLSA, bool) {
	found := r
	for _, v := range list {
		q := v.record
		if r.MatchingType != full && q.Usage == r.Usage && q.Selector == r.Selector && q.MatchingType > found.MatchingType {
			found = q
		}
	}
	return found, found.MatchingType != r.MatchingType
}

// matched tells whether any record with the same three numbers authenticates the server.
func matched(list []verdict, r fact.TLSA) bool {
	return slices.ContainsFunc(list, func(v verdict) bool {
		return v.why == "" && combination(v.record) == combination(r)
	})
}

// lone are the combinations without a match, in the order of the records.
func lone(list []verdict) []string {
	var all []string
	for _, v := range list {
		if n := numbers(v.record); !matched(list, v.record) && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// combination is what RFC 7671 §8.4 asks for a match of.
func combination(r fact.TLSA) [3]uint8 { return [3]uint8{r.Usage, r.Selector, r.MatchingType} }
