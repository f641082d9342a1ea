package reports

import (
	"slices"
	"strings"
	"sync"

	"mtasts/internal/tlsrpt"
)

// row tells what some failures come from. All that fit a failure have their say, in the order of the
// table; one that is alone has the last word.
type row struct {
	result       tlsrpt.ResultType
	organization string   // in the sender's name, lower case; empty: any
	policy       string   // policy type; empty: any
	bare         bool     // the sender gives no reason
	words        []string // one of them is in the reason, lower case; none: any
	grip         []grip   // whether the policy names the host; none: either
	alone        bool
	because      string   // why it is taken to be that: a template
	causes       []string // rules and reasons, likeliest first
	fix          string   // in place of that of the first cause: a template
}

func (r row) fits(m matter) bool {
	reason := strings.ToLower(m.Reason)
	switch {
	case string(r.result) != m.ResultType, r.policy != "" && r.policy != m.PolicyType, r.bare && reason != "":
		return false
	case !strings.Contains(strings.ToLower(m.Organization), r.organization):
		return false
	case len(r.grip) > 0 && !slices.Contains(r.grip, m.grip):
		return false
	}
	return len(r.words) == 0 || slices.ContainsFunc(r.words, func(w string) bool { return strings.Contains(reason, w) })
}

// Senders word the same failure in their own ways. What is known of it comes from reports that were
// published; no sender says how it chooses a result type.
const (
	itsReason = "the reason given is {reason}"
	noReason  = "the report gives no reason"
)

// rows are the table, the particular before the general.
var rows = sync.OnceValue(func() []row {
	return slices.Concat(fetchRows(), webPKIRows(), invalidRows(), startRows(), certificateRows(), validationRows(), daneRows())
})

// fetchRows: the policy could not be retrieved. Mail.ru gives the status that it got, Microsoft
// neither reason nor host.
func fetchRows() []row {
	const kind = tlsrpt.STSPolicyFetchError
	says := func(fix string, causes []string, in ...string) row {
		return row{result: kind, words: in, alone: true, because: itsReason, causes: causes, fix: fix}
	}
	return []row{
		says("", []string{"policy-certificate:name-mismatch", "policy-certificate:expired", "policy-certificate:incomplete-chain"}, "certificate", "x509", "webpki"),
		says("", []string{"policy-host-address:missing", "policy-host-address:dangling-alias"},
			"no such host", "nxdomain", "servfail", "host not found", "resolve", "name or service", "name resolution", "dns", "no address"),
		says("", []string{"policy-host-reachable:refused"}, "refused"),
		says("", []string{"policy-host-reachable:timeout", "policy-fetch:timeout", "policy-tls:timeout", "policy-fetch-time:slow"},
			"timeout", "timed out", "time out", "deadline", "unreachable", "no route"),
		says("", []string{"policy-tls:handshake", "policy-tls:old-version", "policy-tls:not-tls"}, "tls", "ssl", "handshake"),
		says("", []string{"policy-fetch:redirect"}, "redirect", "301", "302", "303", "307", "308"),
		says("", []string{"policy-content-type:wrong-type"}, "content-type", "content type", "media type", "mime"),
		says("", []string{"policy-fetch:too-large"}, "too large", "too big", "size", "limit"),
		says("Serve the policy at exactly {url}.", []string{"policy-fetch:http-status"}, "404", "410", "not found"),
		says("Have the web server answer {url} with 200 and the policy itself, whoever asks. What keeps robots out keeps senders out too.",
			[]string{"policy-fetch:http-status"}, "401", "403", "405", "406", "418", "421", "429", "451", "forbidden", "denied", "challenge", "captcha"),
		says("The web server fails: look at its error log. Serve the policy at {url} as a plain file.",
			[]string{"policy-fetch:http-status"}, "500", "501", "502", "503", "504", "520", "521", "522", "523", "524", "525", "526", "530", "internal server error"),
		says("", []string{"policy-fetch:http-status", "policy-fetch:redirect"}, "response code", "status", "http"),
		{
			result: kind, organization: "microsoft", bare: true, alone: true, causes: unfetched(), fix: unfetchedFix,
			because: "{organization} gives neither a reason nor a host with it, so all that keeps a policy from being fetched is possible",
		},
		{result: kind, bare: true, alone: true, because: noReason, causes: unfetched(), fix: unfetchedFix},
		{result: kind, because: itsReason, causes: unfetched(), fix: unfetchedFix},
	}
}

