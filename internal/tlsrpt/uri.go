package tlsrpt

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"mtasts/internal/field"
)

// URI is one destination of reports, RFC 8460 §3.
type URI struct {
	Text   string // as written
	Scheme string // in lower case: mailto, https, or another one, which no sender supports
	// Host is the domain of the (first) address of a mailto, or the host of a URL, in lower case,
	// percent-decoded, an IPv6 address without brackets. Empty if there is none, or none of printable
	// ASCII or UTF-8.
	Host   string
	Column int // in the record, in bytes from 1
}

// newURI takes apart a text that faultOfURI finds good.
func newURI(text string, column int) URI {
	scheme, rest, _ := strings.Cut(text, ":")
	u := URI{Text: text, Scheme: strings.ToLower(scheme), Column: column}
	host := ""
	if authority, found := strings.CutPrefix(rest, "//"); found {
		_, host, _ = splitAuthority(cutAny(authority, "/?#"))
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	} else if u.Scheme == "mailto" {
		host = rest
	}
	host = decode(cutAny(host, "?#"))
	if u.Scheme == "mailto" {
		host = mailDomain(host)
	}
	if strings.IndexFunc(host, isUnprintable) < 0 {
		u.Host = strings.ToLower(host)
	}
	return u
}

// mailDomain is the domain of the first of the addresses of a mailto, decoded. RFC 6068 §2 puts
// commas between them, which RFC 8460 has encoded; a comma before any "@" is one of a local part.
func mailDomain(addresses string) string {
	for address := range strings.SplitSeq(addresses, ",") {
		if at := strings.LastIndexByte(address, '@'); at >= 0 {
			return address[at+1:]
		}
	}
	return ""
}

func isUnprintable(r rune) bool { return r <= ' ' || 0x7f <= r && r <= 0xa0 || r == '\uFFFD' }

func decode(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}

// cutAny is what stands before the first of the characters.
func cutAny(s, chars string) string {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i]
	}
	return s
}

// splitAuthority takes apart [userinfo "@"] host [":" port].
func splitAuthority(authority string) (userinfo, host, port string) {
	at := strings.LastIndexByte(authority, '@')
	userinfo, host = authority[:max(at, 0)], authority[at+1:]
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host, port = host[:i], host[i+1:]
	}
	return userinfo, host, port
}

// faultOfURI says why a text is not a tlsrpt-uri: a URI of RFC 3986 §3 in which "," "!" and ";" are
// encoded. It gives the index of the fault, and "" for a good one.
func faultOfURI(text string) (fault string, index int) {
	scheme, rest, found := strings.Cut(text, ":")
	if !found || !isScheme(scheme) {
		return fmt.Sprintf(`%q does not begin with a scheme, "mailto:" or "https:"`, field.Clip(text)), 0
	}
	begin := len(scheme) + 1
	if fault, i := faultOfChars(rest); fault != "" {
		return fault, begin + i
	}
	tail := rest
	if authority, found := strings.CutPrefix(rest, "//"); found {
		authority = cutAny(authority, "/?#")
		if fault := faultOfAuthority(authority); fault != "" {
			return fault, begin + 2
		}
		begin += 2 + len(authority)
		tail = rest[2+len(authority):]
	}
	return faultOfPath(tail, begin)
}

// faultOfPath judges path, query and fragment: brackets belong to the authority, and one "#" begins
// the fragment.
func faultOfPath(tail string, begin int) (fault string, index int) {
	if i := strings.IndexAny(tail, "[]"); i >= 0 {
		return fmt.Sprintf("%q must be percent-encoded here", tail[i:i+1]), begin + i
	}
	first := strings.IndexByte(tail, '#')
	if last := strings.LastIndexByte(tail, '#'); last != first {
		return `a second "#"`, begin + last
	}
	return "", 0
}

// faultOfChars finds what can stand nowhere in a URI behind the scheme.
func faultOfChars(s string) (fault string, index int) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return `"%" must be followed by two hexadecimal digits`, i
			}
		case c == '!' || c == ',' || c == ';':
			return fmt.Sprintf("\"%c\" must be percent-encoded, as %%%X", c, c), i
		case !isURIChar(c):
			return fmt.Sprintf("%s is not allowed in a URI", field.QuoteAt(s, i)), i
		}
	}
	return "", 0
}

// faultOfAuthority judges [userinfo "@"] host [":" port], RFC 3986 §3.2.
func faultOfAuthority(authority string) string {
	userinfo, host, port := splitAuthority(authority)
	literal, isLiteral := strings.CutPrefix(host, "[")
	switch {
	case strings.ContainsAny(userinfo, "@[]"):
		return `"@" and brackets must be percent-encoded before the host`
	case field.IndexNot(port, field.IsDigit) >= 0:
		return "the port is not a number"
	case isLiteral && !isIPLiteral(literal):
		return fmt.Sprintf("%q is not an IPv6 address in brackets", field.Clip(host))
	case !isLiteral && strings.ContainsAny(host, "[]:"):
		return fmt.Sprintf("%q is not a host", field.Clip(host))
	}
	return ""
}

// isIPLiteral judges what stands behind "[": IPv6address or IPvFuture, and "]". The grammar of URIs
// (RFC 3986 §3.2.2) is narrower than what addr.Literal recognizes: no IPv4 address, zone or tag.
func isIPLiteral(s string) bool {
	s, closed := strings.CutSuffix(s, "]")
	if !closed || strings.ContainsAny(s, "[]%") {
		return false
	}
	if future, found := strings.CutPrefix(strings.ToLower(s), "v"); found {
		digits, rest, dot := strings.Cut(future, ".")
		return dot && digits != "" && rest != "" && field.IndexNot(digits, isHex) < 0
	}
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is6()
}
