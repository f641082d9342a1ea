package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mtasts/internal/fact"
)

// stressEnv is how many domains the stress looks at, where they are to be more than it takes to show each
// attack.
const stressEnv = "MTASTS_STRESS"

// Bounds that hostile domains must not cross, however many there are.
const (
	longestLook = time.Minute // without limits it is for ever
	largestFact = 16 << 20    // octets of JSON
	// growth is the memory that may be taken between the middle and the end of a run, when caches are full.
	growth = 32 << 20
)

// stressed is how many domains that is.
func (a *arena) stressed() int {
	n, _ := strconv.Atoi(os.Getenv(stressEnv))
	return max(n, a.size())
}

// A stress is a run of many looks at the domains of an arena, and what it came to.
type stress struct {
	*arena
	t     *testing.T
	looks int
	begun time.Time

	mu      sync.Mutex
	done    int
	attacks map[string]int
	sound   int // looks at sound domains that were let come to their end
	known   int // of them, those of which everything is known
	longest extreme
	largest extreme
	samples []sample
}

// An extreme is the most of something, and which domain it was.
type extreme struct{ of, domain int }

func (e *extreme) note(of, domain int) {
	if of > e.of {
		*e = extreme{of, domain}
	}
}

// A sample is what this process, the hostile servers in it, held after so many looks.
type sample struct {
	done, rss, heap int
	used
}

// TestStress looks at hostile domains of every kind, many at once. Each look ends in its time with facts of
// a bounded size, sound domains among them are seen as they are, and nothing is left running or open.
func TestStress(t *testing.T) {
	a := newArena(t)
	s := &stress{arena: a, t: t, looks: a.stressed(), attacks: map[string]int{}, begun: time.Now()}
	before := s.sample()
	s.run(100)
	s.settle(before)
	s.report()
	s.judge()
}

// run takes the looks, so many at once, with one observer for all.
func (s *stress) run(together int) {
	o, err := s.network().Open()
	if err != nil {
		s.t.Fatal(err)
	}
	defer o.Close()
	numbers := make(chan int)
	var all sync.WaitGroup
	for range together {
		all.Go(func() {
			for n := range numbers {
				s.look(o, n)
			}
		})
	}
	for n := range s.looks {
		numbers <- n
		if n == s.looks/10 || n == s.looks/2 {
			s.sample()
		}
	}
	close(numbers)
	all.Wait()
	s.sample()
}

// look takes one look; one in 50 is broken off.
func (s *stress) look(o *Observer, n int) {
	ctx, hasty := s.t.Context(), n%50 == 44
	if hasty {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
	}
	begun := time.Now()
	seen := o.Observe(ctx, fmt.Sprintf("n%d.example", n))
	took := time.Since(begun)
	text, err := json.Marshal(seen)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	s.longest.note(int(took), n)
	s.largest.note(len(text), n)
	for _, name := range s.arena.attacks(n) {
		s.attacks[name]++
	}
	if s.domain(n).kind == "sound" && !hasty {
		s.checkSound(seen, n)
	}
}

// checkSound holds what was seen of a sound domain against the truth: it may be unknown, and never wrong.
func (s *stress) checkSound(seen *fact.Observation, n int) {
	s.sound++
	wrong := seen.STS.Absent() || seen.STS.Found() && !slices.Equal(seen.STS.Texts(), []string{stsOf(n)}) ||
		seen.MX.Absent() || seen.MX.Found() && (len(seen.Hosts) != 1 || seen.Hosts[0].Name != "mx."+seen.Domain) ||
		seen.Host.AAAA.Absent()
	known := seen.STS.Found() && len(seen.Host.Fetches) == 1 && len(seen.Hosts) == 1 && len(seen.Hosts[0].Probes) == 1
	for _, f := range seen.Host.Fetches {
		wrong = wrong || f.Fault == nil && string(f.Body) != policyOf(seen.Domain)
		known = known && f.Fault == nil
	}
	for _, h := range seen.Hosts {
		wrong = wrong || h.AAAA.Absent()
		for _, p := range h.Probes {
			wrong = wrong || p.Fault == nil && !p.EHLOTLS.Positive()
			known = known && p.Fault == nil
		}
	}
	if known {
		s.known++
	}
	if wrong {
		s.t.Errorf("%s is seen wrong: %s", seen.Domain, timings(seen))
	}
}

// sample notes what is held now.
func (s *stress) sample() sample {
	var m runtime.MemStats
	runtime.GC()
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	s.mu.Lock()
	defer s.mu.Unlock()
	one := sample{done: s.done, rss: residentOf("self"), heap: int(m.HeapAlloc), used: resources()}
	s.samples = append(s.samples, one)
	return one
}

// settle waits until all that was held is let go of, for a while.
func (s *stress) settle(before sample) {
	for end := time.Now().Add(30 * time.Second); resources().over(before.used) && time.Now().Before(end); {
		<-time.After(time.Millisecond)
	}
	s.sample()
	if after := resources(); after.over(before.used) {
		s.t.Errorf("before: %+v, after: %+v", before.used, after)
	}
}

func (s *stress) report() {
	s.t.Logf("%d looks in %s; %d at sound domains, of which %d were seen whole", s.done, time.Since(s.begun).Round(100*time.Millisecond), s.sound, s.known)
	s.t.Logf("longest look: %s, %s", time.Duration(s.longest.of).Round(time.Millisecond), s.arena.attacks(s.longest.domain))
	s.t.Logf("largest facts: %d KiB of JSON, %s", s.largest.of>>10, s.arena.attacks(s.largest.domain))
	for _, one := range s.samples {
		s.t.Logf("after %d looks: %s resident, %s heap, %d goroutines, %s files open", one.done, measured(one.rss>>20, " MiB"), measured(one.heap>>20, " MiB"), one.goroutines, measured(one.files, ""))
	}
	for _, name := range slices.Sorted(maps.Keys(s.attacks)) {
		s.t.Logf("%6d × %s", s.attacks[name], name)
	}
}

// measured is a number, unless this system has none to tell.
func measured(n int, unit string) string {
	if n == 0 {
		return "not measured here"
	}
	return strconv.Itoa(n) + unit
}

func (s *stress) judge() {
	if s.done != s.looks {
		s.t.Errorf("%d of %d looks", s.done, s.looks)
	}
	if time.Duration(s.longest.of) > longestLook {
		s.t.Error("the longest look took too long")
	}
	if s.largest.of > largestFact {
		s.t.Error("the largest facts are too large")
	}
	if os.Getenv(stressEnv) == "" {
		return // a run that is as short says nothing of growth, and beside other tests its hosts may all be late
	}
	if s.known == 0 {
		s.t.Error("no sound domain was seen whole")
	}
	middle, end := s.samples[2], s.samples[3]
	if end.rss > middle.rss+growth || end.heap > middle.heap+growth {
		s.t.Errorf("memory grew between the middle and the end: %+v, %+v", middle, end)
	}
}

// residentOf is the resident memory of a process in octets; 0 where the system does not tell.
func residentOf(pid string) int {
	text, _ := os.ReadFile("/proc/" + pid + "/status")
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n << 10
		}
	}
	return 0
}
