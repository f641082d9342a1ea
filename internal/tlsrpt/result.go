package tlsrpt

// ResultType is the kind of a failure in a report, RFC 8460 §4.3.
type ResultType string

// The result types of RFC 8460 §4.3, which are all that IANA has registered.
const (
	// Negotiation, §4.3.1.
	StartTLSNotSupported    ResultType = "starttls-not-supported"    // the MX did not offer STARTTLS
	CertificateHostMismatch ResultType = "certificate-host-mismatch" // no name of the certificate is the host's
	CertificateExpired      ResultType = "certificate-expired"
	CertificateNotTrusted   ResultType = "certificate-not-trusted" // unknown CA, broken chain...
	ValidationFailure       ResultType = "validation-failure"      // anything else

	// DANE, §4.3.2.1.
	TLSAInvalid   ResultType = "tlsa-invalid"   // no TLSA record matches
	DNSSECInvalid ResultType = "dnssec-invalid" // the resolver returned no valid records
	DANERequired  ResultType = "dane-required"  // the sender demands DANE, and there are no TLSA records

	// MTA-STS, §4.3.2.2.
	STSPolicyFetchError ResultType = "sts-policy-fetch-error" // the policy could not be retrieved
	STSPolicyInvalid    ResultType = "sts-policy-invalid"     // the policy as a whole is not valid
	STSWebPKIInvalid    ResultType = "sts-webpki-invalid"     // the policy host's certificate is not
)
