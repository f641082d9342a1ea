package rule

import (
	"maps"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/sender"
	"mtasts/internal/sts"
)

// exampleTime is when the example domain was looked at.
func exampleTime() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }

// examples are what the templates of the catalogue stand for in explanations, and what fixes give to
// paste there: for every reason (""), for those of a group, of a rule ("sts-record"), and for one
// ("sts-record:multiple"). The particular wins.
func examples() map[string]example {
	all := map[string]example{"": {vars: Vars{
		// What is said only where there is something to say.
		"elsewhere": "", "served": "", "half": "", "invented": "", "wall": "", "testing": "", "mx": "", "first": "",
		"all": "", "or": "", "doubt": "", "but": "", "for": "", "keep": "", "alias": "", "lines": ".",
	}}}
	for _, part := range []map[string]example{
		recordExamples(), hostExamples(), fetchExamples(), certificateExamples(), policyExamples(), syntaxExamples(), stumbleExamples(),
		mxExamples(), reachExamples(), smtpExamples(), daneExamples(), reportsExamples(), changeExamples(),
	} {
		maps.Copy(all, part)
	}
	return all
}

// with is an example of words alone: name, value, name, value.
func with(pairs ...string) example {
	vars := Vars{}
	for i := 0; i+1 < len(pairs); i += 2 {
		vars[pairs[i]] = pairs[i+1]
	}
	return example{vars: vars}
}

// giving is an example with something to paste.
func giving(give func(*Case, Hit) Hit, pairs ...string) example {
	e := with(pairs...)
	e.give = give
	return e
}

func giveRecord(c *Case, h Hit) Hit { h.Records = c.newRecords(); return h }

func givePolicy(c *Case, h Hit) Hit { return c.policyFix(h, c.repaired()) }

func giveTesting(c *Case, h Hit) Hit { return c.policyFix(h, c.firstPolicy()) }

// giveRemoval is the policy by which a domain takes leave of MTA-STS (RFC 8461 §8.3).
func giveRemoval(c *Case, h Hit) Hit {
	p := c.repaired()
	p.Mode, p.MaxAge = sts.None, c.soundMaxAge(sts.None)
	return c.policyFix(h, p)
}

func giveHost(c *Case, h Hit) Hit {
	h.Records = c.hostRecords()
	return giveTesting(c, h)
}

// giveAll is all that a domain publishes which has nothing yet.
func giveAll(_ *Case, h Hit) Hit { return newCase(unpublishedDomain(), Options{}).firstSteps(h) }

func giveReports(c *Case, h Hit) Hit { h.Records = c.newReports(); return h }

func giveMX(c *Case, h Hit) Hit { h.Records = c.soundMX(); return h }

// inPlaceOf is for a record that takes the place of an alias.
func inPlaceOf(name string, give func(*Case, Hit) Hit) func(*Case, Hit) Hit {
	return func(c *Case, h Hit) Hit {
		h = give(c, h)
		h.Records = append([]Record{removal(name)}, h.Records...)
		return h
	}
}

// giveLines are lines of configuration, or commands.
func giveLines(lines func(*Case) []string) func(*Case, Hit) Hit {
	return func(c *Case, h Hit) Hit { h.Lines = lines(c); return h }
}

// giveMail are those of a mail server.
func giveMail(lines func(software) []string) func(*Case, Hit) Hit {
	return func(c *Case, h Hit) Hit { return strand{peer: c.peers[0]}.mend(h, lines) }
}

func changeExamples() map[string]example {
	move := func(c *Case, h Hit) Hit {
		p := c.repaired()
		p.MX = append(p.MX, patterns([]string{"mx9.example.net"})...)
		return c.policyFix(h, p)
	}
	return map[string]example{
		"policy-id-changed:not-bumped":   giving(giveRecord, "when", "that is published now", "id", "and the id is still 20251201000000Z", "age", "1209600 s (14 days)"),
		"policy-id-changed:undetermined": with("said", "sts-record (dns-error)"),
		"mx-moved:refused": giving(move, "when", "that is published now", "hosts", "mx9.example.net", "refuse", "refuse to deliver there", "mend", "Leave the MX records as they are for now", "later", "change the MX records",
			"until", "2026-02-14 12:00 UTC", "age", "1209600 s (14 days)"),
		"mx-moved:undetermined": with("said", "sts-record (dns-error)"),
	}
}

