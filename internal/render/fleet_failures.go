package render

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mtasts/internal/addr"
	"mtasts/internal/rule"
)

// failure is what domains have in common whose mail one provider's hosts do not get, for one cause.
type failure struct{ provider, rule, reason string }

// failing is what is told of a failure beside the number of domains.
type failing struct {
	now    int      // of the domains: those that senders refuse the host for now, not only under enforce
	hosts  []string // the first few
	others bool     // there are more
}

const (
	mostFailingHosts = 5
	longestName      = 253 // of a host, in bytes
)

func (v *failing) host(name string) {
	switch {
	case slices.Contains(v.hosts, name):
	case len(v.hosts) < mostFailingHosts:
		v.hosts = append(v.hosts, strings.Clone(name)) // a part of a message would keep all of it in memory
	default:
		v.others = true
	}
}

func (k failure) compare(other failure) int {
	return strings.Compare(k.provider+"\x00"+k.rule+"\x00"+k.reason, other.provider+"\x00"+other.rule+"\x00"+other.reason)
}

// countFailures counts each provider and cause once for the domain, however many hosts it has there.
func (f *fleet) countFailures(r rule.Result) {
	met := map[failure][]refusal{}
	for _, x := range f.refusals(r) {
		x.host = clip(strings.ToLower(strings.TrimSuffix(x.host, ".")), longestName)
		if x.host == "" {
			continue
		}
		before, after, _ := strings.Cut(x.cause, ":")
		k := failure{strings.Clone(provider(x.host)), clip(before, longestWord), clip(after, longestWord)}
		met[k] = append(met[k], x)
	}
	for k, list := range met {
		s := f.failures.add(k)
		if slices.ContainsFunc(list, func(x refusal) bool { return x.now }) {
			s.more.now++
		}
		for _, x := range list {
			s.more.host(x.host)
		}
	}
}

// provider is who runs a host: the domain that was registered, or else the host itself.
func provider(host string) string {
	if addr.Literal(host) {
		return host
	}
	if org, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return org
	}
	return host
}

// refusal is a host that a sender which honours the policy refuses, or would under enforce, and the
// cause as rule:reason.
type refusal struct {
	host, cause string
	now         bool
}

// refusals are those of all hosts. Why a host is refused only under enforce is not told with its
// delivery, but is found in the rules that wait for a policy in force; and so is all where no host was
// asked.
func (f *fleet) refusals(r rule.Result) []refusal {
	var list []refusal
	later := map[string]bool{}
	for _, d := range r.Delivery {
		switch {
		case d.Verdict == rule.Refuses:
			for _, because := range d.Because {
				list = append(list, refusal{d.MX, because, true})
			}
		case d.UnderEnforce == rule.Refuses:
			later[strings.ToLower(d.MX)] = true
		}
	}
	for _, x := range r.Findings {
		if !f.policed[x.Rule] || x.Status != rule.Fail && x.Status != rule.Warn {
			continue
		}
		for _, host := range hostsOf(x.Subject) {
			if len(r.Delivery) == 0 || later[strings.ToLower(host)] {
				now := len(r.Delivery) == 0 && x.Status == rule.Fail
				list = append(list, refusal{host, x.Rule + ":" + x.Reason, now})
			}
		}
	}
	return list
}

// hostsOf are the hosts that a finding is about: "mx1.example.com [192.0.2.25, 192.0.2.26]" is one,
// "mx1.example.com, mx2.example.com and 3 more" are two that are named.
func hostsOf(subject string) []string {
	if host, _, addresses := strings.Cut(subject, " ["); addresses {
		return []string{host}
	}
	var list []string
	for _, part := range strings.Split(strings.ReplaceAll(subject, " and ", ", "), ", ") {
		if part != "" && !strings.Contains(part, " ") {
			list = append(list, part)
		}
	}
	return list
}
