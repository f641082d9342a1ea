package rule

import "time"

// Change is how a finding stands to an earlier result of the same domain.
type Change string

// The words of Change; empty where nothing was compared, and for what is no problem.
const (
	Fresh Change = "new"   // it was not there
	Worse Change = "worse" // it was there, with a better status
	Known Change = "known" // it was there, no better
)

// Baseline is what a result was compared with, and what of that is gone.
type Baseline struct {
	CheckedAt time.Time `json:"checked_at"` // zero where the domain is not in it: then all is new
	// Gone are the problems that are no more, in the order of the earlier result.
	Gone []Gone `json:"gone,omitempty"`
}

// Gone is a problem of an earlier result that is no more.
type Gone struct {
	Rule    string `json:"rule"`
	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Subject string `json:"subject"`
}

// cause tells findings of two results apart: the same cause at the same subject is the same finding.
type cause struct{ rule, reason, subject string }

// Compare marks each problem of r as new, worse or known by an earlier result of the domain; nil where
// there is none. What is known no longer counts: see [Result.Counting].
func (r *Result) Compare(before *Result) {
	r.Baseline = &Baseline{}
	if before == nil {
		before = &Result{}
	}
	r.Baseline.CheckedAt = before.CheckedAt
	was, is := before.causes(), r.causes()
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.isProblem() {
			f.Change = change(was[causeOf(*f)], f.Status)
		}
	}
	for _, f := range before.Findings {
		if f.isProblem() && is[causeOf(f)] == "" {
			r.Baseline.Gone = append(r.Baseline.Gone, Gone{f.Rule, f.Status, f.Reason, f.Subject})
		}
	}
}

// change is how a problem stands to the same one before, which had the empty status where it was not.
func change(was, is Status) Change {
	switch {
	case was == "":
		return Fresh
	case rank(is) < rank(was):
		return Worse
	}
	return Known
}

// causes are what was found by cause, with the worst status of each.
func (r *Result) causes() map[cause]Status {
	all := map[cause]Status{}
	for _, f := range r.Findings {
		if c := causeOf(f); f.Reason != "" && (all[c] == "" || rank(f.Status) < rank(all[c])) {
			all[c] = f.Status
		}
	}
	return all
}

// isProblem tells that a finding asks something of the reader.
func (f Finding) isProblem() bool { return rank(f.Status) < rank(Info) }

func causeOf(f Finding) cause { return cause{f.Rule, f.Reason, f.Subject} }

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
