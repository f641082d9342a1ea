package reports

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
)

// Options choose what is counted.
type Options struct {
	Since   time.Time // the day (UTC) of which, and what follows, is counted; zero: from the first
	Until   time.Time // exclusive; zero: to the last
	Domains []string  // policy domains; none: all
	Ignore  []string  // organisations, in any case
}

// Bounds of what is kept, since anybody may send reports. What is distinct costs memory, however many
// reports there are; what comes first is kept.
const (
	maxRoom  = 96 << 20  // bytes, about
	maxKinds = 1_000     // of failures of one domain
	maxSeen  = 2_000_000 // reports that duplicates are told by
)

// What of the room one thing takes: in the tally, in the Analysis, and in the text that is made of that.
const (
	roomName   = 200
	roomDomain = 4 << 10
	roomDay    = 450
	roomOrg    = 600
	roomPolicy = 1 << 10
	roomHeld   = 800
	roomHost   = 600
	roomIP     = 150
	roomKind   = 6 << 10 // with its causes
	roomOn     = 150     // a day of a kind
)

// roomText is what a text takes. In JSON a control character is six bytes.
func roomText(s string) int {
	n := len(s)
	for i := range len(s) {
		if s[i] < ' ' {
			n += len(`\u0000`) - 1
		}
	}
	return 4 * n
}

// What is noted of the pile as a whole.
const (
	noteRoom  = "more that is distinct was reported than is kept: the rest is in the sums only; --domain counts one domain alone"
	noteKinds = "more kinds of failures were reported than are kept: the rest is lumped together"
	noteMany  = "there are more reports than duplicates can be told among"
)

// Tally adds reports up. Its memory, and that of its Analysis, is bounded: where more is distinct in the
// reports than there is room for, the domains, kinds of failures and so on that came first are told apart,
// and the rest is in the sums alone, that of further domains under "".
type Tally struct {
	options Options
	only    map[string]bool // domains; empty for all
	ignored map[string]bool // organisations
	result  Analysis        // only the numbers
	skipped skips
	seen    map[identity]struct{}
	notes   map[string]int
	names   map[string]*orgName
	rest    *orgName // of organisations that there is no room for
	domains map[string]*domainTally
	room    int // bytes that are left
	kinds   int // of failures that are told apart, of one domain
}

// identity is what two copies of a report share.
type identity [16]byte

// orgName is an organisation, however its name is spelled.
type orgName struct {
	folded string
	shown  string
}

// NewTally begins with no reports.
func NewTally(o Options) *Tally {
	t := &Tally{
		options: o,
		only:    map[string]bool{},
		ignored: map[string]bool{},
		skipped: skips{kinds: map[string]*skipKind{}},
		seen:    map[identity]struct{}{},
		notes:   map[string]int{},
		names:   map[string]*orgName{},
		rest:    &orgName{},
		domains: map[string]*domainTally{},
		room:    maxRoom,
		kinds:   maxKinds,
	}
	for _, d := range o.Domains {
		t.only[hostName(strings.TrimSpace(d))] = true
	}
	for _, org := range o.Ignore {
		t.ignored[fold(org)] = true
	}
	return t
}

// fold makes one of the spellings of an organisation's name.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Skip counts what was meant as a report and could not be read.
func (t *Tally) Skip(source, why string) { t.skipped.add(source, why) }

// Other counts a mail or file that has nothing to do with reports.
func (t *Tally) Other() { t.result.Other++ }

// Add counts a report, unless the options leave it out or it was counted before.
func (t *Tally) Add(_ string, r *Report) {
	if !t.wanted(r) {
		return
	}
	id := identify(r)
	if _, again := t.seen[id]; again {
		t.result.Duplicates++
		return
	}
	if len(t.seen) < maxSeen {
		t.seen[id] = struct{}{}
	} else {
		t.notes[noteMany] = 1
	}
	t.result.Reports++
	for _, n := range r.Notes {
		t.notes[n]++ // Parse has few of them
	}
	t.count(r)
}

// wanted tells whether the options let a report in: by the day of its begin, by who sent it, and by what
// it is about.
func (t *Tally) wanted(r *Report) bool {
	begin := dayOf(r.Begin).start()
	if !t.options.Since.IsZero() && begin.Before(dayOf(t.options.Since).start()) {
		return false
	}
	if !t.options.Until.IsZero() && !begin.Before(t.options.Until) {
		return false
	}
	if t.ignored[fold(r.Organization)] {
		return false
	}
	for i := range r.Policies {
		if t.about(&r.Policies[i]) {
			return true
		}
	}
	return len(t.only) == 0
}

func (t *Tally) about(p *Policy) bool { return len(t.only) == 0 || t.only[p.Domain] }

// identify hashes what makes a report: organisation, report id and range; of one without an id what it
// is about, too.
func identify(r *Report) identity {
	var b []byte
	part := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	part(fold(r.Organization))
	part(r.ID)
	b = binary.AppendVarint(b, r.Begin.Unix())
	b = binary.AppendVarint(b, r.End.Unix())
	if r.ID == "" {
		for _, p := range r.Policies {
			part(p.Type)
			part(p.Domain)
			b = binary.AppendVarint(b, p.Successful)
			b = binary.AppendVarint(b, p.Failed)
		}
	}
	sum := sha256.Sum256(b)
	return identity(sum[:16])
}

// take reserves room for what is distinct, if there is some left.
func (t *Tally) take(bytes int) bool {
	if t.room < bytes {
		t.notes[noteRoom] = 1
		return false
	}
	t.room -= bytes
	return true
}

// name is the organisation of that name; of several spellings the first in order is shown.
func (t *Tally) name(s string) *orgName {
	s = strings.Join(strings.Fields(s), " ")
	folded := strings.ToLower(s)
	n, ok := t.names[folded]
	if !ok {
		if !t.take(roomName + roomText(s)) {
			return t.rest
		}
		n = &orgName{folded: folded, shown: s}
		t.names[folded] = n
	}
	if s < n.shown {
		n.shown = s
	}
	return n
}

// domain is the tally of a domain; where there is no room left for it, of none.
func (t *Tally) domain(s string) *domainTally {
	d, ok := t.domains[s]
	if !ok && s != "" && !t.take(roomDomain+roomText(s)) {
		return t.domain("")
	}
	if !ok {
		d = newDomainTally()
		t.domains[s] = d
	}
	return d
}

// count adds the policies of a report to those of their domains.
func (t *Tally) count(r *Report) {
	org := t.name(r.Organization)
	counted := map[*domainTally]bool{}
	for i := range r.Policies {
		p := &r.Policies[i]
		if !t.about(p) {
			continue
		}
		d := t.domain(p.Domain)
		d.extend(r.Begin, r.End)
		e := entry{report: r, policy: p, org: org, day: dayOf(r.Begin), first: !counted[d]}
		counted[d] = true
		t.countSessions(d, &e)
		seen := t.countPolicy(d, &e)
		if one, ok := d.days[e.day]; ok {
			one.proof.count(&e, seen)
		}
		t.countHosts(d, &e)
		for j := range p.Failures {
			t.countFailure(d, &e, &p.Failures[j])
		}
	}
}
