package render

import (
	"math"
	"sync"
	"time"

	"mtasts/internal/rule"
)

const (
	// paceWidth is how wide a label may be: behind "mtasts: " it fits a line of 80 columns.
	paceWidth = 72
	// memory is how long ago what happened counts for a speed by about a third of what happens now:
	// so it follows what changes, and does not jump.
	memory = 30 * time.Second
	// A speed is told from when it rests on more than a moment, time left a little later.
	firstSpeed = time.Second
	firstLeft  = 5 * time.Second
	longest    = 100 * time.Hour // what is told of time left; a list that stands still is never done
)

// Pace counts what is done of a list while it goes on, and tells it in a line. All its methods may be
// called from several goroutines.
type Pace struct {
	now   func() time.Time
	share func() (done, of int64)

	mu         sync.Mutex
	total      int
	protection map[rule.Protection]int
	domains    speed
	list       speed
	left       string // empty: not known
}

// NewPace counts from now on. The share is how much of the list is handed out, in whatever unit, such
// as bytes; of is 0 where nobody knows how long the list is. It is asked about once a second, by
// whoever calls Label or first calls Add.
func NewPace(now func() time.Time, share func() (done, of int64)) *Pace {
	return &Pace{now: now, share: share, protection: map[rule.Protection]int{}, domains: begin(now(), 0)}
}

// Add counts a domain that is done in this run.
func (p *Pace) Add(protection rule.Protection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total == 0 { // what a run passes over, since it was done before, takes no time
		done, _ := p.share()
		p.list = begin(p.now(), done)
	}
	p.total++
	p.protection[knownProtection(protection)]++
}

// Label is what is done, and how it goes on, the most important first:
// "12,345 domains, 210/s, 3 min left, 1,020 enforced 88 testing 3 broken".
func (p *Pace) Label() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total > 0 {
		p.measure()
	}
	text := amount(p.total, "domain")
	if p.domains.known {
		text += ", " + rate(p.domains.perSecond)
	}
	if p.left != "" {
		text += ", " + p.left
	}
	between := ", "
	for _, word := range []rule.Protection{
		rule.Enforced, rule.Testing, rule.Broken, rule.UnsureProtection, rule.Absent, rule.NoProtection,
	} {
		more := between + grouped(p.protection[word]) + " " + string(word)
		if p.protection[word] > 0 && len(text+more) <= paceWidth {
			text, between = text+more, " "
		}
	}
	return text
}

// measure takes the speeds anew, at most once a second, so that what is shown can be read.
func (p *Pace) measure() {
	now := p.now()
	if now.Sub(p.domains.at) >= firstSpeed {
		p.domains.measure(now, int64(p.total))
	}
	if now.Sub(p.list.at) < firstSpeed {
		return
	}
	done, of := p.share()
	p.list.measure(now, done)
	p.left = ""
	if now.Sub(p.list.begun) < firstLeft || done >= of || p.list.perSecond <= 0 {
		return
	}
	if s := float64(of-done) / p.list.perSecond; s < longest.Seconds() {
		p.left = remaining(time.Duration(s * float64(time.Second)))
	}
}

// speed is how fast a number grows: at first on an average since the beginning, then with what was
// before fading away.
type speed struct {
	begun, at time.Time
	last      int64
	known     bool
	perSecond float64
}

func begin(at time.Time, n int64) speed { return speed{begun: at, at: at, last: n} }

// measure takes into account that the number is n now, some time after it was measured last.
func (s *speed) measure(now time.Time, n int64) {
	span := now.Sub(s.at)
	weight := max(1-math.Exp(-span.Seconds()/memory.Seconds()), span.Seconds()/now.Sub(s.begun).Seconds())
	s.perSecond += weight * (float64(n-s.last)/span.Seconds() - s.perSecond)
	s.at, s.last, s.known = now, n, true
}
