package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Analysis is what was added up so far. The order of what was added does not matter; Causes, Fix, Live,
// Current and Ready are left to Explain and Readiness.
func (t *Tally) Analysis() *Analysis {
	a := t.result
	a.Schema = 1
	a.Skipped, a.SkippedAll = t.skipped.list(), t.skipped.total
	a.Notes = counts(t.notes)
	a.Domains = []Domain{}
	fill := filler{left: t.room / roomDay}
	for _, s := range sorted(t.domains) {
		a.Domains = append(a.Domains, t.domains[s].sum(s, &fill))
	}
	if len(a.Domains) > 1 && a.Domains[0].Domain == "" {
		a.Domains = append(a.Domains[1:], a.Domains[0]) // what is of no domain comes last
	}
	return &a
}

// sorted are the keys of a map.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// counts lists what occurs most first.
func counts(m map[string]int) []Count {
	list := []Count{}
	for text, n := range m {
		list = append(list, Count{text, n})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), strings.Compare(a.Text, b.Text))
	})
	return list
}

func (d *domainTally) sum(domain string, fill *filler) Domain {
	return Domain{
		Domain:        domain,
		From:          d.first,
		To:            d.last,
		Successful:    d.successful,
		Failed:        d.failed,
		Days:          fill.days(d.days),
		Organizations: d.organizations(),
		Hosts:         d.mxHosts(),
		Failures:      d.failures(),
		Policies:      d.seen(),
		NoPolicy:      shareWithout(d.days),
		proof:         d.proofs(),
	}
}

// organizations lists those with most sessions first.
func (d *domainTally) organizations() []Organization {
	list := []Organization{}
	for n, o := range d.orgs {
		list = append(list, Organization{n.shown, o.reports, o.successful, o.failed, o.first, o.last})
	}
	slices.SortFunc(list, func(a, b Organization) int {
		return cmp.Or(-cmp.Compare(a.Successful+a.Failed, b.Successful+b.Failed), strings.Compare(a.Name, b.Name))
	})
	return list
}

// mxHosts lists those with most failures first.
func (d *domainTally) mxHosts() []Host {
	list := []Host{}
	for mx, h := range d.hosts {
		one := Host{MX: mx, IPs: addresses(h.ips), Failed: h.failed}
		if h.fails {
			one.LastSeen = h.last.String()
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Host) int {
		return cmp.Or(-cmp.Compare(a.Failed, b.Failed), strings.Compare(a.MX, b.MX))
	})
	return list
}

// addresses is never nil.
func addresses(ips map[string]bool) []string { return append([]string{}, sorted(ips)...) }

// failures lists the kinds with most sessions first; of those with as many, the latest.
func (d *domainTally) failures() []Kind {
	list := []Kind{}
	for key, k := range d.kinds {
		list = append(list, k.sumUp(key))
	}
	slices.SortFunc(list, func(a, b Kind) int {
		return cmp.Or(
			-cmp.Compare(a.Sessions, b.Sessions), -strings.Compare(a.Last, b.Last),
			strings.Compare(a.ResultType, b.ResultType), strings.Compare(a.MX, b.MX),
			strings.Compare(a.Organization, b.Organization), strings.Compare(a.Reason, b.Reason),
			strings.Compare(a.PolicyType, b.PolicyType),
		)
	})
	return list
}

func (k *kindTally) sumUp(key kindKey) Kind {
	one := Kind{
		ResultType: key.result, Organization: key.org.shown, MX: key.mx, Reason: key.reason, PolicyType: key.policy,
		IPs: addresses(k.ips), Sessions: k.sum, First: k.from.String(), Last: k.to.String(), Causes: []Cause{},
	}
	for _, on := range sorted(k.days) {
		one.days = append(one.days, daily{on.String(), k.days[on].sessions, k.days[on].until.String()})
	}
	return one
}

// seen lists the policies that were seen last first; of those seen as late, the one with most sessions.
func (d *domainTally) seen() []Seen {
	list := []Seen{}
	for _, p := range d.policies {
		list = append(list, p.sumUp())
	}
	slices.SortFunc(list, func(a, b Seen) int {
		return cmp.Or(
			b.Last.Compare(a.Last), -cmp.Compare(a.Sessions, b.Sessions), strings.Compare(a.Type, b.Type),
			slices.Compare(a.String, b.String),
		)
	})
	return list
}

func (p *seenTally) sumUp() Seen {
	one := Seen{
		Type: p.kind, String: append([]string{}, p.lines...), Organizations: []string{}, Held: []Held{},
		Sessions: p.sum, First: p.first, Last: p.last, proved: p.provedTimes(),
	}
	for n, s := range p.held {
		one.Held = append(one.Held, Held{n.shown, s.first, s.last})
	}
	slices.SortFunc(one.Held, func(a, b Held) int { return strings.Compare(a.Organization, b.Organization) })
	for _, h := range one.Held {
		one.Organizations = append(one.Organizations, h.Organization)
	}
	return one
}
