package rule

import (
	"slices"
	"strings"

	"mtasts/internal/fact"
)

// contents are the rules about what the policy host serves, and about the policy itself.
func contents() []string {
	return append([]string{"policy-fetch-time", "policy-consistent", "policy-content-type", "policy-syntax"}, behindSyntax()...)
}

// behindSyntax are the rules that need lines to read.
func behindSyntax() []string {
	return []string{
		"policy-version", "policy-mode", "policy-enforced", "policy-max-age*", "policy-mx*", "policy-duplicate-field", sendersRule, "mx-covered",
	}
}

// behindTLS are the rules that need a handshake.
func behindTLS() []string {
	return append([]string{"policy-certificate*", "policy-fetch"}, contents()...)
}

// behindDial are the rules that need a connection.
func behindDial() []string { return append([]string{"policy-tls"}, behindTLS()...) }

// outcome is what fetches of several addresses have in common: one root cause is one finding,
// whether it shows at one address or at all.
type outcome struct {
	word    string
	fetches []*fact.Fetch
}

// outcomes groups fetches by the word that of gives them; those with none are left out.
func outcomes(fs []*fact.Fetch, of func(*fact.Fetch) string) []outcome {
	var groups []outcome
	for _, f := range fs {
		word := of(f)
		if word == "" {
			continue
		}
		i := slices.IndexFunc(groups, func(o outcome) bool { return o.word == word })
		if i < 0 {
			groups, i = append(groups, outcome{word: word}), len(groups)
		}
		groups[i].fetches = append(groups[i].fetches, f)
	}
	return groups
}

// subject is the policy host, with the addresses where not all are meant.
func (c *Case) subject(o outcome) string {
	if len(o.fetches) == len(c.fetched) {
		return c.Host.Name
	}
	return c.Host.Name + " [" + strings.Join(addressesOf(o.fetches), ", ") + "]"
}

// partial tells that a policy is served all the same, from another address.
func (c *Case) partial() bool { return c.served != nil }
