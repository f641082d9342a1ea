// Package rule holds the catalogue of rules and [Judge], which answers each of them for one
// domain from what was seen of it.
//
// A rule is one question, written as one literal: what is asked, why, where the RFC says so,
// the reasons for which it can fail with what to tell and what to publish, and the check. The
// package is pure: it asks no network, no clock but [fact.Observation.At], and no file.
//
// The RFC decides the status: what the grammar or a MUST forbids, or what it has senders
// refuse, is [Fail]; what a SHOULD or good practice asks is [Warn]; what could not be found out
// is [Unknown], never "absent". One root cause is one finding: the rules whose answer follows
// from it are named in its Hides and say nothing themselves.
package rule

import (
	"slices"

	"mtasts/internal/tlsrpt"
)

// Rule is one question that a run answers.
type Rule struct {
	ID    string // a public contract: never changes its meaning
	Group string // record, host, policy, mx, smtp, tlsrpt, change
	Title string // what holds when the rule passes
	Ref   string // "RFC 8461 §3.1"
	Why   string // why it matters, for somebody who never read the RFC
	More  string // what an explanation adds: what the rule's words mean
	// UnderPolicy marks the rules that judge whether mail gets through under the policy: their
	// Fail is Warn unless the policy is in force.
	UnderPolicy bool
	Reasons     []Reason
	// Needs is what has to be given for the rule to be answered without a look; 0: only a look can.
	Needs Parts
	// Partly tells that what can be given answers a part of the question only: then faults are
	// told, and a pass is not.
	Partly bool
	// Check answers the rule. No hit means that the rule does not apply, or that what it needs
	// was not seen; a hit without a reason means that it passes.
	Check func(*Case) []Hit
}

// Reason is one cause for which a rule does not pass. Message and Fix are templates over the
// hit's values: {name} stands for Hit.Vars["name"]; {domain}, {host}, {url} and {id} always work.
type Reason struct {
	Word    string // stable, kebab-case
	Status  Status
	Message string
	// InForce and NotYet are added to the message of an UnderPolicy rule: what happens to mail
	// now, or would under enforce.
	InForce, NotYet string
	Fix             string
	// More is what an explanation adds to the message: what its words mean, and how it comes about.
	More string
	// Exception tells where a hit has another status: "fail where no other host has an address".
	Exception string
	TLSRPT    tlsrpt.ResultType // what senders report for it
	// Hides are the rules (globs) whose answers follow from this one.
	Hides []string
	// Here tells that the cause lies with this machine or its network, not with the domain.
	Here bool
}

// Hit is one answer of a check.
type Hit struct {
	Reason  string // a Word of the rule's reasons; empty for a pass
	Status  Status // overrides the reason's status where it depends on more; usually empty
	Subject string
	// Line and Column are where in the policy the cause stands, counted from 1; of a record, Line is
	// that of the file in which it was given, and Column counts in its text. 0 is nowhere.
	Line, Column int
	Vars         Vars
	Evidence     []string
	Records      []Record // of the fix
	File         *File    // of the fix
	Lines        []string // of the fix
	// Hides are rules that this hit makes moot besides those of its reason.
	Hides []string
	// Mail tells that the fix is for a mail server, and has nothing to do with the policy host.
	Mail bool
	// Regardless tells of an UnderPolicy rule that senders refuse whatever the policy is, since the
	// host's TLSA records demand TLS (RFC 7672 §2.2).
	Regardless bool
	// Now and Then take the message's place: while the policy is in force, and while it is not.
	Now, Then string
	// Of is the group whose source Line and Column are in, where it is not that of the rule.
	Of string
	// Partial tells that something else answers the rules that depend on this one (another
	// address, say), so that nothing is hidden.
	Partial bool
}

// Vars are the values of a hit's templates.
type Vars map[string]string

// more is the reason with what an explanation adds.
func (r Reason) more(text string) Reason { r.More = text; return r }

func (r Rule) reason(word string) Reason {
	i := slices.IndexFunc(r.Reasons, func(x Reason) bool { return x.Word == word })
	if i < 0 { // a slip in the catalogue, which the scripts would show
		return Reason{Word: word, Status: Unknown}
	}
	return r.Reasons[i]
}
