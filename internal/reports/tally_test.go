package reports

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sent is a report of an organisation about one day; more may be done to it.
func sent(org, on string, policies ...Policy) *Report {
	begin := stamp(on)
	return &Report{Organization: org, ID: org + on, Contact: "x", Begin: begin, End: begin.Add(day), Policies: policies}
}

func found(domain string, successful, failed int64, failures ...Failure) Policy {
	return Policy{
		Type: "sts", Domain: domain, String: []string{"version: STSv1", "mode: testing", "mx: mx1." + domain},
		Successful: successful, Failed: failed, Failures: failures,
	}
}

func none(domain string, successful int64) Policy {
	return Policy{Type: noPolicy, Domain: domain, Successful: successful}
}

func tallied(o Options, list ...*Report) *Analysis {
	t := NewTally(o)
	for _, r := range list {
		t.Add("x", r)
	}
	return t.Analysis()
}

// unexported lets go-cmp into what is not exported.
func unexported() cmp.Option { return cmp.AllowUnexported(Kind{}, daily{}, Domain{}, proof{}, Seen{}) }

// TestAnalysis adds up a history of one domain in full; all sums are by hand.
func TestAnalysis(t *testing.T) {
	expired := Failure{ResultType: "certificate-expired", MX: "mx2.a.example", ReceivingIP: "203.0.113.2", Sessions: 3}
	again := expired
	again.ReceivingIP, again.Sessions = "203.0.113.1", 4
	fetch := Failure{ResultType: "sts-policy-fetch-error", Reason: "404", Sessions: 9}
	second := found("a.example", 20, 7, again, Failure{ResultType: "validation-failure", Sessions: 1})
	second.MX = []string{"*.a.example"}
	old := found("a.example", 2, 9, fetch)
	old.String = nil
	got := tallied(Options{},
		sent("Google Inc.", "2026-01-03", second),
		sent("Google Inc.", "2026-01-01", found("a.example", 10, 3, expired), none("a.example", 5)),
		sent("GOOGLE  inc.", "2026-01-05", old),
		sent("Microsoft", "2026-01-03", found("a.example", 1, 0), none("", 4)),
	)
	lines := []string{"version: STSv1", "mode: testing", "mx: mx1.a.example"}
	want := &Analysis{
		Schema: 1, Reports: 4, Skipped: []Skipped{}, Notes: []Count{},
		Domains: []Domain{{
			Domain: "a.example", From: stamp("2026-01-01"), To: stamp("2026-01-06"), Successful: 38, Failed: 19,
			Days: []Day{
				{"2026-01-01", 1, 15, 3}, {"2026-01-02", 0, 0, 0}, {"2026-01-03", 2, 21, 7}, {"2026-01-04", 0, 0, 0}, {"2026-01-05", 1, 2, 9},
			},
			Organizations: []Organization{
				{"GOOGLE inc.", 3, 37, 19, stamp("2026-01-01"), stamp("2026-01-06")},
				{"Microsoft", 1, 1, 0, stamp("2026-01-03"), stamp("2026-01-04")},
			},
			Hosts: []Host{
				{"mx2.a.example", []string{"203.0.113.1", "203.0.113.2"}, 7, "2026-01-03"},
				{"*.a.example", []string{}, 0, ""},
				{"mx1.a.example", []string{}, 0, ""},
			},
			Failures: []Kind{{
				ResultType: "sts-policy-fetch-error", Organization: "GOOGLE inc.", Reason: "404", PolicyType: "sts", IPs: []string{},
				Sessions: 9, First: "2026-01-05", Last: "2026-01-05", Causes: []Cause{}, days: []daily{{"2026-01-05", 9, "2026-01-05"}},
			}, {
				ResultType: "certificate-expired", Organization: "GOOGLE inc.", MX: "mx2.a.example", PolicyType: "sts",
				IPs: []string{"203.0.113.1", "203.0.113.2"}, Sessions: 7, First: "2026-01-01", Last: "2026-01-03", Causes: []Cause{},
				days: []daily{{"2026-01-01", 3, "2026-01-01"}, {"2026-01-03", 4, "2026-01-03"}},
			}, {
				ResultType: "validation-failure", Organization: "GOOGLE inc.", PolicyType: "sts", IPs: []string{},
				Sessions: 1, First: "2026-01-03", Last: "2026-01-03", Causes: []Cause{}, days: []daily{{"2026-01-03", 1, "2026-01-03"}},
			}},
			Policies: []Seen{{
				Type: "sts", String: []string{}, Organizations: []string{"GOOGLE inc."}, Sessions: 11,
				First: stamp("2026-01-05"), Last: stamp("2026-01-06"),
				Held: []Held{{"GOOGLE inc.", stamp("2026-01-05"), stamp("2026-01-06")}},
			}, {
				Type: "sts", String: lines, Organizations: []string{"GOOGLE inc.", "Microsoft"}, Sessions: 41,
				First: stamp("2026-01-01"), Last: stamp("2026-01-04"),
				Held: []Held{
					{"GOOGLE inc.", stamp("2026-01-01"), stamp("2026-01-04")}, {"Microsoft", stamp("2026-01-03"), stamp("2026-01-04")},
				},
			}, {
				Type: noPolicy, String: []string{}, Organizations: []string{"GOOGLE inc."}, Sessions: 5,
				First: stamp("2026-01-01"), Last: stamp("2026-01-02"),
				Held: []Held{{"GOOGLE inc.", stamp("2026-01-01"), stamp("2026-01-02")}},
			}},
			NoPolicy: 5.0 / 57,
		}, {
			Domain: "", From: stamp("2026-01-03"), To: stamp("2026-01-04"), Successful: 4,
			Days:          []Day{{"2026-01-03", 1, 4, 0}},
			Organizations: []Organization{{"Microsoft", 1, 4, 0, stamp("2026-01-03"), stamp("2026-01-04")}},
			Hosts:         []Host{},
			Failures:      []Kind{},
			Policies: []Seen{{
				Type: noPolicy, String: []string{}, Organizations: []string{"Microsoft"}, Sessions: 4,
				First: stamp("2026-01-03"), Last: stamp("2026-01-04"),
				Held: []Held{{"Microsoft", stamp("2026-01-03"), stamp("2026-01-04")}},
			}},
		}},
	}
	proved := cmpopts.IgnoreFields(Seen{}, "proved") // TestProof has it
	if diff := cmp.Diff(want, got, unexported(), proved, cmpopts.IgnoreFields(Domain{}, "proof")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnalysisOfNothing has lists that are empty and not null.
func TestAnalysisOfNothing(t *testing.T) {
	want := &Analysis{Schema: 1, Skipped: []Skipped{}, Notes: []Count{}, Domains: []Domain{}}
	if diff := cmp.Diff(want, tallied(Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	empty := tallied(Options{}, sent("x", "2026-01-01"))
	if empty.Reports != 1 || len(empty.Domains) != 0 {
		t.Errorf("a report without policies: %+v", empty)
	}
}

func TestDuplicates(t *testing.T) {
	first := sent("Google Inc.", "2026-01-01", found("a.example", 1, 0))
	for _, c := range []struct {
		name string
		edit func(*Report)
		want int // duplicates
	}{
		{"the same", func(*Report) {}, 1},
		{"other case", func(r *Report) { r.Organization = "google  INC." }, 1},
		{"other counts", func(r *Report) { r.Policies = []Policy{found("b.example", 9, 9)} }, 1},
		{"other organisation", func(r *Report) { r.Organization = "Google" }, 0},
		{"other id", func(r *Report) { r.ID = "2" }, 0},
		{"id in other case", func(r *Report) { r.ID = strings.ToLower(r.ID) }, 0},
		{"other begin", func(r *Report) { r.Begin = r.Begin.Add(-time.Hour) }, 0},
		{"other end", func(r *Report) { r.End = r.End.Add(time.Hour) }, 0},
	} {
		second := *first
		c.edit(&second)
		if a := tallied(Options{}, first, &second); a.Duplicates != c.want || a.Reports != 2-c.want {
			t.Errorf("%s: %d duplicates, %d reports", c.name, a.Duplicates, a.Reports)
		}
	}
	bare, other := *first, *first
	bare.ID, other.ID = "", ""
	other.Policies = []Policy{found("b.example", 1, 0)}
	if a := tallied(Options{}, &bare, &other, &bare); a.Reports != 2 || a.Duplicates != 1 {
		t.Errorf("without an id: %d reports, %d duplicates", a.Reports, a.Duplicates)
	}
}

func TestOptions(t *testing.T) {
	late := sent("Late", "2026-01-02", found("a.example", 1, 0))
	late.Begin, late.End = stamp("2026-01-02 20:00:00"), stamp("2026-01-03 20:00:00")
	all := []*Report{
		sent("Google Inc.", "2026-01-01", found("a.example", 1, 0), found("b.example", 1, 0)),
		late,
		sent("Microsoft", "2026-01-03", found("b.example", 1, 0), none("", 1)),
	}
	for _, c := range []struct {
		options Options
		reports int
		domains string
	}{
		{Options{}, 3, "a.example b.example "},
		{Options{Since: stamp("2026-01-02")}, 2, "a.example b.example "},
		{Options{Since: stamp("2026-01-02 23:00:00")}, 2, "a.example b.example "},
		{Options{Since: stamp("2026-01-03")}, 1, "b.example "},
		{Options{Until: stamp("2026-01-03")}, 2, "a.example b.example"},
		{Options{Until: stamp("2026-01-02")}, 1, "a.example b.example"},
		{Options{Since: stamp("2026-01-02"), Until: stamp("2026-01-03")}, 1, "a.example"},
		{Options{Domains: []string{"B.example."}}, 2, "b.example"},
		{Options{Domains: []string{"a.example", "b.example"}}, 3, "a.example b.example"},
		{Options{Domains: []string{""}}, 1, ""},
		{Options{Domains: []string{"c.example"}}, 0, ""},
		{Options{Ignore: []string{"google inc."}}, 2, "a.example b.example "},
		{Options{Ignore: []string{" LATE", "microsoft"}}, 1, "a.example b.example"},
		{Options{Ignore: []string{"google"}}, 3, "a.example b.example "},
	} {
		a := tallied(c.options, append(all, all...)...)
		var names []string
		for _, d := range a.Domains {
			names = append(names, d.Domain)
		}
		if got := strings.Join(names, " "); a.Reports != c.reports || a.Duplicates != c.reports || got != c.domains {
			t.Errorf("%+v: %d reports, %d duplicates, domains %q", c.options, a.Reports, a.Duplicates, got)
		}
	}
}

// TestNoPolicy: the share counts from the day on which a policy of MTA-STS was seen first.
func TestNoPolicy(t *testing.T) {
	tlsa := Policy{Type: "tlsa", Domain: "a.example", Successful: 100}
	quiet := found("a.example", 0, 0)
	for _, c := range []struct {
		name    string
		reports []*Report
		want    float64
	}{
		{"none ever", []*Report{sent("x", "2026-01-01", none("a.example", 9))}, 0},
		{"before it", []*Report{sent("x", "2026-01-01", none("a.example", 9)), sent("y", "2026-01-02", found("a.example", 1, 0))}, 0},
		{"on the day", []*Report{sent("x", "2026-01-02", none("a.example", 3)), sent("y", "2026-01-02", found("a.example", 0, 1))}, 0.75},
		{"after it", []*Report{
			sent("x", "2026-01-01", none("a.example", 50)), sent("y", "2026-01-02", found("a.example", 1, 2)),
			sent("x", "2026-01-03", none("a.example", 1)),
		}, 0.25},
		{"only TLSA", []*Report{sent("x", "2026-01-01", tlsa, none("a.example", 9))}, 0},
		{"TLSA beside it", []*Report{sent("x", "2026-01-01", tlsa, none("a.example", 1), found("a.example", 1, 0))}, 0.5},
		{"without sessions", []*Report{sent("x", "2026-01-01", quiet), sent("y", "2026-01-02", none("a.example", 2))}, 1},
		{"of nothing", []*Report{sent("x", "2026-01-01", quiet)}, 0},
	} {
		if got := tallied(Options{}, c.reports...).Domains[0].NoPolicy; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestNotes counts in how many reports a deviation is, and leaves duplicates out.
func TestNotes(t *testing.T) {
	a, b := sent("x", "2026-01-01"), sent("y", "2026-01-01")
	a.Notes, b.Notes = []string{"one", "two"}, []string{"two"}
	want := []Count{{"two", 2}, {"one", 1}}
	if diff := cmp.Diff(want, tallied(Options{}, a, b, a).Notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSkips: of many that are broken in one way and one that is broken in another both are named.
func TestSkips(t *testing.T) {
	tally := NewTally(Options{})
	for i := range 500 {
		tally.Skip(fmt.Sprintf("mail %d", i), fmt.Sprintf("its JSON ends in the middle at byte %d", i))
	}
	tally.Skip(strings.Repeat("long", 1_000), "it is empty")
	tally.Other()
	tally.Other()
	a := tally.Analysis()
	if a.SkippedAll != 501 || len(a.Skipped) != MaxSkipped || a.Other != 2 {
		t.Fatalf("%d of %d, %d others", len(a.Skipped), a.SkippedAll, a.Other)
	}
	if first := a.Skipped[0]; first != (Skipped{"mail 0", "its JSON ends in the middle at byte 0"}) {
		t.Errorf("first: %+v", first)
	}
	if last := a.Skipped[MaxSkipped-1]; last.Why != "it is empty" || len(last.Source) > maxSkipText+3 {
		t.Errorf("last: %+v", last)
	}
	for i := range 3 * maxSkipKinds {
		tally.Skip("x", strings.Repeat("y", i))
	}
	if a := tally.Analysis(); len(a.Skipped) != MaxSkipped || a.SkippedAll != 501+3*maxSkipKinds {
		t.Errorf("%d of %d", len(a.Skipped), a.SkippedAll)
	}
}

// TestDaysFarApart: between reports of 1970 and of 2200 no days are made up.
func TestDaysFarApart(t *testing.T) {
	a := tallied(Options{}, sent("x", "1970-01-01", found("a.example", 1, 0)), sent("x", "2200-01-01", found("a.example", 2, 0)))
	if diff := cmp.Diff([]Day{{"1970-01-01", 1, 1, 0}, {"2200-01-01", 1, 2, 0}}, a.Domains[0].Days); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	fill := filler{left: 10}
	tally := map[date]*dayTally{0: {}, 9: {}}
	if n, m := len(fill.days(tally)), len(fill.days(tally)); n != 10 || m != 2 {
		t.Errorf("%d days, then %d", n, m)
	}
}

// TestManyKinds lumps together what is beyond the bound, and loses no session.
func TestManyKinds(t *testing.T) {
	tally := NewTally(Options{})
	tally.kinds = 3
	var failures []Failure
	for i := range 10 {
		failures = append(failures, Failure{ResultType: "validation-failure", MX: fmt.Sprintf("mx%d", i), Reason: fmt.Sprint(i), Sessions: 1})
	}
	failures = append(failures, Failure{ResultType: "made-up", Sessions: 5})
	tally.Add("x", sent("x", "2026-01-01", found("a.example", 0, 15, failures...)))
	a := tally.Analysis()
	var got []string
	for _, k := range a.Domains[0].Failures {
		got = append(got, fmt.Sprintf("%s,%s,%s,%d", k.ResultType, k.Organization, k.MX, k.Sessions))
	}
	want := []string{
		"validation-failure,,,7", MoreKinds + ",,,5", "validation-failure,x,mx0,1", "validation-failure,x,mx1,1", "validation-failure,x,mx2,1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Count{{noteKinds, 1}}, a.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	a.Explain(nil)
	if lump := a.Domains[0].Failures[1]; len(lump.Causes) != 0 || lump.Fix != "" {
		t.Errorf("what nobody said has a cause or a fix: %+v", lump)
	}
	other := found("b.example", 0, 2, failures[:2]...)
	tally.Add("x", sent("x", "2026-01-02", other))
	if d := tally.Analysis().Domains[1]; len(d.Failures) != 2 || d.Failures[0].MX == "" {
		t.Errorf("the kinds of another domain: %+v", d.Failures)
	}
}

// TestRoomForDays: days without reports are made up only as far as there is room.
func TestRoomForDays(t *testing.T) {
	tally := NewTally(Options{})
	tally.room = 1 << 20
	n := 0
	for i := range 50 {
		domain := fmt.Sprintf("d%d.example", i)
		tally.Add("x", sent("x", "2020-01-01", found(domain, 1, 0)))
		tally.Add("x", sent("x", "2026-01-01", found(domain, 1, 0)))
	}
	for _, d := range tally.Analysis().Domains {
		n += len(d.Days)
	}
	if most := 1<<20/roomDay + 100; n < 2_000 || n > most {
		t.Errorf("%d days, at most %d", n, most)
	}
}

// TestRoom: where all is different, memory ends at the bound, and the sums go on.
func TestRoom(t *testing.T) {
	tally := NewTally(Options{})
	tally.room = 1 << 20
	n := 20_000
	before := heap()
	for i := range n {
		s := fmt.Sprint(i)
		p := found("d"+s+".example", 1, 1, Failure{ResultType: s, MX: "mx" + s, Reason: s, ReceivingIP: s, Sessions: 1})
		p.String = []string{strings.Repeat(s, 100)}
		tally.Add("x", sent("org"+s, "2026-01-01", p))
	}
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d bytes are kept", grown)
	}
	a := tally.Analysis()
	var successful, failed int64
	for _, d := range a.Domains {
		successful, failed = successful+d.Successful, failed+d.Failed
	}
	if a.Reports != n || successful != int64(n) || failed != int64(n) {
		t.Errorf("%d reports, %d and %d sessions", a.Reports, successful, failed)
	}
	if last := a.Domains[len(a.Domains)-1]; last.Domain != "" || last.Successful < int64(n)/2 {
		t.Errorf("the rest: %+v", last)
	}
	texts := fmt.Sprint(a.Notes)
	if !strings.Contains(texts, noteRoom) {
		t.Errorf("notes: %v", a.Notes)
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestHugeCounts: sums stop where JSON would lose the last digit.
func TestHugeCounts(t *testing.T) {
	huge := found("a.example", most, most, Failure{ResultType: "x", MX: "mx", Sessions: most})
	d := tallied(Options{}, sent("x", "2026-01-01", huge, huge), sent("x", "2026-01-02", huge)).Domains[0]
	if d.Successful != most || d.Failed != most || d.Failures[0].Sessions != most || d.Policies[0].Sessions != most || d.Hosts[0].Failed != most {
		t.Errorf("%+v", d)
	}
}

// pile makes reports out of bytes: few names, so that much meets.
func pile(data []byte) []*Report {
	rng := rand.New(rand.NewPCG(uint64(len(data)), 0))
	next := func(n int) int {
		if len(data) == 0 {
			return rng.IntN(n)
		}
		b := int(data[0])
		data = data[1:]
		return b % n
	}
	var list []*Report
	for len(data) > 0 && len(list) < 100 {
		r := sent([]string{"Google Inc.", "google inc.", "Microsoft", ""}[next(4)], "2026-01-01")
		r.Begin = r.Begin.Add(time.Duration(next(200)) * 5 * time.Hour)
		r.End = r.Begin.Add(time.Duration(1+next(50)) * time.Hour)
		r.ID = []string{"", "1", "2"}[next(3)]
		for range next(4) {
			domain := []string{"a.example", "b.example", ""}[next(3)]
			p := found(domain, int64(next(9)), int64(next(9)))
			p.Type = []string{"sts", "tlsa", noPolicy, "new"}[next(4)]
			for range next(3) {
				p.Failures = append(p.Failures, Failure{
					ResultType: resultTypes()[next(11)], MX: []string{"", "mx1", "mx2"}[next(3)], ReceivingIP: []string{"", "1", "2"}[next(3)],
					Sessions: int64(next(9)),
				})
			}
			r.Policies = append(r.Policies, p)
		}
		list = append(list, r)
	}
	return list
}

// FuzzTally: sums are those of the reports that count, in whatever order they come, and parts add up to
// their whole.
func FuzzTally(f *testing.F) {
	f.Add([]byte("google, microsoft, and the rest of them"))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Fuzz(func(t *testing.T, data []byte) {
		list := pile(data)
		a := tallied(Options{}, list...)
		if a.Reports+a.Duplicates != len(list) {
			t.Errorf("%d and %d of %d", a.Reports, a.Duplicates, len(list))
		}
		for _, d := range a.Domains {
			checkSums(t, &d)
		}
		again := append(list, list...)
		if b := tallied(Options{}, again...); b.Reports != a.Reports || b.Duplicates != a.Duplicates+len(list) {
			t.Errorf("twice: %d and %d", b.Reports, b.Duplicates)
		}
		distinct := firsts(list)
		rand.New(rand.NewPCG(uint64(len(data)), 0)).Shuffle(len(distinct), func(i, j int) { distinct[i], distinct[j] = distinct[j], distinct[i] })
		b := tallied(Options{}, distinct...)
		b.Duplicates = a.Duplicates
		if diff := cmp.Diff(a, b, unexported()); diff != "" {
			t.Errorf("in another order (-want +got):\n%s", diff)
		}
	})
}

// firsts leaves the copies out.
func firsts(list []*Report) []*Report {
	seen := map[identity]bool{}
	var out []*Report
	for _, r := range list {
		if id := identify(r); !seen[id] {
			seen[id] = true
			out = append(out, r)
		}
	}
	return out
}

func checkSums(t *testing.T, d *Domain) {
	t.Helper()
	want := [2]int64{d.Successful, d.Failed}
	var days, orgs [2]int64
	reports, byOrg := 0, 0
	for i, one := range d.Days {
		days[0], days[1], reports = days[0]+one.Successful, days[1]+one.Failed, reports+one.Reports
		if i > 0 && d.Days[i-1].Date >= one.Date {
			t.Errorf("days out of order: %v", d.Days)
		}
	}
	for _, o := range d.Organizations {
		orgs[0], orgs[1], byOrg = orgs[0]+o.Successful, orgs[1]+o.Failed, byOrg+o.Reports
	}
	var seen, kinds, hosts int64
	for _, p := range d.Policies {
		seen += p.Sessions
		if len(p.Held) != len(p.Organizations) || p.First.Before(d.From) || p.Last.After(d.To) {
			t.Errorf("policy %+v", p)
		}
	}
	for _, k := range d.Failures {
		sum := int64(0)
		for _, on := range k.days {
			sum += on.sessions
		}
		if sum != k.Sessions || k.First != k.days[0].date || k.Last != k.days[len(k.days)-1].date {
			t.Errorf("kind %+v", k)
		}
		if k.MX != "" {
			kinds += k.Sessions
		}
	}
	for _, h := range d.Hosts {
		hosts += h.Failed
	}
	if days != want || orgs != want || seen != want[0]+want[1] || reports != byOrg || kinds != hosts {
		t.Errorf("sums %v: days %v, organisations %v, policies %d, hosts %d of %d, reports %d and %d", want, days, orgs, seen, hosts, kinds, reports, byOrg)
	}
	if d.NoPolicy < 0 || d.NoPolicy > 1 {
		t.Errorf("share %v", d.NoPolicy)
	}
}
