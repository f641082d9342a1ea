package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/collect"
	"mtasts/internal/publish"
	"mtasts/internal/tlsrpt"
)

// The bounds of --ttl: below, resolvers ask all the time; above, a slip stays for days.
const (
	leastTTL = 60
	mostTTL  = 7 * 24 * 3600
)

// span is the setter of a flag that takes a number of seconds, bare or with a unit.
func span(least, most int64, set func(int64)) func(string) error {
	return func(s string) error {
		n, err := parseSpan(s)
		switch {
		case err != nil:
			return err
		case n < least || n > most:
			return fmt.Errorf("it must lie between %d and %d seconds", least, most)
		}
		set(n)
		return nil
	}
}

// parseSpan reads 1209600, 14d or 2w.
func parseSpan(s string) (int64, error) {
	units := map[string]int64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	size, known := units[s[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || !known || n > 1<<40 {
		return 0, errors.New("it takes a number of seconds, or one with s, m, h, d or w behind it, like 7d")
	}
	return n * size, nil
}

// addHosts is the setter of a flag that takes host names.
func addHosts(at *[]string) func(string) error {
	return func(s string) error {
		for _, typed := range strings.Split(s, ",") {
			name, err := hostName(strings.TrimSpace(typed))
			if err != nil {
				return err
			}
			if !slices.Contains(*at, name) {
				*at = append(*at, name)
			}
		}
		return nil
	}
}

// hostName is a host name that a person typed: in A-labels, lower case, without final dot.
func hostName(typed string) (string, error) {
	if addr.Literal(typed) {
		return "", fmt.Errorf("%s is an IP address, and a host name is needed", typed)
	}
	if rest, ok := strings.CutPrefix(typed, "*."); ok {
		return "", fmt.Errorf("a host is named in full, not by a wildcard: which hosts of %s?", rest)
	}
	name, err := toASCII(strings.TrimSuffix(typed, "."))
	if err == nil {
		err = checkHost(name)
	}
	if err != nil {
		return "", fmt.Errorf("%q is no host name: %w", typed, err)
	}
	return name, nil
}

// addReports is the setter of --rua. Commas part URIs: inside of one they are encoded (RFC 8460 §3).
func addReports(at *[]string) func(string) error {
	return func(s string) error {
		for _, typed := range strings.Split(s, ",") {
			uri := strings.TrimSpace(typed)
			if err := checkReports(uri); err != nil {
				return err
			}
			*at = append(*at, uri)
		}
		return nil
	}
}

func checkReports(uri string) error {
	r, problems := tlsrpt.ParseRecord("v=TLSRPTv1; rua=" + uri)
	switch {
	case !strings.Contains(uri, ":") && strings.Contains(uri, "@"):
		return fmt.Errorf("it takes URIs; did you mean mailto:%s?", uri)
	case len(problems) > 0:
		return errors.New(problems[0].Text)
	case len(r.RUA) != 1 || !publish.Usable(r.RUA[0]):
		return errors.New("senders report to mailto:NAME@DOMAIN or https://HOST/ only (RFC 8460 §3)")
	}
	return nil
}

// addTarget is the setter of --host.
func addTarget(at *publish.Target) func(string) error {
	return func(s string) error {
		for _, typed := range strings.Split(s, ",") {
			typed = strings.TrimSpace(typed)
			if a, err := netip.ParseAddr(strings.Trim(typed, "[]")); err == nil {
				at.Addresses = append(at.Addresses, a.Unmap())
				continue
			}
			name, err := hostName(typed)
			if err != nil {
				return err
			}
			if at.Name != "" {
				return errors.New("there is one name, or addresses: a CNAME stands alone")
			}
			at.Name = name
		}
		if at.Name != "" && len(at.Addresses) > 0 {
			return errors.New("there is one name, or addresses: a CNAME stands alone")
		}
		return nil
	}
}

// checkTarget refuses a target that no sender can reach.
func checkTarget(t publish.Target, net collect.Network, host string) error {
	if t.Name == host {
		return fmt.Errorf("--host: %s cannot be an alias of itself; name the web server", host)
	}
	for _, a := range t.Addresses {
		known := net.AllowPrivate || slices.ContainsFunc(net.AllowNets, func(p netip.Prefix) bool { return p.Contains(a) })
		if ok, what := addr.Global(a); !ok && !known {
			return fmt.Errorf("--host: senders cannot reach %s: %s", a, what)
		}
	}
	return nil
}
