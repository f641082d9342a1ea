package rule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/tlsrpt"
)

// certSpeech is how a rule speaks of certificates: the policy host's and those of the MX hosts are
// judged alike (RFC 8461 §3.3, §4.2), and mended otherwise.
type certSpeech struct {
	message   string // "The certificate {cause}."
	chain     string // added where intermediates are missing: why nobody noticed
	then      string // what senders do
	renew     string // the fix of an expired one
	wait      string // of one that is not valid yet
	anew      string // of one that has to be replaced
	fullChain string // of one without its intermediates
	expiry    string // the rule that need not warn of an end that has come
	tlsrpt    func(pkix.Word) tlsrpt.ResultType
	noRoots   Reason // of this machine
}

// reasons are all that can be wrong with a certificate.
func (s certSpeech) reasons() []Reason {
	known := certMore()
	one := func(word pkix.Word, more, fix string) Reason {
		return Reason{Word: string(word), Status: Fail, TLSRPT: s.tlsrpt(word), Message: s.message + more + s.then, Fix: fix, More: known[word]}
	}
	ended := one(pkix.Expired, "", s.renew)
	ended.Hides = []string{s.expiry} // a certificate that has ended does not end soon
	return []Reason{
		ended,
		one(pkix.NotYetValid, "", s.wait),
		one(pkix.NameMismatch, "", s.anew),
		one(pkix.NoSAN, "", s.anew),
		one(pkix.SelfSigned, "", s.anew),
		one(pkix.IncompleteChain, s.chain, s.fullChain),
		one(pkix.Untrusted, "", s.anew),
		s.noRoots,
		one(pkix.Malformed, "", s.anew),
	}
}

// certMore says how the faults of certificates come about.
func certMore() map[pkix.Word]string {
	return map[pkix.Word]string{
		pkix.Expired:         "The program that renews certificates fails or does not run, or the server was not told to load the new one.",
		pkix.NotYetValid:     "The dates lie in the future: as a rule the clock of the machine that made it is wrong, or that of this one.",
		pkix.NameMismatch:    "As a rule the server knows several names, and shows the certificate of another one where it has none for this.",
		pkix.NoSAN:           "Old programs and home-made certificates put the name into the common name (CN) alone, where nobody looks any more (RFC 9525).",
		pkix.SelfSigned:      "Anybody can make such a certificate for any name, so it proves nothing. Programs often come with one to begin with.",
		pkix.IncompleteChain: "A server has to send the intermediate certificate beside its own; otherwise a sender cannot get from the certificate to a root that it knows.",
		pkix.Untrusted:       "The CA of a company or a lab is known only to machines that were told of it. Public CAs come with every system; where one of those is named here, this machine's list of roots may be out of date.",
		pkix.Malformed:       "What the server sends as its certificate is damaged, or was made by a faulty program.",
	}
}

// noRootsHere is the reason that lies with this machine.
func noRootsHere() Reason {
	return Reason{
		Word: "no-roots-here", Status: Unknown,
		More:    "Root certificates are the list of authorities that a system trusts. Minimal systems and containers often have none. This says nothing about the domain.",
		Message: "Whether the certificate leads to a trusted root cannot be told: this machine has no root certificates.",
		Fix:     "Install them on this machine (Debian's package ca-certificates), or name a file of them with --ca-file.",
	}
}

// certHits are what there is to say of one certificate: a hit a fault, else a pass. The form of a
// fault is h.
func (c *Case) certHits(tls *fact.TLS, problems []pkix.Problem, h Hit) []Hit {
	var hits []Hit
	h.Evidence = c.certEvidence(tls, problems)
	if tls.NoRoots {
		hits = append(hits, Hit{Reason: "no-roots-here", Subject: h.Subject, Evidence: h.Evidence})
	}
	if len(problems) == 0 {
		hits = append(hits, Hit{Subject: h.Subject, Evidence: h.Evidence})
	}
	vars := h.Vars
	for _, p := range problems {
		h.Reason, h.Vars = certWord(p.Word), Vars{"cause": p.Text}
		maps.Copy(h.Vars, vars)
		hits = append(hits, h)
	}
	return hits
}

func certWord(w pkix.Word) string {
	if w == pkix.None {
		return string(pkix.Malformed)
	}
	return string(w)
}

// certEvidence tells the certificate: every problem of it, names, issuer, dates.
func (c *Case) certEvidence(tls *fact.TLS, problems []pkix.Problem) []string {
	var lines []string
	s, ok := c.reader.Summarize(tls)
	if len(problems) > 1 || !ok {
		for _, p := range problems {
			lines = append(lines, string(p.Word)+": it "+p.Text)
		}
	}
	if !ok {
		return lines
	}
	lines = append(lines,
		"subject "+orNone(s.Subject)+", issuer "+orNone(s.Issuer),
		"names "+orNone(list(s.Names)),
		"valid "+day(s.NotBefore)+" to "+day(s.NotAfter),
	)
	if tls.Anchor != "" {
		return append(lines, "trusted root "+tls.Anchor)
	}
	return append(lines, fmt.Sprintf("%s sent, no path to a trusted root: %s", plural(int64(s.Sent), "certificate"), tls.TrustFault))
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// chainEnd is when the chain stops being valid: with the leaf, or earlier with what it hangs on.
func (c *Case) chainEnd(tls *fact.TLS) (time.Time, bool) {
	end, ok := c.reader.End(tls)
	if ok && !tls.PathExpiry.IsZero() && tls.PathExpiry.Before(end) {
		return tls.PathExpiry, true
	}
	return end, ok
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// ending is when a certificate ends, and what time is left where that is soon. It is false for one
// that has ended, or that nobody can read: the rule about certificates tells of those.
func (c *Case) ending(tls *fact.TLS) (end time.Time, soon string, ok bool) {
	end, ok = c.chainEnd(tls)
	if !ok || !end.After(c.At) {
		return end, "", false
	}
	if left := end.Sub(c.At); left <= time.Duration(c.opt.ExpiryDays)*24*time.Hour {
		soon = roughly(left)
	}
	return end, soon, true
}

func roughly(d time.Duration) string {
	if d >= 48*time.Hour {
		return plural(int64(d/(24*time.Hour)), "day")
	}
	return plural(int64(d/time.Hour), "hour")
}

// chains gives each chain of certificates that was shown a name of its own, with what was made of it
// on the way to a root: what two addresses show is the same where the names are.
type chains struct {
	names map[string]string
	key   []byte // of the chain at hand
}

// name is "" where there is no chain.
func (all *chains) name(tls *fact.TLS) string {
	if tls == nil {
		return ""
	}
	size := len(tls.Anchor)
	for _, der := range tls.Chain {
		size += len(der) + 1
	}
	all.key = slices.Grow(all.key[:0], size)
	for _, der := range tls.Chain {
		all.key = append(append(all.key, der...), 0)
	}
	all.key = append(all.key, tls.Anchor...)
	name, known := all.names[string(all.key)]
	if known {
		return name
	}
	if all.names == nil {
		all.names = map[string]string{}
	}
	name = "chain " + strconv.Itoa(len(all.names)+1)
	all.names[string(all.key)] = name
	return name
}
