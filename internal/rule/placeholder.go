package rule

import (
	"slices"
	"strings"
)

// placeholders are the parts of the rua that stand in for an address.
func (c *Case) placeholders() []string {
	var found []string
	for _, f := range c.reporting.Fields {
		if f.Name == "rua" && garbled(f.Value) {
			found = append(found, f.Value)
		}
	}
	for _, u := range c.reporting.RUA {
		if !garbled(u.Text) && placeholder(u.Text, u.Host, c.Domain) {
			found = append(found, u.Text)
		}
	}
	return found
}

// placeholder tells a URI that stands in for one of the domain. Whether a domain out of examples is
// the user's own cannot be told where that is not known.
func placeholder(text, host, domain string) bool {
	return garbled(text) || domain != "" && exampleDomain(host) && organisation(host) != organisation(domain)
}

// garbled tells the traces that web pages leave which hide addresses from harvesters: the text
// "[email protected]" (Cloudflare), or its link.
func garbled(text string) bool {
	text = strings.ToLower(strings.ReplaceAll(text, "\u00a0", " "))
	return strings.Contains(text, "[email") || strings.Contains(text, "email protected") ||
		strings.Contains(text, "%5bemail") || strings.Contains(text, "email%20protected") || strings.Contains(text, "/cdn-cgi/l/email-protection")
}

// exampleDomain tells names that stand in documentation (RFC 2606, RFC 6761) and in templates.
func exampleDomain(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" {
		return false
	}
	labels := strings.Split(host, ".")
	if slices.Contains([]string{"example", "invalid", "localhost"}, labels[len(labels)-1]) {
		return true
	}
	return len(labels) > 1 && slices.Contains([]string{"example", "yourdomain", "your-domain", "mydomain", "my-domain", "domain-name"}, labels[len(labels)-2])
}