func recordExamples() map[string]example {
	syntax := func(text string) example { return giving(giveRecord, "text", text) }
	return map[string]example{
		"sts-record":                        with("name", "TXT _mta-sts.example.com", "said", "SERVFAIL"),
		"sts-record:missing":                {give: giveAll},
		"sts-record:multiple":               giving(giveRecord, "count", "2"),
		"sts-record:near-miss":              giving(giveRecord, "wrong", `the version is written "stsv1": case counts, it must be STSv1`),
		"sts-record:dangling-alias":         giving(inPlaceOf("_mta-sts.example.com.", giveRecord), "target", "_mta-sts.provider.example", "state", "does not exist"),
		"sts-record:wildcard":               {give: giveAll},
		"sts-record:space-before-semicolon": giving(giveRecord, "senders", whoDrops("v=STSv1 ; id=1")),
		"sts-record-syntax:id-missing":      syntax("there is no id="),
		"sts-record-syntax:id-characters":   syntax(`the id holds "-": only letters and digits are allowed`),
		"sts-record-syntax:id-length":       syntax("the id has 33 letters and digits: at most 32 are allowed"),
		"sts-record-syntax:id-duplicate":    giving(giveRecord, "text", `"1" and "2"`, "senders", whoDrops("v=STSv1; id=1; id=2")),
		"sts-record-syntax:field-syntax":    syntax(`"foo" has no "=": a field is name=value`),
	}
}

func hostExamples() map[string]example {
	gone := giving(inPlaceOf("mta-sts.example.com.", giveHost), "target", "mta-sts.provider.example", "state", "does not exist")
	return map[string]example{
		"policy-host-address":                with("name", "A mta-sts.example.com", "said", "SERVFAIL"),
		"policy-host-address:missing":        {give: giveHost},
		"policy-host-address:dangling-alias": gone,
		"policy-host-public":                 with("name", "mta-sts.example.com"),
		"policy-host-reachable":              with("failed", "2001:db8::10"),
		"policy-host-reachable:not-tried":    with("failed", "192.0.2.26", "cause", "the host has more addresses than are tried"),
		"policy-tls:handshake":               giving(giveLines(nginxServer), "cause", "the server closed the connection during the TLS handshake"),
		"policy-tls:old-version":             giving(giveLines(nginxTLS), "cause", "TLS 1.1"),
		"policy-tls:not-tls":                 giving(giveLines(nginxServer), "cause", `the server answered with "HTTP/1.1 400 Bad Request"`),
		"policy-tls:timeout":                 with("limit", "1m0s"),
	}
}

// giveFetch tells of an answer of the web server as policy-fetch does; nothing was served yet.
func giveFetch(word string, f *fact.Fetch) func(*Case, Hit) Hit {
	return func(_ *Case, h Hit) Hit { return newCase(unpublishedDomain(), Options{}).fetchFault(h, word, f) }
}

func fetchExamples() map[string]example {
	moved := &fact.Fetch{Status: 301, Header: []fact.Header{{Name: "Location", Value: "https://www.example.com/.well-known/mta-sts.txt"}}}
	broken := &fact.Fetch{Status: 200, Fault: &fact.Fault{Text: "the server closed the connection in the middle of the answer"}}
	return map[string]example{
		"policy-fetch:redirect":          {give: giveFetch("redirect", moved)},
		"policy-fetch:http-status":       {give: giveFetch("http-status", &fact.Fetch{Status: 404})},
		"policy-fetch:timeout":           {give: giveFetch("timeout", &fact.Fetch{})},
		"policy-fetch:http-error":        {give: giveFetch("http-error", broken)},
		"policy-fetch-time:slow":         with("took", "2.1s", "who", whoGivesUp(2100*time.Millisecond)),
		"policy-consistent:differs":      giving(givePolicy, "count", "2"),
		"policy-content-type":            giving(giveLines(nginxLocation), "senders", whoRefuses("text/html")),
		"policy-content-type:wrong-type": with("type", "text/html"),
	}
}

// certCauses are what package pkix says of certificates, by the reason's word.
func certCauses(name string) map[pkix.Word]string {
	return map[pkix.Word]string{
		pkix.Expired:         "expired 3 days ago, on 2026-01-28",
		pkix.NotYetValid:     "is not valid before 2026-02-02, which is in 2 days",
		pkix.NameMismatch:    "is for www.example.com, not for " + name,
		pkix.NoSAN:           `holds no DNS name in its subjectAltName; the common name "` + name + `" does not count`,
		pkix.SelfSigned:      "is signed by itself, not by a certificate authority",
		pkix.IncompleteChain: `was issued by "CN=Example Intermediate CA", whose certificate was not sent`,
		pkix.Untrusted:       `leads to the root "CN=Company CA", which is not trusted here`,
		pkix.Malformed:       "cannot be read: malformed certificate",
	}
}

