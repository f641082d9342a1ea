package rule

import (
	"slices"
	"strings"

	"mtasts/internal/pkix"
	"mtasts/internal/tlsrpt"
)

func smtpCertificate() Rule {
	noRoots := noRootsHere()
	noRoots.Message, noRoots.Here = "Whether the certificates of {where} lead to a trusted root cannot be told: this machine has no root certificates.", true
	reasons := certSpeech{
		message:   "The certificate of {where} {cause}.",
		chain:     " Senders do not fetch what is missing.",
		renew:     "{for}{keep}Renew the certificate, and have the mail server load it{lines}",
		wait:      "{for}{keep}Look at the clock of the machine that issued it, or wait; or get a new one{lines}",
		anew:      "{for}{keep}Get a certificate for {name} from a public CA, and have the mail server send it with its intermediates{lines}",
		fullChain: "{for}Have the mail server send the intermediate certificates too: fullchain.pem, not cert.pem{lines}",
		expiry:    "smtp-certificate-expiry",
		tlsrpt:    mailResult,
		noRoots:   noRoots,
	}.reasons()
	for i := range reasons {
		if reasons[i].Status == Fail {
			reasons[i].InForce, reasons[i].NotYet = refusesThere, wouldRefuse
		}
	}
	return Rule{
		ID: "smtp-certificate", Group: "smtp", Ref: "RFC 8461 §4.2", UnderPolicy: true,
		Title:   "the certificate of every MX host is valid for its name",
		Why:     "Under a policy the certificate has to prove that this is the host of the MX record. The name must stand in it as a SAN dNSName, its chain must lead to a root that senders trust, and it must not be outside its dates. Mail servers never asked for that before, so it often is not so.",
		More:    "A certificate says which names a server may go by. A certificate authority (CA) such as Let's Encrypt issues it, and signs it with its own certificate, the intermediate, which hangs on a root that every system knows: the chain. SAN dNSName (subjectAltName) is the part that holds the names.",
		Reasons: reasons,
		Check:   checkSMTPCertificate,
	}
}

// mailResult is what senders report of a certificate (RFC 8460 §4.3.1).
func mailResult(w pkix.Word) tlsrpt.ResultType {
	switch w {
	case pkix.Expired:
		return tlsrpt.CertificateExpired
	case pkix.NameMismatch, pkix.NoSAN:
		return tlsrpt.CertificateHostMismatch
	case pkix.SelfSigned, pkix.Untrusted, pkix.IncompleteChain:
		return tlsrpt.CertificateNotTrusted
	default:
		return tlsrpt.ValidationFailure
	}
}

// shownChain tells apart the certificates that a host shows.
func shownChain(s *session) string { return s.chain }

func checkSMTPCertificate(c *Case) []Hit {
	var rootless []string
	var unsure Hit
	several := c.severalChains()
	hits := c.perStrand(shownChain, func(g strand) []Hit {
		first := g.sessions[0]
		if tls := first.probe.TLS; len(first.problems) == 0 && !tls.NoRoots { // one line among those of all hosts
			return []Hit{{Evidence: []string{g.subject() + ": " + strings.Join(c.certEvidence(tls, nil), "; ")}}}
		}
		give := g.recertify
		if onlyProblem(first.problems, pkix.IncompleteChain) { // it stays the certificate that it is
			give = g.mend
		}
		form := give(g.certHit(), certMending(first.problems))
		form.Partial = several
		list := mergeHits(onlyFaults(c.certHits(first.probe.TLS, first.problems, form)))
		return slices.DeleteFunc(list, func(h Hit) bool {
			if h.Reason == "no-roots-here" {
				rootless = append(rootless, g.where())
				unsure.Evidence = append(unsure.Evidence, g.peer.Name+": "+strings.Join(h.Evidence[:min(1, len(h.Evidence))], ""))
			}
			return h.Reason == "no-roots-here"
		})
	})
	if len(rootless) > 0 { // said once: the cause is on this side
		unsure.Reason, unsure.Subject, unsure.Vars = "no-roots-here", c.Domain, Vars{"where": list(rootless)}
		hits = append(onlyFaults(hits), unsure)
	}
	return hits
}

// severalChains tells that more than one certificate was seen.
func (c *Case) severalChains() bool {
	n := 0
	for _, p := range c.peers {
		n += len(p.strands(shownChain))
	}
	return n > 1
}

// certHit is the beginning of a hit about the certificate that a strand shows.
func (g strand) certHit() Hit {
	but := ""
	if vouched(g.sessions) {
		but = butDANE
	}
	return Hit{Subject: g.subject(), Vars: Vars{"name": g.peer.Name, "where": g.where(), "but": but, "keep": ""}}
}

// certMending are the lines that mend a certificate with all its problems: it can be renewed where its end is
// the only one.
func certMending(problems []pkix.Problem) func(software) []string {
	return func(s software) []string {
		switch {
		case onlyProblem(problems, pkix.Expired):
			return s.renewal
		case onlyProblem(problems, pkix.IncompleteChain):
			return s.chain
		}
		return s.certificate
	}
}

// onlyProblem tells that a certificate has no problem but that one.
func onlyProblem(problems []pkix.Problem, w pkix.Word) bool {
	return !slices.ContainsFunc(problems, func(p pkix.Problem) bool { return p.Word != w })
}

func smtpCertificateExpiry() Rule {
	return Rule{
		ID: "smtp-certificate-expiry", Group: "smtp", Ref: "RFC 8461 §4.2",
		Title: "the certificate of no MX host ends soon",
		Why:   "When the certificate ends, senders that honour the policy deliver no more, from one minute to the next.",
		More:  "Certificates are made for a short time, often 90 days, and a program such as certbot renews them about a month before they end. One that comes closer to its end than --expiry-days (14) was not renewed.",
		Reasons: []Reason{{
			Word: "expires-soon", Status: Warn,
			More:    "A mail server reads its certificate when it starts. One that is not told of a renewed one goes on with the old one until it ends.",
			Message: "The certificate of {where} ends in {left}, on {end}. Renewal seems not to work by itself, or the mail server did not load the new one.",
			Fix:     "{for}{keep}Renew it now and look why it was not renewed{lines}",
		}},
		Check: checkSMTPCertificateExpiry,
	}
}

func checkSMTPCertificateExpiry(c *Case) []Hit {
	return c.perStrand(shownChain, func(g strand) []Hit {
		end, soon, ok := c.ending(g.sessions[0].probe.TLS)
		switch {
		case !ok:
			return nil
		case soon == "":
			return []Hit{{Evidence: []string{g.subject() + ": valid to " + day(end)}}}
		}
		h := g.certHit()
		h.Reason, h.Evidence = "expires-soon", []string{"valid to " + day(end)}
		h.Vars["left"], h.Vars["end"] = soon, day(end)
		return []Hit{g.recertify(h, func(s software) []string { return s.renewal })}
	})
}
