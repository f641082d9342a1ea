package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"mtasts/internal/addr"
	"mtasts/internal/words"
)

// longest is how long a domain may be so that the longest name derived from it, _smtp._tls.DOMAIN,
// still fits into the 253 characters of a name (RFC 1035 §2.3.4).
const longest = 253 - len("_smtp._tls.")

// parseDomain reduces what a person typed (a domain, an e-mail address, a URL) to the domain in
// A-labels, lower case, without final dot. The error is one clause that quotes the input.
func parseDomain(typed string) (string, error) {
	name := reduce(typed)
	domain, err := domainName(name)
	if err != nil {
		return "", fmt.Errorf("%q is no domain name: %w", words.Clip(typed, maxInput), err)
	}
	return domain, nil
}

// reduce takes the host out of an e-mail address, a mailto: URI or a URL; anything else stays.
func reduce(s string) string {
	s = strings.TrimSpace(s)
	if _, in, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(in, ">")
	}
	if rest, ok := cutPrefixFold(s, "mailto:"); ok {
		s = rest
	} else if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	return withoutPort(s)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// withoutPort cuts ":PORT" off; more than one colon is left for an IPv6 address to be told.
func withoutPort(s string) string {
	host, port, ok := strings.Cut(s, ":")
	if ok && port != "" && strings.Trim(port, "0123456789") == "" {
		return host
	}
	return s
}

// domainName is the canonical form of a host name of the DNS.
func domainName(s string) (string, error) {
	if addr.Literal(s) {
		return "", errors.New("it is an IP address")
	}
	domain, err := toASCII(s)
	if err != nil {
		return "", err
	}
	domain = strings.TrimSuffix(domain, ".")
	if err := checkLabels(domain); err != nil {
		return "", err
	}
	if len(domain) > longest {
		return "", fmt.Errorf("it has %d characters; more than %d leave no room for _smtp._tls before it", len(domain), longest)
	}
	return domain, nil
}

// toASCII maps to A-labels. Plain ASCII is only lowered: the lookup profile of IDNA would refuse
// names that exist, such as those with hyphens in places 3 and 4.
func toASCII(s string) (string, error) {
	lower := strings.ToLower(s)
	if isASCII(s) && !strings.Contains(lower, "xn--") {
		return lower, nil
	}
	if !utf8.ValidString(s) {
		return "", errors.New("it is not UTF-8")
	}
	domain, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return "", fmt.Errorf("it is not valid by IDNA: %w", err)
	}
	return domain, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func checkLabels(domain string) error {
	if domain == "" {
		return errors.New("it is empty")
	}
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		if err := checkLabel(label); err != nil {
			return suggest(err, labels[i+1:])
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return errors.New("no top-level domain is all digits")
	}
	return nil
}

// checkLabel holds a label against RFC 1123 §2.1.
func checkLabel(label string) error {
	switch {
	case label == "":
		return errors.New("it has an empty label")
	case len(label) > 63:
		return fmt.Errorf("its label %.16q... has %d characters; at most 63 are allowed", label, len(label))
	case strings.Contains(label, "_"):
		return errUnderscore
	case strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return errors.New("only letters, digits and hyphens may stand in it")
	case label[0] == '-' || label[len(label)-1] == '-':
		return errors.New("a label neither begins nor ends with a hyphen")
	}
	return nil
}

var errUnderscore = errors.New("there is no underscore in one")

// suggest names what is behind the labels with underscores: _mta-sts.example.com is a record of
// example.com.
func suggest(err error, rest []string) error {
	for len(rest) > 0 && strings.Contains(rest[0], "_") {
		rest = rest[1:]
	}
	domain := strings.Join(rest, ".")
	if !errors.Is(err, errUnderscore) || len(rest) < 2 || checkLabels(domain) != nil {
		return err
	}
	return fmt.Errorf("%w; did you mean %s?", err, domain)
}