func certificateExamples() map[string]example {
	all := map[string]example{}
	for word, cause := range certCauses("mta-sts.example.com") {
		give := giveLines(func(c *Case) []string { return certLines(c, []pkix.Problem{{Word: word}}) })
		all["policy-certificate:"+string(word)] = giving(give, "cause", cause)
	}
	for word, cause := range certCauses("mx1.example.com") {
		all["smtp-certificate:"+string(word)] = giving(giveMail(certMending([]pkix.Problem{{Word: word}})), "cause", cause)
	}
	all["smtp-certificate:no-roots-here"] = with("where", "mx1.example.com and mx2.example.com")
	renewal := func(s software) []string { return s.renewal }
	soon := []string{"left", "10 days", "end", "2026-02-10 12:00 UTC"}
	all["policy-certificate-expiry"] = giving(giveLines(certRenewal), soon...)
	all["smtp-certificate-expiry"] = giving(giveMail(renewal), soon...)
	return all
}

func policyExamples() map[string]example {
	fields := func(text string) example { return giving(givePolicy, "text", text) }
	// read is one that tells who reads plainPolicy with such a line in place of the one it has.
	read := func(text, old, line string) example {
		return giving(givePolicy, "text", text, "senders", whoReadsText(strings.Replace(plainPolicy, old, line, 1)))
	}
	return map[string]example{
		"policy-version:missing":     fields("there is no version: line"),
		"policy-version:unsupported": fields(`"STSv2" is not STSv1, the only version there is`),
		"policy-version:case":        fields(`"stsv1": case counts, it must be STSv1`),
		"policy-mode:missing":        giving(giveTesting, "text", "there is no mode: line"),
		"policy-mode:unknown":        read(`"enforced" is none of enforce, testing and none`, "enforce", "enforced"),
		"policy-mode:case":           read(`"Enforce": case counts, it must be enforce`, "enforce", "Enforce"),
		"policy-enforced:testing":    {give: givePolicy},
		"policy-enforced:none":       {give: giveTesting},
		"policy-mx:missing":          fields("there is no mx: line"),
		"policy-mx:bad-pattern":      read("several names on one line: each needs an mx line of its own", "mx.", "mx.example.com, mx2."),
		"policy-mx:too-wide":         giving(givePolicy, "text", "*.com", "base", "com"),
		"policy-duplicate-field":     giving(givePolicy, "key", "mode", "inforce", "`mode: enforce`", "senders", whoReadsText(plainPolicy+"mode: testing\n")),
		"policy-mx-unused":           giving(givePolicy, "pattern", "mx: *.former-provider.example"),

		"policy-max-age:missing":              read("there is no max_age: line", "max_age: 604800\n", ""),
		"policy-max-age:not-a-number":         fields(`"7d" is not a number of seconds in digits`),
		"policy-max-age:negative":             fields("-1 is negative"),
		"policy-max-age:too-long":             fields("11 digits: at most 10 are allowed"),
		"policy-max-age:over-maximum":         read("63072000 is over the maximum of 31557600 seconds", "604800", "63072000"),
		"policy-max-age-length":               {give: givePolicy},
		"policy-max-age-length:short":         with("age", seconds(86400), "least", seconds(604800), "mode", "enforce"),
		"policy-max-age-length:zero":          with("senders", whoReadsText(strings.Replace(plainPolicy, "604800", "0", 1))),
		"policy-max-age-length:long-for-none": giving(giveRemoval, "age", seconds(1209600)),
	}
}

