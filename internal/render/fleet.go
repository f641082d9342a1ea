package render

import (
	"io"
	"strings"
	"time"

	"mtasts/internal/rule"
)

// fleet counts what a run tells, to sum it up at its end. However long the list is, what it holds
// is bounded.
type fleet struct {
	sink
	style      Style
	now        func() time.Time
	begun      time.Time
	domains    int
	earlier    int // of the domains: read back from an earlier run
	bad        int // lines that are no domains
	protection map[rule.Protection]int
	status     rule.Counts // of the domains
	problems   *census[problemKind, struct{}]
	failures   *census[failure, failing]
	policed    map[string]bool // the rules that say whether mail gets in under a policy
	compared   compared
}

// problemKind is what problems of several domains have in common.
type problemKind struct {
	rule, reason string
	status       rule.Status
}

// compared is how the problems stand to an earlier run.
type compared struct {
	domains, strange         int // compared; of these, not in the earlier run
	fresh, worse, known, old int // problems; the old ones are gone
}

const (
	mostKinds = 10_000 // of which each census keeps count
	// longestWord is how many bytes of a rule or a reason are kept: those of an earlier run may be
	// anything, for they were read from a file.
	longestWord = 64
)

// NewFleet writes nothing but the summary of a run, at its end: how many domains in what time, what
// their protection comes to, which problems are frequent, and the MX providers that many domains fail at.
// The time is counted from now on. Nothing is written of fewer than two items.
//
// What was read back from an earlier run is counted by what it has; it is known by its missing
// observation, and is left out of the rate.
func NewFleet(w io.Writer, s Style, a About) Writer {
	f := &fleet{
		sink: sink{out: w}, style: s, now: a.Now, begun: a.Now(),
		protection: map[rule.Protection]int{}, policed: map[string]bool{},
		problems: newCensus[problemKind, struct{}](mostKinds),
		failures: newCensus[failure, failing](mostKinds),
	}
	for _, r := range rule.Catalogue() {
		f.policed[r.ID] = r.UnderPolicy && r.ID != rule.DeliveryRule
	}
	return f
}

func (f *fleet) Result(e Item) error {
	if e.Error != "" {
		f.bad++
		return f.err
	}
	f.domains++
	if e.Observed == nil {
		f.earlier++
	}
	f.protection[knownProtection(e.Protection)]++
	count(&f.status, e.Status)
	f.countProblems(e.Findings)
	f.countFailures(e.Result)
	f.compared.count(e.Result)
	return f.err
}

func (f *fleet) Close() error {
	if f.domains+f.bad < 2 {
		return f.err
	}
	return f.put(f.text())
}

// protections are the words of Protection, in the order in which they are counted out.
func protections() []rule.Protection {
	return []rule.Protection{
		rule.Enforced, rule.Testing, rule.NoProtection, rule.Absent, rule.Broken, rule.UnsureProtection,
	}
}

// knownProtection is a word of Protection, whatever a file said.
func knownProtection(p rule.Protection) rule.Protection {
	for _, known := range protections() {
		if p == known {
			return known
		}
	}
	return rule.UnsureProtection
}

// countProblems counts each kind once, however many hosts of the domain have it. Delivery only sums up
// what has a cause of its own.
func (f *fleet) countProblems(all []rule.Finding) {
	met := map[problemKind]bool{}
	for _, x := range all {
		if !problem(x.Status) || isDelivery(x) {
			continue
		}
		k := problemKind{clip(x.Rule, longestWord), clip(x.Reason, longestWord), knownStatus(x.Status)}
		if !met[k] {
			met[k] = true
			f.problems.add(k)
		}
	}
}

// clip is a string that may be kept: its beginning, and not a part of something longer, all of which
// would stay in memory.
func clip(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") // the cut may be in a character
	}
	return strings.Clone(s)
}

// knownStatus is the status of a problem, whatever a file said.
func knownStatus(s rule.Status) rule.Status {
	if s == rule.Fail || s == rule.Warn {
		return s
	}
	return rule.Unknown
}

// name is the kind as text, in the columns there are.
func (k problemKind) name(room int) string {
	return fit(name(rule.Finding{Rule: k.rule, Reason: k.reason}), room)
}

func (k problemKind) compare(other problemKind) int {
	return strings.Compare(k.rule+"\x00"+k.reason+"\x00"+string(k.status), other.rule+"\x00"+other.reason+"\x00"+string(other.status))
}

func (c *compared) count(r rule.Result) {
	if r.Baseline == nil {
		return
	}
	c.domains++
	if r.Baseline.CheckedAt.IsZero() {
		c.strange++
	}
	c.old += len(r.Baseline.Gone)
	for _, x := range r.Findings {
		switch {
		case !problem(x.Status):
		case x.Change == rule.Fresh:
			c.fresh++
		case x.Change == rule.Worse:
			c.worse++
		case x.Change == rule.Known:
			c.known++
		}
	}
}
