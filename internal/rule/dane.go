package rule

import (
	"maps"
	"strings"

	"mtasts/internal/dane"
	"mtasts/internal/tlsrpt"
)

func daneRule() Rule {
	return Rule{
		ID: "dane", Group: "smtp", Ref: "RFC 7672 §2.2",
		Title: "the MX hosts show the certificates that their TLSA records announce",
		Why:   "TLSA records that are signed with DNSSEC tell senders which certificate to expect. Those that check them (DANE) deliver to no other, whatever the MTA-STS policy says; those that do not go by the policy alone.",
		More:  "DANE is another way to protect mail on its way, beside MTA-STS: a TLSA record at _25._tcp and the host's name holds a fingerprint of its key or certificate, and DNSSEC, signatures in the DNS, proves that the record is authentic. A domain may have both, one, or neither; one that has no TLSA records has nothing to do here.",
		Reasons: []Reason{
			{
				Word: "mismatch", Status: Fail, Exception: "warn where the resolver is not trusted to say that the records are signed", TLSRPT: tlsrpt.TLSAInvalid,
				More:    "As a rule the certificate was renewed with a new key, and the record still has the fingerprint of the old one. certbot makes a new key each time unless --reuse-key tells it to keep the old one.",
				Message: "The certificate of {where} matches none of its TLSA records. Senders that check DANE refuse to deliver there{doubt}.",
				Fix:     "{for}{how}",
			},
			{
				Word: "bogus", Status: Fail, Exception: "warn where the resolver is not trusted to say so", TLSRPT: tlsrpt.DNSSECInvalid,
				More:    "A signature that is broken looks to a resolver as if somebody had forged the answer, so it gives none at all.",
				Message: "The DNS gives no valid answer for the TLSA records of {name}: {said}. Senders that check DANE deliver nothing there until it does (RFC 7672 §2.2.3).",
				Fix:     "{for}Have the zone of {owner} signed anew: its signatures have expired, or do not go with its keys. If that takes time, have the DS record of the zone removed.",
			},
			{
				Word: "dns-error", Status: Unknown,
				More:    "A sender that cannot find out whether there are TLSA records has to take it that somebody hides them, and waits.",
				Message: "Whether {name} has TLSA records cannot be told: {said}. Senders that check DANE deliver nothing there while the DNS answers them like this.",
				Fix:     "{for}Ask the name servers of {owner} for TLSA: they answer with an error, or not at all; some old ones and firewalls do not know the type.",
			},
			{
				Word: "insecure", Status: Warn,
				More:    "Without a signature anybody on the way could have made the record, so it proves nothing.",
				Message: "{name} has TLSA records, {cause}.",
				Fix:     "{how}",
			},
			{
				Word: "unusable", Status: Warn,
				More:    "Of the four kinds of TLSA records mail uses two: those that begin with 3 (the host's own key or certificate) and with 2 (that of an authority). 3 1 1 is the usual one (RFC 7672 §3.1).",
				Message: "{name} has TLSA records that senders cannot use{alone}.",
				Fix:     "{for}{how}",
			},
			{
				Word: "untrusted-resolver", Status: Info, Here: true,
				More:    "Whether a record is signed is said by one bit of the resolver's answer (AD). On the way from a resolver elsewhere anybody could set it.",
				Message: "There are TLSA records for {name}, but whether they are signed with DNSSEC cannot be told: {cause}.",
				Fix:     "Run a validating resolver on this machine, or ask one over TLS (--resolver tls://9.9.9.9, say). If the way to the one asked is safe, say --trust-ad.",
			},
		},
		Check: checkDANE,
	}
}

func checkDANE(c *Case) []Hit {
	var hits []Hit
	for _, p := range c.peers {
		hits = append(hits, c.daneHits(p)...)
	}
	return onePass(c, append(bounded(hits), c.resolverHits()...))
}

