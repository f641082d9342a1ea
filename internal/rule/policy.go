package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func policyRules() []Rule {
	return []Rule{
		policySyntax(), policyVersion(), policyMode(), policyEnforced(), policyMaxAge(), policyMaxAgeLength(),
		policyMX(), policyDuplicate(), policyMXUnused(),
	}
}

// invalid is a reason for which senders drop the whole policy.
func invalid(word, message, fix string) Reason {
	return Reason{Word: word, Status: Fail, TLSRPT: tlsrpt.STSPolicyInvalid, Message: message, Fix: fix}
}

const serveThis = "Serve this file in its place, then give the record a new id:"

// problemHits are a policy's problems of one field as hits, one a reason; where there is none
// the rule passes.
func (c *Case) problemHits(field string, pass ...string) []Hit {
	if c.served == nil {
		return nil
	}
	var hits []Hit
	for _, p := range c.policyProblems {
		if p.Field != field {
			continue
		}
		hits = append(hits, c.policyFix(Hit{
			Reason: p.Reason, Subject: c.url(), Evidence: []string{place(p.Line, p.Column) + p.Text}, Vars: Vars{"text": p.Text},
		}, c.repaired()))
	}
	if len(hits) == 0 {
		return []Hit{{Subject: c.url(), Evidence: pass}}
	}
	return mergeHits(hits)
}

// place is where in the policy something stands, to be followed by what; what is missing is nowhere.
func place(line, column int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d, column %d: ", line, column)
}

func policySyntax() Rule {
	const strict = "maddy, mox and postfix-tlspol drop the whole policy; "
	const grammar = " mox and postfix-tlspol, which read by the grammar, drop the whole policy; others may take the rest."
	rest := []string{
		"policy-version", "policy-mode", "policy-enforced", "policy-max-age*", "policy-mx*", "policy-duplicate-field", "mx-covered",
	}
	whole := func(r Reason) Reason {
		r.Hides = rest
		return r
	}
	page := func(r Reason) Reason { // it has the type of a page, too
		r.Hides = append([]string{"policy-content-type"}, rest...)
		return r
	}
	return Rule{
		ID: "policy-syntax", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "every line of the policy is `key: value`",
		Why:   "Senders that read by the RFC drop a policy that breaks its grammar, others do not. A domain is then protected for some and not for others.",
		Reasons: []Reason{
			whole(invalid("empty", "What is served is empty.", serveThis)),
			page(invalid("html", "What is served is an HTML page, not a policy.", serveThis)),
			invalid("bom", "The file begins with a byte order mark. chasquid, maddy, mox, postfix-tlspol, postfix-mta-sts-resolver and KumoMTA drop the whole policy; mailauth and Stalwart read it.", "Save the file as UTF-8 without BOM:"),
			invalid("utf-16", "The file is in UTF-16, which no sender reads.", "Save the file as plain ASCII or UTF-8:"),
			invalid("bare-cr", "Lines end with CR alone, or CR stands inside one. Only LF and CRLF end a line."+grammar, serveThis),
			invalid("not-utf8", "The file holds bytes that are not UTF-8."+grammar+" postfix-mta-sts-resolver cannot decode it.", serveThis),
			invalid("control-character", "The file holds a control character: {text}."+grammar, serveThis),
			invalid("no-colon", "A line has no colon: {text}. "+strict+"others skip the line.", serveThis),
			invalid("bad-key", "A line has no valid key before its colon: {text}."+grammar, serveThis),
			invalid("bad-value", "A line has no valid value: {text}."+grammar, serveThis),
			invalid("blank-line", "The file has an empty line. "+strict+"chasquid, postfix-mta-sts-resolver, KumoMTA, Stalwart and mailauth read it. A second newline at the end is an empty line too.", "Serve this file, which ends after its last line with one newline; then give the record a new id:"),
			invalid("leading-space", "A line begins with white space. postfix-mta-sts-resolver, "+strict+"chasquid, KumoMTA, Stalwart and mailauth read it.", serveThis),
			invalid("space-before-colon", "White space stands before a colon. postfix-mta-sts-resolver, "+strict+"chasquid, KumoMTA, Stalwart and mailauth read it.", serveThis),
			invalid("comment", "The file has a comment; the format knows none. KumoMTA, "+strict+"chasquid, postfix-mta-sts-resolver, Stalwart and mailauth read it.", serveThis),
			{
				Word: "near-miss-key", Status: Warn, Fix: serveThis,
				Message: "The key {text} means nothing; {near} was probably meant. Senders ignore the line.",
			},
		},
		Check: checkSyntax,
	}
}

func checkSyntax(c *Case) []Hit {
	hits := c.problemHits("syntax")
	if c.served == nil {
		return nil
	}
	for _, f := range c.policy.Unknown() {
		near, ok := sts.NearKey(f.Name)
		if !ok || c.lacks(near) {
			continue // where the field is missing, its own rule names the near miss
		}
		hits = append(hits, c.policyFix(Hit{
			Reason: "near-miss-key", Subject: c.url(), Vars: Vars{"text": f.Name, "near": near},
			Evidence: []string{place(f.Line, f.Column) + quote(f.Name+": "+f.Value)},
		}, c.repaired()))
	}
	return onlyFaults(mergeHits(hits))
}

