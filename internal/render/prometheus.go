package render

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"
	"time"

	"mtasts/internal/rule"
)

// metrics is the text exposition of a run. All samples of a family stand together, and a run is told a
// domain at a time, so each family of many samples is gathered in a spool of its own.
type metrics struct {
	sink
	about       About
	begun       time.Time
	spools      []Spool // one a family, in the order of spooled
	seed        maphash.Seed
	seen        map[uint64]struct{} // hashes of the names that have their series: a second one would spoil the file
	status      rule.Counts
	protections map[rule.Protection]int
	bad         int
}

// NewPrometheus writes metrics for the textfile collector of the node exporter, all of it when it is
// closed. Status and protection are state sets: a series a state, of which one is 1, as the conventions
// want it, so that a rule may wait for a state to last. A certificate is a series of its host, not of
// every domain whose mail goes there; it tells when it ends rather than the days to then, since those
// would be old when they are read: (x - time()) / 86400 has them. A domain that comes twice counts once.
func NewPrometheus(w io.Writer, a About) Writer {
	return &metrics{
		sink: sink{out: w}, about: a, begun: a.Now(),
		seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}, protections: map[rule.Protection]int{},
	}
}

// family is one metric. Where it has a spool, sample is what an item adds.
type family struct {
	name, help string
	sample     func(m *metrics, e Item) string
}

// spooled are the families that have samples of every domain.
func spooled() []family {
	return []family{
		{"mtasts_domain_status", "Whether that is the worst status of the domain's findings.", (*metrics).statusSamples},
		{"mtasts_domain_protection", "Whether that is what the domain's MTA-STS amounts to.", (*metrics).protectionSamples},
		{"mtasts_domain_findings", "How many findings of the domain have that status.", (*metrics).findingSamples},
		{"mtasts_domain_check_duration_seconds", "How long the look at the domain took.", (*metrics).durationSample},
		{"mtasts_certificate_not_after_timestamp_seconds", "When the certificate ends that the host shows at the port, the first to end where it shows several: 443 is a policy host, 25 an MX host.", (*metrics).certificateSamples},
	}
}

func (m *metrics) Result(e Item) error {
	if e.Error != "" {
		m.bad++
		return m.err
	}
	if m.err != nil || !m.first("domain", label(e.Result)) {
		return m.err
	}
	count(&m.status, e.Status)
	m.protections[e.Protection]++
	for i, f := range spooled() {
		if i == len(m.spools) && !m.open() {
			return m.err
		}
		if _, err := io.WriteString(m.spools[i], f.sample(m, e)); err != nil {
			m.err = fmt.Errorf("keep the samples of %s: %w", f.name, err)
			return m.err
		}
	}
	return nil
}

// open makes a spool more.
func (m *metrics) open() bool {
	s, err := m.about.Spool()
	if err != nil {
		m.err = fmt.Errorf("make room for metrics: %w", err)
		return false
	}
	m.spools = append(m.spools, s)
	return true
}

// first tells that this was not asked before. Of names only hashes are kept, 20 bytes or so each.
func (m *metrics) first(what ...string) bool {
	h := maphash.String(m.seed, strings.Join(what, "\x00"))
	_, known := m.seen[h]
	m.seen[h] = struct{}{}
	return !known
}

func (m *metrics) Close() error {
	for i, f := range spooled() {
		m.head(f)
		if i < len(m.spools) && m.err == nil {
			_, m.err = m.spools[i].WriteTo(m.out)
		}
	}
	m.totals()
	for _, s := range m.spools {
		m.err = cmp.Or(m.err, s.Close())
	}
	m.spools = nil
	return m.err
}

func (m *metrics) head(f family) {
	_ = m.put(fmt.Sprintf("# HELP %s %s\n# TYPE %s gauge\n", f.name, f.help, f.name))
}

// totals are the families about the run.
func (m *metrics) totals() {
	var list strings.Builder
	for _, s := range domainStatuses() {
		list.WriteString(sample("mtasts_domains", float64(number(m.status, s)), "status", string(s)))
	}
	m.whole("mtasts_domains", "How many domains have that status.", list.String())
	list.Reset()
	for _, p := range protections() {
		list.WriteString(sample("mtasts_domains_by_protection", float64(m.protections[p]), "protection", string(p)))
	}
	m.whole("mtasts_domains_by_protection", "How many domains have that protection.", list.String())
	ended := m.about.Now()
	for _, f := range []struct {
		name, help string
		value      float64
	}{
		{"mtasts_bad_lines", "How many lines of the list were no domain.", float64(m.bad)},
		{"mtasts_last_run_duration_seconds", "How long the run took.", ended.Sub(m.begun).Seconds()},
		{"mtasts_last_run_timestamp_seconds", "When the run ended.", seconds(ended)},
	} {
		m.whole(f.name, f.help, sample(f.name, f.value))
	}
	m.whole("mtasts_build_info", "The version of mtasts, as a label of 1.", sample("mtasts_build_info", 1, "version", m.about.Version))
}

func (m *metrics) whole(name, help, samples string) {
	m.head(family{name: name, help: help})
	_ = m.put(samples)
}

// domainStatuses are the states of a domain.
func domainStatuses() []rule.Status {
	return []rule.Status{rule.Fail, rule.Unknown, rule.Warn, rule.Pass}
}

func (m *metrics) statusSamples(e Item) string {
	return states("mtasts_domain_status", label(e.Result), "status", e.Status, domainStatuses())
}

func (m *metrics) protectionSamples(e Item) string {
	return states("mtasts_domain_protection", label(e.Result), "protection", e.Protection, protections())
}

// states is a state set of a domain.
func states[S ~string](name, domain, key string, is S, all []S) string {
	var b strings.Builder
	for _, s := range all {
		value := 0.0
		if s == is {
			value = 1
		}
		b.WriteString(sample(name, value, "domain", domain, key, string(s)))
	}
	return b.String()
}

// findingSamples leaves out what passed or is only worth knowing: nobody watches how many those are.
func (m *metrics) findingSamples(e Item) string {
	var b strings.Builder
	for _, s := range domainStatuses() {
		if problem(s) {
			b.WriteString(sample("mtasts_domain_findings", float64(number(e.Counts, s)), "domain", label(e.Result), "status", string(s)))
		}
	}
	return b.String()
}

func (m *metrics) durationSample(e Item) string {
	if e.Observed == nil || given(e.Result) != nil {
		return ""
	}
	return sample("mtasts_domain_check_duration_seconds", time.Duration(e.Observed.TookMS).Seconds(), "domain", label(e.Result))
}

func (m *metrics) certificateSamples(e Item) string {
	var b strings.Builder
	for _, c := range e.Certificates {
		if port := strconv.Itoa(c.Port); m.first("certificate", c.Host, port) {
			b.WriteString(sample("mtasts_certificate_not_after_timestamp_seconds", seconds(c.NotAfter), "host", c.Host, "port", port))
		}
	}
	return b.String()
}

// seconds is a time as Prometheus has it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// sample is one line, with labels as names and values in turn.
func sample(name string, value float64, labels ...string) string {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+labelValue(labels[i+1])+`"`)
	}
	if len(pairs) > 0 {
		name += "{" + strings.Join(pairs, ",") + "}"
	}
	return name + " " + strconv.FormatFloat(value, 'f', -1, 64) + "\n"
}

// labelValue is a text between the quotation marks of a label.
func labelValue(s string) string { return toLabel.Replace(said(s)) }

var toLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
