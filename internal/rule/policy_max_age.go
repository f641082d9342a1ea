package rule

import (
	"fmt"
	"strings"

	"mtasts/internal/sts"
)

func policyMaxAge() Rule {
	return Rule{
		ID: "policy-max-age", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "max_age is 1 to 10 digits, at most 31557600",
		Why:   "max_age tells senders how many seconds to keep the policy. Without a valid one they drop it.",
		More:  "The number is in seconds: 604800 is a week, 1209600 two weeks, 31557600 a year, which is the most. A sender keeps the policy for so long, and goes by it even when the web server cannot be reached.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}. {senders}", serveThis).more("Most senders do not guess how long to keep a policy."),
			invalid("not-a-number", "max_age must be digits alone, in seconds: {text}.", serveThis).more("Units such as 7d or 1w, points, commas and quotes are not understood."),
			invalid("negative", "max_age must not be negative: {text}.", serveThis).more("To have senders forget the policy, serve mode none with a max_age of a day."),
			invalid("too-long", "max_age has more than 10 digits: {text}.", serveThis).more("Ten digits are more than anybody needs: a year has eight."),
			invalid("over-maximum", "max_age is over the maximum of 31557600 (a year): {text}. {senders}", serveThis).more("No policy can be kept for longer than a year: two years would be 63072000."),
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
		ID: "policy-max-age-length", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "max_age fits the policy's mode",
		Why:   "An attacker who blocks the policy wins as soon as the cached one ends, so a cached policy should last weeks.",
		More:  "A long max_age costs nothing: whenever the id in the record changes, senders fetch the policy anew. It protects in the time in which somebody keeps them from doing so.",
		Reasons: []Reason{
			{
				Word: "short", Status: Warn, Fix: longer,
				More:    "A week is the least that makes sense in mode enforce, a day in the others.",
				Message: "max_age is {age}; at least {least} is good in mode {mode}.",
			},
			{
				Word: "zero", Status: Warn, Fix: longer,
				More:    "No sender has a policy to go by when it is attacked.",
				Message: "max_age is 0: senders forget the policy at once, so it protects nothing. {senders}",
			},
			{
				Word: "long-for-none", Status: Warn,
				More:    "Mode none is published in order to take MTA-STS away. Record and policy have to stay until the last sender has forgotten what it holds.",
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
	h := Hit{Subject: c.url(), Evidence: []string{fmt.Sprintf("max_age: %d", age)}}
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
	h.Line, h.Column = c.fieldPlace("max_age")
	h.Vars = Vars{
		"age": seconds(age), "least": seconds(shortestMaxAge(mode)), "mode": string(mode),
		"senders": whoReadsText(strings.Replace(plainPolicy, "604800", "0", 1)),
	}
	return []Hit{c.policyFix(h, c.repaired())}
}