// lacks tells that the policy misses a required field.
func (c *Case) lacks(field string) bool {
	return slices.ContainsFunc(c.policyProblems, func(p sts.Problem) bool { return p.Field == field && p.Reason == "missing" })
}

func policyVersion() Rule {
	return Rule{
		ID: "policy-version", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "the policy says version: STSv1",
		Why:   "Without this very line, senders drop the whole policy.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}.", serveThis),
			invalid("unsupported", "The policy's version is not STSv1: {text}.", serveThis),
			invalid("case", "The version must be written STSv1, in this case: {text}.", serveThis),
		},
		Check: func(c *Case) []Hit { return c.problemHits("version", "version: STSv1") },
	}
}

func policyMode() Rule {
	return Rule{
		ID: "policy-mode", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "the policy's mode is enforce, testing or none",
		Why:   "The mode tells senders what to do when a host fails the policy. With any other word they drop the policy.",
		Reasons: []Reason{
			invalid("missing", "In the policy {text}.", serveThis),
			invalid("unknown", "The mode of the policy is no mode: {text}. No sender reads it.", serveThis),
			invalid("case", "The mode must be in lower case: {text}. Of the known senders only mailauth reads it so.", serveThis),
		},
		Check: func(c *Case) []Hit { return c.problemHits("mode", "mode: "+string(c.policy.Mode)) },
	}
}

func policyEnforced() Rule {
	return Rule{
		ID: "policy-enforced", Group: "policy", Ref: "RFC 8461 §5",
		Title: "the policy's mode is enforce",
		Why:   "Only in enforce does a sender refuse a host that cannot prove itself. Any other mode protects nothing.",
		Reasons: []Reason{
			{
				Word: "testing", Status: Warn,
				Message: "The policy is in mode testing: senders report what would fail, and deliver all the same. Nothing is protected yet.",
				Fix:     "Once one to two weeks of TLS-RPT reports show no failure, serve the policy in mode enforce, then give the record a new id:",
			},
			{
				Word: "none", Status: Warn,
				Message: "The policy is in mode none: it tells senders that the domain has no MTA-STS.{mx}",
				Fix:     "To take MTA-STS away for good, keep this as it is until the largest max_age that was ever served has passed since, then remove the record and the policy host, in this order (§8.3). To protect the domain, begin with mode testing:",
			},
		},
		Check: checkEnforced,
	}
}

func checkEnforced(c *Case) []Hit {
	h := Hit{Subject: c.url(), Evidence: []string{"mode: " + string(c.policy.Mode)}, Vars: Vars{"mx": ""}}
	p := c.repaired()
	switch c.mode() {
	case sts.Enforce:
		return []Hit{h}
	case sts.Testing:
		h.Reason, p.Mode = "testing", sts.Enforce
	case sts.None:
		h.Reason, p.Mode = "none", sts.Testing
		if len(c.policy.MX) == 0 {
			h.Vars["mx"] = " It has no mx line, which is valid; yet chasquid and Stalwart refuse it so and keep the policy they had: keep one."
		}
	default:
		return nil
	}
	p.MaxAge = c.soundMaxAge(p.Mode)
	return []Hit{c.policyFix(h, p)}
}

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
			return c.problemHits("max_age", fmt.Sprintf("max_age: %d", c.policy.MaxAge))
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

func policyDuplicate() Rule {
	return Rule{
		ID: "policy-duplicate-field", Group: "policy", Ref: "RFC 8461 §3.2",
		Title: "no field but mx stands twice",
		Why:   "By the RFC the first counts. Some senders take the last, so they follow another policy than you think.",
		Reasons: []Reason{{
			Word: "ignored", Status: Warn, Fix: serveThis,
			Message: "The policy has {key} more than once. {inforce} is in force by the RFC, which has the first count; chasquid, maddy and postfix-mta-sts-resolver take the last{kumo}.",
		}},
		Check: checkDuplicate,
	}
}

func checkDuplicate(c *Case) []Hit {
	if c.served == nil {
		return nil
	}
	var hits []Hit
	for _, f := range c.policy.Duplicates() {
		kumo := ""
		if !slices.Contains([]string{"version", "mode", "max_age"}, f.Name) {
			continue // nobody reads the field anyway
		}
		if f.Name == "mode" {
			kumo = ", and KumoMTA drops the policy"
		}
		hits = append(hits, c.policyFix(Hit{
			Reason: "ignored", Subject: f.Name, Evidence: []string{place(f.Line, f.Column) + quote(f.Name+": "+f.Value)},
			Vars: Vars{"key": f.Name, "inforce": "`" + c.firstOf(f.Name) + "`", "kumo": kumo},
		}, c.repaired()))
	}
	if len(hits) == 0 {
		return []Hit{{Subject: c.url()}}
	}
	return mergeHits(hits)
}

func (c *Case) firstOf(name string) string {
	i := slices.IndexFunc(c.policy.Fields, func(f sts.Field) bool { return f.Name == name })
	if i < 0 {
		return name
	}
	return strings.TrimSpace(name + ": " + c.policy.Fields[i].Value)
}
