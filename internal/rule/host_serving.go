package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

func fetchTime() Rule {
	return Rule{
		ID: "policy-fetch-time", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "the policy comes in under 2 seconds",
		Why:   "Senders wait a limited time, some of them for 2 seconds only. A policy that comes later does not exist for them.",
		More:  "The time runs from the question to the DNS to the last byte of the file. A server that is asked rarely may need seconds to wake up, and MTA-STS is asked rarely.",
		Reasons: []Reason{{
			Word: "slow", Status: Warn,
			More:    "Hosting platforms put sites to sleep that nobody visits, and applications look up a database first. A sender that gives up delivers as if there were no policy, or by the one that it holds.",
			Message: "Fetching the policy took {took}. {who}",
			Fix:     "Serve the policy as a static file from a server that is always awake: no application, no cold start.",
		}},
		Check: checkFetchTime,
	}
}

func checkFetchTime(c *Case) []Hit {
	done := slices.DeleteFunc(slices.Clone(c.fetched), func(f *fact.Fetch) bool { return !complete(f) })
	if len(done) == 0 {
		return nil
	}
	slowest := slices.MaxFunc(done, func(a, b *fact.Fetch) int { return cmp.Compare(a.Timing.Total, b.Timing.Total) })
	took := time.Duration(slowest.Timing.Total)
	t := slowest.Timing
	h := Hit{Subject: c.Host.Name, Evidence: []string{fmt.Sprintf("%s: DNS %s, connect %s, TLS %s, first byte %s, body %s",
		slowest.Address, ms(t.DNS), ms(t.Connect), ms(t.TLS), ms(t.FirstByte), ms(t.Body))}}
	if took < 2*time.Second {
		return []Hit{h}
	}
	h.Reason = "slow"
	h.Vars = Vars{"took": took.Round(100 * time.Millisecond).String(), "who": whoGivesUp(took)}
	return []Hit{h}
}

func ms(m fact.Millis) string { return time.Duration(m).Round(time.Millisecond).String() }

func policyConsistent() Rule {
	return Rule{
		ID: "policy-consistent", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "every address of {host} serves the same policy",
		Why:   "Each sender asks one address. Where they differ, senders hold different policies and nobody can tell which.",
		More:  "A name may have several addresses, often of several machines. A sender takes one of them by chance.",
		Reasons: []Reason{{
			Word: "differs", Status: Fail, TLSRPT: tlsrpt.STSPolicyInvalid,
			More:    "As a rule a change reached one machine and not the other, or a cache (CDN) still has the old file.",
			Message: "The addresses of {host} serve {count} different policies.",
			Fix:     "Deploy one and the same file to every address:",
		}},
		Check: checkConsistent,
	}
}

func checkConsistent(c *Case) []Hit {
	groups := outcomes(c.fetched, func(f *fact.Fetch) string {
		if !complete(f) || !c.authentic[f.Address] {
			return "" // senders do not take it: policy-certificate tells
		}
		return " " + strings.ReplaceAll(string(f.Body), "\r\n", "\n")
	})
	if len(groups) == 0 || len(groups) == 1 && len(groups[0].fetches) < 2 {
		return nil
	}
	if len(groups) == 1 {
		return []Hit{{Subject: c.Host.Name}}
	}
	h := Hit{Reason: "differs", Subject: c.Host.Name, Vars: Vars{"count": fmt.Sprint(len(groups))}}
	for _, g := range groups {
		h.Evidence = append(h.Evidence, strings.Join(addressesOf(g.fetches), ", ")+": "+quote(strings.TrimPrefix(g.word, " ")))
	}
	return []Hit{c.policyFix(h, c.repaired())}
}

func contentType() Rule {
	return Rule{
		ID: "policy-content-type", Group: "host", Ref: "RFC 8461 §3.2",
		Title: "the policy is served as text/plain",
		Why:   "The RFC has senders check the media type, so that a page which users upload cannot pass for a policy.",
		More:  "The header Content-Type tells what a file is. Web servers set it by the file's ending: .txt makes text/plain, and a path that an application answers is often text/html.",
		Reasons: []Reason{
			{
				Word: "wrong-type", Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError,
				More:    "The type comes from the name of the file or from the application that answers, not from what is in the file.",
				Message: "The policy is served as {type}, not as text/plain. {senders}",
				Fix:     "Have the web server send `Content-Type: text/plain` for this path; for nginx:",
			},
			{
				Word: "missing", Status: Warn,
				More:    "The web server has no type for the file, or was told to send none.",
				Message: "The policy is served without a Content-Type. {senders}",
				Fix:     "Have the web server send `Content-Type: text/plain` for this path; for nginx:",
			},
		},
		Check: checkContentType,
	}
}

func checkContentType(c *Case) []Hit {
	var hits []Hit
	for _, o := range outcomes(c.fetched, typeOf) {
		word, kind, _ := strings.Cut(o.word, " ")
		h := Hit{Subject: c.subject(o), Evidence: []string{"Content-Type: " + cmp.Or(kind, "(none)")}}
		if word != "pass" {
			h.Reason, h.Lines, h.Vars = word, nginxLocation(c), Vars{"type": kind, "senders": whoRefuses(kind)}
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}

// typeOf judges the media type; its parameters are left aside (RFC 8461 §3.2).
func typeOf(f *fact.Fetch) string {
	if !complete(f) {
		return ""
	}
	value, ok := f.Get("Content-Type")
	kind, _, _ := strings.Cut(value, ";")
	kind = strings.TrimSpace(kind)
	switch {
	case !ok || kind == "":
		return "missing"
	case strings.EqualFold(kind, "text/plain"):
		return "pass " + value
	}
	return "wrong-type " + kind
}
