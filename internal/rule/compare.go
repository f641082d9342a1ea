package rule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mtasts/internal/addr"
)

// Change is how a finding stands to an earlier result of the same domain.
type Change string

// The words of Change; empty where nothing was compared, and for what is no problem.
const (
	Fresh Change = "new"   // it was not there
	Worse Change = "worse" // it was there, with a better status or at fewer hosts
	Known Change = "known" // it was there, no better
)

// Baseline is what a result was compared with, and what of that was not found again.
type Baseline struct {
	CheckedAt time.Time `json:"checked_at"` // zero where the domain is not in it: then all is new
	// Gone are the problems that are no more, in the order of the earlier result.
	Gone []Gone `json:"gone,omitempty"`
	// Pending are those of which nobody knows, since their rules were not judged this time. They stay
	// known to whoever compares with this result.
	Pending []Gone `json:"pending,omitempty"`
}

// Gone is a problem of an earlier result that was not found again.
type Gone struct {
	Rule    string `json:"rule"`
	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Subject string `json:"subject"`
}

// Compare marks each problem of r as new, worse or known by an earlier result of the domain; nil where
// there is none. What is known no longer counts: see [Result.Counting].
func (r *Result) Compare(before *Result) {
	r.Baseline = &Baseline{}
	if before == nil {
		before = &Result{}
	}
	r.Baseline.CheckedAt = before.CheckedAt
	was, is := before.marks(), r.marks()
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.isProblem() {
			f.Change = was[f.cause()].change(partiesOf(f.About()), f.Status)
		}
	}
	for _, f := range before.Findings {
		if f.isProblem() {
			r.miss(is, f, false)
		}
	}
	for _, g := range before.pending() {
		r.miss(is, g.finding(), true)
	}
}

// miss notes what was there before: where it is not found again, as gone, or as pending where that is
// not known.
func (r *Result) miss(is map[cause]*mark, f Finding, pending bool) {
	g := Gone{f.Rule, f.Status, f.Reason, f.Subject}
	switch about := partiesOf(f.About()); {
	case is[f.cause()].has(about):
	case r.unjudged(f.Rule, about, pending):
		r.Baseline.Pending = append(r.Baseline.Pending, g)
	default:
		r.Baseline.Gone = append(r.Baseline.Gone, g)
	}
}

// unjudged tells that a rule has no answer now about somebody of whom it told something before.
func (r *Result) unjudged(id string, about parties, pending bool) bool {
	if r.Interrupted || slices.Contains(r.Unasked, id) {
		return true
	}
	return slices.ContainsFunc(r.Findings, func(f Finding) bool {
		switch {
		case f.Status != Unknown:
			return false
		case slices.Contains(f.Hides, id):
			return true
		case partiesOf(f.About()).meet(about): // of one host of several nothing is hidden, and yet it is not known
			return f.Rule == id || matchesAny(hiddenBy(f), id)
		}
		// What is said once for all hosts, such as that there is no IPv6 here, and did not keep the rule
		// from telling this the last time, does not now.
		return f.Rule == id && f.Subject == r.Domain && (pending || f.Change != Known)
	})
}

// hiddenBy are the rules that have no answer where a finding is all that is known.
func hiddenBy(f Finding) []string {
	rules := catalogue()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == f.Rule })
	if i < 0 {
		return nil
	}
	return rules[i].reason(f.Reason).Hides
}

// pending are the problems that were not judged in r.
func (r *Result) pending() []Gone {
	if r.Baseline == nil {
		return nil
	}
	return r.Baseline.Pending
}

func (g Gone) finding() Finding {
	return Finding{Rule: g.Rule, Status: g.Status, Reason: g.Reason, Subject: g.Subject}
}

// cause tells findings of two results apart, together with whom they are about.
type cause struct{ rule, reason string }

func (f Finding) cause() cause { return cause{f.Rule, f.Reason} }

