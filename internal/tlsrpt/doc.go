// Package tlsrpt holds the grammar of the TLS-RPT record (RFC 8460 §3): where a domain wants to
// hear of it when mail to it could not be delivered over verified TLS. It is pure: text in, values
// out, with everything that is wrong and where.
//
// # The protocol in short
//
// MTA-STS and DANE make senders refuse what they cannot verify. Whoever switches that on wants to
// know who fails, and why, before mail is lost. So a receiving domain publishes addresses, and
// senders that take part send a report once a day to them: JSON, by mail or HTTPS POST, with counts
// of sessions that went well and of those that failed, each failure with a [ResultType]. Nothing
// in a report names a message.
//
// # The record, §3
//
//	v=TLSRPTv1; rua=mailto:tlsrpt@example.com,https://report.example.net/v1
//
// It is a TXT record at _smtp._tls.DOMAIN. The version stands first, fields follow, separated by
// ";" with white space around it; one ";" may end the record. rua is a list of URIs (RFC 3986) with
// commas between them, in which "," "!" and ";" must be percent-encoded. Other fields (name=value)
// are ignored. Of several TXT records those count that begin "v=TLSRPTv1;" ([Select]): if that is not
// exactly one, the domain has no TLS-RPT. A text that was meant as a record and is none is what
// [NearMiss] is for.
//
// Unlike DMARC there is no size suffix (!10m), no ruf, and no consent record of another domain that
// gets the reports.
//
// # Where the RFC leaves room
//
//   - A rua that is malformed is, if it holds no "=", a well-formed extension when read literally.
//     Here every rua must be good.
//   - rua may stand several times by the grammar, and no rule says which counts: all are taken.
//   - Any scheme fits the grammar, and so does a mailto without "@". Only mailto and https are
//     supported, but whether a destination is of use is for a rule to say.
//   - Only a lone record may have white space before its first ";", as the rule for several records
//     looks for "v=TLSRPTv1;".
package tlsrpt
