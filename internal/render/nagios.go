package render

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"mtasts/internal/rule"
)

// plugin is a run as a monitor wants to hear of it: what it adds up to, and the first that are wrong.
type plugin struct {
	sink
	expiryDays int         // below which a certificate is a warning
	only       string      // what there is to say of the first domain
	status     rule.Counts // of the domains, by what counts
	bad        int         // lines that are no domain
	complaints map[rule.Status][]string
	soonest    []expiry // of all certificates
	begun      time.Time
	ended      time.Time
}

// expiry is how many whole days a certificate has left.
type expiry struct {
	at   string
	days int
}

const (
	mostComplaints   = 5   // domains named in the line
	mostNames        = 3   // findings named of each of several domains
	mostExpiries     = 10  // certificates in the performance data
	longestComplaint = 100 // bytes of a name
)

// NewNagios writes, when it is closed, the one line that the Monitoring Plugins' guidelines want:
//
//	MTASTS CRITICAL - example.com: broken, 1 fail: policy-mode (unknown) | domains=1;;;0 fail=1;;0;0 ...
//
// What is known from a baseline does not alert. The exit code is the caller's business: it goes by the
// same [rule.Result.Counting], fail before unknown before warn.
func NewNagios(w io.Writer, a About) Writer {
	return &plugin{sink: sink{out: w}, expiryDays: a.ExpiryDays, complaints: map[rule.Status][]string{}}
}

func (p *plugin) Result(e Item) error {
	if e.Error != "" && e.Baseline != nil {
		return p.err // it was as bad before
	}
	status, counts := e.Counting()
	if p.domains()+p.bad == 0 {
		p.only = gistCounting(e, counts)
	}
	if e.Error != "" {
		p.bad++
	} else {
		count(&p.status, status)
	}
	if list := p.complaints[status]; problem(status) && len(list) < mostComplaints {
		p.complaints[status] = append(list, complaint(e))
	}
	for _, c := range e.Certificates {
		p.expiry(c, e.CheckedAt)
	}
	p.clock(e)
	return p.err
}

func (p *plugin) domains() int {
	return p.status.Fail + p.status.Unknown + p.status.Warn + p.status.Pass
}

// clock takes in when a look began and ended.
func (p *plugin) clock(e Item) {
	end := e.CheckedAt
	if e.Observed != nil {
		end = end.Add(time.Duration(e.Observed.TookMS))
	}
	if p.begun.IsZero() || e.CheckedAt.Before(p.begun) {
		p.begun = e.CheckedAt
	}
	if end.After(p.ended) {
		p.ended = end
	}
}

