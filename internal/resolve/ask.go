package resolve

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// An inquiry is one question on its way through the servers.
type inquiry struct {
	*Resolver

	fact fact.Answer
	by   *server // who answered
	kind uint16
	keep uint32 // seconds

	waited time.Duration // before questions were sent
}

// ask fills in the answer to a.Name and a.Type, and says how long it may be remembered; 0 for a
// failure.
func (r *Resolver) ask(ctx context.Context, a fact.Answer, kind uint16) (fact.Answer, time.Duration) {
	begin := r.now()
	i := inquiry{Resolver: r, fact: a, kind: kind}
	i.run(ctx)
	i.fact.TookMS = fact.AsMillis(max(0, r.now().Sub(begin)-i.waited))
	switch {
	case i.fact.Bogus:
		return i.fact, keepBogus
	case i.fact.Unknown():
		return i.fact, 0
	}
	limit := maxKeep
	if i.fact.Absent() {
		limit = maxNegative
	}
	return i.fact, min(max(time.Duration(i.keep)*time.Second, minKeep), limit)
}

// run asks for the name, and where a server follows no aliases, for each target in turn
// (RFC 1034 §5.3.1: a stub may have to). Every turn adds an alias, and those are bounded.
func (i *inquiry) run(ctx context.Context) {
	name := i.fact.Name
	for turn := 0; ; turn++ {
		q, err := newQuery(name, i.kind)
		if err != nil {
			i.fact.Fault = fault(fact.Malformed, err.Error())
			return
		}
		a, ok := i.rounds(ctx, q)
		i.waited += q.waited
		if !ok {
			return
		}
		i.note(a, turn)
		if !a.halfway() {
			return
		}
		name = a.aliases[len(a.aliases)-1]
	}
}

// note writes down what one message said. All messages of a chain must be authentic for the whole to be.
func (i *inquiry) note(a answer, turn int) {
	f := &i.fact
	f.RCode = codeName(a.code)
	f.AD = a.ad && (turn == 0 || f.AD)
	f.Aliases, f.Records, f.TTL = a.aliases, a.records, a.ttl
	if turn == 0 || a.keep < i.keep {
		i.keep = a.keep
	}
	if a.loop {
		f.Fault = fault(fact.AliasLoop, fmt.Sprintf("%s: the CNAME records from it lead in a circle, or over more than %d links", what(*f), maxAliases))
	}
}

// rounds asks one server after the other until one settles the question. If none does, the last
// that said anything is quoted, and else there is a fault.
func (i *inquiry) rounds(ctx context.Context, q *query) (answer, bool) {
	var t tally
	first := int(i.first.Load())
	for n := range i.tries * len(i.servers) {
		at := (first + n) % len(i.servers)
		s := i.servers[at]
		a, err := s.ask(ctx, q, i.fact, i.kind)
		switch {
		case err == nil && a.final():
			if t.silent(i.servers[first]) {
				i.leave(i.servers[first], at)
			}
			i.credit(s)
			return a, true
		case ctx.Err() != nil:
			return i.fail([]setback{{s.name, ctx.Err()}})
		case err != nil:
			t.note(s, err)
		default:
			t.quote(a, s)
		}
	}
	if t.from == nil {
		return i.fail(t.setbacks)
	}
	i.credit(t.from)
	if t.last.code == dns.RcodeServerFailure {
		return i.doubt(ctx, q, t.from, t.last), true
	}
	return t.last, true
}

// leave has another server asked first from now on, if the one that was silent is so about the root too.
// Silence alone is no sign: who owns a name can have it whenever he likes, and is not to choose who is
// asked about the names of others, with the AD bit or without.
func (r *Resolver) leave(silent *server, to int) {
	if !r.suspect.CompareAndSwap(false, true) {
		return
	}
	r.kit.crew.run(func() {
		defer r.suspect.Store(false)
		for range r.tries {
			if silent.lives() {
				return
			}
		}
		r.first.Store(int32(to))
	})
}

// lives tells that the server answers what no server has to ask others.
func (s *server) lives() bool {
	q, err := newQuery(".", dns.TypeTXT)
	if err == nil {
		_, err = s.once(s.kit.crew.ctx, q, fact.Answer{Name: "."}, dns.TypeTXT)
	}
	return err == nil
}

// doubt finds out whether a server failed because signatures do not hold: then it answers when
// told not to check them (RFC 4035 §3.2.2), and fails again when it is to. Where the trouble has
// passed meanwhile, that last answer counts; where no more can be found out, the failure stays as
// it was.
func (i *inquiry) doubt(ctx context.Context, q *query, s *server, failed answer) answer {
	q.setCheck(false)
	a, err := s.ask(ctx, q, i.fact, i.kind)
	if err != nil || !a.final() {
		return failed
	}
	q.setCheck(true)
	a, err = s.ask(ctx, q, i.fact, i.kind)
	if err == nil && a.final() {
		return a
	}
	i.fact.Bogus = err == nil && a.code == dns.RcodeServerFailure
	return failed
}

// credit notes who answered. Where several led on from each other's aliases, it is one whose AD bit does
// not count, if there is such: the whole chain is worth no more than that link.
func (i *inquiry) credit(s *server) {
	if i.by == nil || i.by.trusted {
		i.by = s
	}
	i.fact.Server = i.by.name
}

func (i *inquiry) fail(setbacks []setback) (answer, bool) {
	i.fact.RCode, i.fact.AD, i.fact.Server = "", false, ""
	i.fact.Fault = newFault(what(i.fact), setbacks)
	return answer{}, false
}

// A tally is what the servers had to say that did not settle the question.
type tally struct {
	setbacks []setback // one for each server that gave no answer
	last     answer
	from     *server // of last; nil if there was none
}

// quote keeps what a server last said. A failure, behind which there may be more, is not given up for
// another server's refusal.
func (t *tally) quote(a answer, s *server) {
	if t.from == nil || t.from == s || t.last.code != dns.RcodeServerFailure {
		t.last, t.from = a, s
	}
}

func (t *tally) silent(s *server) bool {
	return slices.ContainsFunc(t.setbacks, func(b setback) bool { return b.server == s.name })
}

func (t *tally) note(s *server, err error) {
	i := slices.IndexFunc(t.setbacks, func(b setback) bool { return b.server == s.name })
	if i < 0 {
		t.setbacks = append(t.setbacks, setback{s.name, err})
		return
	}
	t.setbacks[i].err = err
}

// codeName is a response code as the registry of IANA has it.
func codeName(code int) string {
	if code == dns.RcodeBadVers {
		return "BADVERS" // shares its number with BADSIG
	}
	if name, found := dns.RcodeToString[code]; found {
		return name
	}
	return fmt.Sprintf("RCODE%d", code)
}