// daneHits are those of one host: what its records are in themselves, then what its certificates make
// of them.
func (c *Case) daneHits(p *peer) []Hit {
	d := p.dane
	if d.word == noDANE {
		return nil
	}
	h := Hit{Subject: p.Name, Mail: true, Vars: Vars{
		"name": p.Name, "for": p.addressee() + d.delegation(), "owner": d.owner(), "said": d.why, "cause": d.why,
	}}
	switch d.word {
	case daneBogus, daneError:
		h.Reason, h.Evidence = string(d.word), []string{said(d.answer)}
		if d.unsure {
			h.Status = Warn
		}
		return []Hit{h}
	case daneInsecure:
		if c.blind() {
			return nil // said once for all hosts
		}
		h.Reason, h.Evidence = "insecure", tlsaLines(d)
		h.Vars["how"] = h.Vars["for"] + signTLSA(p.Name)
		h.Vars["cause"] = "and they protect nothing: " + d.why + ". Senders look only at signed ones"
		return []Hit{h}
	case daneSecure, daneUnusable, daneUntrusted:
		return c.matchHits(p, h)
	default:
		return nil
	}
}

// replaceTLSA mends records that match no certificate.
const replaceTLSA = "Put these in place of the TLSA records (the next time, publish the record of the new key beside the old one, and change the key when the TTL has passed: RFC 7671 §8.1):"

// signTLSA mends records that nobody looks at.
func signTLSA(host string) string {
	return "Sign the zone of " + host + " with DNSSEC and have its DS record published; or take the TLSA records away."
}

// matchHits hold the host's certificates against its records.
func (c *Case) matchHits(p *peer, form Hit) []Hit {
	var hits []Hit
	for _, g := range p.strands(func(s *session) string { return s.dane }) {
		h := form
		h.Vars = maps.Clone(form.Vars)
		if g.word == pass {
			h.Evidence = p.matchLines(g)
			hits = append(hits, h)
			continue
		}
		h.Reason, h.Subject, h.Vars["where"], h.Vars["doubt"] = "mismatch", g.subject(), g.where(), ""
		if p.dane.word == daneUntrusted {
			h.Status, h.Vars["doubt"] = Warn, ", if the records are signed"
		}
		h.Evidence, h.Records, h.Vars["how"] = p.mismatchLines(g), p.pins(), replaceTLSA
		if len(h.Records) == 0 {
			h.Vars["how"] = "First give the host a certificate that can be read."
		}
		return []Hit{h} // its records mend what else is wrong with the set
	}
	if unusable := p.dane.set.Unusable(); len(unusable) > 0 && p.dane.word != daneUntrusted {
		return []Hit{p.unusableHit(form)}
	}
	if p.dane.word != daneSecure {
		return nil
	}
	return hits
}

func (p *peer) unusableHit(h Hit) Hit {
	d := p.dane
	h.Reason, h.Vars["alone"] = "unusable", ", beside others that they use"
	if d.word == daneUnusable {
		h.Vars["alone"] = ", and no others: they demand TLS, and take it from anybody"
	}
	for _, u := range d.set.Unusable() {
		h.Evidence = append(h.Evidence, dane.Text(u.Record)+": it "+u.Why)
	}
	h.Evidence = append(h.Evidence, d.looseLine()...)
	h.Records, h.Vars["how"] = p.soundRecords(), "Publish these in place of the TLSA records:"
	if len(h.Records) == 0 {
		h.Vars["how"] = "Publish records 3 1 1 of the host's key in their place, or none at all."
	}
	return h
}

// resolverHits are those that are said once for all hosts: their cause is the resolver that was asked.
func (c *Case) resolverHits() []Hit {
	var untrusted, blind []*peer
	for _, p := range c.peers {
		switch {
		case p.dane.word == daneUntrusted:
			untrusted = append(untrusted, p)
		case p.dane.word == daneInsecure && c.blind():
			blind = append(blind, p)
		}
	}
	var hits []Hit
	if len(blind) > 0 {
		h := c.resolverHit("insecure", blind)
		h.Vars["cause"] = "but whether they are signed with DNSSEC cannot be told: " + blind[0].dane.why
		h.Vars["how"] = "Ask a resolver that validates: one on this machine (unbound, say), or one over TLS (--resolver tls://9.9.9.9, say)."
		hits = append(hits, h)
	}
	if len(untrusted) > 0 {
		hits = append(hits, c.resolverHit("untrusted-resolver", untrusted))
	}
	return hits
}