// expiry takes in a certificate, if it is among those that end first.
func (p *plugin) expiry(c rule.Certificate, now time.Time) {
	x := expiry{shownAt(c), int(math.Floor(c.NotAfter.Sub(now).Hours() / 24))}
	if i := slices.IndexFunc(p.soonest, func(y expiry) bool { return y.at == x.at }); i >= 0 {
		x.days = min(x.days, p.soonest[i].days)
		p.soonest = slices.Delete(p.soonest, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(p.soonest, x, func(a, b expiry) int {
		return cmp.Or(cmp.Compare(a.days, b.days), cmp.Compare(a.at, b.at))
	})
	p.soonest = slices.Insert(p.soonest, i, x)
	p.soonest = p.soonest[:min(len(p.soonest), mostExpiries)]
}

func (p *plugin) Close() error {
	return p.put(fmt.Sprintf("MTASTS %s - %s | %s\n", p.state(), p.summary(), strings.Join(p.performance(), " ")))
}

// state is the worst of all, in the order in which rules have it: what fails is CRITICAL even where
// something else is not known.
func (p *plugin) state() string {
	switch {
	case p.status.Fail > 0:
		return "CRITICAL"
	case p.status.Unknown > 0, p.bad > 0, p.domains() == 0:
		return "UNKNOWN"
	case p.status.Warn > 0:
		return "WARNING"
	default:
		return "OK"
	}
}

func (p *plugin) summary() string {
	switch p.domains() + p.bad {
	case 0:
		return "no domain was looked at"
	case 1:
		return p.only
	}
	var parts []string
	if n := p.domains(); n > 0 {
		parts = append(parts, plural(n, "1 domain", "# domains")+": "+strings.Join(tally(p.status), ", "))
	}
	if p.bad > 0 {
		parts = append(parts, plural(p.bad, "1 line is no domain", "# lines are no domains"))
	}
	list := slices.Concat(p.complaints[rule.Fail], p.complaints[rule.Unknown], p.complaints[rule.Warn])
	list = list[:min(len(list), mostComplaints)]
	parts = append(parts, list...)
	if more := p.domains() - p.status.Pass + p.bad - len(list); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// gistCounting is what there is to say of a domain that is the only one: "example.com: broken, 2 fail
// 1 warn: sts-record (missing), ...".
func gistCounting(e Item, c rule.Counts) string {
	if e.Error != "" {
		return complaint(e)
	}
	text := monitored(label(e.Result)) + ": " + monitored(string(e.Protection))
	if given(e.Result) != nil {
		text = monitored(label(e.Result)) + ": " + monitored(meaning(e.Result))
	}
	if e.Interrupted {
		text += ", interrupted"
	}
	c.Pass, c.Info = 0, 0
	if counts := tally(c); len(counts) > 0 {
		text += ", " + strings.Join(counts, " ") + ": " + alerts(e.Findings, mostComplaints)
	}
	if n := knownProblems(e.Findings); n > 0 {
		text += fmt.Sprintf(" (%d known from the baseline)", n)
	}
	return text
}

// complaint is what is wrong with one domain of several: "example.com sts-record (missing)".
func complaint(e Item) string {
	if e.Error != "" {
		return monitored(e.mishap())
	}
	names := alerts(e.Findings, mostNames)
	if names == "" {
		names = "not all of it was seen"
	}
	return monitored(label(e.Result)) + " " + names
}

// alerts are the names of the findings that count, each once.
func alerts(all []rule.Finding, most int) string {
	list := problems(slices.DeleteFunc(slices.Clone(all), func(f rule.Finding) bool { return f.Change == rule.Known }))
	more := len(list) - most
	list = list[:min(len(list), most)]
	for i := range list {
		list[i] = monitored(list[i])
	}
	text := strings.Join(list, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func knownProblems(all []rule.Finding) int {
	n := 0
	for _, f := range all {
		if f.Change == rule.Known && problem(f.Status) {
			n++
		}
	}
	return n
}

// performance is the data behind the bar: label=value;warn;crit;min. A threshold "14:" is passed below
// 14, "0" above 0.
func (p *plugin) performance() []string {
	list := []string{
		fmt.Sprintf("domains=%d;;;0", p.domains()),
		fmt.Sprintf("fail=%d;;0;0", p.status.Fail),
		fmt.Sprintf("unknown=%d;;;0", p.status.Unknown),
		fmt.Sprintf("warn=%d;0;;0", p.status.Warn),
		fmt.Sprintf("bad_lines=%d;;;0", p.bad),
		fmt.Sprintf("seconds=%.3fs;;;0", p.ended.Sub(p.begun).Seconds()),
	}
	for _, x := range p.soonest {
		list = append(list, fmt.Sprintf("'days %s'=%d;%d:;0:", strings.ReplaceAll(monitored(x.at), "=", `\x3d`), x.days, p.expiryDays))
	}
	return list
}

// monitored is a name or a problem, which may be long.
func monitored(s string) string { return Monitored(saidUpTo(longestComplaint, s)) }

// Monitored is a text as a monitor can show it on one line, and hand to the commands that tell people:
// without the bar behind which the data begin, and without what a shell or a web page would act on.
func Monitored(s string) string {
	var b strings.Builder
	for _, r := range Escape(s) {
		if strings.ContainsRune("|'\"`$&<>;~", r) {
			fmt.Fprintf(&b, `\x%02x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
