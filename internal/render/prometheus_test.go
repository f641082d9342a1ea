package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
)

// store is a spool for tests. Writing fails where there is little room.
type store struct {
	text   bytes.Buffer
	room   int // in bytes; 0: no end
	closed bool
}

func (s *store) Write(b []byte) (int, error) {
	if s.room > 0 && s.text.Len()+len(b) > s.room {
		return 0, errFull
	}
	return s.text.Write(b)
}

func (s *store) WriteTo(w io.Writer) (int64, error) { return s.text.WriteTo(w) }

func (s *store) Close() error {
	s.closed = true
	return nil
}

// spools makes spools and knows them all.
type spools struct {
	all  []*store
	room int
	most int // how many can be made; 0: no end
}

func (s *spools) open() (Spool, error) {
	if s.most > 0 && len(s.all) == s.most {
		return nil, errFull
	}
	m := &store{room: s.room}
	s.all = append(s.all, m)
	return m, nil
}

func (s *spools) closed() bool {
	return !slices.ContainsFunc(s.all, func(m *store) bool { return !m.closed })
}

// longRun is what is told of a run that takes 90 s.
func longRun(s *spools) About {
	now := at().Add(-90 * time.Second)
	return About{Version: "1.2.3", Spool: s.open, FailOn: "fail", Now: func() time.Time {
		now = now.Add(90 * time.Second)
		return now
	}}
}

func asPrometheus(w io.Writer) Writer { return NewPrometheus(w, longRun(&spools{})) }

// readMetrics reads the text format as strictly as its description has it: each family has HELP, then
// TYPE, then all its samples and comes once, no series comes twice, and every line ends in LF. It gives
// the samples by series.
func readMetrics(t testing.TB, text string) map[string]float64 {
	t.Helper()
	const label = `[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`
	line := regexp.MustCompile(`^([a-z_]+)(?:\{` + label + `(?:,` + label + `)*\})? (-?[0-9]+(?:\.[0-9]+)?)$`)
	samples, families, typed, family := map[string]float64{}, map[string]bool{}, "", ""
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("the last line does not end")
	}
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if help, ok := strings.CutPrefix(l, "# HELP "); ok {
			family, _, _ = strings.Cut(help, " ")
			if families[family] {
				t.Errorf("%s comes twice", family)
			}
			families[family] = true
			continue
		}
		if is, ok := strings.CutPrefix(l, "# TYPE "); ok {
			if typed, _, _ = strings.Cut(is, " "); typed != family || is != family+" gauge" {
				t.Errorf("%q follows the help of %s", l, family)
			}
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil || m[1] != family || m[1] != typed {
			t.Fatalf("under %s, %s: no sample of it: %q", family, typed, l)
		}
		series := l[:strings.LastIndexByte(l, ' ')]
		if _, known := samples[series]; known {
			t.Errorf("a series comes twice: %s", series)
		}
		value, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Errorf("%q: %v", l, err)
		}
		samples[series] = value
	}
	return samples
}

func TestPrometheusGolden(t *testing.T) {
	golden(t, "several.prom", writtenItems(t, asPrometheus, severalItems()...))
	golden(t, "hostile.prom", writtenItems(t, asPrometheus, hostileItem(evil)))
	golden(t, "no-domain.prom", writtenItems(t, asPrometheus))
}

