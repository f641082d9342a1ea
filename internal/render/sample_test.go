package render

import (
	"fmt"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/rule"
	"mtasts/internal/sender"
)

func at() time.Time { return time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC) }

func result(domain string, s rule.Status, p rule.Protection, c rule.Counts) rule.Result {
	return rule.Result{
		Schema: 1, Domain: domain, CheckedAt: at(), Status: s, Protection: p, Counts: c,
		Findings: []rule.Finding{}, Delivery: []rule.Delivery{},
	}
}

func passed(id, subject, message string, evidence ...string) rule.Finding {
	return rule.Finding{
		Rule: id, Status: rule.Pass, Subject: subject, Message: message, Evidence: evidence,
		Reference: "RFC 8461 §3",
	}
}

// sound is a domain of which all is well.
func sound() rule.Result {
	r := result("example.com", rule.Pass, rule.Enforced, rule.Counts{Pass: 3, Info: 1})
	r.Delivery = []rule.Delivery{
		delivered("mx1.example.com", 10, "192.0.2.25", rule.DeliversVerified),
		delivered("mx1.example.com", 10, "2001:db8::25", rule.DeliversVerified),
		delivered("mx2.example.com", 20, "192.0.2.26", rule.DeliversVerified),
	}
	r.Findings = []rule.Finding{
		{
			Rule: "tlsrpt-destination", Status: rule.Info, Reason: "external", Subject: "mailto:tls@reports.example.net",
			Message: "The reports go to another organisation, example.net.", Reference: "RFC 8460 §3",
			Evidence: []string{"rua=mailto:tls@reports.example.net"},
		},
		passed("sts-record", "_mta-sts.example.com", "One record of RFC 8461 is published.", "v=STSv1; id=20260101000000Z"),
		passed("mx-covered", "example.com", "Both MX hosts are covered by the policy."),
		passed("delivery", "example.com", "A sender that honours the policy delivers to both MX hosts."),
	}
	return r
}

// delivered is an address of which a sender that honours MTA-STS makes v.
func delivered(mx string, preference uint16, address string, v rule.Verdict, because ...string) rule.Delivery {
	because, nothing := append([]string{}, because...), []string{}
	return rule.Delivery{
		MX: mx, Preference: preference, Address: address, Verdict: v, Because: because,
		Senders: []rule.Sender{
			{Kind: "mta-sts", Verdict: v, Because: because},
			{Kind: "dane", Verdict: rule.DeliversUnverified, Because: nothing},
			{Kind: "opportunistic", Verdict: rule.DeliversUnverified, Because: nothing},
		},
	}
}

// partly is a domain of which one MX host is refused and another could not be tried.
func partly() rule.Result {
	r := result("example.com", rule.Fail, rule.Enforced, rule.Counts{Fail: 1, Warn: 1, Pass: 2})
	worn := expired()
	worn.Rule, worn.Subject, worn.Fix = "smtp-certificate", "mx3.example.com", nil
	worn.Hides, worn.TLSRPT = nil, "certificate-expired"
	r.Findings = append([]rule.Finding{worn, {
		Rule: "delivery", Status: rule.Warn, Reason: "partly", Subject: "example.com",
		Message: "A sender that honours the policy delivers to 2 of 3 MX hosts; mx3.example.com is refused: " +
			"its certificate expired 3 days ago.",
		Evidence:  []string{"mx3.example.com: smtp-certificate (expired)"},
		Fix:       &rule.Fix{Text: "Mend what is told of mx3.example.com."},
		Reference: "RFC 8461 §4",
	}}, sound().Findings[1:3]...)
	r.Delivery = append(sound().Delivery,
		delivered("mx3.example.com", 30, "192.0.2.27", rule.Refuses, "smtp-certificate:expired"),
		delivered("mx3.example.com", 30, "2001:db8::27", rule.UnknownVerdict, "smtp-reachable:no-ipv6-here"))
	return r
}

// rehearsed is the same domain while its policy is in mode testing, with more addresses than are shown.
func rehearsed() rule.Result {
	r := partly()
	r.Status, r.Protection, r.Counts = rule.Warn, rule.Testing, rule.Counts{Warn: 2, Pass: 2}
	for i := range r.Findings[:2] {
		r.Findings[i].Status = rule.Warn
	}
	for i := range mostRows {
		r.Delivery = append(r.Delivery, delivered("mx4.example.com", 40, fmt.Sprintf("2001:db8:1111:2222:3333:4444:5555:%x", i), rule.DeliversVerified))
	}
	for i := range r.Delivery {
		d := &r.Delivery[i]
		d.UnderEnforce, d.Verdict, d.Senders[0].Verdict = d.Verdict, rule.DeliversUnverified, rule.DeliversUnverified
	}
	return r
}

