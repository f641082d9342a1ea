package rule

import (
	"slices"
	"strings"

	"mtasts/internal/sts"
)

func policyDuplicate() Rule {
	return Rule{
		ID: "policy-duplicate-field", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "no field but mx stands twice",
		Why:   "By the RFC the first counts. Some senders take the last, so they follow another policy than you think.",
		More:  "version, mode and max_age belong into the policy once. Only mx may stand there several times, once for each host.",
		Reasons: []Reason{{
			Word: "ignored", Status: Warn, Fix: serveThis,
			More:    "As a rule a new line was added and the old one left.",
			Message: "The policy has {key} more than once. {inforce} is in force by the RFC, which has the first count. {senders}",
		}},
		Check: checkDuplicate,
	}
}

func checkDuplicate(c *Case) []Hit {
	if c.served == nil {
		return nil
	}
	var hits []Hit
	for _, f := range c.repeated {
		if !slices.Contains([]string{"version", "mode", "max_age"}, f.Name) {
			continue // nobody reads the field anyway
		}
		hits = append(hits, c.repairFix(Hit{
			Reason: "ignored", Subject: f.Name, Line: f.Line, Column: f.Column, Evidence: []string{place(f.Line, f.Column) + quote(f.Name+": "+f.Value)},
			Vars: Vars{"key": f.Name, "inforce": "`" + c.firstOf(f.Name) + "`", "senders": c.whoOf(f.Name, "ignored", f.Line)},
		}))
	}
	if len(hits) == 0 {
		return []Hit{{Subject: c.url()}}
	}
	return mergeHits(hits)
}

// fieldPlace is where a field of the policy stands first; 0 is nowhere.
func (c *Case) fieldPlace(name string) (line, column int) {
	i := slices.IndexFunc(c.policy.Fields, func(f sts.Field) bool { return f.Name == name })
	if i < 0 {
		return 0, 0
	}
	return c.policy.Fields[i].Line, c.policy.Fields[i].Column
}

func (c *Case) firstOf(name string) string {
	i := slices.IndexFunc(c.policy.Fields, func(f sts.Field) bool { return f.Name == name })
	if i < 0 {
		return name
	}
	return strings.TrimSpace(name + ": " + c.policy.Fields[i].Value)
}
