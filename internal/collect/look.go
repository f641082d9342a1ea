package collect

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/resolve"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
	"mtasts/internal/words"
)

// look is one domain being looked at. Each part of seen is written by one goroutine alone.
type look struct {
	*Observer
	seen    *fact.Observation
	domain  string
	begun   time.Time
	apex    func(ctx context.Context) // asked once, whoever wants it first
	root    func(ctx context.Context) // the same
	party   *party
	turns   turns         // for its conversations
	fetches chan struct{} // as many as there is room for whatever other looks do
	kept    atomic.Int64  // octets of its probes
	fetched atomic.Int64  // the same of its fetches
	told    atomic.Int64  // the same of the answers of the DNS
	asking  chan struct{} // holds one for each question under way
	cut     atomic.Bool   // something is not known because the context ended

	crowded bool           // many others are under way
	first   sync.WaitGroup // for STS, TLSRPT, MX and Host.A of seen, which tell whether there is more to ask
}

func (o *Observer) look(domain string) *look {
	begun := o.net.Now()
	l := &look{Observer: o, domain: domain, begun: begun, party: o.probes.port25.join(), turns: newTurns(), fetches: make(chan struct{}, ownRoom), asking: make(chan struct{}, maxAsking), seen: &fact.Observation{
		Schema: fact.Schema, Version: o.net.Version, Domain: domain,
		At:      begun.UTC().Truncate(time.Second),
		Vantage: o.vantage,
		Host:    fact.PolicyHost{Name: sts.PolicyHost(domain)},
	}}
	var once, onceRoot sync.Once
	l.first.Add(4)
	l.apex = func(ctx context.Context) { once.Do(func() { l.seen.Apex = l.askApex(ctx) }) }
	l.root = func(ctx context.Context) {
		onceRoot.Do(func() { a := l.ask(ctx, ".", "TXT"); l.seen.Root = &a })
	}
	return l
}

// question is one for the DNS.
type question struct{ name, qtype string }

const (
	// maxAsking is how many questions of one look are under way at once: half of what a resolver has at
	// once. Who names hundreds of hosts whose name servers are silent makes others wait for the other half.
	maxAsking = 64
	// maxTold is what a look keeps of the answers to them, in octets of memory or of JSON, whichever is more. Two hundred hosts of good faith have
	// a third of it.
	maxTold = 2 << 20
)

func (l *look) ask(ctx context.Context, name, qtype string) fact.Answer {
	if occupy(ctx, l.asking) == nil {
		defer func() { <-l.asking }()
	}
	a := l.dns.Lookup(ctx, name, qtype) // where the context has ended, it tells what is known
	l.noteCut(ctx, a.Fault)
	if l.told.Add(int64(answerSize(a))) > maxTold {
		a = fact.Answer{Name: a.Name, Type: a.Type, Server: a.Server, TookMS: a.TookMS, Fault: &fact.Fault{
			Stage: fact.Resolve, Kind: fact.Flood, Text: words.Clip(a.Type+" "+a.Name, longest) + ": the DNS says more about this domain than is kept of one",
		}}
	}
	return a
}

// answerSize is about what an answer takes in memory, and in JSON where that is more for what it says.
func answerSize(a fact.Answer) int {
	n := resolve.Weight(a)
	for _, r := range a.Records {
		n += len(r.Host) // each \ takes two
		for _, text := range r.Text {
			n += text.Size() - len(text)
		}
		if r.TLSA != nil {
			n += len(r.TLSA.Data) // in hexadecimal
		}
	}
	return n
}

// noteCut remembers that a fault is the end of the look's context, and not the domain's. Whatever
// depends on what was cut off need not be noted.
func (l *look) noteCut(ctx context.Context, f *fact.Fault) {
	if ctx.Err() != nil && f != nil && (f.Kind == fact.Canceled || f.Kind == fact.TimedOut) {
		l.cut.Store(true)
	}
}

// together is [together] where the look is alone. In a crowd, one after the other does with fewer
// goroutines, which wait for nothing but their answers.
func (l *look) together(fs ...func()) {
	if !l.crowded {
		together(fs...)
		return
	}
	for _, f := range fs {
		f()
	}
}

// askAll asks at once and answers in order.
func (l *look) askAll(ctx context.Context, questions ...question) []fact.Answer {
	answers := make([]fact.Answer, len(questions))
	var fs []func()
	for i, q := range questions {
		fs = append(fs, func() { answers[i] = l.ask(ctx, q.name, q.qtype) })
	}
	l.together(fs...)
	return answers
}

// addresses asks for both families and hands on each as it is known. In a crowd the second one is not
// asked for where the first says that there is no such name.
func (l *look) addresses(ctx context.Context, name string, four, six func(fact.Answer)) {
	if !l.crowded {
		together(
			func() { four(l.ask(ctx, name, "A")) },
			func() { six(l.ask(ctx, name, "AAAA")) },
		)
		return
	}
	a := l.ask(ctx, name, "A")
	four(a)
	if noSuchName(a) {
		six(implied(a, name, "AAAA"))
	} else {
		six(l.ask(ctx, name, "AAAA"))
	}
}

// stsRecord asks for the MTA-STS record (RFC 8461 §3.1). Where the DNS says for certain that
// there is none, it asks at the names that people confuse with the right one, and where something
// else stands there, whether it does so at any name.
func (l *look) stsRecord(ctx context.Context) (elsewhere []fact.Answer) {
	a := l.ask(ctx, "_mta-sts."+l.domain, "TXT")
	l.seen.STS = a
	l.first.Done()
	if a.Unknown() || len(sts.Select(a.Texts())) > 0 || l.moot(ctx) {
		return nil
	}
	l.together(
		func() { elsewhere = l.elsewhere(ctx, "_mta_sts", "mta-sts", "", "_mta-sts."+l.domain) },
		func() {
			if a.Found() || len(a.Aliases) > 0 {
				w := l.ask(ctx, randomLabel()+"."+l.domain, "TXT")
				l.seen.Wildcard = &w
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
	l.first.Done()
	switch found := tlsrpt.Select(a.Texts()); {
	case a.Unknown():
		return nil
	case len(found) == 0 && !l.moot(ctx):
		return l.elsewhere(ctx, "_smtp-tlsrpt", "_tlsrpt", "_smtp_tls", "_smtp._tls."+l.domain)
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
