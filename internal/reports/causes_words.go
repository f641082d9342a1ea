package reports

import (
	"strings"
	"sync"

	"mtasts/internal/rule"
)

// teller is what is told of one reason of a rule: templates, see matter.fill.
type teller struct {
	text, fix string
	group     string // of the rule
	whole     bool   // what the catalogue adds (of the machine that looks, say) does not fit
}

// catalogue has the words of every reason, as mtasts explain tells them, by "rule:reason". What it tells of a
// finding's particulars (dates, addresses) is put in general words: a report does not know them.
var catalogue = sync.OnceValue(func() map[string]teller {
	told := map[string]teller{}
	plain := said()
	for _, e := range rule.Explain() {
		for _, r := range e.Reasons {
			key := e.ID + ":" + r.Reason
			t := teller{text: general(r.Message), fix: general(plainly(r.Fix.Text)), group: e.Group}
			if own, ok := plain[key]; ok {
				t.text, t.fix, t.whole = firstOf(own.text, t.text), firstOf(own.fix, t.fix), own.whole
			}
			if more := general(r.More); more != "" && !t.whole {
				t.text += " " + more
			}
			told[key] = t
		}
	}
	return told
})

// general puts templates in place of the names of the example domain.
func general(text string) string {
	return strings.NewReplacer(
		"https://mta-sts.example.com/.well-known/mta-sts.txt", "{url}", "mta-sts.example.com", "{host}",
		"mx1.example.com", "{mx}", "mx2.example.com", "{mx}", "example.com", "{domain}",
	).Replace(text)
}

// plainly is a fix without the announcement of what the catalogue gives to paste.
func plainly(fix string) string {
	if !strings.HasSuffix(fix, ":") {
		return fix
	}
	for _, end := range []string{"; for Postfix, as an example:", "; for nginx:", "; with certbot:", ", with certbot:"} {
		if before, ok := strings.CutSuffix(fix, end); ok {
			return before + "."
		}
	}
	if before, _, ok := strings.Cut(fix, " For nginx ("); ok {
		return before
	}
	return strings.TrimSuffix(fix, ":") + "."
}

// said are the reasons whose words in the catalogue have particulars of a finding: in general ones.
func said() map[string]teller {
	policy := "Serve a policy without the fault at {url} (mtasts check {domain} prints it), then give the {record} a new id."
	all := map[string]teller{
		"mx-covered:not-covered": {
			whole: true,
			text:  "The policy names no pattern that matches {mx}. A sender that honours the policy does not deliver to a host that it does not name.",
			fix:   "Add {line} to the policy, then give the {record} a new id.",
		},
		"mx-moved:refused": {
			whole: true,
			text:  "A policy that senders still hold names no pattern that matches {mx}.",
			fix:   "Give the {record} a new id, if it did not get one with the new policy: senders that hold the old one fetch it anew then, or when its max_age has passed.",
		},
		"dane:mismatch": {
			text: "The certificate of {mx} matches none of its TLSA records. Senders that check DANE refuse to deliver there.",
			fix:  "Publish the TLSA record of the key that {mx} uses now in place of the old one. The next time, publish that of the new key beside the old one first (RFC 7671 §8.1).",
		},
		"dane:bogus": {
			text: "The DNS gives senders no valid answer for the TLSA records of {mx}. Those that check DANE deliver nothing there until it does (RFC 7672 §2.2.3).",
			fix:  "Have the zone of _25._tcp.{mx} signed anew: its signatures have expired, or do not go with its keys. If that takes time, have the DS record of the zone removed.",
		},
		"dane:insecure": {text: "{mx} has no TLSA records that DNSSEC vouches for. Senders look only at signed ones."},
		"dane:unusable": {fix: "Publish a TLSA record 3 1 1 of the key that {mx} uses now in place of these."},
	}
	for key, text := range saidOfPolicy() {
		all[key] = teller{text: text, fix: policy}
	}
	for _, list := range []map[string]teller{saidOfHost(), saidOfMail()} {
		for key, t := range list {
			all[key] = t
		}
	}
	return all
}

// saidOfPolicy: all are mended by another policy.
func saidOfPolicy() map[string]string {
	return map[string]string{
		"policy-syntax:blank-line":  "The policy has an empty line, for one: some senders drop the whole policy for it.",
		"policy-mode:unknown":       "The mode of the policy is missing, or none of enforce, testing and none.",
		"policy-max-age:missing":    "max_age of the policy is missing, or no number of seconds up to 31557600.",
		"policy-version:missing":    "In the policy there is no line version: STSv1.",
		"policy-mx:missing":         "In the policy there is no mx: line. Only in mode none may it be without.",
		"policy-mx:bad-pattern":     "An mx line of the policy is no host name.",
		"policy-consistent:differs": "The addresses of {host} serve different policies.",
	}
}

