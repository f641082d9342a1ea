package reports

import (
	"slices"
	"strings"
	"time"
)

// date is a day: how many are between it and 1970-01-01, UTC.
type date int

func dayOf(t time.Time) date { return date(t.Truncate(day).Unix() / int64(day/time.Second)) }

func (d date) start() time.Time { return time.Unix(int64(d)*int64(day/time.Second), 0).UTC() }

func (d date) String() string { return d.start().Format(time.DateOnly) }

// sessions are two sums.
type sessions struct {
	successful, failed int64
}

func (s *sessions) add(p *Policy) {
	s.successful = plus(s.successful, p.Successful)
	s.failed = plus(s.failed, p.Failed)
}

// span is a range of time.
type span struct {
	first, last time.Time
}

func (s *span) extend(begin, end time.Time) {
	if s.first.IsZero() || begin.Before(s.first) {
		s.first = begin
	}
	if s.last.IsZero() || end.After(s.last) {
		s.last = end
	}
}

// entry is one policy of one report, with what the tally knows of the report.
type entry struct {
	report *Report
	policy *Policy
	org    *orgName
	day    date
	first  bool // of its report about this domain
}

// domainTally is what was counted of one policy domain.
type domainTally struct {
	span
	sessions

	days     map[date]*dayTally
	orgs     map[*orgName]*orgTally
	hosts    map[string]*hostTally
	kinds    map[kindKey]*kindTally
	policies map[string]*seenTally
}

type dayTally struct {
	sessions

	reports int
	without int64 // sessions that saw no policy, and those that saw one of MTA-STS
	with    int64
	sawOne  bool // a report, even if it is of no session
	proof   proofTally
}

type orgTally struct {
	span
	sessions

	reports int
}

type hostTally struct {
	ips    map[string]bool
	failed int64
	last   date
	fails  bool
}

// kindKey is what makes failures one kind.
type kindKey struct {
	result, mx, reason, policy string
	org                        *orgName
}

type kindTally struct {
	ips  map[string]bool
	sum  int64
	days map[date]onDay
	from date
	to   date
}

// seenTally is a policy as it was reported.
type seenTally struct {
	span

	kind  string
	lines []string
	sum   int64
	held  map[*orgName]*heldTally

	vague   bool // it tells of a policy, not which
	checked bool // senders validate under it
}

func newDomainTally() *domainTally {
	return &domainTally{
		days:     map[date]*dayTally{},
		orgs:     map[*orgName]*orgTally{},
		hosts:    map[string]*hostTally{},
		kinds:    map[kindKey]*kindTally{},
		policies: map[string]*seenTally{},
	}
}

// countSessions adds the summary of a policy to the sums of domain, day and organisation.
func (t *Tally) countSessions(d *domainTally, e *entry) {
	d.add(e.policy)
	one, ok := d.days[e.day]
	if !ok && t.take(roomDay) {
		one, ok = &dayTally{}, true
		d.days[e.day] = one
	}
	if ok {
		one.count(e)
	}
	org, ok := d.orgs[e.org]
	if !ok && t.take(roomOrg+roomText(e.org.shown)) {
		org, ok = &orgTally{}, true
		d.orgs[e.org] = org
	}
	if ok {
		org.add(e.policy)
		org.extend(e.report.Begin, e.report.End)
		if e.first {
			org.reports++
		}
	}
}

func (one *dayTally) count(e *entry) {
	one.add(e.policy)
	if e.first {
		one.reports++
	}
	all := plus(e.policy.Successful, e.policy.Failed)
	switch e.policy.Type {
	case noPolicy:
		one.without = plus(one.without, all)
	case "sts":
		one.with = plus(one.with, all)
		one.sawOne = true
	}
}

