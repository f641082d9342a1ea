package rule

import (
	"slices"

	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// invalid is a reason for which senders drop the whole policy.
func invalid(word, message, fix string) Reason {
	return Reason{Word: word, Status: Fail, TLSRPT: tlsrpt.STSPolicyInvalid, Message: message, Fix: fix}
}

const serveThis = "Serve this file in its place, then give the record a new id:"

// fieldHits are a policy's problems of one field, one hit a reason; where there is none the rule
// passes.
func (c *Case) fieldHits(field string, pass ...string) []Hit {
	return mergeHits(c.problemHits(field, pass...))
}

// problemHits are the same, one hit a problem.
func (c *Case) problemHits(field string, pass ...string) []Hit {
	if c.served == nil {
		return nil
	}
	var hits []Hit
	for _, p := range c.policyProblems {
		if p.Field != field {
			continue
		}
		h := Hit{Reason: p.Reason, Subject: c.url(), Line: p.Line, Column: p.Column, Evidence: []string{place(p.Line, p.Column) + p.Text}, Vars: Vars{"text": p.Text, "senders": c.whoOf(p.Field, p.Reason, p.Line)}}
		if p.Reason == "bad-pattern" && p.Near == "" {
			h.Hides = []string{"mx-covered"} // nobody can tell which host it was meant for
		}
		hits = append(hits, c.repairFix(h))
	}
	if len(hits) == 0 {
		return []Hit{{Subject: c.url(), Evidence: pass}}
	}
	return hits
}

// lacks tells that the policy misses a required field.
func (c *Case) lacks(field string) bool {
	return slices.ContainsFunc(c.policyProblems, func(p sts.Problem) bool { return p.Field == field && p.Reason == "missing" })
}
