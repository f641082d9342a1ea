package publish

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// Live is what a domain publishes now, as far as a plan builds on it.
type Live struct {
	Hosts    []string // the MX hosts, in the order of preference
	Implicit bool     // there is no MX record: the one host is the domain itself
	NullMX   bool
	Missing  bool // the domain does not exist

	ID       string      // of a sound _mta-sts record, else empty
	TTL      uint32      // of that record, as far as it is known
	Policy   *sts.Policy // the policy served, where it is sound
	Serving  bool        // some policy is served
	Unserved string      // why there is none, where an address was tried

	policy, reports delegation
	host            place
	apex            bool // the domain itself has an address
	reported        bool // the _smtp._tls record is sound
}

// place is what the DNS knows of mta-sts.DOMAIN.
type place struct {
	alias string   // where a CNAME leads to in the end
	types []string // of its addresses: A, AAAA
}

// delegation is what stands where a TXT record belongs.
type delegation struct {
	found bool   // a TXT record is there
	alias string // the CNAME's target
	sound bool   // the target has a record
}

// UnknownError tells that something could not be found out, which is not to say that it is absent.
type UnknownError struct {
	What string // "the MX records of example.com"
	Why  string // "SERVFAIL"
}

// Error says what could not be found out, and why.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s could not be found out: %s", e.What, e.Why)
}

// Look draws from an observation what is published now. The error is an [UnknownError] where the DNS
// gave no answer that a plan needs.
func Look(o *fact.Observation) (*Live, error) {
	if err := allKnown(o); err != nil {
		return nil, err
	}
	l := &Live{
		Missing:  o.MX.RCode == "NXDOMAIN",
		NullMX:   slices.ContainsFunc(o.MX.Records, func(r fact.Record) bool { return r.Host == "." }),
		apex:     slices.ContainsFunc(o.Apex, fact.Answer.Found),
		Implicit: slices.ContainsFunc(o.Hosts, func(m fact.MailHost) bool { return m.Implicit }),
	}
	for _, m := range o.Hosts {
		l.Hosts = append(l.Hosts, strings.ToLower(m.Name))
	}
	l.lookAtRecords(o)
	l.lookAtHost(o.Host)
	return l, nil
}

// allKnown complains of the first answer that did not come. The apex was asked where it matters.
func allKnown(o *fact.Observation) error {
	unknown := func(a fact.Answer) error {
		if !a.Unknown() || a.Dangling() {
			return nil
		}
		return &UnknownError{What: a.Type + " of " + a.Name, Why: why(a)}
	}
	answers := append([]fact.Answer{o.MX, o.STS, o.TLSRPT, o.Host.A, o.Host.AAAA}, o.Apex...)
	for _, a := range answers {
		if err := unknown(a); err != nil {
			return err
		}
	}
	return nil
}

// why is the reason for which an answer did not come, in a few words.
func why(a fact.Answer) string {
	switch {
	case a.Fault != nil && a.Fault.Text != "":
		return a.Fault.Text
	case a.Bogus:
		return "the signatures of DNSSEC do not hold"
	case a.RCode != "":
		return "the resolver answers " + a.RCode
	}
	return "no answer"
}

func (l *Live) lookAtRecords(o *fact.Observation) {
	if found := sts.Select(o.STS.Texts()); len(found) == 1 {
		if r, problems := sts.ParseRecord(found[0]); len(problems) == 0 {
			l.ID, l.TTL = r.ID, o.STS.TTL
		}
	}
	l.reported = sound(o.TLSRPT)
	l.policy = delegated(o.STS, o.Wildcard, len(sts.Select(o.STS.Texts())) > 0)
	l.reports = delegated(o.TLSRPT, o.Wildcard, len(tlsrpt.Select(o.TLSRPT.Texts())) > 0)
}

// sound tells that there is exactly one TLSRPT record, and that senders can report to it (RFC 8460 §3).
func sound(a fact.Answer) bool {
	found := tlsrpt.Select(a.Texts())
	if len(found) != 1 {
		return false
	}
	r, problems := tlsrpt.ParseRecord(found[0])
	return len(problems) == 0 && slices.ContainsFunc(r.RUA, Usable)
}

// delegated is what stands at a record's name. What a wildcard answers is nothing of its own.
func delegated(a fact.Answer, wildcard *fact.Answer, sound bool) delegation {
	if wildcard != nil && slices.Equal(wildcard.Aliases, a.Aliases) && slices.Equal(wildcard.Texts(), a.Texts()) {
		return delegation{}
	}
	d := delegation{found: a.Found(), sound: sound}
	if len(a.Aliases) > 0 {
		d.alias = a.Aliases[len(a.Aliases)-1]
	}
	return d
}

func (l *Live) lookAtHost(host fact.PolicyHost) {
	for _, a := range []fact.Answer{host.A, host.AAAA} {
		if len(a.Aliases) > 0 {
			l.host.alias = a.Aliases[len(a.Aliases)-1]
		}
		if a.Found() {
			l.host.types = append(l.host.types, a.Type)
		}
	}
	for _, f := range host.Fetches {
		l.lookAtFetch(f)
	}
}

// lookAtFetch takes the first sound policy that an address serves.
func (l *Live) lookAtFetch(f fact.Fetch) {
	if f.Status != 200 || f.Fault != nil || f.TooLarge {
		if l.Unserved == "" && f.Skipped == "" {
			l.Unserved = unserved(f)
		}
		return
	}
	p, problems := sts.ParsePolicy([]byte(f.Body))
	l.Serving = l.Serving || p.Version != ""
	if l.Policy == nil && len(problems) == 0 {
		l.Policy = &p
	}
}

func unserved(f fact.Fetch) string {
	if f.Fault != nil {
		return f.Fault.Text
	}
	return fmt.Sprintf("the server answers %d", f.Status)
}

// inForce tells that senders follow the policy: it is served, and a record leads to it.
func (l *Live) inForce() bool { return l.ID != "" && l.Policy != nil }

// covered tells that the policy served names the host.
func (l *Live) covered(host string) bool {
	_, ok := l.Policy.Find(host)
	return ok
}

// organisation is the part of a name that somebody registered: who runs it.
func organisation(name string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(name)); err == nil {
		return org
	}
	return strings.ToLower(name)
}
