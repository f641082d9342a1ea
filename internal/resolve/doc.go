// Package resolve is the DNS client: it asks the servers that the user named, or those of
// /etc/resolv.conf, and writes down what they said as a [fact.Answer].
//
// A stub resolver (RFC 1034 §5.3.1) puts a question to a server that does the work, and believes
// what comes back. This one keeps apart what most stubs throw together: that a name does not
// exist (NXDOMAIN), that it has no record of the type (NODATA), that the server failed or refused
// (SERVFAIL, REFUSED), and that nothing came at all. MTA-STS needs them apart, since a SERVFAIL is
// never "no policy". A question can be put in four ways:
//
//   - plain (RFC 1035 §4.2): UDP with EDNS0 (RFC 6891), over TCP when the answer was truncated,
//   - tcp:// (RFC 7766): always TCP, many questions on one connection,
//   - tls:// (RFC 7858): the same within TLS,
//   - https:// (RFC 8484): HTTP POST, over HTTP/2 where the server has it.
//
// The AD bit is set in questions, so that a validating server tells in its answer whether the
// data is DNSSEC-secure without the records that prove it (RFC 6840 §5.7). An AD bit that came over
// an open network can be forged: [Resolver.ADTrusted] are the servers whose bit means something,
// and whether to heed that is for the reader of the facts. A validating server hides data whose
// signatures do not hold behind SERVFAIL. So after that it is asked once more, with the CD bit set:
// if it has an answer then, and fails again without the bit, the data is bogus (RFC 4035 §3.2.2).
// What that answer holds is not looked at.
//
// A packet is taken for the answer only when its id and its question are those of a question in
// flight on the very socket that it came in on; ids come from a cryptographic generator, ports
// from the operating system, and both change (RFC 5452 §9). All else that comes is dropped.
//
// The client of miekg/dns has one question in flight on one socket; this one has many in flight
// over few. So only that library's messages are used: names in wire form, types, codes, resolv.conf.
//
// The package knows nothing of MTA-STS, and no other that looks at domains knows how DNS messages
// are made: package collect above it sees names, types and answers only.
package resolve