// blocked is a domain whose MX hosts could not be tried from here.
func blocked(domain string) rule.Result {
	r := result(domain, rule.Unknown, rule.Enforced, rule.Counts{Unknown: 1, Pass: 2, Info: 1})
	r.Findings = append([]rule.Finding{{
		Rule: "smtp-reachable", Status: rule.Unknown, Reason: "port-25-blocked", Subject: "mx1." + domain,
		Message:   "No MX host of any domain could be connected to, so port 25 seems to be blocked here.",
		Why:       "Providers of homes, clouds and CI runners often block port 25.",
		Evidence:  []string{"192.0.2.25: i/o timeout"},
		Fix:       &rule.Fix{Text: "Run the check on a machine that may use port 25, or leave the MX hosts out with --smtp off."},
		Reference: "RFC 5321 §4.5.4.2", Hides: []string{"starttls", "smtp-*", "dane", "delivery"}, Here: true,
	}, {
		Rule: "dane", Status: rule.Info, Reason: "untrusted-resolver", Subject: "mx1." + domain,
		Message: "There are TLSA records, and the resolver is not trusted to say whether they are signed.", Reference: "RFC 7672 §2", Here: true,
	}}, sound().Findings[1:3]...)
	return r
}

// broken is a domain whose policy senders ignore.
func broken() rule.Result {
	r := result("example.com", rule.Fail, rule.Broken, rule.Counts{Fail: 2, Unknown: 1, Warn: 1, Pass: 2})
	r.Findings = []rule.Finding{expired(), badMode(), silent(), uncovered()}
	r.Findings = append(r.Findings, sound().Findings[1:3]...)
	r.Next = []string{
		"Renew the certificate of mta-sts.example.com, and see to it that whatever renews it runs by itself.",
		"Run this check again.",
	}
	return r
}

func expired() rule.Finding {
	return rule.Finding{
		Rule: "policy-certificate", Status: rule.Fail, Reason: "expired", Subject: "mta-sts.example.com",
		Message: "The certificate expired 3 days ago, on 2026-01-28. Senders refuse it and deliver as if there were no policy.",
		Why:     "Without a certificate that verifies, anyone on the way could serve another policy.",
		Evidence: []string{
			"192.0.2.10: CN=mta-sts.example.com, names mta-sts.example.com",
			"192.0.2.10: issuer CN=R11,O=Let's Encrypt,C=US, valid 2025-10-30 to 2026-01-28",
		},
		Fix: &rule.Fix{
			Text:  "Renew the certificate and load it into the web server.",
			Lines: []string{"certbot renew --cert-name mta-sts.example.com", "systemctl reload nginx"},
		},
		TLSRPT: "sts-webpki-invalid", Reference: "RFC 8461 §3.3, RFC 9525 §6",
		Hides: []string{"policy-certificate-expiry", "policy-consistent"},
	}
}

func badMode() rule.Finding {
	url := "https://mta-sts.example.com/.well-known/mta-sts.txt"
	return rule.Finding{
		Rule: "policy-mode", Status: rule.Fail, Reason: "unknown", Subject: url,
		Message:  `The mode is "enforced", which is none of "enforce", "testing" and "none".`,
		Why:      "A policy without a valid mode is no policy.",
		Evidence: []string{"line 2, column 7: mode: enforced"},
		Fix: &rule.Fix{
			Text:    "Write enforce, then give the record a new id so that senders fetch the policy again.",
			Records: []rule.Record{{Name: "_mta-sts.example.com.", Type: "TXT", TTL: 3600, Value: `"v=STSv1; id=20260131020000Z"`}},
			File:    &rule.File{Path: url, Content: "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n"},
		},
		TLSRPT: "sts-policy-invalid", Reference: "RFC 8461 §3.2",
	}
}

