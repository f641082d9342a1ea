package rule

import (
	"strings"

	"mtasts/internal/fact"
)

// Explanation is a rule for somebody who wants to know more than a finding says. Its texts have no
// templates: they tell of an example domain, by findings as [Judge] would word them.
type Explanation struct {
	ID           string      `json:"id"`
	Group        string      `json:"group"`
	Title        string      `json:"title"`         // what holds when the rule passes
	Why          string      `json:"why"`           // why it matters
	More         string      `json:"more"`          // what its words mean
	Reference    string      `json:"reference"`     // "RFC 8461 §3.1"
	ReferenceURL string      `json:"reference_url"` // where to read it
	UnderPolicy  bool        `json:"under_policy"`  // it fails only while the policy is in force
	Reasons      []Explained `json:"reasons"`
}

// Explained is one reason for which a rule does not pass.
type Explained struct {
	Reason string `json:"reason"`
	Status Status `json:"status"`
	// Exception tells where the status is another one.
	Exception string   `json:"exception,omitempty"`
	Message   string   `json:"message"` // as in a finding
	InForce   string   `json:"in_force,omitempty"`
	NotYet    string   `json:"not_yet_in_force,omitempty"`
	More      string   `json:"more,omitempty"` // what its words mean, and how it comes about
	Fix       Fix      `json:"fix"`
	TLSRPT    string   `json:"tlsrpt_result,omitempty"`
	Hides     []string `json:"hides,omitempty"` // globs of the rules that it leaves without an answer
	Here      bool     `json:"here,omitempty"`
}

// ExplanationSchema is the version of the JSON form of explanations: fields are added, never renamed.
const ExplanationSchema = 1

// NothingToDo is the fix of a reason that asks nothing of anybody.
const NothingToDo = "Nothing has to be done."

// Explain tells every rule of the catalogue, in its order.
func Explain() []Explanation {
	c := newCase(publishedDomain(), Options{ExpiryDays: DefaultExpiryDays})
	c.rules = catalogue()
	told := examples()
	var list []Explanation
	for _, r := range c.rules {
		e := Explanation{
			ID: r.ID, Group: r.Group, Title: expand(r.Title, c.vars(nil)), Why: r.Why, More: expand(r.More, c.vars(nil)),
			Reference: r.Ref, ReferenceURL: referenceURL(r.Ref), UnderPolicy: r.UnderPolicy,
		}
		for _, reason := range r.Reasons {
			e.Reasons = append(e.Reasons, c.explain(r, reason, told))
		}
		list = append(list, e)
	}
	return list
}

// explain tells a reason by a finding of the example domain, put into words as real ones are.
func (c *Case) explain(r Rule, reason Reason, told map[string]example) Explained {
	h := Hit{Reason: reason.Word, Subject: c.Domain, Vars: exampleVars(r, reason, told)}
	if give := exampleGift(r, reason, told); give != nil {
		h = give(c, h)
	}
	d := c.draft(r, h, new(Finding))
	e := Explained{
		Reason: reason.Word, Status: d.Status, Exception: reason.Exception, Message: d.Message,
		InForce: d.now, NotYet: d.later, More: expand(reason.More, c.vars(h.Vars)), Fix: Fix{Text: NothingToDo},
		TLSRPT: d.TLSRPT, Hides: reason.Hides, Here: reason.Here,
	}
	if d.Fix != nil {
		e.Fix = *d.Fix
	}
	return e
}

// referenceURL is where the section of an RFC can be read: "RFC 8461 §3.1" has two parts.
func referenceURL(ref string) string {
	number, section, _ := strings.Cut(strings.TrimPrefix(ref, "RFC "), " §")
	return "https://www.rfc-editor.org/rfc/rfc" + number + "#section-" + section
}

// Group is a part of the catalogue.
type Group struct {
	ID    string // as in Rule.Group
	Title string // what its rules are about
}

