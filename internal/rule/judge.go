package rule

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// Options are what the user asks of the judgement.
type Options struct {
	Only, Skip []string // globs of rule ids; an empty Only means all
	ExpiryDays int      // certificates that end sooner are a warning; 0 means DefaultExpiryDays
	Assume     string   // "enforce": judge as if the policy were in mode enforce
	Senders    bool     // tell in Result.Senders what each sender known by name makes of the policy
	// Before is what was seen of the domain before: at an earlier time, or now, where something was
	// given that is yet to be published. The rules of group change compare with it.
	Before *fact.Observation
}

// DefaultExpiryDays is when a certificate ends soon: whoever renews a month before the end, as is
// usual, has failed to for two weeks by then.
const DefaultExpiryDays = 14

// schema is the version of the JSON form of a Result.
const schema = 1

// draft is a finding on its way: with what decides about others.
type draft struct {
	*Finding
	at         int // which of the rules
	group      string
	hiding     []string // globs of rules that it makes moot
	dormant    bool     // of an UnderPolicy rule: it fails only while the policy is in force
	now, later string   // the end of the message: while the policy is in force, and while it is not
}

// Judge answers every rule for what was seen. It is pure: the same observation and options give
// the same result, byte for byte.
func Judge(o *fact.Observation, opt Options) Result {
	return newCase(o, opt).judge(catalogue())
}

func (c *Case) judge(catalogue []Rule) Result {
	c.rules = catalogue
	rules, opt := c.answerable(catalogue), c.opt
	hits, n := c.answers(rules)
	findings := make([]Finding, n)
	drafts := hide(c.drafts(rules, hits, findings), rules)
	protection := c.protection(drafts)
	inForce := protection == Enforced || opt.Assume == string(sts.Enforce)
	answered := len(drafts)
	told := slices.DeleteFunc(drafts, func(d draft) bool {
		return !opt.Selects(d.Rule) && (!opt.misses(d.Hides) || matchesAny(opt.Skip, d.Rule))
	})
	if c.Given != nil {
		protection = UnsureProtection // what is not published protects nothing
	}
	told = sayOnce(told)
	for i, d := range told { // which stands at i or behind
		findings[i] = d.speak(inForce)
	}
	findings = findings[:len(told)]
	sortFindings(findings)
	r := Result{
		Schema: schema, Domain: c.Domain, CheckedAt: c.At, Protection: protection, Interrupted: c.Interrupted,
		Findings: findings, Delivery: c.deliveries(inForce, protection == UnsureProtection), Senders: c.senders(), Observed: c.Observation,
	}
	r.Counts = count(findings)
	r.Status = worst(r.Counts)
	if r.Status != Fail && (answered == 0 || c.Interrupted || len(findings) == 0 && (c.Given != nil || c.leftAlone(rules))) {
		r.Status = Unknown // what was not looked at has not passed
	}
	r.Next, r.Certificates, r.Published, r.Unasked = c.next(r), c.certificates(), c.publishes(), c.unasked(catalogue)
	return r
}

// leftAlone tells that the user asks for rules alone that nothing was done for.
func (c *Case) leftAlone(rules []Rule) bool {
	return !slices.ContainsFunc(rules, c.asks)
}

// unasked are the rules that nobody asked, or that nothing was done for.
func (c *Case) unasked(rules []Rule) []string {
	var ids []string
	for _, r := range rules {
		if !c.asks(r) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// asks tells that the user wants to hear of a rule, and that something was done for it: MX hosts may be
// left alone, and there may be nothing to compare with.
func (c *Case) asks(r Rule) bool {
	switch {
	case r.Group == "smtp" && c.Vantage.SMTP == fact.SMTPOff && len(c.takers) > 0, r.Group == "change" && c.before == nil:
		return false
	}
	return c.opt.Selects(r.ID)
}

// Selects tells whether the user wants to hear of a rule.
func (opt Options) Selects(id string) bool {
	return (len(opt.Only) == 0 || matchesAny(opt.Only, id)) && !matchesAny(opt.Skip, id)
}

// misses tells that --only asks for a rule that stays without an answer: then the cause is told
// in its place, since silence would look like a pass.
func (opt Options) misses(hidden []string) bool {
	return len(opt.Only) > 0 && slices.ContainsFunc(hidden, opt.Selects)
}

func matchesAny(globs []string, id string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		if g != "" && 'a' <= g[0] && g[0] <= 'z' && !strings.HasPrefix(id, g[:1]) {
			return false // as with most
		}
		ok, err := path.Match(g, id)
		return ok && err == nil
	})
}

// answers runs every check, and counts the hits.
func (c *Case) answers(rules []Rule) (hits [][]Hit, n int) {
	hits = make([][]Hit, len(rules))
	for at, r := range rules {
		hits[at] = r.Check(c)
		n += len(hits[at])
	}
	return hits, n
}

// drafts turns the hits of each rule into findings, for which there is room.
func (c *Case) drafts(rules []Rule, hits [][]Hit, room []Finding) []draft {
	list := make([]draft, 0, len(room))
	for at, r := range rules {
		for _, h := range hits[at] {
			if c.told(r, h) {
				d := c.draft(r, h, &room[len(list)])
				d.at = at
				list = append(list, d)
			}
		}
	}
	return list
}

