package rule

import (
	"slices"
	"strings"

	"mtasts/internal/dane"
	"mtasts/internal/fact"
)

// daneState is what the DNS makes of DANE for one MX host, before any certificate is seen (RFC 7672
// §2.2). Its words are those of what senders do about it.
type daneState struct {
	word daneWord
	// answer is the TLSA RRset that counts, or the answer that should have been one.
	answer fact.Answer
	set    dane.Set
	names  []string // reference identifiers (RFC 7672 §3.2.2)
	// why is a clause: why the records are insecure, or whose word is not trusted.
	why string
	// loose tells that the MX records are known not to be signed: DANE then vouches for the host, and
	// not for its being the domain's (RFC 7672 §2.2.1).
	loose bool
	// unsure tells of bogus records that the resolver which says so is not trusted.
	unsure bool
}

type daneWord string

const (
	noDANE        daneWord = ""                   // no TLSA records, or none that count; mail goes as without DANE
	daneSecure    daneWord = "secure"             // signed, and one at least is usable: the server must match
	daneUnusable  daneWord = "unusable"           // signed, and none is usable: TLS it must be, from anybody
	daneBogus     daneWord = "bogus"              // the signatures do not hold: nobody delivers
	daneError     daneWord = "dns-error"          // the question stayed unanswered
	daneInsecure  daneWord = "insecure"           // there are records, and no signatures
	daneUntrusted daneWord = "untrusted-resolver" // there are records; who says whether they are signed is not trusted
)

// binding tells that senders which check DANE demand TLS of the host, whatever its policy says.
func (d daneState) binding() bool { return d.word == daneSecure || d.word == daneUnusable }

// compare is the word for what the records make of a server.
func (d daneState) compare(o dane.Outcome) string {
	switch {
	case len(d.set.Usable()) == 0 || d.word != daneSecure && d.word != daneUntrusted:
		return ""
	case o.OK:
		return pass
	}
	return "mismatch"
}

// signing is what is known of an answer's signatures.
type signing int

const (
	unsure   signing = iota // the resolver that says so is not trusted
	unsigned                // insecure: RFC 4035 §4.3
	signed
)

// signingOf goes by the AD bit, which counts from a trusted resolver alone (RFC 4035 §4.9.3).
func (c *Case) signingOf(a fact.Answer) signing {
	switch {
	case !slices.Contains(c.Vantage.ADTrusted, a.Server):
		return unsure
	case a.AD:
		return signed
	}
	return unsigned
}

// daneOf walks the steps of RFC 7672 §2.2: the addresses first, then the TLSA records of each
// candidate, of which the first with a signed set wins.
func (c *Case) daneOf(m *fact.MailHost) daneState {
	addresses, known := c.addressSigning(m)
	if !known || len(m.TLSA) == 0 {
		return daneState{} // nobody gets as far as TLSA: mx-address tells
	}
	if addresses == unsure {
		return c.unsureState(m)
	}
	for _, a := range c.candidates(m, addresses) {
		switch {
		case a.Name == "" || canceled(a.Fault):
			return daneState{}
		case a.Unknown():
			return brokenState(a)
		case a.Found() && c.signingOf(a) == signed:
			return c.signedState(a)
		case a.Found() && c.signingOf(a) == unsure:
			return c.unsureState(m)
		}
	}
	if a, found := firstFound(m.TLSA); found {
		return daneState{word: daneInsecure, answer: a, set: dane.Sort(a.Records), why: c.unsignedWhy(m, addresses, a)}
	}
	return daneState{}
}

// addressSigning is whether the host's addresses are signed: each set of them has to be. It is false
// where there are none.
func (c *Case) addressSigning(m *fact.MailHost) (signing, bool) {
	worst, known := signed, false
	for _, a := range []fact.Answer{m.A, m.AAAA} {
		if a.Found() {
			worst, known = min(worst, c.signingOf(a)), true
		}
	}
	return worst, known
}

