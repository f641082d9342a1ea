package rule

import (
	"slices"

	"mtasts/internal/sts"
)

// next is what to do after the findings, in order.
func (c *Case) next(r Result) []string {
	again := "Then look again: mtasts check " + c.Domain
	switch {
	case c.Interrupted || r.Protection == UnsureProtection:
		return nil
	case c.gone(), c.nullMX() && !c.published():
		return nil
	case r.Protection == Absent && c.file(c.firstPolicy()) == nil:
		return []string{"Mend what keeps the MX hosts from being known: the policy has to name them. " + again}
	case r.Protection == Absent && !c.seemsPolicy():
		return []string{
			"Serve the policy file, then publish the records above. Nothing is refused in mode testing.",
			again,
			"Read the TLS-RPT reports for one to two weeks.",
			"When they show no failure, serve the policy in mode enforce and give the record a new id.",
		}
	case r.Counts.Fail > 0:
		return inOrder(r.Findings, c.Domain)
	case r.Protection == Testing && c.mode() == sts.Testing:
		return []string{
			"Read the TLS-RPT reports for one to two weeks.",
			"When they show no failure, serve the policy in mode enforce and give the record a new id.",
		}
	}
	return nil
}

// inOrder says how to go about the fixes (RFC 8461 §8.1).
func inOrder(findings []Finding, domain string) []string {
	for _, f := range findings {
		if f.Fix != nil && f.Fix.File != nil && slices.ContainsFunc(f.Fix.Records, func(r Record) bool { return r.Type == "TXT" }) {
			return []string{
				"Serve the policy file first, then publish the record with its new id: senders fetch the policy only when the id changes.",
				"Then look again: mtasts check " + domain,
			}
		}
	}
	return []string{"When it is mended, look again: mtasts check " + domain}
}
