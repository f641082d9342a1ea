package publish_test

import (
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/rule"
)

func noon() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }

// wish is what a user asks for who gives no flag.
func wish() publish.Wish {
	return publish.Wish{Domain: "example.com", Now: noon(), MaxAge: -1}
}

func txt(name string, texts ...string) fact.Answer {
	a := fact.Answer{Name: name, Type: "TXT", RCode: "NOERROR", TTL: 300}
	for _, t := range texts {
		a.Records = append(a.Records, fact.Record{Text: []fact.Text{fact.Text(t)}})
	}
	return a
}

func address(name, kind string, list ...string) fact.Answer {
	a := fact.Answer{Name: name, Type: kind, RCode: "NOERROR", TTL: 300}
	for _, text := range list {
		a.Records = append(a.Records, fact.Record{Address: text})
	}
	return a
}

// bare is a domain with two MX hosts and a web server, that publishes nothing about MTA-STS.
func bare() *fact.Observation {
	return &fact.Observation{
		Schema: fact.Schema, Domain: "example.com", At: noon(),
		STS:    txt("_mta-sts.example.com"),
		TLSRPT: txt("_smtp._tls.example.com"),
		MX: fact.Answer{Name: "example.com", Type: "MX", RCode: "NOERROR", Records: []fact.Record{
			{Preference: 10, Host: "MX1.example.com"}, {Preference: 20, Host: "mx2.example.com"},
		}},
		Hosts: []fact.MailHost{{Name: "MX1.example.com", Preference: 10}, {Name: "mx2.example.com", Preference: 20}},
		Apex:  []fact.Answer{address("example.com", "A", "192.0.2.80"), address("example.com", "AAAA")},
		Host: fact.PolicyHost{
			Name: "mta-sts.example.com",
			A:    address("mta-sts.example.com", "A"), AAAA: address("mta-sts.example.com", "AAAA"),
		},
	}
}

const soundPolicy = "version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 1209600\n"

// sound is the same domain with a policy in mode testing.
func sound() *fact.Observation {
	o := bare()
	o.Apex = nil
	o.STS = txt("_mta-sts.example.com", "v=STSv1; id=20260101000000Z")
	o.TLSRPT = txt("_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:tls@example.com")
	o.Host.A = address("mta-sts.example.com", "A", "192.0.2.10")
	o.Host.Fetches = []fact.Fetch{{Address: "192.0.2.10", Connected: true, Status: 200, Body: soundPolicy}}
	return o
}

func serving(policy string) *fact.Observation {
	o := sound()
	o.Host.Fetches[0].Body = fact.Text(policy)
	return o
}

// make is the plan of a wish for a domain that was looked at.
func plan(t *testing.T, o *fact.Observation, w publish.Wish) *publish.Plan {
	t.Helper()
	live, err := publish.Look(o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := publish.Make(w, live)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// short is records as "NAME TYPE VALUE"; one to remove is "-NAME TYPE".
func short(records []rule.Record) []string {
	list := []string{}
	for _, r := range records {
		if r.Value == "" {
			list = append(list, "-"+r.Name+" "+r.Type)
		} else {
			list = append(list, r.Name+" "+r.Type+" "+r.Value)
		}
	}
	return list
}

func mentions(lines []string, what string) bool {
	return strings.Contains(strings.Join(lines, "\n"), what)
}

func texts(steps []publish.Step) []string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Text)
	}
	return list
}
