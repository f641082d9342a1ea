package rule

import (
	"slices"
	"testing"

	"mtasts/internal/fact"
)

// TestSessionWords: how far each conversation came, as the rules tell it.
func TestSessionWords(t *testing.T) {
	der := leafFor(t, 60, "mx.example.com")
	old := func(p *fact.Probe) { p.TLS.Version = "TLS 1.1" }
	helo := func(p *fact.Probe) {
		plain(p)
		p.EHLO, p.HELO = reply(502, "what?"), reply(250, "mx.example.com")
	}
	refusesBoth := func(p *fact.Probe) {
		answers(fact.Hello, 502)(p)
		p.HELO = reply(550, "no")
	}
	few := func(p *fact.Probe) {
		plain(p)
		p.EHLO = reply(250, "mx.example.com", "ENHANCEDSTATUSCODES")
	}
	hides := func(p *fact.Probe) {
		few(p)
		p.EHLO.Lines[0] = "mx.example.com Hello [192.0.2.1], pleased to meet you"
	}
	for _, c := range []struct {
		name                 string
		twist                twist
		reach, starttls, tls string
	}{
		{"sound", func(*fact.Probe) {}, pass, pass, pass},
		{"not public", skipped(fact.SkipNotPublic), "", "", ""},
		{"too many", skipped(fact.SkipLimit), "too-many", "", ""},
		{"other family", skipped(fact.SkipFamily), leftOut, "", ""},
		{"skipped since blocked, yet open", skipped(fact.SkipBlocked), "not-tried", "", ""},
		{"refused", ends(fact.Dial, fact.Refused), "refused", "", ""},
		{"no way to the host", ends(fact.Dial, fact.Unreachable), "refused", "", ""},
		{"blackhole", ends(fact.Dial, fact.TimedOut), "timeout", "", ""},
		{"no route", ends(fact.Dial, fact.NoRoute), "not-tried", "", ""},
		{"out of sockets", ends(fact.Dial, fact.Internal), "not-tried", "", ""},
		{"Ctrl-C", ends(fact.Dial, fact.Canceled), "", "", ""},
		{"never greets", ends(fact.Greet, fact.TimedOut), "timeout", "", ""},
		{"hangs up", ends(fact.Greet, fact.Reset), "hangup", "", ""},
		{"floods", ends(fact.Greet, fact.Flood), "flood", "", ""},
		{"SSH", ends(fact.Greet, fact.Malformed), "protocol", "", ""},
		{"Ctrl-C at the greeting", ends(fact.Greet, fact.Canceled), "", "", ""},
		{"421", answers(fact.Greet, 421), "greeting-4xx", "", ""},
		{"554", answers(fact.Greet, 554), "greeting-5xx", "", ""},
		{"354", answers(fact.Greet, 354), "protocol", "", ""},
		{"another 2xx", func(p *fact.Probe) { p.Greeting.Code = 250 }, pass, pass, pass},
		{"EHLO 451", answers(fact.Hello, 451), "greeting-4xx", "", ""},
		{"EHLO and HELO refused", refusesBoth, "greeting-5xx", "", ""},
		{"Sendmail that hides what it can do", hides, "greeting-5xx", "", ""},
		{"another that can do as little", few, pass, "not-offered", ""},
		{"hangs up at EHLO", ends(fact.Hello, fact.Reset), "hangup", "", ""},
		{"HELO only", helo, pass, "not-offered", ""},
		{"no STARTTLS", plain, pass, "not-offered", ""},
		{"454", answers(fact.StartTLS, 454), pass, "refused", ""},
		{"hangs up at STARTTLS", ends(fact.StartTLS, fact.Reset), pass, "refused", ""},
		{"Ctrl-C at STARTTLS", ends(fact.StartTLS, fact.Canceled), pass, "", ""},
		{"injected", func(p *fact.Probe) { p.TLS, p.EHLOTLS, p.Injected = nil, nil, "250 x\r\n" }, pass, "injected", ""},
		{"injected later", func(p *fact.Probe) { ends(fact.Handshake, fact.Injected)(p) }, pass, "injected", ""},
		{"alert", ends(fact.Handshake, fact.Alert), pass, pass, "handshake"},
		{"garbage", ends(fact.Handshake, fact.NotTLS), pass, pass, "handshake"},
		{"silent", ends(fact.Handshake, fact.TimedOut), pass, pass, "timeout"},
		{"Ctrl-C at the handshake", ends(fact.Handshake, fact.Canceled), pass, pass, ""},
		{"TLS 1.1", old, pass, pass, "old-version"},
		{"hangs up over TLS", ends(fact.Secured, fact.Reset), pass, pass, "handshake"},
		{"refuses over TLS", answers(fact.Secured, 550), pass, pass, "handshake"},
		{"silent over TLS", ends(fact.Secured, fact.TimedOut), pass, pass, "timeout"},
		{"Ctrl-C over TLS", ends(fact.Secured, fact.Canceled), pass, pass, pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := mailSeen(t, "enforce", mailHost("mx.example.com", 10, soundProbe("198.51.100.2", der, c.twist)))
			s := newCase(o, Options{}).peers[0].sessions[0]
			if s.reach != c.reach || s.starttls != c.starttls || s.tls != c.tls {
				t.Errorf("reach %q, starttls %q, tls %q; want %q, %q, %q", s.reach, s.starttls, s.tls, c.reach, c.starttls, c.tls)
			}
		})
	}
}

