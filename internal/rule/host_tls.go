package rule

import (
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func hostTLS() Rule {
	return Rule{
		ID: "policy-tls", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "{host} speaks TLS 1.2 or later",
		Why:   "The policy counts only when it comes over HTTPS. TLS 1.0 and 1.1 must no longer be used (RFC 8996), and senders no longer offer them.",
		More:  "TLS encrypts a connection and has the server prove its name; HTTPS is HTTP over TLS. The handshake is how it begins: both sides agree on a version, and the server shows its certificate.",
		Reasons: []Reason{
			{
				Word: "handshake", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				More:    "As a rule the web server has no site with a certificate for this name, and ends the connection when a client asks for it.",
				Message: "The TLS handshake with {host} fails: {cause}.",
				Fix:     "Set up the web server for this name on port 443, with a certificate for it; for nginx:",
			},
			{
				Word: "old-version", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError,
				More:    "The web server or its TLS library is old, or its settings name old versions only.",
				Message: "{host} speaks nothing later than {cause}, which senders refuse (RFC 8996).",
				Fix:     "Have the web server offer TLS 1.2 and 1.3; for nginx:",
			},
			{
				Word: "not-tls", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				More:    "As a rule the server speaks plain HTTP on this port, or another service listens there.",
				Message: "What listens on port 443 of {host} speaks no TLS: {cause}.",
				Fix:     "Have the web server speak HTTPS on port 443; for nginx:",
			},
			{
				Word: "timeout", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: behindTLS(),
				More:    "The connection was accepted, so something is there; what should answer does not.",
				Message: "{host} accepts the connection on port 443 and then says nothing: the handshake was given up after {limit}.",
				Fix:     "Look whether the web server hangs, or whether a firewall or load balancer in front of it swallows the connection.",
			},
		},
		Check: checkTLS,
	}
}

func checkTLS(c *Case) []Hit {
	var hits []Hit
	for _, o := range outcomes(c.fetched, tlsWord) {
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
			h.Lines = nginxTLS(c)
		case "handshake", "not-tls":
			h.Lines = nginxServer(c)
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}

func tlsWord(f *fact.Fetch) string {
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

func tlsState(f *fact.Fetch) string {
	if f.TLS != nil {
		return f.TLS.Version + ", " + f.TLS.Cipher
	}
	return faultText(f.Fault)
}

// limit is how long a fetch was given.
func (c *Case) limit() string {
	return (time.Duration(c.Vantage.TimeoutMS) * time.Millisecond).String()
}

// nginxTLS has the web server speak no TLS that is outdated.
func nginxTLS(*Case) []string { return []string{"ssl_protocols TLSv1.2 TLSv1.3;"} }

// nginxServer is the server block for the policy host of a case.
func nginxServer(c *Case) []string { return NginxServer(c.Host.Name) }