// candidates are the TLSA answers that count, by RFC 7672 §2.2.2. Of an alias that is signed all the way
// those are that of its target, then its own; of one that is signed itself, with a target that is
// not, its own alone. Names in between never count.
func (c *Case) candidates(m *fact.MailHost, addresses signing) []fact.Answer {
	if addresses == signed {
		return m.TLSA
	}
	if len(aliasesOf(m)) == 0 || m.CNAME == nil || !m.CNAME.Found() || c.signingOf(*m.CNAME) != signed {
		return nil
	}
	own := dane.Owner(m.Name)
	return slices.DeleteFunc(slices.Clone(m.TLSA), func(a fact.Answer) bool { return !strings.EqualFold(a.Name, own) })
}

// unsureState is that of records of which nobody trusted says whether they are signed. What is bogus
// is told: a resolver that answers with an error, and answers when told not to check, has checked.
func (c *Case) unsureState(m *fact.MailHost) daneState {
	for _, a := range m.TLSA {
		if a.Bogus && (m.A.AD || m.AAAA.AD) {
			d := brokenState(a)
			d.unsure = true
			return d
		}
	}
	a, found := firstFound(m.TLSA)
	if !found {
		return daneState{}
	}
	server := a.Server
	if server == "" {
		server = "which was asked"
	}
	return daneState{
		word: daneUntrusted, answer: a, set: dane.Sort(a.Records), names: c.identifiers(a),
		why: "the resolver " + server + " is neither on this machine nor asked over TLS, so that anybody on the way may forge what it says",
	}
}

func brokenState(a fact.Answer) daneState {
	word := daneError
	if a.Bogus {
		word = daneBogus
	}
	return daneState{word: word, answer: a, why: outcomeOf(a)}
}

func (c *Case) signedState(a fact.Answer) daneState {
	d := daneState{
		word: daneSecure, answer: a, set: dane.Sort(a.Records), names: c.identifiers(a),
		loose: c.MX.Found() && c.signingOf(c.MX) == unsigned,
	}
	if len(d.set.Usable()) == 0 {
		d.word = daneUnusable
	}
	return d
}

// identifiers are the names of which the certificate must have one for usage 2: the TLSA base domain;
// where the MX records are signed, the domain itself as well, and what it is an alias of (RFC 7672
// §3.2.2).
func (c *Case) identifiers(a fact.Answer) []string {
	names := []string{baseOf(a)}
	if c.signingOf(c.MX) != signed {
		return names
	}
	names = append(names, c.Domain)
	if n := len(c.MX.Aliases); n > 0 {
		names = append(names, c.MX.Aliases[n-1])
	}
	return names
}

// baseOf is the TLSA base domain of an answer.
func baseOf(a fact.Answer) string { return strings.TrimPrefix(strings.ToLower(a.Name), dane.Owner("")) }

func firstFound(all []fact.Answer) (fact.Answer, bool) {
	i := slices.IndexFunc(all, fact.Answer.Found)
	if i < 0 {
		return fact.Answer{}, false
	}
	return all[i], true
}

// unsignedWhy says where DNSSEC ends. A resolver that does not vouch even for the root does not
// validate, and what it says is no word about the zone.
func (c *Case) unsignedWhy(m *fact.MailHost, addresses signing, a fact.Answer) string {
	switch {
	case c.blind():
		return "the resolver " + c.Root.Server + " does not validate"
	case addresses == unsigned && len(aliasesOf(m)) > 0:
		return m.Name + " is an alias (CNAME), and its addresses are not signed with DNSSEC"
	case addresses == unsigned:
		return "the addresses of " + m.Name + " are not signed with DNSSEC"
	}
	return "those at " + a.Name + " are not signed with DNSSEC"
}

// blind tells that the resolver does not validate.
func (c *Case) blind() bool {
	return c.Root != nil && !c.Root.Unknown() && c.signingOf(*c.Root) == unsigned
}
