package fact

import (
	"time"
	"unicode/utf8"
)

// Stable tells that the JSON form of an observation gives back the very same: whoever judges it
// judges what a file of facts would hold. JSON bends plain strings that are no UTF-8, spans finer than a
// tenth of a millisecond, times that are not in UTC, and lists that are empty and yet there.
func (o *Observation) Stable() bool {
	return plain(o.Version, o.Domain) && stableTime(o.At) && o.TookMS.stable() && o.Given.stable() && o.Vantage.stable() &&
		o.STS.stable() && o.TLSRPT.stable() && o.MX.stable() && each(o.Apex, (*Answer).stable) && o.Wildcard.stable() &&
		each(o.Elsewhere, (*Answer).stable) && o.Host.stable() && each(o.Hosts, (*MailHost).stable) &&
		each(o.Destinations, (*Destination).stable) && o.Root.stable()
}

func (g *Given) stable() bool {
	return g == nil || g.Policy.stable() && g.STS.stable() && g.TLSRPT.stable() && g.MX.stable()
}

func (s *Source) stable() bool { return s == nil || plain(s.Name) }

func (v *Vantage) stable() bool {
	return plainList(v.Resolvers) && plainList(v.AllowNets) && plainList(v.ADTrusted) &&
		plain(v.Family, v.Roots, v.Proxy, v.SMTP, v.EHLOName, v.Port25)
}

func (a *Answer) stable() bool {
	return a == nil || plain(a.Name, a.Type, a.RCode, a.Server) && plainList(a.Aliases) && each(a.Records, (*Record).stable) &&
		a.TookMS.stable() && a.Fault.stable()
}

func (r *Record) stable() bool {
	return given(r.Text) && plain(r.Host, r.Address) && (r.TLSA == nil || given(r.TLSA.Data))
}

func (h *PolicyHost) stable() bool {
	return plain(h.Name) && h.A.stable() && h.AAAA.stable() && each(h.Fetches, (*Fetch).stable) && each(h.Elsewhere, (*Fetch).stable)
}

func (f *Fetch) stable() bool {
	t := &f.Timing
	return plain(f.URL, f.Address, f.Skipped) && f.TLS.stable() && each(f.Header, func(h *Header) bool { return plain(h.Name) }) &&
		f.Fault.stable() && stableSpans(t.DNS, t.Connect, t.TLS, t.FirstByte, t.Body, t.Total)
}

func (t *TLS) stable() bool {
	return t == nil || plain(t.Version, t.Cipher, t.Anchor, t.TrustFault) && plainList(t.Path) && given(t.Chain) &&
		stableTime(t.PathStart) && stableTime(t.PathExpiry)
}

func (d *Destination) stable() bool {
	return plain(d.URI, d.Scheme, d.Host, d.Skipped) && d.MX.stable() && d.A.stable() && d.AAAA.stable()
}

func (h *MailHost) stable() bool {
	return plain(h.Name, h.Skipped) && h.A.stable() && h.AAAA.stable() && each(h.Probes, (*Probe).stable) &&
		each(h.TLSA, (*Answer).stable) && h.CNAME.stable()
}

func (p *Probe) stable() bool {
	t := &p.Timing
	return plain(p.Address, p.Under, p.Skipped) && p.TLS.stable() && p.Fault.stable() &&
		stableSpans(t.Connect, t.Greeting, t.EHLO, t.StartTLS, t.TLS, t.Total)
}

func (f *Fault) stable() bool { return f == nil || plain(string(f.Stage), string(f.Kind), f.Text) }

func plain(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

// given tells a list that is not there, or not empty.
func given[T any](list []T) bool { return list == nil || len(list) > 0 }

func plainList(list []string) bool { return given(list) && plain(list...) }

func each[T any](list []T, stable func(*T) bool) bool {
	for i := range list {
		if !stable(&list[i]) {
			return false
		}
	}
	return given(list)
}

func stableSpans(list ...Millis) bool {
	for _, m := range list {
		if !m.stable() {
			return false
		}
	}
	return true
}

// stable tells a number of tenths that a fraction of floating point can tell.
func (m Millis) stable() bool {
	const longest = 1 << 50 // 13 days
	return time.Duration(m)%tenth == 0 && -longest < m && m < longest
}

// stableTime tells a time that is written as one in UTC, and can be written.
func stableTime(t time.Time) bool {
	return t.Location() == time.UTC && 0 <= t.Year() && t.Year() <= 9999
}
