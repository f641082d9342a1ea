package rule

import "time"

// Change is how a finding stands to an earlier result of the same domain.
type Change string

// The words of Change; empty where nothing was compared.
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

// Compare marks each finding of r as new, worse or known by an earlier result of the domain; nil where
// there is none. What is known no longer counts: see [Result.Counting].
func (r *Result) Compare(before *Result) {
	r.Baseline = &Baseline{}
	was := map[cause]Status{}
	if before != nil {
		r.Baseline.CheckedAt = before.CheckedAt
		for _, f := range before.Findings {
			was[causeOf(f)] = f.Status
		}
	}
	is := map[cause]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		is[causeOf(*f)] = true
		status, there := was[causeOf(*f)]
		switch {
		case !there:
			f.Change = Fresh
		case rank(f.Status) < rank(status):
			f.Change = Worse
		default:
			f.Change = Known
		}
	}
	if before == nil {
		return
	}
	for _, f := range before.Findings {
		if rank(f.Status) < rank(Info) && !is[causeOf(f)] {
			r.Baseline.Gone = append(r.Baseline.Gone, Gone{f.Rule, f.Status, f.Reason, f.Subject})
		}
	}
}

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
