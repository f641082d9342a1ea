// Package house keeps the rules that the whole tree lives by; it has tests and nothing else.
//
// # Floors
//
// Imports go down only: a package imports packages of strictly lower floors. This is the table
// that the test reads; a new package needs a place in it, as low as its imports let it be.
//
//	0  internal/fact     what was seen of a domain: plain data, and no judgement
//	0  internal/addr     which addresses are public, and which names are addresses
//	0  internal/near     what a mistyped word was meant to be
//	0  internal/words    texts cut for people
//	0  internal/memo     answers remembered, and asked for once
//	0  internal/abnf     grammars as the RFCs print them, for tests alone
//	0  internal/files    what people name, opened without waiting for ever
//	0  internal/platform  what differs between operating systems
//	0  internal/house    these rules
//	1  internal/mailbox  files of mails in, the reports in them out
//	1  internal/field    the grammar that both TXT records share
//	1  internal/pkix     what is wrong with a certificate
//	1  internal/smtp     the grammar of SMTP replies
//	1  internal/trouble  what the errors of a connection mean
//	2  internal/tunnel   connections through a proxy
//	2  internal/sts      the record and policy of MTA-STS
//	2  internal/tlsrpt   the record of TLS-RPT
//	2  internal/dane     TLSA records and what they match
//	2  internal/sender   how senders known by name read a policy
//	2  internal/resolve  questions to the DNS
//	3  internal/lint     files in, facts out
//	3  internal/rule     facts in, findings out
//	4  internal/collect  a domain in, facts out
//	4  internal/publish  what to publish, in every notation, and in which order
//	4  internal/reports  TLS-RPT reports in, what they come to out
//	5  internal/render   findings and reports as text and JSON
//	5  internal/lab      a small internet on loopback, for tests and the demo
//	5  internal/scan     many domains at once
//	6  internal/cli      the commands
//	7  cmd/mtasts        the process: clock, streams, signals
//
// # Doors
//
// What touches the world (network, files, clock, streams) and each third-party module is let in by
// name, package by package: see doors.
//
// # Platforms
//
// What differs between operating systems is in internal/platform, and no other package has a file for some
// of them only.
//
// # Form
//
// The size of functions and files, no init, no package variables that change, documented exported
// names, and a top level that holds what it should and nothing else.
package house