// unfetched is all that keeps a policy from being fetched. Walls against robots come first: nobody
// who looks with a browser finds them.
func unfetched() []string {
	return []string{
		"policy-fetch:http-status", "policy-host-reachable:timeout", "policy-host-address:missing",
		"policy-tls:handshake", "policy-content-type:wrong-type",
	}
}

const unfetchedFix = "Have the web server answer {url} with 200 and the policy itself, whoever asks: look in its log for what this sender got, and at what stands in front of it to keep robots out."

// webPKIRows: the policy host's certificate.
func webPKIRows() []row {
	return slices.Concat(certificateWords(tlsrpt.STSWebPKIInvalid, "policy-certificate:"), []row{{
		result: tlsrpt.STSWebPKIInvalid,
		causes: []string{"policy-certificate:expired", "policy-certificate:name-mismatch", "policy-certificate:incomplete-chain", "policy-certificate:self-signed"},
	}})
}

// certificateWords are the words in which TLS libraries tell what is wrong with a certificate: OpenSSL,
// Go, GnuTLS, rustls.
func certificateWords(kind tlsrpt.ResultType, of string) []row {
	says := func(reason string, in ...string) row {
		return row{result: kind, words: in, alone: true, because: itsReason, causes: []string{of + reason}}
	}
	return []row{
		says("self-signed", "self signed", "self-signed", "selfsigned", "self_signed"),
		says("incomplete-chain", "unable to get local issuer", "unable_to_get_issuer", "unable to get issuer", "unable to verify the first", "unable to verify leaf",
			"unable_to_verify_leaf", "incomplete", "missing intermediate", "unknown authority", "unknownissuer", "unknown issuer", "signer not found"),
		says("not-yet-valid", "not yet valid", "not_yet_valid", "notvalidyet", "not-yet-valid", "not activated"),
		says("expired", "expired"),
		says("no-san", "no subjectalt", "relies on legacy common name", "no san", "no dns name"),
		says("name-mismatch", "mismatch", "does not match", "doesn't match", "not match", "not valid for", "notvalidforname", "is valid for", "wrong name", "wrong host"),
		says("untrusted", "untrusted", "not trusted", "unknown ca", "unknown_ca", "unknown-ca", "invalid ca", "invalid_ca", "x509_v_err", "x509", "path_length", "certificate signature"),
	}
}

// invalidRows: the policy as a whole is not valid.
func invalidRows() []row {
	const kind = tlsrpt.STSPolicyInvalid
	says := func(cause string, in ...string) row {
		return row{result: kind, words: in, alone: true, because: itsReason, causes: []string{cause}}
	}
	return []row{
		says("policy-mode:unknown", "mode"),
		says("policy-max-age:missing", "max_age", "max-age", "maxage", "max age"),
		says("policy-version:missing", "version"),
		says("policy-syntax:blank-line", "empty line", "blank line"),
		says("policy-mx:missing", "no mx", "mx missing", "missing mx", "without mx"),
		says("policy-mx:bad-pattern", "mx", "pattern"),
		says("policy-content-type:wrong-type", "content-type", "content type", "media type"),
		says("policy-consistent:differs", "differ", "inconsistent"),
		{result: kind, causes: []string{"policy-syntax:blank-line", "policy-mode:unknown", "policy-mx:bad-pattern", "policy-max-age:missing", "policy-consistent:differs"}},
	}
}

func startRows() []row {
	const kind = tlsrpt.StartTLSNotSupported
	return []row{
		{
			result: kind, words: []string{"454", "temporar", "refused", "not available", "unavailable", "rejected"}, alone: true, because: itsReason,
			causes: []string{"starttls:refused"},
		},
		{result: kind, causes: []string{"starttls:not-offered", "starttls:refused"}},
	}
}

