package rule

import (
	"strings"

	"mtasts/internal/sts"
)

func policySyntax() Rule {
	const senders = " {senders}"
	whole := func(r Reason) Reason {
		r.Hides = behindSyntax()
		return r
	}
	page := func(r Reason) Reason { // it has the type of a page, too
		r.Hides = append([]string{"policy-content-type"}, behindSyntax()...)
		return r
	}
	return Rule{
		ID: "policy-syntax", Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "every line of the policy is `key: value`",
		Why:   "Senders that read by the RFC drop a policy that breaks its grammar, others do not. A domain is then protected for some and not for others.",
		More:  "The policy is a text of a few lines, each with a key, a colon and a value: version, mode, one mx line for each MX host, and max_age. The file that the fix gives shows all there is to it.",
		Reasons: []Reason{
			whole(invalid("empty", "The file is empty: it has no policy in it.", serveThis)).more("The path is answered with 200 and not one byte: an empty file was uploaded, or an application answers that knows nothing of it."),
			page(invalid("html", "The file is an HTML page, not a policy.", serveThis)).more("Some web servers answer every path with their start page. In a browser that looks as if something were there."),
			invalid("bom", "The file begins with a byte order mark."+senders, "Save the file as UTF-8 without BOM:").more("A byte order mark is three invisible bytes that some editors, above all on Windows, put at the beginning of a file. They become part of the first key, so that it no longer reads version."),
			invalid("utf-16", "The file is in UTF-16."+senders, "Save the file as plain ASCII or UTF-8:").more("UTF-16 has two bytes for each letter. Windows calls it Unicode, and PowerShell writes it with > in older versions."),
			invalid("bare-cr", "Lines end with CR alone, or CR stands inside one. Only LF and CRLF end a line."+senders, serveThis).more("CR and LF are the invisible characters that end lines: LF alone on Unix, CR LF on Windows. CR alone comes from very old Macs, and from programs that convert files badly."),
			invalid("not-utf8", "The file holds bytes that are not UTF-8."+senders, serveThis).more("UTF-8 is how text is encoded nearly everywhere. A policy needs nothing but plain English letters, digits and signs, which are the same in UTF-8 and ASCII; umlauts and the like slip in with comments and with copies from documents."),
			invalid("control-character", "The file holds a control character: {text}."+senders, serveThis).more("Such a character is invisible, and comes from copying, or from a file that was damaged on its way."),
			invalid("no-colon", "A line has no colon: {text}."+senders, serveThis).more("Every line is key: value, and nothing else may stand in the file."),
			invalid("bad-key", "A line has no valid key before its colon: {text}."+senders, serveThis).more("A key has 1 to 32 letters, digits, hyphens, underscores and dots, and begins with a letter or digit. Brackets and quotes come from other formats."),
			invalid("bad-value", "A line has no valid value: {text}."+senders, serveThis).more("A value is plain text and may not be empty. Leave out a field that has nothing to say."),
			invalid("blank-line", "The file has an empty line."+senders+" A second newline at the end is an empty line too.", "Serve this file, which ends after its last line with one newline; then give the record a new id:").more("It cannot be seen in many editors: a blank line between others, or one at the end."),
			invalid("leading-space", "A line begins with white space."+senders, serveThis).more("Lines were indented, as other formats want it, or copied from a page that indents them."),
			invalid("space-before-colon", "White space stands before a colon."+senders, serveThis).more("It is mode: enforce, and not mode : enforce."),
			invalid("comment", "The file has a comment; the format knows none."+senders, serveThis).more("Lines that begin with # or // are comments in many other formats."),
			{
				Word: "near-miss-key", Status: Warn, Fix: serveThis,
				More:    "Senders pass over keys that they do not know, so a misspelt line is as good as none.",
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
			Reason: "near-miss-key", Subject: c.url(), Line: f.Line, Column: f.Column, Vars: Vars{"text": f.Name, "near": near},
			Evidence: []string{place(f.Line, f.Column) + quote(f.Name+": "+f.Value)},
		}, c.repaired()))
	}
	return onlyFaults(mergeHits(hits))
}