func TestPrometheusSamples(t *testing.T) {
	items := severalItems()
	items = append(items, items[0], items[1]) // the list has two of them twice
	items[len(items)-1].Status = rule.Pass
	got := readMetrics(t, writtenItems(t, asPrometheus, items...))
	for series, want := range map[string]float64{
		`mtasts_domain_status{domain="a.example.com",status="pass"}`:                              1,
		`mtasts_domain_status{domain="b.example.com",status="pass"}`:                              0,
		`mtasts_domain_status{domain="b.example.com",status="fail"}`:                              1,
		`mtasts_domain_protection{domain="b.example.com",protection="broken"}`:                    1,
		`mtasts_domain_protection{domain="b.example.com",protection="enforced"}`:                  0,
		`mtasts_domain_findings{domain="b.example.com",status="fail"}`:                            2,
		`mtasts_domain_check_duration_seconds{domain="a.example.com"}`:                            1.234,
		`mtasts_certificate_not_after_timestamp_seconds{host="mx2.example.net",port="25"}`:        float64(at().AddDate(0, 0, 60).Unix()),
		`mtasts_certificate_not_after_timestamp_seconds{host="mta-sts.a.example.com",port="443"}`: float64(at().AddDate(0, 0, 45).Unix()),
		`mtasts_domains{status="fail"}`:                                                           6,
		`mtasts_domains{status="pass"}`:                                                           2,
		`mtasts_domains_by_protection{protection="none"}`:                                         1,
		`mtasts_bad_lines`:                   1,
		`mtasts_last_run_duration_seconds`:   90,
		`mtasts_last_run_timestamp_seconds`:  float64(at().Unix() + 90),
		`mtasts_build_info{version="1.2.3"}`: 1,
	} {
		if value, ok := got[series]; !ok || value != want {
			t.Errorf("%s is %v, %v; want %v", series, value, ok, want)
		}
	}
}

func TestPromtoolTakesIt(t *testing.T) {
	promtool := installed(t, "promtool", "prometheus")
	for name, items := range map[string][]Item{
		"several": severalItems(), "none": nil, "twice": append(severalItems(), severalItems()...),
		"hostile": {hostileItem(evil), hostileItem(`"} 1` + "\n\\"), badLine(1, evil), {Result: hostile()}},
	} {
		check := exec.Command(promtool, "check", "metrics")
		check.Stdin = strings.NewReader(writtenItems(t, asPrometheus, items...))
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 { // what it only advises is told too
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// However a run ends, no spool stays open.
func TestPrometheusClosesItsSpools(t *testing.T) {
	for name, c := range map[string]struct {
		spools spools
		out    io.Writer
		fails  bool
	}{
		"all is well":            {out: io.Discard},
		"no room to write":       {out: &full{room: 3}, fails: true},
		"no room for the second": {spools: spools{most: 1}, out: io.Discard, fails: true},
		"a spool is full":        {spools: spools{room: 2000}, out: io.Discard, fails: true},
	} {
		w := NewPrometheus(c.out, longRun(&c.spools))
		var err error
		for i, r := range slices.Repeat(everything(), 20) {
			r.Domain = fmt.Sprintf("%d.example", i)
			err = w.Result(Item{Result: r})
		}
		if name == "all is well" || name == "no room to write" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, errFull) {
			t.Errorf("%s: a result is written: %v", name, err)
		}
		if err := w.Close(); c.fails != errors.Is(err, errFull) || !c.fails && err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		if !c.spools.closed() || len(c.spools.all) == 0 {
			t.Errorf("%s: of %d spools some are open", name, len(c.spools.all))
		}
	}
}

func TestPrometheusOfWhatWasGiven(t *testing.T) {
	text := written(t, asPrometheus, badGiven())
	if _, ok := readMetrics(t, text)[`mtasts_domain_status{domain="policy.txt",status="fail"}`]; !ok || strings.Contains(text, "check_duration_seconds{") {
		t.Errorf("got:\n%s", text)
	}
}

func FuzzPrometheus(f *testing.F) {
	for _, s := range []string{evil, `"`, `\`, "\n", `a"} 1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := hostileItem(s)
		e.Status, e.Protection = rule.Fail, rule.Broken
		text := writtenItems(t, asPrometheus, e, hostileItem(s+"\x00"), Item{Result: rule.Result{Domain: s, Observed: &fact.Observation{}}})
		if why := inert(text); why != "" {
			t.Errorf("%s:\n%s", why, text)
		}
		readMetrics(t, text)
	})
}