// Groups are the parts of the catalogue, in its order.
func Groups() []Group {
	return []Group{
		{"record", "The domain, and the DNS record by which senders learn of the policy"},
		{"host", "The web server that senders fetch the policy from"},
		{"policy", "The text of the policy"},
		{"mx", "The MX records, and whether the policy names their hosts"},
		{"smtp", "The MX hosts: TLS, certificates, DANE, and who delivers"},
		{"tlsrpt", "The reports by which you hear of failures (TLS-RPT)"},
		{"change", "What senders may still hold from before"},
	}
}

// example is how a reason is told where there is no finding of it.
type example struct {
	vars Vars
	give func(*Case, Hit) Hit // adds what the fix gives to paste
}

// exampleKeys are where to look for a reason's example, from the general to the particular.
func exampleKeys(r Rule, reason Reason) []string {
	return []string{"", r.Group, r.ID, r.ID + ":" + reason.Word}
}

func exampleVars(r Rule, reason Reason, told map[string]example) Vars {
	vars := Vars{}
	for _, key := range exampleKeys(r, reason) {
		for name, value := range told[key].vars {
			vars[name] = value
		}
	}
	return vars
}

func exampleGift(r Rule, reason Reason, told map[string]example) func(*Case, Hit) Hit {
	var give func(*Case, Hit) Hit
	for _, key := range exampleKeys(r, reason) {
		if told[key].give != nil {
			give = told[key].give
		}
	}
	return give
}

// publishedDomain is a sound domain: what fixes print is what it has.
func publishedDomain() *fact.Observation {
	const domain = "example.com"
	o := unpublishedDomain()
	o.STS = exampleAnswer("_mta-sts."+domain, "TXT", fact.Record{Text: []fact.Text{"v=STSv1; id=20251201000000Z"}})
	o.TLSRPT = exampleAnswer("_smtp._tls."+domain, "TXT", fact.Record{Text: []fact.Text{"v=TLSRPTv1; rua=mailto:tlsrpt@" + domain}})
	o.Host.A = exampleAnswer("mta-sts."+domain, "A", fact.Record{Address: "192.0.2.10"})
	o.Host.Fetches = []fact.Fetch{{
		Address: "192.0.2.10", Connected: true, Status: 200,
		Body: "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n",
	}}
	return o
}

// unpublishedDomain is the same before anything was published.
func unpublishedDomain() *fact.Observation {
	const domain = "example.com"
	return &fact.Observation{
		Schema: fact.Schema, Domain: domain, At: exampleTime(), Vantage: fact.Vantage{TimeoutMS: 60000, AllowNets: []string{"192.0.2.0/24"}},
		STS:    fact.Answer{Name: "_mta-sts." + domain, Type: "TXT", RCode: "NXDOMAIN"},
		TLSRPT: fact.Answer{Name: "_smtp._tls." + domain, Type: "TXT", RCode: "NXDOMAIN"},
		MX: exampleAnswer(domain, "MX",
			fact.Record{Preference: 10, Host: "mx1." + domain}, fact.Record{Preference: 20, Host: "mx2." + domain}),
		Apex: []fact.Answer{exampleAnswer(domain, "A", fact.Record{Address: "192.0.2.10"})},
		Host: fact.PolicyHost{
			Name: "mta-sts." + domain,
			A:    fact.Answer{Name: "mta-sts." + domain, Type: "A", RCode: "NXDOMAIN"},
			AAAA: fact.Answer{Name: "mta-sts." + domain, Type: "AAAA", RCode: "NXDOMAIN"},
		},
		Hosts: []fact.MailHost{exampleHost("mx1."+domain, 10, "192.0.2.11"), exampleHost("mx2."+domain, 20, "192.0.2.12")},
	}
}

func exampleHost(name string, preference uint16, address string) fact.MailHost {
	return fact.MailHost{
		Name: name, Preference: preference,
		A:    exampleAnswer(name, "A", fact.Record{Address: address}),
		AAAA: exampleAnswer(name, "AAAA"),
	}
}

func exampleAnswer(name, kind string, records ...fact.Record) fact.Answer {
	return fact.Answer{Name: name, Type: kind, RCode: "NOERROR", Records: records, TTL: newTTL}
}
