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
		return append([]string{
			"Serve the policy file, then publish the records above. Nothing is refused in mode testing.",
			again,
		}, c.toEnforce()...)
	case r.Counts.Fail > 0:
		return c.beforeEnforce(r, inOrder(r.Findings, c.Domain))
	case r.Protection == Testing && c.mode() == sts.Testing:
		return c.toEnforce()
	}
	return nil
}

// toEnforce is the way from mode testing to enforce. Where it is known already that senders would
// refuse a host then, that comes first.
func (c *Case) toEnforce() []string {
	steps := []string{
		"Read the TLS-RPT reports for two weeks.",
		"When they show no failure, serve the policy in mode enforce and give the record a new id.",
	}
	if c.refusing() {
		steps = append([]string{"Mend what is told of the MX hosts: in mode enforce senders would refuse to deliver there."}, steps...)
	}
	return steps
}

// refusing tells that a policy in force would keep mail from some host.
func (c *Case) refusing() bool {
	return slices.ContainsFunc(c.outlooks, func(o outlook) bool { return !o.peer.dead() && o.top(true).verdict == Refuses })
}

// beforeEnforce puts first what has to be mended before the fixes bring a policy into force that keeps
// mail from some host. That the policy names every host is among those fixes.
func (c *Case) beforeEnforce(r Result, steps []string) []string {
	inForce := r.Protection != Absent && r.Protection != Broken || c.repaired().Mode != sts.Enforce
	unfit := func(o outlook) bool {
		r := o.top(true)
		return !o.peer.dead() && r.verdict == Refuses && !slices.Equal(r.because, []string{notCovered})
	}
	if inForce || !slices.ContainsFunc(c.outlooks, unfit) {
		return steps
	}
	return append([]string{"Mend what is told of the MX hosts first: as soon as the policy is in force, senders refuse to deliver there."}, steps...)
}

// inOrder says how to go about the fixes (RFC 8461 §8.1).
func inOrder(findings []Finding, domain string) []string {
	for _, f := range findings {
		if f.Rule != "policy-enforced" && f.Fix != nil && f.Fix.File != nil && slices.ContainsFunc(f.Fix.Records, func(r Record) bool { return r.Type == "TXT" }) {
			return []string{
				"Serve the policy file first, then publish the record with its new id: senders fetch the policy only when the id changes.",
				"Then look again: mtasts check " + domain,
			}
		}
	}
	return []string{"When it is mended, look again: mtasts check " + domain}
}