// countPolicy adds to the policies as they were seen. It returns nil where there is no room left for one.
func (t *Tally) countPolicy(d *domainTally, e *entry) *seenTally {
	key := e.policy.Type + "\n" + strings.Join(e.policy.String, "\n")
	seen, ok := d.policies[key]
	if !ok {
		if !t.take(roomPolicy + roomText(key) + 32*len(e.policy.String)) {
			return nil
		}
		seen = newSeen(e.policy)
		d.policies[key] = seen
	}
	seen.extend(e.report.Begin, e.report.End)
	seen.sum = plus(seen.sum, plus(e.policy.Successful, e.policy.Failed))
	held, ok := seen.held[e.org]
	if !ok && t.take(roomHeld+2*roomText(e.org.shown)) {
		held, ok = &heldTally{}, true
		seen.held[e.org] = held
	}
	if ok {
		held.extend(e.report.Begin, e.report.End)
	}
	if ok && e.proves(seen) {
		held.proved.extend(e.report.Begin, e.report.End)
	}
	return seen
}

// countHosts keeps the MX hosts, and their patterns, that a policy names.
func (t *Tally) countHosts(d *domainTally, e *entry) {
	for _, mx := range e.policy.MX {
		t.host(d, mx)
	}
	for _, line := range e.policy.String {
		if mx, ok := strings.CutPrefix(line, "mx:"); ok {
			if mx = hostName(strings.TrimSpace(mx)); mx != "" && len(mx) <= maxName {
				t.host(d, mx)
			}
		}
	}
}

// host is the tally of an MX host; nil where there is no room left for it.
func (t *Tally) host(d *domainTally, mx string) *hostTally {
	h, ok := d.hosts[mx]
	if !ok && t.take(roomHost+roomText(mx)) {
		h = &hostTally{ips: map[string]bool{}}
		d.hosts[mx] = h
	}
	return h
}

// countFailure adds to the kinds of failures and to the host that failed.
func (t *Tally) countFailure(d *domainTally, e *entry, f *Failure) {
	if f.MX != "" {
		if h := t.host(d, f.MX); h != nil {
			h.failed = plus(h.failed, f.Sessions)
			h.last, h.fails = max(h.last, e.day), true
			t.address(h.ips, f.ReceivingIP)
		}
	}
	k := t.kind(d, e, f)
	if k == nil {
		return
	}
	k.sum = plus(k.sum, f.Sessions)
	k.from, k.to = min(k.from, e.day), max(k.to, e.day)
	t.address(k.ips, f.ReceivingIP)
	if _, ok := k.days[e.day]; ok || t.take(roomOn) {
		on := k.days[e.day]
		k.days[e.day] = onDay{plus(on.sessions, f.Sessions), max(on.until, lastOf(e.report))}
	}
}

// MoreKinds is the result type of the failures that were not told apart any more, of none or several
// senders, if theirs is none of RFC 8460. It is not a word of any sender.
const MoreKinds = "more kinds than are kept"

// kind is the tally of a kind of failure, or of all those that there is no room for; nil
// where there is none for these either.
func (t *Tally) kind(d *domainTally, e *entry, f *Failure) *kindTally {
	key := kindKey{result: f.ResultType, org: e.org, mx: f.MX, reason: f.Reason, policy: e.policy.Type}
	if k, ok := d.kinds[key]; ok {
		return k
	}
	if len(d.kinds) < t.kinds && t.take(roomKind+roomText(key.result+key.mx+key.reason+key.policy+e.org.shown)) {
		return d.newKind(key, e.day)
	}
	t.notes[noteKinds] = 1
	lump := kindKey{result: MoreKinds, org: t.rest}
	if slices.Contains(resultTypes(), f.ResultType) {
		lump.result = f.ResultType
	}
	if k, ok := d.kinds[lump]; ok || !t.take(roomKind) {
		return k
	}
	return d.newKind(lump, e.day)
}

func (d *domainTally) newKind(key kindKey, on date) *kindTally {
	k := &kindTally{ips: map[string]bool{}, days: map[date]onDay{}, from: on, to: on}
	d.kinds[key] = k
	return k
}

// maxIPs is how many addresses of one host, or of one kind of failure, are kept.
const maxIPs = 100

func (t *Tally) address(ips map[string]bool, ip string) {
	if ip != "" && !ips[ip] && len(ips) < maxIPs && t.take(roomIP+roomText(ip)) {
		ips[ip] = true
	}
}
