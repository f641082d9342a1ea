package rule

import (
	"strings"

	"mtasts/internal/sts"
)

func policySyntax() Rule {
	const strict = "maddy, mox and postfix-tlspol drop the whole policy; "
	const grammar = " mox and postfix-tlspol, which read by the grammar, drop the whole policy; others may take the rest."
	whole := func(r Reason) Reason {
		r.Hides = behindSyntax()
		return r
	}
	page := func(r Reason) Reason { // it has the type of a page, too
		r.Hides = append([]string{"policy-content-type"}, behindSyntax()...)
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
	if strings.HasPrefix(strings.TrimSpace(string(c.served.Body)), "{") && len(hits) > 0 {
		hits[0].Hides = []string{"policy-content-type"} // it has the type of JSON, too
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
