package sender

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"mtasts/internal/field"
)

// patterns are the mx fields that count.
func (h hostHabits) patterns(fields []entry) (list []entry) {
	for f := range named("mx", fields) {
		if !h.dropEmpty || f.value != "" && f.value != "*." {
			list = append(list, f)
		}
	}
	return list
}

// allow tells whether a value may stand in an mx.
func (h patternHabit) allow(value string) bool {
	name := strings.TrimPrefix(value, "*.")
	switch h {
	case dnsPattern:
		return isDNSName(name)
	case lookupPattern:
		return canLookUp(name)
	default:
		return true
	}
}

// isDNSName is a host name of labels of 63 characters, 253 in all with a final dot if there is one.
func isDNSName(name string) bool {
	bare := strings.TrimSuffix(name, ".")
	if _, err := netip.ParseAddr(bare); err == nil || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(bare, ".") {
		if len(label) > 63 || !isLabel(label) || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// isLabel is one of letters, digits and, not in the first place, hyphens.
func isLabel(s string) bool {
	return s != "" && s[0] != '-' && field.IndexNot(s, func(c byte) bool { return field.IsAlnum(c) || c == '-' }) < 0
}

// longestName is how many bytes of a name are converted: a DNS name has 253 characters, of up to 4
// bytes each. Conversion is not linear in the length of a label.
const longestName = 4 * 253

// canLookUp is a name of labels that IDNA 2008 allows to be looked up.
func canLookUp(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return false
		}
	}
	if len(name) > longestName {
		return true // no host is called so, in any case
	}
	_, err := idna.Lookup.ToASCII(name)
	return err == nil
}

// allowed are the names that the patterns of a policy allow: a host itself, the name behind its
// first label, or any name behind one of its labels.
type allowed struct {
	exact, parent, suffix map[string]bool
	wild                  bool // there are wildcards of which it is not known what they match
}

// collect sorts the patterns by what they match.
func (h hostHabits) collect(list []entry) allowed {
	a := allowed{exact: map[string]bool{}}
	for _, f := range list {
		pattern, ok := h.pattern(f.value)
		base, wild := strings.CutPrefix(pattern, "*.")
		switch {
		case !ok:
		case h.wildcard == postfix:
			a.postfix(pattern)
		case h.wildcard == notKnown && strings.Contains(pattern, "*"):
			a.wild = true
		case !wild:
			a.exact[pattern] = true
		case h.wildcard == anyDepth:
			a.suffix = with(a.suffix, base)
		default:
			a.parent = with(a.parent, base)
		}
	}
	return a
}

// with is a set with a name more. Most policies have no wildcard, and need none.
func with(set map[string]bool, name string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[name] = true
	return set
}

// pattern is a value in the form for comparison, false where it matches nothing.
func (h hostHabits) pattern(value string) (string, bool) {
	value = strings.ToLower(value)
	ok := true
	if h.uLabels {
		value, ok = aLabels(value)
	}
	if h.finalDot {
		value = strings.TrimSuffix(value, ".")
	}
	return value, ok
}

// aLabels converts U-labels (RFC 5890) to A-labels.
func aLabels(name string) (string, bool) {
	if field.IndexNot(name, func(c byte) bool { return c < 0x80 }) < 0 && !strings.Contains(name, "xn--") {
		return name, true
	}
	if len(name) > longestName {
		return "", false
	}
	name, err := idna.ToASCII(name)
	return name, err == nil
}

// endsMatch are the characters that end match= of Postfix.
const endsMatch = " \t\r\n,"

// postfix adds a pattern as match= of Postfix's TLS policies has it: names between colons, of which
// one that begins with a dot matches at any depth.
func (a *allowed) postfix(pattern string) {
	for name := range strings.SplitSeq(strings.TrimRight(strings.TrimLeft(pattern, "*"), endsMatch), ":") {
		if base, dot := strings.CutPrefix(name, "."); dot && base != "" {
			a.suffix = with(a.suffix, base)
		} else {
			a.exact[name] = true
		}
	}
}

// has tells whether a host is allowed.
func (a allowed) has(host string) bool {
	if a.exact[host] {
		return true
	}
	_, parent, found := strings.Cut(host, ".")
	if found && a.parent[parent] {
		return true
	}
	for ; found; _, parent, found = strings.Cut(parent, ".") {
		if a.suffix[parent] {
			return true
		}
	}
	return false
}

// ruling is which hosts a sender does not allow, and why.
type ruling struct {
	refused []int
	why     *cause // nil: it allows all
}

// allow tells which hosts the policy does not allow.
func (d dialect) allow(p policy, hosts []string) (r ruling) {
	if p.mode == modeNone || p.mode == modeTesting && d.hosts.untested || len(hosts) == 0 {
		return ruling{}
	}
	if f, broken := d.hosts.broken(p.mx); broken {
		return ruling{everyone(hosts), &cause{RefusesMX, bad(f).text + ", and Postfix then defers all mail", f.line}}
	}
	a := d.hosts.collect(p.mx)
	for i, host := range hosts {
		if !a.has(host) {
			r.refused = append(r.refused, i)
		}
	}
	if r.refused == nil {
		return r
	}
	r.why = unmatched(p.mx, hosts[r.refused[0]])
	if d.hosts.wildcard == notKnown && (a.wild || len(p.mx) == 0) {
		return ruling{nil, unknown("whether it allows %s is not known", hosts[r.refused[0]])}
	}
	return r
}

func everyone(hosts []string) (all []int) {
	for i := range hosts {
		all = append(all, i)
	}
	return all
}

// broken finds an mx that spoils match= of Postfix: a blank or comma ends the list, and what comes
// behind it is no attribute, so that Postfix defers all mail. A tool that allows only host names
// never writes that.
func (h hostHabits) broken(list []entry) (entry, bool) {
	if h.wildcard != postfix {
		return entry{}, false
	}
	for i, f := range list {
		value := f.value
		if i == len(list)-1 {
			value = strings.TrimRight(value, endsMatch)
		}
		if strings.ContainsAny(value, endsMatch) {
			return f, true
		}
	}
	return entry{}, false
}

// unmatched is the cause where no pattern allows a host: the line of the one that comes near, or of
// the only one.
func unmatched(list []entry, host string) *cause {
	for _, f := range list {
		if len(list) > 1 && strings.Trim(strings.ToLower(f.value), ".*") != host {
			continue
		}
		text := bad(f).text
		if f.value != "" {
			text += " does not match " + field.Clip(host)
		}
		return &cause{RefusesMX, text, f.line}
	}
	return &cause{RefusesMX, "no mx matches " + field.Clip(host), 0}
}
