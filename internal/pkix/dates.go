package pkix

import (
	"crypto/x509"
	"fmt"
	"time"
)

// expired is the leaf's end of validity, and that of the certificates it depends on.
func (c *chain) expired(at time.Time) []Problem {
	var list []Problem
	if end := c.leaf.NotAfter; at.After(end) {
		list = append(list, Problem{Expired, ended(end, at)})
	}
	if c.trusted() {
		if end := c.facts.PathExpiry; !end.IsZero() && at.After(end) {
			list = append(list, c.lapsed(c.owner(end, notAfter), end, at))
		}
		return list
	}
	for _, ca := range c.intermediates() {
		if at.After(ca.NotAfter) {
			list = append(list, c.lapsed("intermediate "+quoteName(ca), ca.NotAfter, at))
		}
	}
	return list
}

func (c *chain) lapsed(who string, end, at time.Time) Problem {
	return Problem{Expired, fmt.Sprintf("depends on the %s, which %s", who, ended(end, at))}
}

// early is the same for the beginning of validity.
func (c *chain) early(at time.Time) []Problem {
	var list []Problem
	if start := c.leaf.NotBefore; at.Before(start) {
		list = append(list, Problem{NotYetValid, begins(start, at)})
	}
	if start := c.facts.PathStart; c.trusted() && at.Before(start) {
		text := fmt.Sprintf("depends on the %s, which is not valid before %s", c.owner(start, notBefore), day(start))
		list = append(list, Problem{NotYetValid, text})
	}
	return list
}

func notAfter(c *x509.Certificate) time.Time  { return c.NotAfter }
func notBefore(c *x509.Certificate) time.Time { return c.NotBefore }

// owner names the certificate of the verified path whose date this is: a sent one, else the
// root, which only the local store has.
func (c *chain) owner(date time.Time, of func(*x509.Certificate) time.Time) string {
	for _, ca := range c.reader.readAll(c.facts.Chain[1:]) {
		if of(ca).Equal(date) {
			return "intermediate " + quoteName(ca)
		}
	}
	return fmt.Sprintf("root %q", clip(c.facts.Anchor))
}

// Dated is what is wrong with the dates of any one certificate at that time, as a clause whose
// subject is the certificate: "expired 3 days ago, on 2026-01-28". It is empty within them.
func Dated(c *x509.Certificate, at time.Time) string {
	switch {
	case at.After(c.NotAfter):
		return ended(c.NotAfter, at)
	case at.Before(c.NotBefore):
		return begins(c.NotBefore, at)
	default:
		return ""
	}
}

func ended(end, at time.Time) string {
	return fmt.Sprintf("expired %s ago, on %s", span(at.Sub(end)), day(end))
}

func begins(start, at time.Time) string {
	return fmt.Sprintf("is not valid before %s, which is in %s", day(start), span(start.Sub(at)))
}

// day is the date in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// span is a length of time as people say it, in the largest unit that leaves two or more.
func span(d time.Duration) string {
	const oneDay = 24 * time.Hour
	switch {
	case d >= 2*oneDay:
		return fmt.Sprintf("%d days", d/oneDay)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	default:
		return "a minute"
	}
}
