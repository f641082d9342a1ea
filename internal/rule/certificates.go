package rule

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mtasts/internal/fact"
)

// The ports at which certificates are shown.
const (
	portHTTPS = 443
	portSMTP  = 25
)

// mostCertificates is how many are told. Few domains have more than ten MX hosts, and saved facts may
// hold any number.
const mostCertificates = 100

// certificates are when those end that the policy host and the MX hosts show, the soonest first. It
// is the leaf's end that counts: that is what is renewed.
func (c *Case) certificates() []Certificate {
	var list []Certificate
	add := func(host string, port int, shown []*fact.TLS) {
		if end := c.earliest(shown); !end.IsZero() {
			list = append(list, Certificate{strings.ToLower(host), port, end})
		}
	}
	var shown []*fact.TLS
	for _, f := range c.Host.Fetches {
		shown = append(shown, f.TLS)
	}
	add(c.Host.Name, portHTTPS, shown)
	for _, p := range c.peers {
		shown = nil
		for _, s := range p.sessions {
			shown = append(shown, s.probe.TLS)
		}
		add(p.Name, portSMTP, shown)
	}
	slices.SortFunc(list, func(a, b Certificate) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
	return list[:min(len(list), mostCertificates)]
}

// earliest is the first end among what was shown; zero where nothing was, or nothing that can be read.
func (c *Case) earliest(shown []*fact.TLS) time.Time {
	var first time.Time
	for _, tls := range shown {
		if end, ok := c.reader.End(tls); ok && !end.IsZero() && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}