// TestBlocked: nobody is blamed where no connection of the run came about.
func TestBlocked(t *testing.T) {
	dead := soundProbe("198.51.100.2", nil, ends(fact.Dial, fact.Refused))
	six := soundProbe("2001:db8::2", nil, ends(fact.Dial, fact.NoRoute))
	sound := soundProbe("198.51.100.3", leafFor(t, 60, "mx.example.com"))
	for _, c := range []struct {
		name   string
		port25 string
		probes []fact.Probe
		want   []string
	}{
		{"all dead", fact.Port25Silent, []fact.Probe{dead}, []string{"port-25-blocked"}},
		{"all dead, said by no run", "", []fact.Probe{dead}, []string{"port-25-blocked"}},
		{"no IPv6 either", fact.Port25Silent, []fact.Probe{dead, six}, []string{"port-25-blocked", "no-ipv6-here"}},
		{"nothing but IPv6", fact.Port25Silent, []fact.Probe{six}, []string{"no-ipv6-here"}},
		{"another domain was reached", fact.Port25Open, []fact.Probe{dead}, []string{"refused"}},
		{"another address was reached", fact.Port25Silent, []fact.Probe{dead, sound}, []string{"refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := mailSeen(t, "enforce", mailHost("mx.example.com", 10, c.probes...))
			o.Vantage.Port25 = c.port25
			r := Judge(o, Options{})
			if got := reasonsOf(r, "smtp-reachable"); !slices.Equal(got, c.want) {
				t.Errorf("reasons %q; want %q", got, c.want)
			}
			blocked := c.want[0] == "port-25-blocked"
			if told := len(reasonsOf(r, DeliveryRule)) > 0; told == blocked {
				t.Errorf("delivery is told: %v", told)
			}
		})
	}
}

// reasonsOf are the reasons of a rule's findings, in their order.
func reasonsOf(r Result, id string) []string {
	var list []string
	for _, f := range r.Findings {
		if f.Rule == id {
			list = append(list, f.Reason)
		}
	}
	return list
}

// TestOldFacts: facts without conversations are judged as before.
func TestOldFacts(t *testing.T) {
	r := Judge(seen("v=STSv1; id=1", "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n"), Options{})
	for _, f := range r.Findings {
		i := slices.IndexFunc(Catalogue(), func(x Rule) bool { return x.ID == f.Rule })
		if Catalogue()[i].Group == "smtp" {
			t.Errorf("%s was answered: %s", f.Rule, f.Message)
		}
	}
	if r.Delivery == nil || len(r.Delivery) > 0 {
		t.Errorf("delivery: %+v", r.Delivery)
	}
}
