package publish

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/sts"
)

// provider is one who takes mail for others.
type provider struct {
	name string
	// wild are the patterns with a wildcard that the provider's own documents name, or that its own
	// domain publishes. A host that matches none of them is named as it is, which is always right.
	wild []string
	// zones are where its MX hosts lie: below these names, or these names themselves.
	zones []string
}

// providers are those whose MX hosts are known. A wildcard stands here only with its source:
//
//   - Google publishes aspmx.l.google.com, *.aspmx.l.google.com and smtp.google.com for google.com; the
//     help for Workspace has one line for each MX host.
//   - Microsoft: "Enhancing mail flow with MTA-STS" has mx: *.mail.protection.outlook.com. For domains
//     with DNSSEC see microsoftZone.
//   - Cloudflare: "Configure MTA-STS" has mx: *.mx.cloudflare.net.
//
// Fastmail, Proton, Zoho, Migadu, Apple, Tuta and the others have a few hosts with names of their own.
func providers() []provider {
	return []provider{
		{name: "Google Workspace", wild: []string{"*.aspmx.l.google.com"}, zones: []string{"aspmx.l.google.com", "smtp.google.com", "aspmx2.googlemail.com", "aspmx3.googlemail.com", "aspmx4.googlemail.com", "aspmx5.googlemail.com"}},
		{name: "Microsoft 365", wild: []string{"*.mail.protection.outlook.com"}, zones: []string{"mail.protection.outlook.com", "mx.microsoft"}},
		{name: "Cloudflare Email Routing", wild: []string{"*.mx.cloudflare.net"}, zones: []string{"mx.cloudflare.net"}},
		{name: "Fastmail", zones: []string{"in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com"}},
		{name: "Proton Mail", zones: []string{"mail.protonmail.ch", "mailsec.protonmail.ch"}},
		{name: "Zoho Mail", zones: zoho()},
		{name: "Migadu", zones: []string{"aspmx1.migadu.com", "aspmx2.migadu.com"}},
		{name: "iCloud Mail", zones: []string{"mx01.mail.icloud.com", "mx02.mail.icloud.com"}},
		{name: "Tuta", zones: []string{"mail.tutanota.de"}},
		{name: "mailbox.org", zones: []string{"mxext1.mailbox.org", "mxext2.mailbox.org", "mxext3.mailbox.org"}},
		{name: "Mimecast", zones: []string{"mimecast.com"}},
		{name: "Proofpoint", zones: []string{"pphosted.com"}},
	}
}

// zoho has three hosts in each of its regions.
func zoho() []string {
	var hosts []string
	for _, region := range []string{"com", "eu", "in", "jp", "com.au", "com.cn", "sa"} {
		hosts = append(hosts, "mx.zoho."+region, "mx2.zoho."+region, "mx3.zoho."+region)
	}
	return append(hosts, "mx.zohocloud.ca", "mx2.zohocloud.ca", "mx3.zohocloud.ca")
}

// Patterns are the values of the mx lines for these hosts, each once, in their order: what the
// provider's own documents name where that is known, else the exact host. Known are the names of the
// providers among them.
func Patterns(hosts []string) (patterns, known []string) {
	for _, host := range hosts {
		name := strings.ToLower(strings.TrimSuffix(host, "."))
		pattern, who := patternOf(name)
		if !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
		if who != "" && !slices.Contains(known, who) {
			known = append(known, who)
		}
	}
	return patterns, known
}

func patternOf(host string) (pattern, who string) {
	for _, p := range providers() {
		if !slices.ContainsFunc(p.zones, func(zone string) bool { return within(host, zone) }) {
			continue
		}
		for _, wild := range append(p.wild, microsoftZone(host)) {
			if (sts.Pattern{Text: wild}).Matches(host) {
				return wild, p.name
			}
		}
		return host, p.name
	}
	return host, ""
}

func within(name, zone string) bool { return name == zone || strings.HasSuffix(name, "."+zone) }

// microsoftZone is the pattern for a host such as example-com.h-v1.mx.microsoft, the names that
// Exchange Online has for domains with DNSSEC: *.h-v1.mx.microsoft. A wildcard stands for one label
// only (RFC 8461 §4.1), so *.mx.microsoft matches none of them (the FAQ of PS.MTA-STS names these).
func microsoftZone(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) != 4 || !within(host, "mx.microsoft") {
		return ""
	}
	return "*." + strings.Join(labels[1:], ".")
}

// checkNames complains of the first MX host that cannot stand in a policy (RFC 8461 §3.2).
func checkNames(hosts []string) error {
	for _, host := range hosts {
		if fault := faultOfHost(host); fault != "" {
			return fmt.Errorf("the MX host %q cannot stand in a policy: %s (RFC 8461 §3.2)", host, fault)
		}
	}
	return nil
}

func faultOfHost(host string) string {
	name := strings.TrimSuffix(host, ".")
	switch {
	case addr.Literal(name):
		return "it is an IP address, and an MX record has a host name"
	case strings.Contains(name, "_"):
		return "there is no underscore in a host name"
	case !(sts.Pattern{Text: name}).Valid() || strings.HasPrefix(name, "*"):
		return "it is no host name"
	case !strings.Contains(name, "."):
		return "it is not fully qualified, as in mx1.example.com"
	}
	return ""
}
