package lint

import (
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// Input is what was given; each part may be missing.
type Input struct {
	At      time.Time
	Version string // of this program
	Domain  string // in A-labels, lower case, no final dot; empty where it is not known

	Policy  *Policy
	Records []string // texts of TXT records at _mta-sts
	Reports []string // texts of TXT records at _smtp._tls
	MX      []string // names of the MX hosts, the most preferred first
	Zone    *Zone
}

// Policy is the text of a policy and the file that it was given in.
type Policy struct {
	Name string
	Body []byte
}

// The flags by which records and hosts are given, as they are named in facts.
const (
	RecordFlag = "--record"
	TLSRPTFlag = "--tlsrpt"
	MXFlag     = "--mx"
)

// Observe makes facts of what was given. What stands at a name that is a CNAME to one outside of the
// zone file was not given; nor is what some lines of a zone do not have, see [Zone.whole].
func (in Input) Observe() *fact.Observation {
	o := &fact.Observation{
		Schema: fact.Schema, Version: in.Version, Domain: in.Domain, At: in.At, Given: &fact.Given{},
		Host: fact.PolicyHost{Name: in.below("mta-sts")},
	}
	if in.Zone != nil {
		in.fromZone(o)
	}
	if in.Policy != nil {
		o.Given.Policy = &fact.Source{Name: in.Policy.Name, File: true}
		fetch := fact.Fetch{Status: 200, Body: fact.Text(in.Policy.Body)}
		if in.Domain != "" {
			fetch.URL = sts.PolicyURL(in.Domain)
		}
		o.Host.Fetches = []fact.Fetch{fetch}
	}
	if len(in.Records) > 0 {
		o.STS, o.Given.STS = in.texts("_mta-sts", in.Records), &fact.Source{Name: RecordFlag}
	}
	if len(in.Reports) > 0 {
		o.TLSRPT, o.Given.TLSRPT = in.texts("_smtp._tls", in.Reports), &fact.Source{Name: TLSRPTFlag}
	}
	if len(in.MX) > 0 {
		o.MX, o.Given.MX = in.exchanges(), &fact.Source{Name: MXFlag}
		o.Hosts = mailHosts(o.MX, nil)
	}
	return o
}

// below is a name under the domain, and the label alone where that is not known.
func (in Input) below(label string) string {
	if in.Domain == "" {
		return label
	}
	return label + "." + in.Domain
}

// texts is the answer of a zone that has these TXT records.
func (in Input) texts(label string, texts []string) fact.Answer {
	a := fact.Answer{Name: in.below(label), Type: "TXT", RCode: "NOERROR"}
	for _, text := range texts {
		a.Records = append(a.Records, fact.Record{Text: []fact.Text{fact.Text(text)}})
	}
	return a
}

// exchanges is the answer of a zone that has these MX hosts.
func (in Input) exchanges() fact.Answer {
	a := fact.Answer{Name: in.Domain, Type: "MX", RCode: "NOERROR"}
	for i, host := range in.MX {
		a.Records = append(a.Records, fact.Record{Preference: uint16(min(10*(i+1), 65535)), Host: strings.TrimSuffix(host, ".")})
	}
	return a
}

// mailHosts are the hosts of MX records. Of a name that is a CNAME in the zone, alias knows the target.
func mailHosts(mx fact.Answer, alias func(name string) []string) []fact.MailHost {
	var list []fact.MailHost
	for _, r := range mx.Records {
		m := fact.MailHost{Name: r.Host, Preference: r.Preference}
		if alias != nil {
			m.A.Aliases = alias(r.Host)
		}
		list = append(list, m)
	}
	return list
}

// fromZone takes from the zone what the rules that it can answer go by, and what their fixes do.
func (in Input) fromZone(o *fact.Observation) {
	z := in.Zone
	take := func(label, kind string) (fact.Answer, *fact.Source) {
		a, inside := z.answer(label, kind)
		if inside && (a.Found() || len(a.Aliases) > 0 || z.whole()) {
			return a, &fact.Source{Name: z.Name, File: true}
		}
		return a, nil
	}
	o.STS, o.Given.STS = take("_mta-sts", "TXT")
	o.TLSRPT, o.Given.TLSRPT = take("_smtp._tls", "TXT")
	o.MX, o.Given.MX = take("", "MX")
	o.Hosts = mailHosts(o.MX, z.targets)
	if z.wild("_mta-sts") {
		o.Wildcard = &fact.Answer{Name: "*." + z.Domain, Type: "TXT", RCode: "NOERROR", Aliases: o.STS.Aliases, Records: o.STS.Records}
	}
	for _, label := range misplaced(z.Domain) {
		if a, _ := z.answer(label, "TXT"); a.Found() && !z.wild(label) {
			o.Elsewhere = append(o.Elsewhere, a)
		}
	}
	a, _ := z.answer("", "A")
	aaaa, _ := z.answer("", "AAAA")
	o.Apex = []fact.Answer{a, aaaa}
	o.Host.A, _ = z.answer("mta-sts", "A")
	o.Host.AAAA, _ = z.answer("mta-sts", "AAAA")
}

// misplaced are labels that people confuse with the two right ones. The last two are the right ones
// with a final dot forgotten.
func misplaced(domain string) []string {
	return []string{
		"_mta_sts", "mta-sts", "", "_smtp-tlsrpt", "_tlsrpt", "_smtp_tls",
		"_mta-sts." + domain, "_smtp._tls." + domain,
	}
}