// ravaged is a domain of which much is wrong that few edits mend.
func ravaged() rule.Result {
	r := result("example.com", rule.Fail, rule.Broken, rule.Counts{Fail: 6})
	mode := badMode()
	id := mode
	id.Rule, id.Reason, id.Subject = "sts-id", "bad-character", "_mta-sts.example.com"
	id.Message, id.Evidence = `The id is "2026-01-31", and only letters and digits may stand in it.`, nil
	id.Fix = &rule.Fix{Text: "Put these records in its place:", Records: append([]rule.Record{{Name: "_mta_sts.example.com.", Type: "TXT"}}, mode.Fix.Records...)}
	id.Hides = []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"}
	age := mode
	age.Rule, age.Reason = "policy-max-age", "missing"
	age.Message, age.Evidence = "There is no max_age.", nil
	age.Fix = &rule.Fix{Text: "Serve this file in its place, then give the record a new id:", File: mode.Fix.File, Records: mode.Fix.Records}
	mx := age
	mx.Rule, mx.Reason, mx.Message = "policy-mx", "missing", "There is no mx line."
	mx.Fix = &rule.Fix{Text: "Name the MX hosts.", File: mode.Fix.File}
	alias := age
	alias.Rule, alias.Reason, alias.Message = "policy-host-address", "missing", "The policy host has no address."
	alias.Fix = &rule.Fix{
		Text: "Point the name at the web server that serves this file:", File: mode.Fix.File,
		Records: []rule.Record{{Name: "mta-sts.example.com.", Type: "CNAME", TTL: 3600, Value: "example.com."}},
	}
	again := expired()
	again.Subject = "192.0.2.11"
	r.Findings = []rule.Finding{id, mode, age, mx, alias, expired(), again}
	r.Counts.Fail = len(r.Findings)
	return r
}

func silent() rule.Finding {
	return rule.Finding{
		Rule: "tlsrpt-record", Status: rule.Unknown, Reason: "dns-timeout", Subject: "_smtp._tls.example.com",
		Message:   "The resolver did not answer within 5 s, so it is not known whether reports are asked for.",
		Evidence:  []string{"192.0.2.53:53: i/o timeout"},
		Reference: "RFC 8460 §3",
	}
}

func uncovered() rule.Finding {
	return rule.Finding{
		Rule: "mx-covered", Status: rule.Warn, Reason: "not-covered", Subject: "mx3.example.com",
		Message:   "No mx line of the policy matches. In mode enforce senders would not deliver here.",
		Fix:       &rule.Fix{Text: "Add this line to the policy.", Lines: []string{"mx: mx3.example.com"}},
		Reference: "RFC 8461 §4.1",
	}
}

// absent is a domain with nothing published, and with all that is to be published.
func absent() rule.Result {
	r := result("example.com", rule.Fail, rule.Absent, rule.Counts{Fail: 1, Pass: 2})
	r.Findings = append([]rule.Finding{{
		Rule: "sts-record", Status: rule.Fail, Reason: "missing", Subject: "_mta-sts.example.com",
		Message:   "There is no MTA-STS record, so senders deliver with whatever TLS they get, or with none.",
		Evidence:  []string{"_mta-sts.example.com TXT: NXDOMAIN"},
		Reference: "RFC 8461 §3.1",
		Hides:     []string{"sts-record-syntax", "policy-host-address", "policy-fetch"},
		Fix: &rule.Fix{
			Text: "Publish these records and serve this file.",
			Records: []rule.Record{
				{Name: "_mta-sts.example.com.", Type: "TXT", TTL: 3600, Value: `"v=STSv1; id=20260131020000Z"`},
				{Name: "_smtp._tls.example.com.", Type: "TXT", TTL: 3600, Value: `"v=TLSRPTv1; rua=mailto:tlsrpt@example.com"`},
				{Name: "mta-sts.example.com.", Type: "CNAME", TTL: 300, Value: "www.example.com."},
				{Name: "_mta_sts.example.com.", Type: "TXT"},
			},
			File: &rule.File{
				Path:    "https://mta-sts.example.com/.well-known/mta-sts.txt",
				Content: "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 86400\n",
			},
		},
	}}, sound().Findings[1:3]...)
	r.Next = []string{"Publish the file before the record.", "After two weeks of clean reports change the mode to enforce and the id."}
	return r
}

// longTXT asks for a record that no single string of a TXT record holds.
func longTXT() rule.Result {
	r := result("example.com", rule.Warn, rule.Testing, rule.Counts{Warn: 1})
	uris := strings.TrimSuffix(strings.Repeat("mailto:reports@collector.example.net,", 16), ",")
	r.Findings = []rule.Finding{{
		Rule: "tlsrpt-record", Status: rule.Warn, Reason: "missing", Subject: "_smtp._tls.example.com",
		Message: "Nobody tells you what breaks.", Reference: "RFC 8460 §3",
		Fix: &rule.Fix{Text: "Publish this record.", Records: []rule.Record{{
			Name: "_smtp._tls.example.com.", Type: "TXT", TTL: 3600, Value: `"v=TLSRPTv1; rua=` + uris + `"`,
		}}},
	}}
	return r
}