func syntaxExamples() map[string]example {
	read := func(body string, pairs ...string) example {
		return with(append(pairs, "senders", whoReadsText(body))...)
	}
	wide := make([]byte, 0, 2*len(plainPolicy))
	for _, b := range []byte(plainPolicy) {
		wide = append(wide, b, 0)
	}
	return map[string]example{
		"policy-syntax":                    {give: givePolicy},
		"policy-syntax:empty":              {give: giveTesting},
		"policy-syntax:html":               {give: giveTesting},
		"policy-syntax:bom":                read("\ufeff" + plainPolicy),
		"policy-syntax:utf-16":             read("\xff\xfe" + string(wide)),
		"policy-syntax:bare-cr":            read(strings.ReplaceAll(plainPolicy, "\n", "\r")),
		"policy-syntax:not-utf8":           read(plainPolicy + "note: caf\xe9\n"),
		"policy-syntax:control-character":  read(plainPolicy+"note: \x00\n", "text", `a control character, "\x00"`),
		"policy-syntax:no-colon":           read("v=STSv1; id=1;\n", "text", `this is the text of the DNS record: a policy is lines of "key: value"`),
		"policy-syntax:bad-key":            read(`{"version": "STSv1", "mode": "enforce"}`, "text", `this is JSON: a policy is lines of "key: value"`),
		"policy-syntax:bad-value":          read(plainPolicy+"note:\n", "text", `"note" has no value`),
		"policy-syntax:blank-line":         read(plainPolicy + "\n"),
		"policy-syntax:leading-space":      read(strings.Replace(plainPolicy, "mode", " mode", 1)),
		"policy-syntax:space-before-colon": read(strings.ReplaceAll(plainPolicy, ":", " :")),
		"policy-syntax:comment":            read("# example.com\n" + plainPolicy),
		"policy-syntax:near-miss-key":      with("text", "max-age", "near", "max_age"),
	}
}

// stumbleExamples tell of a TXT record that is none of MTA-STS, and of a max_age that is as long as can be.
func stumbleExamples() map[string]example {
	told := func(r []sender.Reading) string {
		c := &Case{}
		return stumbleHit(c.stumblers(r, sts.Policy{})).Vars["who"]
	}
	beside := sender.Served{Body: plainPolicy, Records: []string{"v=STSv1; id=20251201000000Z", "v=spf1 -all"}}
	longest := sender.Served{Body: strings.Replace(plainPolicy, "604800", "31557600", 1)}
	alone := func(c *Case, h Hit) Hit { return c.recordFix(h, []string{"v=spf1 -all"}) }
	return map[string]example{
		sendersRule + ":refused-by": giving(alone, "who", told(sender.Read(beside, nil))),
		sendersRule + ":misread-by": giving(givePolicy, "who", told(sender.Read(longest, nil)), "how", serveThis),
	}
}

func mxExamples() map[string]example {
	or := func(text, name string) example { return giving(giveMX, "or", text, "name", name) }
	const without = " Until then, publish the MX records without it:"
	return map[string]example{
		"mx-records":               with("name", "MX example.com", "said", "SERVFAIL"),
		"mx-records:implicit":      {give: giveSelf},
		"mx-records:none":          {give: giveNullMX},
		"mx-records:null-mx-mixed": {give: giveMX},
		"mx-host:ip-address":       or(without, "192.0.2.13"),
		"mx-host:alias":            giving(giveMX, "name", "mail.example.com", "target", "mx1.example.com", "or", "Name the host itself in the MX record:"),
		"mx-host:not-a-hostname":   or(without, "mx_3.example.com"),
		"mx-host:placeholder":      with("name", "ms12345678.msv1.invalid"),
		"mx-address:missing":       or(" Without it they are:", "mx3.example.com"),
		"mx-address:dns-error":     with("name", "mx1.example.com", "what", "an address", "said", "AAAA mx1.example.com: SERVFAIL"),
		"mx-address:not-tried":     with("name", "mx101.example.com"),
		"mx-public":                with("name", "mx1.example.com"),
		"mx-covered":               giving(givePolicy, "hosts", "mx2.example.com", "cause", "", "how", "Add mx: mx2.example.com to the policy, then give the record a new id:"),
	}
}

// giveSelf names the domain itself as its MX host, giveNullMX none (RFC 7505).
func giveSelf(c *Case, h Hit) Hit   { h.Records = []Record{c.mxRecord(10, c.Domain)}; return h }
func giveNullMX(c *Case, h Hit) Hit { h.Records = []Record{c.mxRecord(0, "")}; return h }

func reachExamples() map[string]example {
	cause := func(text string) example { return with("cause", text) }
	return map[string]example{
		"smtp":                        with("name", "mx1.example.com", "where", "mx1.example.com"),
		"smtp-reachable:no-ipv6-here": with("failed", "mx1.example.com (at 2001:db8::11)"),
		"smtp-reachable:not-tried":    with("failed", "mx2.example.com", "cause", "-6 leaves out the only addresses that the host has"),
		"smtp-reachable:too-many":     with("failed", "192.0.2.26"),
		"smtp-reachable:greeting-4xx": cause(`it greets with "421 too busy"`),
		"smtp-reachable:greeting-5xx": cause(`it greets with "554 no mail from you"`),
		"smtp-reachable:refused":      cause("connection refused"),
		"smtp-reachable:timeout":      with("cause", "no connection within 10 s", "how", listens),
		"smtp-reachable:hangup":       cause("the server closed the connection without a greeting"),
		"smtp-reachable:flood":        cause("the reply does not end"),
		"smtp-reachable:protocol":     cause(`no SMTP reply: "SSH-2.0-OpenSSH_9.2p1"`),
	}
}

