// Package sts holds the two grammars of MTA-STS (RFC 8461) and its rule for names: what a text
// says, and everything that is wrong with it, with line and column. It is pure: text in, values
// out.
//
// # The protocol in short
//
// Mail servers talk TLS when both can (STARTTLS), but whoever sits between them can strike the
// offer out, or answer in the receiver's place, and the mail goes out in clear or to a stranger.
// With MTA-STS a receiving domain says beforehand: my mail hosts are these, they speak TLS with a
// certificate that can be verified, and if that fails, do not deliver. A sender learns so from two
// places:
//
//   - a TXT record at _mta-sts.DOMAIN, which says that there is a policy, and changes its id when
//     the policy changes ([ParseRecord]);
//   - a file at https://mta-sts.DOMAIN/.well-known/mta-sts.txt, the policy ([ParsePolicy]). HTTPS
//     is what makes it trustworthy; DNSSEC is not needed.
//
// The sender keeps the policy for max_age seconds, so that an attacker who can hide the record for
// an hour gains nothing. It asks again when the id has changed.
//
// # The record, §3.1
//
//	v=STSv1; id=20160831085700Z;
//
// The version stands first; fields follow, separated by ";" with white space around it; one ";"
// may end the record. The id is 1 to 32 letters and digits. Other fields (name=value) are ignored.
// Of several TXT records at the name those count that begin "v=STSv1;" ([Select]): if that is not
// exactly one, the domain has no policy. A text that was meant as a record and is none (other
// case, a comma, quotation marks...) is what [NearMiss] is for.
//
// # The policy, §3.2
//
//	version: STSv1
//	mode: enforce
//	mx: mail.example.com
//	mx: *.example.net
//	max_age: 604800
//
// Lines end in LF or CRLF, and the last line end may be left out. Names and values are
// case-sensitive, but for host names. Blank lines, comments, white space before the name or before
// the colon, and a byte order mark are all outside the grammar, and strict senders then drop the
// whole policy. The order is free. Unknown fields are ignored ([Policy.Unknown]), and so are all but
// the first of a field that stands twice, except mx ([Policy.Duplicates]).
//
// # Matching, §4.1
//
// An MX host is allowed when its name equals a pattern, without regard to case, or when the
// pattern begins "*." and the host has exactly one label in its place ([Pattern.Matches]).
//
// # Where the RFC leaves room
//
//   - A malformed known field (mode: bogus) is, read literally, a well-formed extension of that
//     name. Here the first of a known field must be good, and every mx must be, as strict senders
//     have it.
//   - "All but the first are ignored" stands in §3.2, which speaks of TXT records too: a second id
//     is no fault here, though some senders see one. Rules may warn.
//   - "v=STSv1 ;", with white space, is in the ABNF, but the rule for several records looks for
//     "v=STSv1;". So it is accepted for a lone record alone (erratum 6285 would forbid it).
//   - A max_age over 31557600 fits the ABNF; the text sets the maximum, and several senders keep to
//     it. It is a problem here.
//   - mx: 192.0.2.1 is a Domain as text. That no MX host can be called so is for a rule to say.
//   - Labels over 63 and names over 253 characters are in the ABNF, so they are accepted.
//   - U+0080 to U+009F are UTF8-2, though a comment says "excluding CTLs": accepted.
//
// # Problems
//
// Each [Problem] is a fault that makes the text invalid: no problems means valid by the RFC, and
// nothing else. One fault gives one problem, and parsing goes on behind it with what was evidently
// meant, so that a space before "mode" does not also make the mode missing.
package sts
