package rule

import (
	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/tlsrpt"
)

func hostCertificate() Rule {
	return Rule{
		ID: "policy-certificate", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "the certificate of {host} is valid for this name",
		Why:   "The certificate is what makes the policy authentic. The name must stand in it as a SAN dNSName, its chain must lead to a root that senders trust, and it must not be outside its dates.",
		More:  "A certificate says which names a server may go by. A certificate authority (CA) such as Let's Encrypt issues it, and signs it with its own certificate, the intermediate, which hangs on a root that every system knows: the chain. SAN dNSName (subjectAltName) is the part that holds the names.",
		Reasons: certSpeech{
			message:   "The certificate {cause}.",
			chain:     " Browsers hide this, since they fetch or remember what is missing.",
			then:      " Senders do not accept the policy then.",
			renew:     "Renew the certificate and reload the web server; with certbot:",
			wait:      "Look at the clock of the machine that issued it, or wait; or get a new one, with certbot:",
			anew:      "Get a certificate for {host} from a public CA and have the web server send it with its intermediates; with certbot:",
			fullChain: "Have the web server send the intermediate certificates too: fullchain.pem, not cert.pem; for nginx:",
			expiry:    "policy-certificate-expiry",
			tlsrpt:    func(pkix.Word) tlsrpt.ResultType { return tlsrpt.STSWebPKIInvalid },
			noRoots:   noRootsHere(),
		}.reasons(),
		Check: checkCertificate,
	}
}

// certGroups are the certificates seen, each with the fetches that showed it.
func (c *Case) certGroups() []outcome {
	return outcomes(c.fetched, func(f *fact.Fetch) string { return c.shown.name(f.TLS) })
}

func checkCertificate(c *Case) []Hit {
	var hits []Hit
	groups := c.certGroups()
	for _, o := range groups {
		tls := o.fetches[0].TLS
		problems := c.reader.Problems(tls, c.Host.Name, c.At)
		hits = append(hits, c.certHits(tls, problems, Hit{
			Subject: c.subject(o), Lines: certLines(c, problems), Partial: len(groups) > 1,
		})...)
	}
	return mergeHits(onlyFaults(hits))
}

// certLines mend a certificate with all its problems: it can be renewed where its end is the only
// one.
func certLines(c *Case, problems []pkix.Problem) []string {
	if onlyProblem(problems, pkix.Expired) {
		return append(certRenewal(c), "nginx -s reload")
	}
	if onlyProblem(problems, pkix.IncompleteChain) {
		return []string{"ssl_certificate /etc/letsencrypt/live/" + c.Host.Name + "/fullchain.pem;"}
	}
	return []string{"certbot certonly --webroot -w /var/www/" + c.Host.Name + " -d " + c.Host.Name, "nginx -s reload"}
}

func certRenewal(c *Case) []string { return []string{"certbot renew --cert-name " + c.Host.Name} }

func hostCertificateExpiry() Rule {
	return Rule{
		ID: "policy-certificate-expiry", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "the certificate of {host} does not end soon",
		Why:   "When the certificate ends, senders can no longer fetch the policy; nobody notices until a cached policy ends as well.",
		More:  "Certificates are made for a short time, often 90 days, and a program such as certbot renews them about a month before they end. One that comes closer to its end than --expiry-days (14) was not renewed.",
		Reasons: []Reason{{
			Word: "expires-soon", Status: Warn,
			More:    "Either the program that renews it fails or does not run, or it does and the web server was not told to load the new one.",
			Message: "The certificate of {host} ends in {left}, on {end}. Renewal seems not to work by itself.",
			Fix:     "Renew it now and look why it was not renewed; with certbot:",
		}},
		Check: checkCertificateExpiry,
	}
}

func checkCertificateExpiry(c *Case) []Hit {
	var hits []Hit
	for _, o := range c.certGroups() {
		end, soon, ok := c.ending(o.fetches[0].TLS)
		if !ok {
			continue
		}
		h := Hit{Subject: c.subject(o), Evidence: []string{"valid to " + day(end)}}
		if soon != "" {
			h.Reason, h.Vars, h.Lines = "expires-soon", Vars{"left": soon, "end": day(end)}, certRenewal(c)
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}