func (c *Case) resolverHit(reason string, peers []*peer) Hit {
	h := Hit{Reason: reason, Subject: c.Domain, Vars: Vars{"cause": peers[0].dane.why}}
	var names []string
	for _, p := range peers {
		names = append(names, p.Name)
		h.Evidence = append(h.Evidence, tlsaLines(p.dane)...)
	}
	h.Vars["name"] = list(names)
	return h
}

// owner is where the records stand: at the end of the aliases, if there are any.
func (d daneState) owner() string {
	if n := len(d.answer.Aliases); n > 0 {
		return d.answer.Aliases[n-1]
	}
	return d.answer.Name
}

// delegation says so where the records' name is an alias.
func (d daneState) delegation() string {
	if len(d.answer.Aliases) == 0 || strings.EqualFold(d.owner(), d.answer.Name) {
		return ""
	}
	return d.answer.Name + " is an alias (CNAME) of " + d.owner() + ", and the records stand there. "
}

func tlsaLines(d daneState) []string {
	var lines []string
	for _, r := range d.answer.Records {
		if r.TLSA != nil {
			lines = append(lines, d.answer.Name+" TLSA "+dane.Text(*r.TLSA))
		}
	}
	return lines
}

// looseLine says what DANE does not do for the domain as long as its MX records are not signed.
func (d daneState) looseLine() []string {
	if !d.loose {
		return nil
	}
	return []string{"the MX records are not signed: whoever forges them leads mail to another host (RFC 7672 §2.2.1)"}
}

// matchLines tell which record a host's certificate matches, and which kinds match none: what was
// forgotten turns senders away that can read nothing else (RFC 7671 §8.4).
func (p *peer) matchLines(g strand) []string {
	first := g.sessions[0].matched
	lines := []string{g.subject() + ": TLSA " + dane.Text(first.By) + " matches"}
	if len(first.Lone) > 0 {
		lines = append(lines, "no record "+list(first.Lone)+" matches: senders that know no other kind are turned away (RFC 7671 §8.4)")
	}
	return append(lines, p.dane.looseLine()...)
}

// mismatchLines tell for each certificate why no record matches it.
func (p *peer) mismatchLines(g strand) []string {
	var whys []string
	at := map[string][]string{}
	for _, s := range g.sessions {
		for _, why := range s.matched.Why {
			if at[why] == nil {
				whys = append(whys, why)
			}
			at[why] = append(at[why], s.probe.Address)
		}
	}
	var lines []string
	for _, why := range whys {
		lines = append(lines, list(at[why])+": "+why)
	}
	return append(lines, p.dane.looseLine()...)
}

// mostPins is how many keys a host is taken to have.
const mostPins = 16

// pins are the recommended records (RFC 7672 §3.1) of every key that the host shows now.
func (p *peer) pins() []Record {
	var records []Record
	known := map[string]bool{}
	for _, s := range p.sessions {
		if s.probe.TLS == nil || len(s.probe.TLS.Chain) == 0 || len(records) == mostPins {
			continue
		}
		if r, ok := dane.Pin(s.probe.TLS.Chain[0]); ok && !known[dane.Text(r)] {
			known[dane.Text(r)] = true
			records = append(records, p.tlsa(dane.Text(r)))
		}
	}
	return records
}

// soundRecords are the usable records where the host's certificates match them, else its pins.
func (p *peer) soundRecords() []Record {
	var records []Record
	usable := p.dane.set.Usable()
	for _, r := range usable {
		records = append(records, p.tlsa(dane.Text(r)))
	}
	if len(records) == 0 {
		return p.pins()
	}
	return records
}

func (p *peer) tlsa(value string) Record {
	return Record{Name: p.dane.owner() + ".", Type: "TLSA", TTL: newTTL, Value: value}
}
