package reports

// maxDays is how many days between the first and the last of a domain are shown though nothing was
// reported of some.
const maxDays = 3_660

// filler fills in the days without reports, as many as there is room for.
type filler struct {
	left int
}

// days lists each day from the first with reports to the last. Where those are too far apart to be
// true, it lists those with reports.
func (f *filler) days(tally map[date]*dayTally) []Day {
	list := []Day{}
	known := sorted(tally)
	if len(known) == 0 {
		return list
	}
	first, last := known[0], known[len(known)-1]
	if n := int(last-first) + 1; n <= maxDays && n-len(known) <= f.left {
		f.left -= n - len(known)
		known = known[:0]
		for d := first; d <= last; d++ {
			known = append(known, d)
		}
	}
	for _, d := range known {
		one := Day{Date: d.String()}
		if t, ok := tally[d]; ok {
			one.Reports, one.Successful, one.Failed = t.reports, t.successful, t.failed
		}
		list = append(list, one)
	}
	return list
}

// shareWithout is the share of sessions that saw no policy since the day of the first report that saw
// one of MTA-STS.
func shareWithout(tally map[date]*dayTally) float64 {
	first, seen := date(0), false
	for d, t := range tally {
		if t.sawOne && (!seen || d < first) {
			first, seen = d, true
		}
	}
	var with, without int64
	for d, t := range tally {
		if seen && d >= first {
			with, without = plus(with, t.with), plus(without, t.without)
		}
	}
	if with+without == 0 {
		return 0
	}
	return float64(without) / float64(with+without)
}
