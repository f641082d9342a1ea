package rule

import (
	"fmt"

	"mtasts/internal/sts"
)

func policyMaxAge() Rule {
	return Rule{
		ID: "policy-max-age", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "max_age is 1 to 10 digits, at most 31557600",
		Why:   "max_age tells senders how many seconds to keep the policy. Without a valid one they drop it.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}. Of the known senders only Stalwart reads it so.", serveThis),
			invalid("not-a-number", "max_age must be digits alone, in seconds: {text}.", serveThis),
			invalid("negative", "max_age must not be negative: {text}.", serveThis),
			invalid("too-long", "max_age has more than 10 digits: {text}.", serveThis),
			invalid("over-maximum", "max_age is over the maximum of 31557600 (a year): {text}. chasquid, postfix-mta-sts-resolver and mailauth drop the policy.", serveThis),
		},
		Check: func(c *Case) []Hit {
			return c.fieldHits("max_age", fmt.Sprintf("max_age: %d", c.policy.MaxAge))
		},
	}
}

// shortestMaxAge is what good practice asks at least: a week in enforce, a day otherwise
// (RFC 8461 §3.2 expects "weeks or greater"; nothing forbids less).
func shortestMaxAge(mode sts.Mode) int64 {
	switch mode {
	case sts.Enforce:
		return 604800
	case sts.Testing, sts.None:
	}
	return 86400
}

func policyMaxAgeLength() Rule {
	const longer = "Changes reach senders at once all the same, through the id. Serve the policy with a longer one, then give the record a new id:"
	return Rule{
		ID: "policy-max-age-length", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "max_age fits the policy's mode",
		Why:   "An attacker who blocks the policy wins as soon as the cached one ends, so a cached policy should last weeks.",
		Reasons: []Reason{
			{
				Word: "short", Status: Warn, Fix: longer,
				Message: "max_age is {age}; at least {least} is good in mode {mode}.",
			},
			{
				Word: "zero", Status: Warn, Fix: longer,
				Message: "max_age is 0: senders forget the policy at once, so it protects nothing. chasquid drops it.",
			},
			{
				Word: "long-for-none", Status: Warn,
				Message: "max_age is {age} in mode none: taking the policy away takes as long (§8.3). A day does.",
				Fix:     "Serve the policy with a day, then give the record a new id:",
			},
		},
		Check: checkMaxAgeLength,
	}
}

func checkMaxAgeLength(c *Case) []Hit {
	if c.served == nil || !c.policy.HasMaxAge || c.policy.MaxAge > sts.MaxMaxAge || c.mode() == "" {
		return nil
	}
	age, mode := c.policy.MaxAge, c.mode()
	h := Hit{
		Subject: c.url(), Evidence: []string{fmt.Sprintf("max_age: %d", age)},
		Vars: Vars{"age": seconds(age), "least": seconds(shortestMaxAge(mode)), "mode": string(mode)},
	}
	switch {
	case age == 0:
		h.Reason = "zero"
	case age < shortestMaxAge(mode):
		h.Reason = "short"
	case mode == sts.None && age > 86400:
		h.Reason = "long-for-none"
	default:
		return []Hit{h}
	}
	return []Hit{c.policyFix(h, c.repaired())}
}
