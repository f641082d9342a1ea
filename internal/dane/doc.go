// Package dane sorts TLSA records and tells whether the certificates of a mail server match them
// (RFC 7672 on top of RFC 7671 and RFC 6698). It is pure: records, certificates and a time in, a
// verdict out. Whether DNSSEC vouches for the records is for its callers to know; without that, no
// sender looks at them.
//
// # The protocol in short
//
// SMTP encrypts when asked to, and whoever sits on the line can take the offer away or show a
// certificate of his own. With DANE the receiving side says in its signed DNS zone what its mail
// server shows:
//
//	_25._tcp.mx1.example.com.  IN TLSA  3 1 1 8d02f6a1...
//
// A sender that validates DNSSEC and finds such a record delivers over TLS to a server that shows
// it, or not at all. No public authority is needed, and unlike MTA-STS nothing is trusted at first
// use. Where both are there, DANE decides (RFC 8461 §2).
//
// # The record (RFC 6698 §2.1)
//
// The three numbers are
//
//   - the usage: 3 (DANE-EE) is the server's own certificate, 2 (DANE-TA) is an authority on the way
//     from it to a root. 0 and 1 ask for a public authority as well, and have no place on port 25
//     (RFC 7672 §3.1.3);
//   - the selector: 0 is the whole certificate, 1 is its key (SubjectPublicKeyInfo), which may stay
//     the same when the certificate is renewed;
//   - the matching type: 0 is the thing itself, 1 its SHA-256 digest, 2 its SHA-512 digest.
//
// "3 1 1" is what RFC 7672 §3.1 recommends, and "2 0 1" comes second.
//
// # What a sender does (RFC 7672 §2.2, §3)
//
//   - Records that it does not understand, or that are malformed, are unusable ([Sort]). Where all
//     are, TLS must be used, and nobody is authenticated.
//   - One usable record that matches will do. For usage 3 nothing else counts: neither names nor
//     dates, nor who signed (§3.1.1).
//   - For usage 2 the authority's certificate must be among those that the server sends, even if it
//     is a root (§3.1.2), and the rest is as everywhere: signatures, dates, purpose, and a name, which
//     is the host's or that of the domain (§3.2).
//   - Digest agility (RFC 7671 §9): for each usage and selector, of the digests only the strongest
//     that is there is looked at. A forgotten "3 1 2" makes a good "3 1 1" worthless.
//
// Whoever changes a key publishes the new record beside the old one, waits until the old set has left
// all caches, and changes the key then (RFC 7671 §8.1). So it is normal that one of two records does
// not match, but each combination of the three numbers must have one that does (§8.4, [Outcome.Lone]).
//
// # Where the RFCs leave room
//
//   - The server's own certificate is never its authority, even if it is signed by itself. "2 0 1"
//     with that certificate's digest does not match, as in OpenSSL.
//   - A "2 0 0" record holds the authority's certificate, and some senders (those with OpenSSL) take
//     it from there where the server does not send it, as RFC 7671 §5.2.2 lets them. RFC 7672 §3.1.2
//     wants it sent in any case, and [Set.Match] goes by that.
//   - Any way by the certificates sent, in any order, leads to an authority. OpenSSL follows the first
//     that it finds, and may miss the right one where two certificates have the issuer's name and key.
//   - A certificate that strict readers refuse (a negative serial number, an odd extension) has bytes
//     and a key like any other, and that is all that usage 3 compares.
//   - The common name counts for usage 2 where the SAN holds no DNS name (RFC 7672 §3.2.3). For
//     MTA-STS it never does.
package dane
