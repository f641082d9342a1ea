package reports

import (
	"slices"
	"strings"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// look is what a check of a domain finds now; its Result is nil where there was none.
type look struct {
	*rule.Result
	told map[string]teller
}

// join tells whether a failure is still there, with what the check finds of it in front of the causes.
func (l *look) join(m matter, causes []Cause, fix string) (string, []Cause, string) {
	if len(causes) == 0 || l.Interrupted {
		return Unsure, causes, fix
	}
	found := l.problems(m, causes)
	switch {
	case len(found) > 0:
		causes = inFront(found, causes)
		return Confirmed, causes, l.mending(found[0], fix)
	case l.mended(m, causes):
		return Mended, causes, mendedFix(causes[0].Rule)
	}
	return Unsure, causes, fix
}

// mendedFix is what to do about a failure that a check does not find any more.
func mendedFix(cause string) string {
	if strings.HasPrefix(cause, "policy-") {
		return "A check of now finds nothing of the kind. If reports of later days still show it, something lets the check in and keeps this sender out: look in the web server's log, and at what stands in front of it."
	}
	return "A check of now finds nothing of the kind: nothing has to be done, unless reports of later days still show it."
}

// mending is the fix of a finding, for one line of text.
func (l *look) mending(f rule.Finding, otherwise string) string {
	switch {
	case f.Fix == nil || f.Fix.Text == "":
		return otherwise
	case !strings.HasSuffix(f.Fix.Text, ":"):
		return f.Fix.Text
	}
	return plainly(f.Fix.Text) + " mtasts check " + l.Domain + " prints what to paste."
}

// problems are the findings of the rules that may be the cause, about the host that failed: the reasons that
// were thought of first, and of those the likeliest.
func (l *look) problems(m matter, causes []Cause) []rule.Finding {
	var found []rule.Finding
	for _, c := range causes {
		for _, f := range l.Findings {
			if c.Rule == judgedBy(f.Rule)+":"+f.Reason || c.Rule == f.Rule+":"+f.Reason {
				found = l.add(found, f, m)
			}
		}
	}
	for _, c := range causes {
		for _, f := range l.Findings {
			if ruleOf(c.Rule) == f.Rule {
				found = l.add(found, f, m)
			}
		}
	}
	return found
}

func (l *look) add(found []rule.Finding, f rule.Finding, m matter) []rule.Finding {
	same := func(g rule.Finding) bool {
		return g.Rule == f.Rule && g.Reason == f.Reason && g.Subject == f.Subject
	}
	if f.Status != rule.Fail && f.Status != rule.Warn || !l.concerns(f, m) || slices.ContainsFunc(found, same) {
		return found
	}
	return append(found, f)
}

// ruleOf is the rule that answers now for a cause.
func ruleOf(cause string) string {
	id, _, _ := strings.Cut(cause, ":")
	return judgedBy(id)
}

// judgedBy is the rule by which something is judged where there is no change to look at: a host that an older
// policy leaves out is named by the present one, or is not.
func judgedBy(id string) string {
	if id == "mx-moved" {
		return "mx-covered"
	}
	return id
}

// concerns tells that a finding is about the MX host of a failure; those of the policy host and the
// policy are about all.
func (l *look) concerns(f rule.Finding, m matter) bool {
	group := l.told[f.Rule+":"+f.Reason].group
	if m.MX == "" || group != "mx" && group != "smtp" || f.Subject == l.Domain {
		return true
	}
	names := strings.FieldsFunc(f.Subject, func(r rune) bool { return r == ' ' || r == ',' || r == '[' || r == ']' })
	return slices.ContainsFunc(names, func(s string) bool { return strings.EqualFold(strings.TrimSuffix(s, "."), m.MX) })
}

// mended tells that the rules which may be the cause all pass, for the host that failed.
func (l *look) mended(m matter, causes []Cause) bool {
	if m.MX != "" && l.retired(m.MX) && !slices.ContainsFunc(causes, func(c Cause) bool { return strings.HasPrefix(c.Rule, "policy-") }) {
		return true
	}
	for _, c := range causes {
		if !l.passes(ruleOf(c.Rule), m) {
			return false
		}
	}
	return true
}

// passes tells that a rule passes, or finds fault with other hosts alone while senders deliver to this one.
func (l *look) passes(id string, m matter) bool {
	answered := false
	for _, f := range l.Findings {
		switch {
		case f.Rule != id:
		case f.Status == rule.Pass:
			return true
		case f.Status == rule.Unknown && l.concerns(f, m):
			return false
		default:
			answered = true
		}
	}
	return answered && m.MX != "" && l.delivers(m.MX)
}

// delivers tells that a sender that honours the policy delivers to every address of a host, under enforce.
func (l *look) delivers(host string) bool {
	known := false
	for _, d := range l.Delivery {
		if !strings.EqualFold(d.MX, host) {
			continue
		}
		if underEnforce(d) != rule.DeliversVerified {
			return false
		}
		known = true
	}
	return known
}

// underEnforce is what happens with mail at an address if the policy is in force.
func underEnforce(d rule.Delivery) rule.Verdict {
	if d.UnderEnforce != "" {
		return d.UnderEnforce
	}
	return d.Verdict
}

// retired tells that a host is no MX host of the domain any more.
func (l *look) retired(host string) bool {
	hosts := l.hosts()
	return len(hosts) > 0 && !slices.Contains(hosts, strings.ToLower(host))
}

// hosts are the MX hosts of now, lower case; nil where they could not be found out.
func (l *look) hosts() []string {
	if l.Result == nil || l.Observed == nil {
		return nil
	}
	var list []string
	for _, r := range l.Observed.MX.Records {
		if host := strings.ToLower(strings.TrimSuffix(r.Host, ".")); host != "" && !slices.Contains(list, host) {
			list = append(list, host)
		}
	}
	return list
}

// mostFound is how many findings are told of one failure.
const mostFound = 3

// inFront puts what was found in front of what was thought of.
func inFront(found []rule.Finding, causes []Cause) []Cause {
	var list []Cause
	for _, f := range found[:min(mostFound, len(found))] {
		list = append(list, Cause{Rule: f.Rule + ":" + f.Reason, Text: f.Message, Reason: "a check of the domain finds it now"})
	}
	for _, c := range causes {
		if !slices.ContainsFunc(list, func(o Cause) bool { return o.Rule == c.Rule }) {
			list = append(list, c)
		}
	}
	return list
}

// published is the policy that is served now; not ok where that is not known.
func (l *look) published() (sts.Policy, bool) {
	if l.Result == nil || !readable(l.Published.Policy) {
		return sts.Policy{}, false
	}
	return l.Published.Policy, true
}

// current tells whether a policy that was reported is the one that is published now; nil where that is
// not known.
func (l *look) current(s Seen) *bool {
	if l.Result == nil || s.Type != typeSTS {
		return nil
	}
	p := policyOf(s.String)
	if !readable(p) {
		return nil
	}
	now, ok := l.published()
	if !ok && l.Protection != rule.Absent {
		return nil
	}
	same := ok && samePolicy(now, p)
	return &same
}
