package rule

import (
	"mtasts/internal/sts"
)

func policyVersion() Rule {
	return Rule{
		ID: "policy-version", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "the policy says version: STSv1",
		Why:   "Without this very line, senders drop the whole policy.",
		More:  "There is one version of the format so far, and this line tells senders that they read a policy and not some other file.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}.", serveThis).more("A policy needs version, mode and max_age, and mx lines in all modes but none."),
			invalid("unsupported", "The policy's version is not STSv1: {text}.", serveThis).more("Only STSv1 has ever been defined, so as a rule it is a slip."),
			invalid("case", "The version must be written STSv1, in this case: {text}.", serveThis).more("Upper and lower case are different letters here: STSv1."),
		},
		Check: func(c *Case) []Hit { return c.fieldHits("version", "version: STSv1") },
	}
}

func policyMode() Rule {
	return Rule{
		ID: "policy-mode", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "the policy's mode is enforce, testing or none",
		Why:   "The mode tells senders what to do when a host fails the policy. With any other word they drop the policy.",
		More:  "In mode enforce a sender does not deliver to a host that fails the policy; in mode testing it delivers, and reports the failure; mode none says that the domain has no MTA-STS, or has it no longer.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}.", serveThis).more("Senders do not guess a mode. Mode testing is a safe beginning."),
			invalid("unknown", "The mode of the policy is no mode: {text}. {senders}", serveThis).more("No other word exists; enforced, test, report and monitor are common guesses."),
			invalid("case", "The mode must be in lower case: {text}. {senders}", serveThis).more("Upper and lower case are different letters here: enforce."),
		},
		Check: func(c *Case) []Hit { return c.fieldHits("mode", "mode: "+string(c.policy.Mode)) },
	}
}

func policyEnforced() Rule {
	return Rule{
		ID: "policy-enforced", Group: "policy", Ref: "RFC 8461 §5", Needs: PartPolicy,
		Title: "the policy's mode is enforce",
		Why:   "Only in enforce does a sender refuse a host that cannot prove itself. Any other mode protects nothing.",
		More:  "Mode testing is there to find out, by the reports of senders, what would fail. It is meant for some weeks; many domains forget it.",
		Reasons: []Reason{
			{
				Word: "testing", Status: Warn,
				More:    "An attacker who strips TLS from the domain's mail still succeeds: senders notice, report it and deliver in the clear.",
				Message: "The policy is in mode testing: senders report what would fail, and deliver all the same. Nothing is protected yet.",
				Fix:     "{first}Once two weeks of TLS-RPT reports show no failure, serve the policy in mode enforce, then give the record a new id:",
			},
			{
				Word: "none", Status: Warn,
				More:    "Mode none is the orderly way out: senders that hold a policy in mode enforce learn by it that they need not go by that any longer.",
				Message: "The policy is in mode none: it tells senders that the domain has no MTA-STS.{mx}",
				Fix:     "To take MTA-STS away for good, keep this as it is until the largest max_age that was ever served has passed since, then remove the record and the policy host, in this order (§8.3). To protect the domain, begin with mode testing:",
			},
		},
		Check: checkEnforced,
	}
}

func checkEnforced(c *Case) []Hit {
	if c.served == nil {
		return nil
	}
	h := Hit{Subject: c.url(), Evidence: []string{"mode: " + string(c.policy.Mode)}, Vars: Vars{"mx": "", "first": ""}}
	h.Line, h.Column = c.fieldPlace("mode")
	if c.refusing() {
		h.Vars["first"] = "Mend first what is told of the MX hosts: in mode enforce senders would refuse to deliver there. "
	}
	p := c.repaired()
	switch c.mode() {
	case sts.Enforce:
		return []Hit{h}
	case sts.Testing:
		h.Reason, p.Mode = "testing", sts.Enforce
	case sts.None:
		h.Reason, p.Mode = "none", sts.Testing
		if len(c.policy.MX) == 0 {
			h.Vars["mx"] = noneWithout()
		}
	default:
		return nil
	}
	p.MaxAge = c.soundMaxAge(p.Mode)
	return []Hit{c.policyFix(h, p)}
}
