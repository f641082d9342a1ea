package sts

import "strings"

// Index finds patterns by the host, and whether a host is there for a pattern, without a look at each
// pair of them: somebody may publish thousands of patterns and a thousand hosts.
type Index struct {
	exact, wild map[string]int // by lower-case name: where the first such pattern stands
}

// NewIndex is the index of patterns.
func NewIndex(list []Pattern) Index {
	x := Index{exact: map[string]int{}, wild: map[string]int{}}
	for i, p := range list {
		base, wildcard := strings.CutPrefix(strings.ToLower(p.Text), "*.")
		into := x.exact
		if wildcard {
			into = x.wild
		}
		if _, known := into[base]; !known && p.Valid() {
			into[base] = i
		}
	}
	return x
}

// Find tells where the first pattern stands that allows the MX host, as [Pattern.Matches] has it; -1
// where none does.
func (x Index) Find(host string) int {
	name, ok := hostName(host)
	if !ok {
		return -1
	}
	name = strings.ToLower(name)
	i, exact := x.exact[name]
	_, base, _ := strings.Cut(name, ".")
	k, wild := x.wild[base]
	switch {
	case exact && wild:
		return min(i, k)
	case exact:
		return i
	case wild:
		return k
	}
	return -1
}

// Hosts are MX hosts, to tell whether there is one for a pattern.
type Hosts struct {
	names, parents map[string]bool // lower-case
}

// NewHosts takes the hosts in, but for what is no name.
func NewHosts(hosts []string) Hosts {
	h := Hosts{names: map[string]bool{}, parents: map[string]bool{}}
	for _, host := range hosts {
		if name, ok := hostName(host); ok {
			name = strings.ToLower(name)
			h.names[name] = true
			_, parent, _ := strings.Cut(name, ".")
			h.parents[parent] = true
		}
	}
	return h
}

// Match tells whether the pattern allows one of them, as [Pattern.Matches] has it.
func (h Hosts) Match(p Pattern) bool {
	base, wildcard := strings.CutPrefix(strings.ToLower(p.Text), "*.")
	if wildcard {
		return h.parents[base] && p.Valid()
	}
	return h.names[base] && p.Valid()
}
