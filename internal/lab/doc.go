// Package lab is a small internet on loopback: a recursive resolver, policy hosts and mail servers
// with their own certificate authority, and the ways in which all of them break, made from one
// text file. Tests and `mtasts demo` look at it through [Lab.Dial], which takes the place of the
// real dialer: it maps documentation addresses to loopback ports that the operating system picked,
// and refuses everything else. Nothing ever leaves the machine, no port is fixed, and no root is
// needed.
//
// # A scene
//
// A scene is text, read by [Parse] and run by [Start]:
//
//	sound example.com
//	dns _smtp._tls.example.com TXT servfail
//	https 192.0.2.10
//	    certificate expired
//	smtp 192.0.2.12 2001:db8::12
//	    extension -STARTTLS
//	policy example.com
//	    version: STSv1
//	    mode: testing
//	    mx: mx1.example.com
//	    max_age: 86400
//
// Lines are obeyed from top to bottom. A word stands at the beginning of a line, its arguments
// behind it, and where it takes a block, the block is indented below it: by blanks or tabs, every
// line of one block alike. Blank lines and lines whose first character is # are skipped, except
// that inside the text of a body every line counts. Reading is strict: an unknown word, a bad
// argument, a bad zone line or a crooked indentation is an error with its line number, and so is
// dropping what is not there or adding what is there already. A script is at most 1 MiB, and asks
// for at most 256 servers, 10,000 records, 1 MiB of one body and 16 MiB of all, 100 headers a page.
//
// # Words
//
// sound DOMAIN is a whole domain with nothing wrong, to be broken by the lines that follow. The
// first one of a scene gets these addresses; each later one (up to nine in all) adds 20 to the last
// number, in IPv6 to the number as it is written:
//
//	DOMAIN              A 192.0.2.80, AAAA 2001:db8::80, MX 10 mx1.DOMAIN, MX 20 mx2.DOMAIN
//	mx1.DOMAIN          A 192.0.2.11, AAAA 2001:db8::11
//	mx2.DOMAIN          A 192.0.2.12, AAAA 2001:db8::12
//	mta-sts.DOMAIN      A 192.0.2.10, AAAA 2001:db8::10
//	_mta-sts.DOMAIN     TXT "v=STSv1; id=20260101000000Z"
//	_smtp._tls.DOMAIN   TXT "v=TLSRPTv1; rua=mailto:tlsrpt@DOMAIN"
//
// all with a TTL of 300, an HTTPS host at both addresses of mta-sts.DOMAIN that serves a policy
// with the lines version: STSv1, mode: enforce, mx: mx1.DOMAIN, mx: mx2.DOMAIN and
// max_age: 1209600, under a good certificate, and a mail server at each address of mx1.DOMAIN and
// mx2.DOMAIN that offers STARTTLS, under a good certificate for that name.
//
// zone takes a block of master-file lines (RFC 1035 §5.1), each one whole record, and adds them.
// The TTL (300 if left out), the class and the final dots of names are optional; a name is always
// meant as absolute. * as left-most label is a wildcard. No $ lines, no DNAME.
//
//	zone
//	    example.com 300 MX 30 backup.example.com
//	    *.example.com TXT "v=spf1 -all"
//
// drop NAME [TYPE] removes the records of a name, or those of one type. To change a record, drop
// it and add it. To make a name an alias, drop its other records first.
//
// dns NAME TYPE FAULT makes the resolver fail for one name and type; * stands for any name or any
// type, and the name may be the root. The fault also strikes an answer whose alias leads to that
// name. FAULT is
//
//	servfail, refused, nxdomain   the answer has this code
//	timeout                       no answer comes, over UDP or TCP
//	truncate                      the answer over UDP is empty and truncated; TCP tells all
//	loop                          the name is an alias of an alias of itself
//	bogus                         servfail, but with the CD bit in the query no fault at all
//
// signed DOMAIN... says that these names and all below them lie in signed zones, and unsigned
// DOMAIN... takes names with all below them out again. signed . stands for everything. The root
// itself counts as signed as soon as anything does. What is signed already cannot be signed, and
// what is not cannot be unsigned.
//
// tlsa ADDRESS|HOST USAGE SELECTOR MATCHING [root] [wrong] adds a TLSA record (RFC 6698) that is
// worked out from the certificate of the mail server at that address, or of all mail servers at the
// addresses of that name, aliases followed, each different record once. It stands at
// _25._tcp.HOST; for an ADDRESS, HOST is the name that the mail server has if its certificate is
// given none (see smtp). With USAGE 1 and 3 it is about the server's certificate, with 0 and 2
// about the one that signed it: the intermediate, or where it is self-signed itself. root, with 0
// and 2, takes the root instead, which the server sends only if its certificate has the word
// with-root. wrong makes a record of the same kind of another key: a server with the same
// certificate words, but of another authority. These records are added last of all, whatever the
// place of the line, so that drop does not reach them. Other TLSA records are lines of zone.
//
// https ADDRESS... creates a web server on port 443 of these addresses, or changes the one that is
// there: only what the block names, and only at these addresses. Its block:
//
//	fault WORD            refused: connecting is answered with a reset; blackhole: connecting never
//	                      ends; no-route: the network is unreachable; tarpit: accepts and stays
//	                      silent; plaintext: answers the handshake with HTTP in clear; reset: breaks
//	                      off the handshake; alert: ends it with the alert handshake_failure;
//	                      none: takes an earlier fault away
//	tls VERSION           the highest version that is spoken: 1.0, 1.1, 1.2 or 1.3
//	certificate [NAME...] [WORD...]
//	                      a new certificate. NAMEs are its SAN dNSNames; without them it is the
//	                      mta-sts name of the sound domain that the address belongs to, else of the
//	                      last sound domain above. WORDs: expired (three days ago), not-yet-valid
//	                      (for two days more), days N (expires N days from now; 60 if left out),
//	                      no-san (the name only as CN); and one of self-signed, untrusted (the whole
//	                      chain of another authority, its root sent along), incomplete (the
//	                      intermediate is not sent), with-root (the root is sent along)
//	at PATH               the lines below this one, to the end of the block or the next at, are about
//	                      this path; those above it are about /.well-known/mta-sts.txt
//	status CODE [REASON]  the status of the answer
//	header NAME: VALUE    sends a header in place of those of that name so far; said twice in one
//	                      block, both are sent. header -NAME sends none of that name. By default
//	                      these are sent: Content-Type: text/plain, Content-Length, Connection: close
//	cut                   closes the connection in the middle of the body
//	delay DURATION        waits before the answer: 300ms, 3s, at most 10m
//	body                  takes a block: the text of the body without the block's indentation, lines
//	                      ended by LF, blank lines at its end left out
//	body-quoted LITERAL   the body as a string literal of Go, for odd bytes
//	append [N] LITERAL    adds a literal to the body, N times
//
// A path about which nothing was said answers 404. A host listed with no word of pages answers 404
// to everything.
//
// policy DOMAIN takes a block: the text of the body that the policy host of a sound domain
// serves, at both its addresses; the same as body in https, with nothing else changed.
//
// smtp ADDRESS... creates a mail server on port 25 of these addresses, or changes the one that is
// there: only what the block names, and only at these addresses. A new one without a block is
// sound. Where there is none, connecting is refused. Its block:
//
//	fault WORD            refused, blackhole, no-route, none: as in https.
//	                      Instead of the greeting: silent: says nothing; hangup: closes; flood: a
//	                      greeting that goes on for 8 MiB; babble: a banner that is no SMTP; drip:
//	                      one byte a second of a greeting that has no end.
//	                      Together with the 220 to STARTTLS: garbage: binary garbage, then silence;
//	                      inject: the line "250 injected", then TLS.
//	                      As the answer to the handshake: handshake-plaintext: a 454 in clear;
//	                      handshake-reset: a reset; handshake-alert: the alert handshake_failure;
//	                      handshake-silent: nothing
//	tls VERSION           as in https
//	certificate [NAME...] [WORD...]
//	                      as in https, but the name is that of the sound domain's MX host that the
//	                      address belongs to, else the one name that has this address in the zone
//	                      (wildcards do not count). Both are seen when the whole script has been
//	                      read, so that the order of lines does not matter. A server that speaks TLS
//	                      and has neither such a name nor one given here is an error
//	greeting CODE [TEXT]  the greeting, of one line; without it, 220 and the server's name, which is
//	                      as above, or else an address literal. With another code than 220 only QUIT
//	                      is obeyed; after 421, here and below, the server hangs up. CODE is 200 to
//	                      599; TEXT in " or ` is a string literal of Go, for odd bytes
//	greeting-line TEXT    one line more behind those so far
//	greeting-delay DURATION
//	                      waits before the greeting, or what stands for it: at most 10m
//	ehlo CODE [TEXT]      the answer to EHLO in clear; with 250 the extensions follow
//	helo CODE [TEXT]      the answer to HELO
//	ehlo-tls CODE [TEXT]  the answer to EHLO over TLS; with 250 the extensions follow
//	extension [-]WORD...  offers an extension, with - one less. By default PIPELINING, 8BITMIME and
//	                      STARTTLS are offered, the last in clear only
//	starttls CODE [TEXT]  the answer to STARTTLS in clear; with 220, and then only, TLS begins. By
//	                      default 220 where it is offered, else 502
//	hangup-at STAGE       closes instead of answering: ehlo and starttls in clear, ehlo-tls over TLS
//
// The server knows EHLO, HELO, STARTTLS, NOOP, RSET and QUIT; MAIL gets a 250, for a client that
// goes too far to be seen doing so; the rest gets a 502. A client that sends more than 64 KiB, in
// clear or over TLS, or a line of more than 2 KiB, is hung up on. [Lab.Conversations] tells what
// was heard.
//
// rtt DURATION makes every round trip cost that much time: a DNS answer, a TCP connection, a
// greeting or another reply of SMTP, a flight of TLS, an HTTP answer.
//
// # What the resolver does
//
// The resolver is at 192.0.2.53:53, UDP and TCP. All records form one flat zone, and it answers as
// a recursive resolver does that has looked everything up: aliases are followed and listed, an
// alias to nowhere is NXDOMAIN with the alias in the answer, wildcards stand for what does not
// exist (RFC 4592: below the closest encloser, never for an existing name, empty non-terminals
// included), negative answers carry an SOA, answers that do not fit are truncated, EDNS is
// answered. The AD bit is set where the query has the AD or DO bit and not CD, there is no fault
// but truncate, and the name asked for and all that its aliases lead to lie in signed zones. There
// are no signatures: it is the lab's resolver that says so.
//
// # Certificates
//
// Keys, serial numbers and signatures of certificates follow from the script, their dates from the
// time at the start: one scene at one time has the same certificates, and so the same TLSA records,
// in each run. Keys do not even depend on the time. They protect nothing.
//
// Addresses of servers are documentation addresses (RFC 5737, RFC 3849) or private ones (RFC 1918,
// RFC 4193), which nobody but the lab answers for.
package lab
