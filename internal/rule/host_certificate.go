package rule

import (
	"fmt"
	"slices"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/tlsrpt"
)

func hostCertificate() Rule {
	renew := "Get a certificate for {host} from a public CA and have the web server send it with its intermediates; with certbot:"
	reason := func(word, message, fix string) Reason {
		return Reason{Word: word, Status: Fail, TLSRPT: tlsrpt.STSWebPKIInvalid, Message: message + " Senders do not accept the policy then.", Fix: fix}
	}
	return Rule{
		ID: "policy-certificate", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "the certificate of {host} is valid for this name",
		Why:   "The certificate is what makes the policy authentic. The name must stand in it as a SAN dNSName, its chain must lead to a root that senders trust, and it must not be outside its dates.",
		Reasons: []Reason{
			endedReason(reason("expired", "The certificate {cause}.", "Renew the certificate and reload the web server; with certbot:")),
			reason("not-yet-valid", "The certificate {cause}.", "Look at the clock of the machine that issued it, or wait; or get a new one, with certbot:"),
			reason("name-mismatch", "The certificate {cause}.", renew),
			reason("no-san", "The certificate {cause}.", renew),
			reason("self-signed", "The certificate {cause}.", renew),
			reason("incomplete-chain", "The certificate {cause}. Browsers hide this, since they fetch or remember what is missing.", "Have the web server send the intermediate certificates too: fullchain.pem, not cert.pem; for nginx:"),
			reason("untrusted", "The certificate {cause}.", renew),
			{
				Word: "no-roots-here", Status: Unknown,
				Message: "Whether the certificate leads to a trusted root cannot be told: this machine has no root certificates.",
				Fix:     "Install them on this machine (Debian's package ca-certificates), or name a file of them with --ca-file.",
			},
			reason("malformed", "The certificate {cause}.", renew),
		},
		Check: checkCertificate,
	}
}

// endedReason adds that a certificate that has ended does not end soon.
func endedReason(r Reason) Reason {
	r.Hides = []string{"policy-certificate-expiry"}
	return r
}

// certGroups are the certificates seen, each with the fetches that showed it.
func (c *Case) certGroups() []outcome {
	return outcomes(c.fetched(), func(f fact.Fetch) string {
		if f.TLS == nil {
			return ""
		}
		return fmt.Sprintf("%x %s", f.TLS.Chain, f.TLS.Anchor)
	})
}

func checkCertificate(c *Case) []Hit {
	var hits []Hit
	groups := c.certGroups()
	for _, o := range groups {
		tls := o.fetches[0].TLS
		problems := pkix.Problems(tls, c.Host.Name, c.At)
		evidence := certEvidence(tls, problems)
		if tls.NoRoots {
			hits = append(hits, Hit{Reason: "no-roots-here", Subject: c.subject(o), Evidence: evidence})
		}
		if len(problems) == 0 {
			hits = append(hits, Hit{Subject: c.subject(o), Evidence: evidence})
		}
		for _, p := range problems {
			hits = append(hits, Hit{
				Reason: certWord(p.Word), Subject: c.subject(o), Vars: Vars{"cause": p.Text}, Evidence: evidence,
				Lines: certLines(c, problems), Partial: len(groups) > 1,
			})
		}
	}
	return mergeHits(onlyFaults(hits))
}

func certWord(w pkix.Word) string {
	if w == pkix.None {
		return string(pkix.Malformed)
	}
	return string(w)
}

// certLines mend a certificate with all its problems: it can be renewed where its end is the only
// one.
func certLines(c *Case, problems []pkix.Problem) []string {
	only := func(w pkix.Word) bool {
		return !slices.ContainsFunc(problems, func(p pkix.Problem) bool { return p.Word != w })
	}
	if only(pkix.Expired) {
		return []string{"certbot renew --cert-name " + c.Host.Name, "nginx -s reload"}
	}
	if only(pkix.IncompleteChain) {
		return []string{"ssl_certificate /etc/letsencrypt/live/" + c.Host.Name + "/fullchain.pem;"}
	}
	return []string{"certbot certonly --webroot -w /var/www/" + c.Host.Name + " -d " + c.Host.Name, "nginx -s reload"}
}

// certEvidence tells the certificate: every problem of it, names, issuer, dates.
func certEvidence(tls *fact.TLS, problems []pkix.Problem) []string {
	var lines []string
	s, ok := pkix.Summarize(tls)
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

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func hostCertificateExpiry() Rule {
	return Rule{
		ID: "policy-certificate-expiry", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "the certificate of {host} does not end soon",
		Why:   "When the certificate ends, senders can no longer fetch the policy; nobody notices until a cached policy ends as well.",
		Reasons: []Reason{{
			Word: "expires-soon", Status: Warn,
			Message: "The certificate of {host} ends in {left}, on {end}. Renewal seems not to work by itself.",
			Fix:     "Renew it now and look why it was not renewed; with certbot:",
		}},
		Check: checkCertificateExpiry,
	}
}

func checkCertificateExpiry(c *Case) []Hit {
	var hits []Hit
	for _, o := range c.certGroups() {
		end, ok := chainEnd(o.fetches[0].TLS)
		if !ok || !end.After(c.At) {
			continue // ended: policy-certificate tells
		}
		h := Hit{Subject: c.subject(o), Evidence: []string{"valid to " + day(end)}}
		if left := end.Sub(c.At); left <= time.Duration(c.opt.ExpiryDays)*24*time.Hour {
			h.Reason = "expires-soon"
			h.Vars = Vars{"left": roughly(left), "end": day(end)}
			h.Lines = []string{"certbot renew --cert-name " + c.Host.Name}
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}

// chainEnd is when the chain stops being valid: with the leaf, or earlier with what it hangs on.
func chainEnd(tls *fact.TLS) (time.Time, bool) {
	s, ok := pkix.Summarize(tls)
	if !ok {
		return time.Time{}, false
	}
	if !tls.PathExpiry.IsZero() && tls.PathExpiry.Before(s.NotAfter) {
		return tls.PathExpiry, true
	}
	return s.NotAfter, true
}

func roughly(d time.Duration) string {
	if d >= 48*time.Hour {
		return plural(int64(d/(24*time.Hour)), "day")
	}
	return plural(int64(d/time.Hour), "hour")
}