func smtpExamples() map[string]example {
	certificate := func(s software) []string { return s.certificate }
	versions := func(s software) []string { return s.versions }
	return map[string]example{
		"starttls:not-offered": giving(giveMail(certificate), "cause", ""),
		"starttls:refused":     giving(giveMail(certificate), "cause", `STARTTLS was answered "454 TLS not available"`),
		"starttls:injected":    with("cause", `behind the 220 came "250 injected"`),
		"smtp-tls:handshake":   giving(giveMail(certificate), "cause", "alert: handshake failure", "how", unfitKey),
		"smtp-tls:old-version": giving(giveMail(versions), "cause", "TLS 1.0"),
		"smtp-tls:timeout":     with("cause", "no TLS handshake within 30 s"),
	}
}

func daneExamples() map[string]example {
	const owner = "_25._tcp.mx1.example.com"
	const bogus = "the DNSSEC signatures do not hold: the resolver answers SERVFAIL, and answers when told not to check"
	const unsigned = "the addresses of mx1.example.com are not signed with DNSSEC"
	pin := func(_ *Case, h Hit) Hit {
		h.Records = []Record{{Name: owner + ".", Type: "TLSA", TTL: newTTL, Value: "3 1 1 " + strings.Repeat("0123456789abcdef", 4)}}
		return h
	}
	return map[string]example{
		"dane":                    with("owner", owner),
		"dane:mismatch":           giving(pin, "how", replaceTLSA),
		"dane:bogus":              with("said", bogus),
		"dane:dns-error":          with("said", "SERVFAIL"),
		"dane:insecure":           with("cause", "and they protect nothing: "+unsigned+". Senders look only at signed ones", "how", signTLSA("mx1.example.com")),
		"dane:unusable":           giving(pin, "alone", ", and no others: they demand TLS, and take it from anybody", "how", "Publish these in place of the TLSA records:"),
		"dane:untrusted-resolver": with("cause", "the resolver 192.0.2.53 is neither on this machine nor asked over TLS, so that anybody on the way may forge what it says"),
	}
}

func reportsExamples() map[string]example {
	syntax := func(text string) example { return giving(giveReports, "text", text) }
	return map[string]example{
		"tlsrpt-record":                      with("name", "TXT _smtp._tls.example.com", "said", "SERVFAIL"),
		"tlsrpt-record:missing":              {give: giveReports},
		"tlsrpt-record:multiple":             giving(giveReports, "count", "2"),
		"tlsrpt-record:near-miss":            giving(giveReports, "wrong", `the version is "TLSRPT1": it must be TLSRPTv1`),
		"tlsrpt-record:dangling-alias":       giving(inPlaceOf("_smtp._tls.example.com.", giveReports), "target", "tlsrpt.provider.example", "state", "does not exist"),
		"tlsrpt-record-syntax:rua-missing":   syntax("there is no rua="),
		"tlsrpt-record-syntax:field-syntax":  syntax(`"tlsrpt@example.com" does not begin with a scheme, "mailto:" or "https:"`),
		"tlsrpt-record-syntax:rua-separator": syntax(`a URI stands behind a ";": URIs have commas between them`),
		"tlsrpt-destination":                 with("target", "reports.example.net"),
		"tlsrpt-destination:scheme":          {give: giveReports},
		"tlsrpt-destination:placeholder":     giving(giveReports, "uri", "mailto:[email protected]"),
		"tlsrpt-destination:syntax":          giving(giveReports, "what", "An exclamation mark must be written %21; a size suffix as in DMARC does not exist"),
		"tlsrpt-destination:no-such-domain":  {give: giveReports},
		"tlsrpt-destination:no-mail":         giving(giveReports, "what", "says that it takes no mail (null MX)"),
		"tlsrpt-destination:dns-error":       with("said", "MX reports.example.net: SERVFAIL"),
		"tlsrpt-destination:first-only":      with("count", "2"),
	}
}
