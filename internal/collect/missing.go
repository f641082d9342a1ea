package collect

import (
	"context"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// Most domains of a long list have nothing to do with MTA-STS, and most of what is asked then is what
// they might have put in the wrong place. Here is what spares questions about that.

// noSuchName tells that the name itself does not exist, and so nothing of any type (RFC 2308 §5).
func noSuchName(a fact.Answer) bool { return a.Fault == nil && a.RCode == "NXDOMAIN" }

// implied is the answer to a question about a name that an answer says does not exist, or about one
// below it (RFC 8020 §2).
func implied(by fact.Answer, name, qtype string) fact.Answer {
	return fact.Answer{Name: name, Type: qtype, RCode: by.RCode, AD: by.AD, Aliases: by.Aliases, Server: by.Server}
}

// gone tells that the DNS knows neither the domain nor what is asked for first below it, when that is
// known: nothing else is to be told of such a domain. That the domain does not exist is not enough, as
// some servers say so of a name that has only names below it.
func (l *look) gone() bool {
	l.first.Wait()
	s := l.seen
	nowhere := s.MX.RCode == "NXDOMAIN" || s.MX.Dangling()
	return nowhere && !s.STS.Found() && !s.TLSRPT.Found() && !s.Host.A.Found()
}

// moot tells that a record in the wrong place would be no news: the domain is gone, or it takes no mail
// (RFC 7505, or there is no host for it) and has nothing of MTA-STS. Or that it would be, but is so
// unlikely that it is not worth the questions to the user.
func (l *look) moot(ctx context.Context) bool {
	if l.gone() {
		return true
	}
	s := l.seen
	if len(sts.Select(s.STS.Texts())) > 0 || !noSuchName(s.Host.A) || noSuchName(s.MX) {
		return false
	}
	if l.net.Sparing && s.STS.Absent() && s.TLSRPT.Absent() {
		return true
	}
	if s.MX.Absent() {
		l.apex(ctx)
		return !slices.ContainsFunc(s.Apex, func(a fact.Answer) bool { return !a.Absent() })
	}
	return len(s.MX.Records) == 1 && s.MX.Records[0].Host == "."
}

// askApex asks for the addresses of the domain itself. One is enough to know that there is a web server
// to point to; who is his own mail host is asked for both anyway.
func (l *look) askApex(ctx context.Context) []fact.Answer {
	four, six := question{l.domain, "A"}, question{l.domain, "AAAA"}
	switch {
	case l.gone() && noSuchName(l.seen.MX):
		return []fact.Answer{implied(l.seen.MX, four.name, four.qtype), implied(l.seen.MX, six.name, six.qtype)}
	case l.seen.MX.Absent():
		return l.askAll(ctx, four, six)
	}
	a := l.ask(ctx, four.name, four.qtype)
	if a.Found() {
		return []fact.Answer{a}
	}
	return []fact.Answer{a, l.ask(ctx, six.name, six.qtype)}
}

// elsewhere asks for TXT at each of some labels before the domain, where a record is put by mistake; the
// empty label is the domain itself.
func (l *look) elsewhere(ctx context.Context, labels ...string) []fact.Answer {
	answers := make([]fact.Answer, len(labels))
	var fs []func()
	for i, label := range labels {
		fs = append(fs, func() { answers[i] = l.misplaced(ctx, label) })
	}
	l.together(fs...)
	return answers
}

// misplaced asks for TXT at a label before the domain, unless it is known that there is no such name: it
// is the policy host's, or that of a zone file in which the domain stands twice. All that stands there
// twice is below one name.
func (l *look) misplaced(ctx context.Context, label string) fact.Answer {
	name := strings.TrimPrefix(label+"."+l.domain, ".")
	switch host := &l.seen.Host; {
	case name == host.Name:
		if noSuchName(host.A) {
			return implied(host.A, name, "TXT")
		}
	case strings.HasSuffix(label, "."+l.domain):
		last := l.domain[strings.LastIndexByte(l.domain, '.')+1:]
		if above := l.ask(ctx, last+"."+l.domain, "TXT"); noSuchName(above) && len(above.Aliases) == 0 {
			return implied(above, name, "TXT")
		}
	}
	return l.ask(ctx, name, "TXT")
}
