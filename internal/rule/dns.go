package rule

import (
	"cmp"
	"strings"

	"mtasts/internal/fact"
)

// dnsReasons are the reasons of a question that stayed unanswered; subject is what was asked for.
func dnsReasons(hides ...string) []Reason {
	return []Reason{
		{
			Word: "dns-error", Status: Unknown, Hides: hides,
			More:    "SERVFAIL means that the resolver got no answer that it could use, REFUSED that it was not willing to ask. Neither says that there is no record; only the domain's own name servers know.",
			Message: "The DNS gave no usable answer for {name}: {said}. Whether the record is there cannot be told.",
			Fix:     "Ask the domain's own name servers for {name}: they answer with an error, are not reached, or their DNSSEC signatures do not hold.",
		},
		{
			Word: "dns-timeout", Status: Unknown, Hides: hides,
			More:    "No answer came: a name server is down, or the question or its answer was lost on the way. That is not the same as the answer \"no such record\".",
			Message: "The DNS did not answer for {name} in time. Whether the record is there cannot be told.",
			Fix:     "Try again, or with another --resolver. If it stays, look whether the domain's name servers are reached from outside.",
		},
	}
}

// dnsHit is the hit of a question that stayed unanswered, if it did.
func dnsHit(a fact.Answer) (Hit, bool) {
	word := dnsTrouble(a)
	if word == "" {
		return Hit{}, false
	}
	return Hit{
		Reason: word, Subject: a.Name, Evidence: []string{said(a)},
		Vars: Vars{"name": a.Type + " " + a.Name, "said": outcomeOf(a)},
	}, true
}

// dnsTrouble is the reason word for a question that stayed unanswered, and "" for one that was
// answered, never asked, or cut short by the user.
func dnsTrouble(a fact.Answer) string {
	switch {
	case !a.Unknown() || a.Name == "" || canceled(a.Fault):
		return ""
	case a.Fault != nil && a.Fault.Timeout:
		return "dns-timeout"
	}
	return "dns-error"
}

// said is what the DNS said instead of an answer, as evidence.
func said(a fact.Answer) string { return a.Type + " " + a.Name + ": " + outcomeOf(a) }

// outcomeOf is the DNS's answer in words for people.
func outcomeOf(a fact.Answer) string {
	switch {
	case a.Bogus:
		return "the DNSSEC signatures do not hold: the resolver answers " + cmp.Or(a.RCode, "SERVFAIL") + ", and answers when told not to check"
	case a.Fault != nil:
		return strings.TrimPrefix(a.Fault.Text, a.Type+" "+a.Name+": ")
	case a.RCode == "NOERROR" && len(a.Records) == 0:
		return "no such record (NODATA)"
	case a.RCode == "NXDOMAIN":
		return "no such name (NXDOMAIN)"
	}
	return a.RCode
}

func aliasPath(a fact.Answer) string {
	path := a.Type + " " + strings.Join(append([]string{a.Name}, a.Aliases...), " -> ")
	if a.Found() {
		return path
	}
	return path + ": " + outcomeOf(a)
}

func faultText(f *fact.Fault) string {
	if f == nil {
		return ""
	}
	return f.Text
}

// danglingHit tells of a CNAME that leads nowhere.
func danglingHit(a fact.Answer, name string, fix []Record) Hit {
	state := "does not exist"
	if a.Fault != nil {
		state = "leads on in a circle"
	}
	target := name
	if len(a.Aliases) > 0 {
		target = a.Aliases[len(a.Aliases)-1]
	}
	return Hit{
		Reason: "dangling-alias", Subject: name, Vars: Vars{"target": target, "state": state},
		Evidence: []string{aliasPath(a)}, Records: fix,
	}
}

func canceled(f *fact.Fault) bool { return f != nil && f.Kind == fact.Canceled }