const evil = "\x1b[2J\x1b]0;title\a red\r\nnext\tTAB \u202egnp.exe \u2066x\u2069 zero\u200bwidth \x7f \u009b31m \xff\xfe nbsp\u00a0. 日本語"

// hostile is a domain whose servers say what no terminal should see.
func hostile() rule.Result {
	r := result("evil\x1b[31m.example", rule.Fail, rule.Broken, rule.Counts{Fail: 1})
	r.Findings = []rule.Finding{{
		Rule: "sts-record", Status: rule.Fail, Reason: "near\nmiss", Subject: evil, Message: evil, Why: evil,
		Evidence: []string{evil, "two  spaces,   three"}, TLSRPT: evil, Reference: evil, Hides: []string{evil},
		Fix: &rule.Fix{
			Text:    evil,
			Records: []rule.Record{{Name: evil, Type: "TXT", TTL: 1, Value: `"` + evil + `"`}, {Name: evil, Type: evil}},
			File:    &rule.File{Path: evil, Content: "version: STSv1\n" + evil + "\n\nmx: a\n"},
			Lines:   []string{evil, "fine"},
		},
	}}
	r.Findings = append(r.Findings, rule.Finding{Rule: "delivery", Status: rule.Fail, Reason: evil, Subject: evil, Message: evil})
	verdict := rule.Verdict(strings.ToValidUTF8(evil, "?"))
	bad := delivered(evil, 65535, evil, verdict, evil)
	bad.UnderEnforce = verdict
	r.Delivery = append(r.Delivery, bad, rule.Delivery{Because: []string{}, Senders: []rule.Sender{}})
	r.Senders = []rule.SenderReading{
		{Sender: evil, Verdict: sender.Refuses, Because: evil, Line: 1 << 40, Version: evil, How: evil, Misread: evil, RefusedMX: []string{evil}},
		{Sender: "a", Verdict: sender.RefusesMX, Because: evil, Line: 1, Misread: evil, RefusedMX: []string{evil, evil, evil, evil, evil}},
		{Sender: "b", Verdict: sender.Unknown, Because: evil},
		{Sender: "c", Verdict: sender.Verdict(strings.ToValidUTF8(evil, "?")), Misread: evil},
	}
	r.Next = []string{evil}
	r.Observed = &fact.Observation{
		Domain: "evil.example", At: at(),
		STS: fact.Answer{Records: []fact.Record{{Text: []fact.Text{evil, "\u202e <b>&amp;</b> \u2028 \U000e0001", `\u003c`}}}},
	}
	return r
}

// read is a domain of whose policy senders known by name make all that they can.
func read() rule.Result {
	r := result("example.com", rule.Pass, rule.Enforced, rule.Counts{Pass: 1})
	r.Findings = sound().Findings[1:2]
	by := func(name string, v sender.Verdict, because string, line int) rule.SenderReading {
		return rule.SenderReading{Sender: name, Verdict: v, Because: because, Line: line, Version: "1.2.3", How: sender.Run}
	}
	r.Senders = []rule.SenderReading{
		by("chasquid", sender.Accepts, "", 0),
		by("maddy", sender.Refuses, "empty line", 5),
		by("postfix-tlspol", sender.Refuses, "gave up after 2 s", 0),
		by("postfix-mta-sts-resolver", sender.Refuses, "content type text/html", 0),
		by("mailauth", sender.Unknown, "gives up after 15 s without a byte", 0),
		by("KumoMTA", sender.RefusesMX, "mx MX1.example.com. does not match mx1.example.com", 3),
		by("Stalwart", sender.Accepts, "", 4),
		by("mox", sender.RefusesMX, "no mx matches mx1.example.com", 0),
	}
	r.Senders[5].RefusedMX = []string{"mx1.example.com"}
	r.Senders[6].Misread = "max_age 86400, not 60"
	r.Senders[7].RefusedMX = []string{"mx1.example.com", "mx2.example.com", "mx3.example.com", "mx4.example.com"}
	return r
}

// interrupted is a domain whose check was ended by the user.
func interrupted() rule.Result {
	r := result("example.org", rule.Unknown, rule.UnsureProtection, rule.Counts{Unknown: 1})
	r.Interrupted = true
	r.Findings = []rule.Finding{silent()}
	return r
}
