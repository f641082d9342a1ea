package render

import (
	"math"
	"sync"
	"testing"
	"time"

	"mtasts/internal/rule"
)

// track is a run that is paced: a clock moved by hand, and a list of which so much is handed out.
type track struct {
	*Pace
	now      time.Time
	done, of int64
}

func newTrack(of int64) *track {
	r := &track{now: at(), of: of}
	r.Pace = NewPace(func() time.Time { return r.now }, func() (int64, int64) { return r.done, r.of })
	return r
}

// pass lets that many seconds go by, in each of which so many domains of ten bytes are done. The label is
// looked at as a terminal does, ten times a second.
func (r *track) pass(seconds, domains int) {
	for range seconds {
		for range domains {
			r.Add(rule.Absent)
		}
		r.done += int64(10 * domains)
		for range 10 {
			r.now = r.now.Add(time.Second / 10)
			r.Label()
		}
	}
}

func (r *track) add(n int, p rule.Protection) {
	for range n {
		r.Add(p)
	}
}

func (r *track) want(t *testing.T, label string) {
	t.Helper()
	if got := r.Label(); got != label {
		t.Errorf("%q, want %q", got, label)
	}
}

func TestPaceOfAList(t *testing.T) {
	r := newTrack(1_000_000)
	r.want(t, "0 domains")
	r.Add(rule.Enforced)
	r.want(t, "1 domain, 1 enforced")
	r.pass(1, 210)
	r.want(t, "211 domains, 211/s, 1 enforced 210 absent")
	r.pass(4, 210)
	r.want(t, "1,051 domains, 210/s, 8 min left, 1 enforced 1,050 absent")
}

func TestPaceSaysWhatIsLeftWhenItKnows(t *testing.T) {
	r := newTrack(126_000)
	r.pass(4, 210)
	r.want(t, "840 domains, 210/s, 840 absent")
	r.pass(1, 210)
	r.want(t, "1,050 domains, 210/s, 1 min left, 1,050 absent")
	r.pass(25, 210)
	r.want(t, "6,300 domains, 210/s, 30 s left, 6,300 absent")
	r.pass(30, 210) // all is handed out, and some of it under way
	r.want(t, "12,600 domains, 210/s, 12,600 absent")
	unknown := newTrack(0)
	unknown.pass(60, 210)
	unknown.want(t, "12,600 domains, 210/s, 12,600 absent")
}

// What was done in an earlier run is passed over at once; that says nothing of how long the rest takes.
func TestPaceOfAListTakenUpAgain(t *testing.T) {
	r := newTrack(200_000)
	r.done = 100_000
	r.pass(10, 100)
	r.want(t, "1,000 domains, 100/s, 2 min left, 1,000 absent")
}

func TestPaceAdaptsAndDoesNotJump(t *testing.T) {
	r := newTrack(0)
	r.pass(120, 200)
	before := r.domains.perSecond
	for second := range 120 {
		r.pass(1, 50)
		now := r.domains.perSecond
		if now > before || before-now > 6 {
			t.Errorf("after %d s: from %.1f/s to %.1f/s", second, before, now)
		}
		before = now
	}
	if math.Abs(before-50) > 5 {
		t.Errorf("after 2 min at 50/s: %.1f/s", before)
	}
}

func TestPaceOfAListThatStandsStill(t *testing.T) {
	r := newTrack(1_000_000)
	r.pass(60, 10)
	r.pass(3600, 0)
	r.want(t, "600 domains, 0.0/min, 600 absent")
	r.now = r.now.Add(-time.Hour) // the machine's clock is set
	r.want(t, "600 domains, 0.0/min, 600 absent")
}

// The most important is kept: what is worth a look comes before what most domains are.
func TestPaceFits(t *testing.T) {
	r := newTrack(1 << 60)
	for _, p := range append(protections(), "\x1b[2J") {
		r.add(12_345, p)
	}
	r.pass(10, 10_000)
	r.want(t, "186,415 domains, 18,642/s, 12,345 enforced 12,345 testing 12,345 broken")
	if got := r.Label(); len(got) > paceWidth {
		t.Errorf("%d columns: %s", len(got), got)
	}
}

func TestPaceIsShared(t *testing.T) {
	r := newTrack(100)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				r.Add(rule.Testing)
				r.Label()
			}
		})
	}
	all.Wait()
	r.want(t, "800 domains, 800 testing")
}

func TestAmounts(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 hosts", 1: "1 host", 999: "999 hosts", 1000: "1,000 hosts", 1_234_567: "1,234,567 hosts", -1234: "-1,234 hosts", -123: "-123 hosts",
	} {
		if got := amount(n, "host"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShares(t *testing.T) {
	for want, of := range map[string][2]int{
		"0.0 %": {0, 5}, "<0.1 %": {1, 10_000}, "0.1 %": {1, 1000}, "33.3 %": {1, 3}, "99.9 %": {999, 1000},
		">99.9 %": {9_999, 10_000}, "100.0 %": {7, 7},
	} {
		if got := share(of[0], of[1]); got != want {
			t.Errorf("%d of %d: %q, want %q", of[0], of[1], got, want)
		}
	}
	if got := share(0, 0); got != "0.0 %" {
		t.Errorf("of none: %q", got)
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		-time.Second:               {"0.0 s", "10 s left"},
		0:                          {"0.0 s", "10 s left"},
		1250 * time.Millisecond:    {"1.2 s", "10 s left"},
		42 * time.Second:           {"42 s", "50 s left"},
		55 * time.Second:           {"55 s", "1 min left"},
		192 * time.Second:          {"3 min 12 s", "3 min left"},
		3599700 * time.Millisecond: {"1 h 0 min", "1 h 0 min left"},
		125 * time.Minute:          {"2 h 5 min", "2 h 5 min left"},
		2000 * time.Hour:           {"2,000 h 0 min", "2,000 h 0 min left"},
	} {
		if got := [2]string{lasting(d), remaining(d)}; got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
