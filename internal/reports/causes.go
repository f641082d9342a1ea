package reports

import (
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
	"mtasts/internal/words"
)

// The words of Kind.Live.
const (
	Confirmed = "confirmed"
	Mended    = "mended"
	Unsure    = "unknown"
)

// Explain joins each failure to its likely causes, and both failures and policies to what a check of the
// domain, by its name in live, finds now. Domains that were not checked are left out of live, which may
// be nil.
func (a *Analysis) Explain(live map[string]*rule.Result) {
	told := catalogue()
	room := mostCompared
	for i := range a.Domains {
		d := &a.Domains[i]
		now, b := &look{Result: live[d.Domain], told: told}, d.background()
		for j := range d.Failures {
			m := matter{Kind: d.Failures[j], background: b}
			if room > 0 {
				room -= m.hold()
			}
			m.explain(&d.Failures[j], now)
		}
		for j := range d.Policies {
			d.Policies[j].Current = now.current(d.Policies[j])
		}
	}
}

// mostCompared is how many mx lines the hosts that failed are held against. There are so many only where
// somebody means harm.
const mostCompared = 2_000_000

// matter is one failure with what several rows of the table ask of it.
type matter struct {
	Kind
	*background

	grip grip   // whether the policy names the host
	held string // why that is so, in words
}

// explain fills in what is told of the failure.
func (m matter) explain(k *Kind, now *look) {
	causes, fix := m.causes(now.told)
	if now.Result != nil {
		k.Live, causes, fix = now.join(m, causes, fix)
	}
	k.Causes, k.Fix = causes, fix
}

// causes are the likely causes, likeliest first, and the fix of the first.
func (m matter) causes(told map[string]teller) ([]Cause, string) {
	list, fix, fill := []Cause{}, "", m.filler()
	for _, r := range rows() {
		if !r.fits(m) {
			continue
		}
		for _, key := range r.causes {
			if slices.ContainsFunc(list, func(c Cause) bool { return c.Rule == key }) {
				continue
			}
			if len(list) == 0 {
				fix = sentence(fill(firstOf(r.fix, told[key].fix)))
			}
			list = append(list, Cause{Rule: key, Text: sentence(fill(told[key].text)), Reason: fill(r.because)})
		}
		if r.alone {
			break
		}
	}
	if len(list) == 0 && m.ResultType != MoreKinds {
		fix = fill("It is not known what {organization} means by {type}. Ask those who send the report, or look into the mail server's log of {last}.")
	}
	return list, fix
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// filler puts the values of a failure into templates. What is not known has a general word in its place.
func (m matter) filler() func(string) string {
	domain, host, url, record := "the domain", "the policy host", "the URL of the policy", "_mta-sts record"
	if m.domain != "" {
		domain, host = m.domain, "mta-sts."+m.domain
		url, record = sts.PolicyURL(domain), "record _mta-sts."+domain
	}
	return strings.NewReplacer(
		"{mx}", m.host(), "{line}", m.line(), "{domain}", domain, "{host}", host, "{url}", url, "{record}", record,
		"{organization}", name(m.Organization), "{reason}", quote(m.Reason), "{type}", quote(m.ResultType),
		"{last}", m.Last, "{held}", m.held,
	).Replace
}

// sentence begins with a capital where a general word stands in for a name.
func sentence(s string) string {
	if rest, ok := strings.CutPrefix(s, "the "); ok {
		return "The " + rest
	}
	return s
}

// line is what a policy that does not name the host lacks.
func (m matter) line() string {
	if host := m.host(); host != someHost {
		return "the line mx: " + host
	}
	return "an mx line for each MX host that it does not name"
}

// someHost stands for an MX host that the sender does not name.
const someHost = "the MX host"

// host is the MX host, or the only one that it can be.
func (m matter) host() string {
	if m.MX != "" {
		return clip(m.MX)
	}
	return firstOf(m.only, someHost)
}

// name is an organisation's, for a sentence.
func name(organization string) string {
	if organization == "" {
		return "an unnamed sender"
	}
	return clip(organization)
}

// longest is how much is quoted of what a report says: anybody can send one.
const longest = 100

func clip(s string) string { return words.Clip(s, longest) }

func quote(s string) string { return strconv.Quote(clip(s)) }
