// Package sender tells how mail servers that are known by name read an MTA-STS policy and record
// (RFC 8461): who takes it, who does not, and which line is the cause. It is pure: bytes in, one
// [Reading] a sender out. What the RFC says of the same text is for package sts.
//
// # Whose habits, and how they are known
//
//	sender                    known by        what was looked at
//	chasquid                  run             internal/sts of 2023-07-28
//	maddy                     run             github.com/foxcpp/go-mtasts, which it uses
//	mox                       run             package mtasts
//	postfix-tlspol            run             internal/mta-sts.go of 2026, the first that keeps to the grammar
//	postfix-mta-sts-resolver  read in source  1.1.2, as in Debian 12
//	KumoMTA                   read in source  crates/mta-sts
//	Stalwart                  read in source  crates/smtp, outbound/mta_sts; crate mail-auth for the record
//	mailauth                  run             4.13.3, lib/mta-sts.js (WildDuck and ZoneMTA use it)
//	Halon                     read in source  halon-extras/mta-sts; Halon itself is closed
//
// Run means that the sender's parser, taken by itself, was given some thirty texts with one fault
// each; this package gives its answers. Texts with many faults, some hundred thousand, were given to
// the parsers of mailauth and postfix-mta-sts-resolver, and to transcripts of the source of the
// others, and compared: Halon's excepted, and Stalwart's of the record. Other versions may read
// otherwise: [Reading.Version] says what was looked at. Of Google, Microsoft, Yahoo and other closed
// senders nothing is known, and nothing is said.
//
// # What they have in common
//
// No redirect, a certificate that holds, and status 200 (Stalwart does not look at that: an error page
// is a policy without an mx to it). The order of the fields is free, with all of them. White space
// behind a value, a tab behind the colon, CRLF and a missing end of the last line do no harm anywhere.
// Unknown fields are let pass.
//
// # Where they differ: the habits
//
// A dialect is a row of habits, not code of its own: the table of dialects drives one reader. These
// are the habits, in the order in which that reader comes to them.
//
// The TXT record. chasquid is content with any that begins "v=STSv1;", be there several, and does
// not look at the id. maddy wants no other TXT record at the name. KumoMTA joins all of them to one
// text, so that a stray SPF record spoils it. mailauth does not mind the case. mox and
// postfix-tlspol keep to the grammar.
//
// Time. postfix-tlspol gives up after 2 s, postfix-mta-sts-resolver after 4, Halon after 5, KumoMTA
// after 20, maddy and mox after 60. mailauth waits 15 s for the next byte, which the length of the
// whole does not tell: then its verdict is unknown. chasquid and Stalwart go by their settings.
//
// Content-Type. chasquid, maddy, postfix-tlspol, postfix-mta-sts-resolver and KumoMTA want
// text/plain (KumoMTA in small letters); the others do not look. Malformed parameters are an error
// to those in Go alone.
//
// Size. 64 KiB is the most for mox, postfix-tlspol, postfix-mta-sts-resolver and Halon, 1 MiB for
// Stalwart. chasquid reads 10 KiB and takes that for all.
//
// Bytes. postfix-mta-sts-resolver decodes by the charset of Content-Type, which is ASCII unless it
// says otherwise: one other byte, in a comment say, and there is no policy. Stalwart wants UTF-8. A
// byte order mark is white space in JavaScript (mailauth), and part of the first name to the others;
// Stalwart loses the version by it, and needs none.
//
// Lines. An empty line, also a second newline at the end, is an error to maddy, mox and
// postfix-tlspol. A line without a colon is an error to those and to KumoMTA. Stalwart looks for the
// next colon, so that such a line melts into the name of the next one, which is lost. Python knows
// more ends of lines than LF. maddy wants one colon in a line.
//
// Names. White space before the name or before the colon is trimmed by chasquid, KumoMTA, Stalwart,
// mailauth and Halon; to the others the name is another one, or an error. mailauth alone takes
// "Mode" for "mode".
//
// Fields that stand twice. The first counts for mox and postfix-tlspol, as in the RFC; the last for
// chasquid, maddy, postfix-mta-sts-resolver, Stalwart, mailauth and Halon; KumoMTA takes it for an
// error. mox, maddy and Stalwart want those to be good that do not count.
//
// Version. Stalwart does without, and takes it in any case.
//
// Mode. mailauth takes it in any case. Without one it is "none" for Stalwart and mailauth. Halon
// protects where it says "enforce", and nowhere else.
//
// max_age. 0 is an error to chasquid. More than a year is one to chasquid, mailauth and
// postfix-mta-sts-resolver, more than 2147483647 to mox, and counts as a year for postfix-tlspol.
// Stalwart takes 86400 where it is missing, no number, under an hour or not under a year. How a
// number is written is up to the language: 6e5 for mailauth, 604_800 for postfix-mta-sts-resolver,
// +604800 for all but mox and postfix-tlspol. Halon does not look at it when it reads.
//
// mx. chasquid and Stalwart want one in mode none too: without it they keep the older policy.
// postfix-tlspol takes host names alone, mox what could be looked up; to the others anything goes,
// and matches nothing. chasquid and maddy drop a final dot, and convert U-labels. "*." stands for
// any number of labels with mailauth, and with Postfix, which both postfix tools give their list to:
// there a pattern that begins with a dot will do as well, and a blank or comma in an mx makes
// Postfix defer all mail of the domain. (From 3.10.5 Postfix can be made to match the MX name by the
// RFC.) How Halon matches wildcards is not known.
//
// In mode testing nobody refuses a host. [RefusesMX] then says what enforce would bring; chasquid
// and Halon do not look at the hosts before.
//
// # What habits do not tell
//
//   - Digits of other scripts in max_age, which Python reads where the charset lets them through.
//   - Charsets of Content-Type other than ASCII and UTF-8, with bytes beyond ASCII: unknown.
//   - mailauth's quotation marks and comments in the TXT record, and white space inside of its words
//     that Stalwart drops.
//   - Versions of mox whose dns package refuses addresses: the one that was run takes mx: 192.0.2.1.
//   - reqwest, which KumoMTA fetches with, may drop a byte order mark before KumoMTA sees it.
//
// # To add a sender
//
// Add a row to the table, and a habit where none says it yet: the zero value of a habit tolerates
// nothing. Give it cases in testdata, from what its parser answered.
package sender
