package render

import (
	"io"
	"strings"

	"mtasts/internal/reports"
)

// ReportsPrometheus writes metrics for the textfile collector of the node exporter. They are gauges: the
// next run counts the reports anew, of which some may be gone by then. The verdict of --ready is a state
// set, as the status of a domain is with [NewPrometheus].
func ReportsPrometheus(w io.Writer, a *reports.Analysis) error {
	var b strings.Builder
	m := &metrics{sink: sink{out: &b}}
	all := reportedDomains(a)
	for _, f := range reportFamilies() {
		s := &series{values: map[string]float64{}}
		for _, d := range all {
			f.add(s, d)
		}
		m.whole(f.name, f.help, s.text(f.name))
	}
	m.number("mtasts_tlsrpt_reports_read", "How many reports were counted.", a.Reports)
	m.number("mtasts_tlsrpt_reports_duplicate", "How many reports were there before.", a.Duplicates)
	m.number("mtasts_tlsrpt_reports_skipped", "How many reports could not be read.", notReadable(a))
	_, err := io.WriteString(w, b.String())
	return err
}

// number is a family of one number.
func (m *metrics) number(name, help string, n int) {
	m.whole(name, help, sample(name, float64(n)))
}

// reportFamily is one metric, and what a domain adds to it.
type reportFamily struct {
	name, help string
	add        func(*series, reported)
}

func reportFamilies() []reportFamily {
	return []reportFamily{
		{"mtasts_tlsrpt_sessions", "How many sessions the organization reported, by how they ended.", (*series).sessions},
		{"mtasts_tlsrpt_failed_sessions", "How many failed sessions the organization told details of.", (*series).failures},
		{"mtasts_tlsrpt_reports", "How many reports the organization sent.", (*series).reports},
		{"mtasts_tlsrpt_last_report_timestamp_seconds", "When the range of the organization's last report ended.", (*series).lastReports},
		{"mtasts_tlsrpt_no_policy_ratio", "The share of the sessions that found no policy since one was first seen, from 0 to 1.", (*series).noPolicy},
		{"mtasts_tlsrpt_ready", "Whether that is the answer to whether the domain may go to enforce.", (*series).ready},
	}
}

func (s *series) sessions(d reported) {
	for _, o := range d.Organizations {
		s.sum(float64(o.Successful), "domain", d.Domain.Domain, "organization", o.Name, "result", "successful")
		s.sum(float64(o.Failed), "domain", d.Domain.Domain, "organization", o.Name, "result", "failed")
	}
}

func (s *series) failures(d reported) {
	for _, k := range d.Failures {
		s.sum(float64(k.Sessions), "domain", d.Domain.Domain, "organization", k.Organization, "result_type", k.ResultType, "mx", k.MX)
	}
}

func (s *series) reports(d reported) {
	for _, o := range d.Organizations {
		s.sum(float64(o.Reports), "domain", d.Domain.Domain, "organization", o.Name)
	}
}

func (s *series) lastReports(d reported) {
	for _, o := range d.Organizations {
		s.most(seconds(o.Last), "domain", d.Domain.Domain, "organization", o.Name)
	}
}

// noPolicy is told of domains that something was reported of.
func (s *series) noPolicy(d reported) {
	if len(d.Organizations) > 0 {
		s.most(d.NoPolicy, "domain", d.Domain.Domain)
	}
}

func (s *series) ready(d reported) {
	for _, v := range verdicts() {
		if d.ready != nil {
			s.most(truth(d.ready.Verdict == v), "domain", d.Domain.Domain, "verdict", v)
		}
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// series are the samples of a family, each of its labels once: names that differ only in what cannot be
// shown may be the same when they are.
type series struct {
	order  [][]string
	values map[string]float64
}

func (s *series) at(labels []string) string {
	key := seriesKey(labels)
	if _, known := s.values[key]; !known {
		s.order = append(s.order, labels)
		s.values[key] = 0
	}
	return key
}

// seriesKey is the labels as they are shown.
func seriesKey(labels []string) string {
	var b strings.Builder
	for _, l := range labels {
		b.WriteString(said(l) + "\n")
	}
	return b.String()
}

func (s *series) sum(n float64, labels ...string) { s.values[s.at(labels)] += n }

func (s *series) most(n float64, labels ...string) {
	key := s.at(labels)
	s.values[key] = max(s.values[key], n)
}

func (s *series) text(name string) string {
	var b strings.Builder
	for _, labels := range s.order {
		b.WriteString(sample(name, s.values[seriesKey(labels)], labels...))
	}
	return b.String()
}