// About is the subject whatever its addresses: "mx1.example.com [192.0.2.25]" is mx1.example.com. A
// problem that is mended at one address, or moves to another, stays the same problem.
func (f Finding) About() string {
	name, rest, _ := strings.Cut(f.Subject, " [")
	first, _, _ := strings.Cut(strings.TrimSuffix(rest, "]"), ", ")
	if addr.Literal(first) {
		return name
	}
	return f.Subject
}

// parties are whom a finding is about: one, or several hosts, of which some may not be named.
type parties struct {
	names []string
	more  int
}

// partiesOf reads "mx1.example.com, mx2.example.com and 3 more", as list writes it.
func partiesOf(about string) parties {
	var p parties
	for part := range strings.SplitSeq(strings.ReplaceAll(strings.ToLower(about), " and ", ", "), ", ") {
		number, counted := strings.CutSuffix(part, " more")
		if n, err := strconv.Atoi(number); counted && err == nil && n > 0 {
			p.more = n
			continue
		}
		p.names = append(p.names, part)
	}
	return p
}

// meet tells that somebody is, or may be, in both.
func (p parties) meet(other parties) bool {
	return p.more > 0 && other.more > 0 ||
		slices.ContainsFunc(p.names, func(name string) bool { return slices.Contains(other.names, name) })
}

// mark is with whom a cause was found.
type mark struct {
	at   map[string]Status // the worst of each
	more int               // and how many that were not named
	rest Status            // the worst of these
}

// marks are all causes of a result; what is pending is among them.
func (r *Result) marks() map[cause]*mark {
	all := map[cause]*mark{}
	add := func(f Finding) {
		m := all[f.cause()]
		if m == nil {
			m = &mark{at: map[string]Status{}}
			all[f.cause()] = m
		}
		about := partiesOf(f.About())
		for _, name := range about.names {
			m.at[name] = worse(m.at[name], f.Status)
		}
		if about.more > 0 {
			m.more, m.rest = m.more+about.more, worse(m.rest, f.Status)
		}
	}
	for _, f := range r.Findings {
		if f.Reason != "" {
			add(f)
		}
	}
	for _, g := range r.pending() {
		add(g.finding())
	}
	return all
}

// worse is the worse of two statuses, of which the first may be empty.
func worse(a, b Status) Status {
	if a == "" || rank(b) < rank(a) {
		return b
	}
	return a
}

// has tells that somebody is, or may be, among those with the cause.
func (m *mark) has(p parties) bool {
	return m != nil && (p.more > 0 || slices.ContainsFunc(p.names, func(name string) bool { return m.at[name] != "" }))
}

// change is how a problem stands to those with the same cause before. Whoever was not named then may be
// one of those that were not: each of these is taken once.
func (m *mark) change(p parties, s Status) Change {
	if m == nil {
		return Fresh
	}
	strangers, grown := p.more, false
	for _, name := range p.names {
		if was := m.at[name]; was == "" {
			strangers++
		} else {
			grown = grown || rank(s) < rank(was)
		}
	}
	taken := min(strangers, m.more)
	m.more -= taken
	switch {
	case taken == 0 && strangers == len(p.names)+p.more:
		return Fresh
	case grown, strangers > taken, taken > 0 && rank(s) < rank(m.rest):
		return Worse
	}
	return Known
}

// isProblem tells that a finding asks something of the reader.
func (f Finding) isProblem() bool { return rank(f.Status) < rank(Info) }

// Counting is the status and the counts by which a result is to be judged as success or failure: those
// of its findings that are not known from a baseline, if there is one.
func (r *Result) Counting() (Status, Counts) {
	if r.Baseline == nil {
		return r.Status, r.Counts
	}
	var list []Finding
	for _, f := range r.Findings {
		if f.Change != Known {
			list = append(list, f)
		}
	}
	n := count(list)
	if r.Status == Unknown && r.Counts.Unknown == 0 {
		return Unknown, n // not all of the domain was seen
	}
	return worst(n), n
}
