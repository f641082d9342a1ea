package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func hostTLS() Rule {
	return Rule{
		ID: "policy-tls", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "{host} speaks TLS 1.2 or later",
		Why:   "The policy counts only when it comes over HTTPS. TLS 1.0 and 1.1 must no longer be used (RFC 8996), and senders no longer offer them.",
		Reasons: []Reason{
			{
				Word: "handshake", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				Message: "The TLS handshake with {host} fails: {cause}.",
				Fix:     "Set up the web server for this name on port 443, with a certificate for it; for nginx:",
			},
			{
				Word: "old-version", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError,
				Message: "{host} speaks nothing later than {cause}, which senders refuse (RFC 8996).",
				Fix:     "Have the web server offer TLS 1.2 and 1.3; for nginx:",
			},
			{
				Word: "not-tls", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				Message: "What listens on port 443 of {host} speaks no TLS: {cause}.",
				Fix:     "Have the web server speak HTTPS on port 443; for nginx:",
			},
			{
				Word: "timeout", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				Message: "{host} accepts the connection on port 443 and then says nothing: the handshake was given up after {limit}.",
				Fix:     "Look whether the web server hangs, or whether a firewall or load balancer in front of it swallows the connection.",
			},
		},
		Check: checkTLS,
	}
}

func checkTLS(c *Case) []Hit {
	var hits []Hit
	for _, o := range outcomes(c.fetched(), tlsWord) {
		first := o.fetches[0]
		h := Hit{
			Reason: o.word, Subject: c.subject(o), Partial: c.partial(),
			Vars: Vars{"cause": strings.TrimPrefix(faultText(first.Fault), "no TLS: "), "limit": c.limit()},
		}
		for _, f := range o.fetches {
			h.Evidence = append(h.Evidence, f.Address+": "+tlsState(f))
		}
		switch o.word {
		case "pass":
			h.Reason = ""
		case "old-version":
			h.Vars["cause"] = first.TLS.Version
			h.Lines = []string{"ssl_protocols TLSv1.2 TLSv1.3;"}
		case "handshake", "not-tls":
			h.Lines = nginxServer(c)
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}

// onlyFaults leaves passes out where something does not pass.
func onlyFaults(hits []Hit) []Hit {
	faults := slices.DeleteFunc(slices.Clone(hits), func(h Hit) bool { return h.Reason == "" })
	if len(faults) > 0 {
		return faults
	}
	return hits
}

func tlsWord(f fact.Fetch) string {
	switch {
	case !f.Connected:
		return ""
	case f.TLS != nil && oldTLS(f.TLS.Version):
		return "old-version"
	case f.TLS != nil:
		return "pass"
	case f.Fault == nil:
		return ""
	case f.Fault.Timeout:
		return "timeout"
	case f.Fault.Kind == fact.NotTLS:
		return "not-tls"
	}
	return "handshake"
}

func oldTLS(version string) bool {
	return version == "TLS 1.0" || version == "TLS 1.1" || version == "SSLv3"
}

func tlsState(f fact.Fetch) string {
	if f.TLS != nil {
		return f.TLS.Version + ", " + f.TLS.Cipher
	}
	return faultText(f.Fault)
}

// limit is how long a fetch was given.
func (c *Case) limit() string {
	return (time.Duration(c.Vantage.TimeoutMS) * time.Millisecond).String()
}

// nginxServer is a whole, correct server block for the policy host.
func nginxServer(c *Case) []string {
	return []string{
		"server {",
		"    listen 443 ssl;",
		"    listen [::]:443 ssl;",
		"    server_name " + c.Host.Name + ";",
		"    ssl_certificate     /etc/letsencrypt/live/" + c.Host.Name + "/fullchain.pem;",
		"    ssl_certificate_key /etc/letsencrypt/live/" + c.Host.Name + "/privkey.pem;",
		"    ssl_protocols TLSv1.2 TLSv1.3;",
		"    location = " + sts.PolicyPath + " {",
		"        root /var/www/" + c.Host.Name + ";",
		"        types { }",
		"        default_type text/plain;",
		"    }",
		"}",
	}
}

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
