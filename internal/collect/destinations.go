package collect

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/net/idna"

	"mtasts/internal/addr"
	"mtasts/internal/fact"
	"mtasts/internal/tlsrpt"
)

const (
	// maxDestinations is how many URIs of one TLSRPT record are looked at: beyond, they are listed as
	// skipped.
	maxDestinations = 10
	// mostDestinations is how many are listed. A record has room for 20,000, and what reads facts takes no
	// more than this.
	mostDestinations = 1000
)

// destinations asks about the hosts that the TLSRPT record's URIs name (RFC 8460 §3): whether
// mail to them has a place to go, or the HTTPS host an address. Nothing is sent to them.
func (l *look) destinations(ctx context.Context, txt string) {
	record, _ := tlsrpt.ParseRecord(txt)
	if len(record.RUA) == 0 {
		return
	}
	list := make([]fact.Destination, min(len(record.RUA), mostDestinations))
	var all sync.WaitGroup
	for i, uri := range record.RUA[:len(list)] {
		d := &list[i]
		*d = fact.Destination{URI: uri.Text, Scheme: uri.Scheme, Host: aLabels(uri.Host)}
		if i >= maxDestinations {
			d.Skipped = fact.SkipLimit
			continue
		}
		all.Go(func() { l.destination(ctx, d) })
	}
	all.Wait()
	l.seen.Destinations = list
}

func (l *look) destination(ctx context.Context, d *fact.Destination) {
	if d.Host == "" || addr.Literal(d.Host) || d.Scheme != "mailto" && d.Scheme != "https" {
		return
	}
	l.together(
		func() {
			l.addresses(ctx, d.Host, func(a fact.Answer) { d.A = a }, func(a fact.Answer) { d.AAAA = a })
		},
		func() {
			if d.Scheme == "mailto" {
				d.MX = l.ask(ctx, d.Host, "MX")
			}
		},
	)
}

// aLabels is the host as the DNS wants it; one that has no such form stays as it is.
func aLabels(host string) string {
	host = strings.TrimSuffix(host, ".")
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return strings.ToLower(host)
}
