package collect

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// look is one domain being looked at. Each part of seen is written by one goroutine alone.
type look struct {
	*Observer
	seen   *fact.Observation
	domain string
	begun  time.Time
	apex   func(ctx context.Context) []fact.Answer // asked once, whoever wants it first
	root   func(ctx context.Context)               // the same
	party  *party
	turns  turns
	cut    atomic.Bool // something is not known because the context ended
}

func (o *Observer) look(domain string) *look {
	begun := o.net.Now()
	l := &look{Observer: o, domain: domain, begun: begun, party: o.probes.port25.join(), turns: newTurns(), seen: &fact.Observation{
		Schema: fact.Schema, Version: o.net.Version, Domain: domain,
		At:      begun.UTC().Truncate(time.Second),
		Vantage: o.vantage(),
		Host:    fact.PolicyHost{Name: sts.PolicyHost(domain)},
	}}
	var once, onceRoot sync.Once
	l.apex = func(ctx context.Context) []fact.Answer {
		once.Do(func() { l.seen.Apex = l.askAll(ctx, question{domain, "A"}, question{domain, "AAAA"}) })
		return l.seen.Apex
	}
	l.root = func(ctx context.Context) {
		onceRoot.Do(func() { a := l.ask(ctx, ".", "TXT"); l.seen.Root = &a })
	}
	return l
}

// question is one for the DNS.
type question struct{ name, qtype string }

func (l *look) ask(ctx context.Context, name, qtype string) fact.Answer {
	a := l.dns.Lookup(ctx, name, qtype)
	l.noteCut(ctx, a.Fault)
	return a
}

// noteCut remembers that a fault is the end of the look's context, and not the domain's. Whatever
// depends on what was cut off need not be noted.
func (l *look) noteCut(ctx context.Context, f *fact.Fault) {
	if ctx.Err() != nil && f != nil && (f.Kind == fact.Canceled || f.Kind == fact.TimedOut) {
		l.cut.Store(true)
	}
}

// askAll asks at once and answers in order.
func (l *look) askAll(ctx context.Context, questions ...question) []fact.Answer {
	answers := make([]fact.Answer, len(questions))
	var all sync.WaitGroup
	for i, q := range questions {
		all.Go(func() { answers[i] = l.ask(ctx, q.name, q.qtype) })
	}
	all.Wait()
	return answers
}

// txt asks for TXT at each of some labels before the domain; the empty label is the domain itself.
func (l *look) txt(ctx context.Context, labels ...string) []fact.Answer {
	var questions []question
	for _, label := range labels {
		if label != "" {
			label += "."
		}
		questions = append(questions, question{label + l.domain, "TXT"})
	}
	return l.askAll(ctx, questions...)
}

// stsRecord asks for the MTA-STS record (RFC 8461 §3.1). Where the DNS says for certain that
// there is none, it asks at the names that people confuse with the right one, and where something
// else stands there, whether it does so at any name.
func (l *look) stsRecord(ctx context.Context) (elsewhere []fact.Answer) {
	a := l.ask(ctx, "_mta-sts."+l.domain, "TXT")
	l.seen.STS = a
	if a.Unknown() || len(sts.Select(a.Texts())) > 0 {
		return nil
	}
	together(
		func() { elsewhere = l.txt(ctx, "_mta_sts", "mta-sts", "", "_mta-sts."+l.domain) },
		func() {
			if a.Found() || len(a.Aliases) > 0 {
				l.seen.Wildcard = &l.txt(ctx, randomLabel())[0]
			}
		},
	)
	return elsewhere
}

// tlsrptRecord asks for the TLSRPT record (RFC 8460 §3), and then about its destinations; where
// there is none, at the names that drafts and people had for it.
func (l *look) tlsrptRecord(ctx context.Context) (elsewhere []fact.Answer) {
	a := l.ask(ctx, "_smtp._tls."+l.domain, "TXT")
	l.seen.TLSRPT = a
	switch found := tlsrpt.Select(a.Texts()); {
	case a.Unknown():
		return nil
	case len(found) == 0:
		return l.txt(ctx, "_smtp-tlsrpt", "_tlsrpt", "_smtp_tls", "_smtp._tls."+l.domain)
	case len(found) == 1: // several are none (RFC 8460 §3)
		l.destinations(ctx, found[0])
	}
	return nil
}

// randomLabel is a name that nobody has published: 12 letters.
func randomLabel() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	for i := range b {
		b[i] = 'a' + b[i]%26
	}
	return string(b)
}