func saidOfHost() map[string]teller {
	file := "Serve the policy at exactly {url}, with status 200."
	certificate := "Senders do not accept the policy then."
	return map[string]teller{
		"policy-host-address:missing":         {fix: "Publish an address of {host}: that of the web server which serves the policy."},
		"policy-host-address:dangling-alias":  {text: "{host} is a CNAME to a name that does not exist.", fix: "Have the CNAME of {host} lead to a web server that serves the policy, or publish an address in its place."},
		"policy-host-reachable:refused":       {text: "{host} does not accept connections on port 443.", fix: "Have the web server listen on port 443 of all addresses of {host}, and let it through the firewall."},
		"policy-host-reachable:timeout":       {text: "{host} does not answer on port 443 in time.", fix: "Have the web server listen on port 443 of all addresses of {host}, and let it through the firewall."},
		"policy-tls:handshake":                {text: "The TLS handshake with {host} fails."},
		"policy-tls:old-version":              {text: "{host} speaks no version of TLS that senders accept."},
		"policy-tls:not-tls":                  {text: "What listens on port 443 of {host} speaks no TLS."},
		"policy-tls:timeout":                  {text: "{host} accepts the connection on port 443 and then says nothing."},
		"policy-fetch:redirect":               {text: "{url} redirects. Senders must not follow a redirect, not even to the same host."},
		"policy-fetch:http-status":            {text: "{url} answers with another status than 200.", fix: file},
		"policy-fetch:timeout":                {text: "The policy does not come in time. The RFC has senders give up after a minute, and many do much earlier."},
		"policy-fetch-time:slow":              {text: "The policy comes slowly. Some senders give up after 2 seconds."},
		"policy-content-type:wrong-type":      {text: "The policy is not served as text/plain. Some senders refuse it then."},
		"policy-certificate:expired":          {text: "The certificate of {host} has expired. " + certificate, fix: "Renew the certificate of {host}, and reload the web server."},
		"policy-certificate:not-yet-valid":    {text: "The certificate of {host} is not valid yet: as a rule the clock of the machine that made it is wrong. " + certificate, whole: true},
		"policy-certificate:name-mismatch":    {text: "The certificate that the web server shows is not for {host}. " + certificate},
		"policy-certificate:no-san":           {text: "The certificate of {host} holds no DNS name in its subjectAltName. " + certificate},
		"policy-certificate:self-signed":      {text: "The certificate of {host} is signed by itself, not by a certificate authority. " + certificate},
		"policy-certificate:incomplete-chain": {text: "The web server of {host} does not send the certificate of the authority that issued its own. Browsers hide this, since they fetch or remember what is missing. " + certificate},
		"policy-certificate:untrusted":        {text: "The certificate of {host} leads to no root that the sender trusts: it was issued by an authority that is not known to all, such as that of a company. " + certificate, whole: true},
	}
}

func saidOfMail() map[string]teller {
	return map[string]teller{
		"starttls:refused":                  {text: "{mx} offers STARTTLS and then refuses it."},
		"starttls:injected":                 {text: "{mx} sends plaintext where TLS has to begin (RFC 3207 §6)."},
		"smtp-tls:handshake":                {text: "TLS with {mx} fails."},
		"smtp-tls:old-version":              {text: "{mx} speaks no version of TLS that senders accept (RFC 8996)."},
		"smtp-tls:timeout":                  {text: "{mx} answers STARTTLS, and TLS does not come about in time."},
		"smtp-certificate:expired":          {text: "The certificate of {mx} has expired.", fix: "Renew the certificate of {mx}, and have the mail server load it."},
		"smtp-certificate:not-yet-valid":    {text: "The certificate of {mx} is not valid yet: as a rule the clock of the machine that made it is wrong.", whole: true},
		"smtp-certificate:name-mismatch":    {text: "The certificate that {mx} shows is for another name."},
		"smtp-certificate:no-san":           {text: "The certificate of {mx} holds no DNS name in its subjectAltName; the common name does not count."},
		"smtp-certificate:self-signed":      {text: "The certificate of {mx} is signed by itself, not by a certificate authority."},
		"smtp-certificate:incomplete-chain": {text: "{mx} does not send the certificate of the authority that issued its own. Senders do not fetch what is missing.", fix: "Have the mail server of {mx} send the intermediate certificates too: fullchain.pem, not cert.pem."},
		"smtp-certificate:untrusted":        {text: "The certificate of {mx} leads to no root that the sender trusts: it was issued by an authority that is not known to all, such as that of a company.", whole: true},
	}
}