// certificateRows: the certificate of an MX host. Under DANE another one than the TLSA records announce is
// meant (RFC 7672 §3.1); and some senders take the policy's mx lines for names that a certificate has to have.
func certificateRows() []row {
	list := []row{}
	for _, kind := range []tlsrpt.ResultType{tlsrpt.CertificateHostMismatch, tlsrpt.CertificateExpired, tlsrpt.CertificateNotTrusted} {
		list = append(list, row{
			result: kind, policy: typeTLSA, because: "the sender went by the TLSA records of {mx}, not by MTA-STS", causes: []string{"dane:mismatch"},
		})
	}
	list = append(list, certificateWords(tlsrpt.CertificateNotTrusted, "smtp-certificate:")...)
	return append(
		list,
		row{result: tlsrpt.CertificateExpired, causes: []string{"smtp-certificate:expired"}},
		row{result: tlsrpt.CertificateNotTrusted, causes: []string{
			"smtp-certificate:incomplete-chain", "smtp-certificate:self-signed", "smtp-certificate:untrusted",
		}},
		row{
			result: tlsrpt.CertificateHostMismatch, words: []string{"policy", "not authorized", "mta-sts", "mtasts"}, grip: []grip{loose}, alone: true, because: "{held}",
			causes: []string{"mx-covered:not-covered", "smtp-certificate:name-mismatch"},
		},
		row{result: tlsrpt.CertificateHostMismatch, causes: []string{"smtp-certificate:name-mismatch"}},
		row{result: tlsrpt.CertificateHostMismatch, grip: []grip{loose}, because: "{held}", causes: []string{"mx-covered:not-covered"}},
		row{result: tlsrpt.CertificateHostMismatch, causes: []string{"smtp-certificate:no-san"}},
	)
}

// validationRows: anything else. RFC 8460 §4.3 has no type for an MX host that the policy does not
// name, so that is the commonest; Google gives no reason with it, Stalwart says "MX not authorized by policy.".
func validationRows() []row {
	const kind = tlsrpt.ValidationFailure
	uncovered, older := []string{"mx-covered:not-covered"}, []string{"mx-moved:refused"}
	rest := []string{"smtp-certificate:name-mismatch", "smtp-certificate:untrusted", "smtp-tls:handshake", "smtp-tls:old-version"}
	says := func(causes []string, in ...string) row {
		return row{result: kind, words: in, alone: true, because: itsReason, causes: causes}
	}
	bare := func(organization string, g grip, because string, causes []string) row {
		return row{result: kind, bare: true, policy: typeSTS, organization: organization, grip: []grip{g}, alone: g == loose, because: because, causes: causes}
	}
	googles := "{organization} reports this without a reason where the policy does not name the MX host"
	return slices.Concat([]row{
		says([]string{"dane:mismatch"}, "dane", "tlsa", "no matching certificate"),
		says([]string{"dane:bogus"}, "dns-extended-error", "dnssec", "bogus"),
		says(uncovered, "not authorized", "not authorised", "not allowed", "not in policy", "not in the policy", "not listed", "mx mismatch", "mx-mismatch", "policy"),
		says([]string{"starttls:injected"}, "inject", "plaintext", "pipelin"),
	}, certificateWords(kind, "smtp-certificate:"), []row{
		says([]string{"smtp-tls:old-version"}, "protocol version", "protocol-version", "unsupported protocol", "tlsv1 alert", "too old"),
		says([]string{"smtp-tls:timeout"}, "timeout", "timed out", "deadline"),
		says([]string{"starttls:refused", "starttls:not-offered"}, "starttls"),
		says([]string{"smtp-tls:handshake"}, "handshake", "tls", "ssl", "alert", "cipher"),
		{result: kind, policy: typeTLSA, alone: true, because: "the sender went by the TLSA records of {mx}, not by MTA-STS", causes: []string{"dane:mismatch"}},
		bare("google", loose, googles+"; and {held}", uncovered),
		bare("google", unheld, googles, uncovered),
		bare("", loose, "{held}", uncovered),
		bare("", slipping, "{held}", older),
		bare("", holding, noReason+", and it is not that: {held}", rest),
		bare("", unheld, noReason, uncovered),
		{result: kind, policy: typeSTS, grip: []grip{loose}, because: "{held}", causes: uncovered},
		{result: kind, causes: rest},
	})
}

// daneRows: DANE, which has nothing to do with the policy (RFC 8461 §2).
func daneRows() []row {
	return []row{
		{result: tlsrpt.TLSAInvalid, words: []string{"unusable"}, alone: true, because: itsReason, causes: []string{"dane:unusable"}},
		{result: tlsrpt.TLSAInvalid, causes: []string{"dane:mismatch", "dane:unusable"}},
		{result: tlsrpt.DNSSECInvalid, causes: []string{"dane:bogus"}},
		{
			result: tlsrpt.DANERequired, causes: []string{"dane:insecure", "dane:bogus"}, because: "{organization} demands DANE of all MX hosts",
			fix: "Publish TLSA records for {mx}, in a zone that is signed with DNSSEC, if mail from {organization} matters; most senders do not demand them.",
		},
	}
}