// draft turns a hit into a finding in the words of its rule.
func (c *Case) draft(r Rule, h Hit, f *Finding) draft {
	vars := c.vars(h.Vars)
	*f = Finding{Rule: r.ID, Status: Pass, Subject: h.Subject, Why: r.Why, Evidence: clipAll(h.Evidence), Reference: r.Ref}
	d := draft{Finding: f, group: r.Group, now: h.Now, later: h.Then}
	if h.Reason == "" {
		if h.Now == "" {
			d.Message = sentence(c.anonymous(r.Title), vars)
		}
		return d
	}
	reason := r.reason(h.Reason)
	d.Reason, d.Status, d.Here, d.Location = h.Reason, cmp.Or(h.Status, reason.Status), reason.Here, c.location(cmp.Or(h.Of, r.Group), h)
	say := func(template string) string { return expand(c.anonymous(template), vars) }
	if h.Now == "" {
		d.Message, d.now, d.later = say(reason.Message), say(reason.InForce), say(reason.NotYet)
	}
	if d.Status == Fail || d.Status == Warn {
		d.TLSRPT = string(reason.TLSRPT)
	}
	if reason.Fix != "" {
		d.Fix = c.fix(say(reason.Fix), h)
	}
	if !h.Partial {
		d.hiding = slices.Concat(reason.Hides, h.Hides, c.explains(r, h))
	}
	d.dormant = r.UnderPolicy && !h.Regardless
	if h.Regardless && h.Now == "" {
		d.now, d.later = d.now+" So do senders that check DANE.", daneDemands
	}
	return d
}

// daneDemands is said of a rule about mail under the policy where no policy is needed.
const daneDemands = "Its TLSA records demand TLS: senders that check DANE refuse to deliver there, whatever the policy says."

// speak is the finding as it is told: a rule about mail under the policy fails only while the
// policy is in force, and otherwise warns of what enforce would do. The one place that does so.
func (d draft) speak(inForce bool) Finding {
	end := d.later
	if inForce {
		end = d.now
	} else if d.dormant && d.Status == Fail {
		d.Status = Warn
	}
	if end != "" {
		d.Message = strings.TrimPrefix(d.Message+" "+end, " ")
	}
	return *d.Finding
}

// hide takes out the findings of rules whose answer follows from another finding, and names in
// that one the rules that it left without an answer.
func hide(drafts []draft, rules []Rule) []draft {
	moot := make([]bool, len(rules))
	for i := range drafts {
		d := &drafts[i]
		if len(d.hiding) == 0 || moot[d.at] {
			continue
		}
		for at := range rules {
			if at != d.at && !moot[at] && matchesAny(d.hiding, rules[at].ID) {
				moot[at] = true
				d.Hides = append(d.Hides, rules[at].ID)
			}
		}
	}
	return slices.DeleteFunc(drafts, func(d draft) bool { return moot[d.at] })
}

// sayOnce joins what two rules tell of one cause on this side: that there is no IPv6.
func sayOnce(drafts []draft) []draft {
	find := func(rule string) int {
		return slices.IndexFunc(drafts, func(d draft) bool { return d.Rule == rule && d.Reason == "no-ipv6-here" })
	}
	host, mail := find("policy-host-reachable"), find("smtp-reachable")
	if host < 0 || mail < 0 {
		return drafts
	}
	drafts[host].Evidence = clipAll(slices.Concat(drafts[host].Evidence, drafts[mail].Evidence))
	for _, id := range drafts[mail].Hides {
		if !slices.Contains(drafts[host].Hides, id) {
			drafts[host].Hides = append(drafts[host].Hides, id)
		}
	}
	drafts = slices.Delete(drafts, mail, mail+1)
	if !slices.ContainsFunc(drafts, func(d draft) bool { return d.Rule == "smtp-reachable" }) {
		drafts[host].Hides = append(drafts[host].Hides, "smtp-reachable")
	}
	return drafts
}

// protection is what the domain's MTA-STS amounts to in one word; of what was given, what it would
// if it were published.
func (c *Case) protection(drafts []draft) Protection {
	failed := slices.ContainsFunc(drafts, func(d draft) bool {
		return d.Status == Fail && slices.Contains([]string{"record", "host", "policy"}, d.group)
	})
	switch {
	case c.Given == nil && c.STS.Unknown() && !c.STS.Dangling():
		return UnsureProtection
	case c.Given == nil && c.absent():
		return Absent
	case failed, c.served != nil && len(c.policyProblems) > 0: // also where another finding hides it
		return Broken
	case c.served == nil:
		return UnsureProtection
	}
	return map[sts.Mode]Protection{sts.Enforce: Enforced, sts.Testing: Testing, sts.None: NoProtection}[c.policy.Mode]
}

// absent tells that there is no record and nothing meant as one.
func (c *Case) absent() bool {
	return len(c.records) == 0 && !c.STS.Dangling() && len(c.nearMisses()) == 0
}

// sortFindings puts problems first; within a status the catalogue's order stands, in which they come.
func sortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(rank(a.Status), rank(b.Status)) })
}

// rank is the order of statuses, the worst first.
func rank(s Status) int {
	switch s {
	case Fail:
		return 0
	case Unknown:
		return 1
	case Warn:
		return 2
	case Info:
		return 3
	case Pass:
		return 4
	}
	return -1
}

func count(findings []Finding) Counts {
	var n Counts
	slot := map[Status]*int{Pass: &n.Pass, Info: &n.Info, Warn: &n.Warn, Fail: &n.Fail, Unknown: &n.Unknown}
	for _, f := range findings {
		*slot[f.Status]++
	}
	return n
}

// worst is the status of a domain: what fails, else what is not known, else what is not good.
func worst(n Counts) Status {
	switch {
	case n.Fail > 0:
		return Fail
	case n.Unknown > 0:
		return Unknown
	case n.Warn > 0:
		return Warn
	}
	return Pass
}
