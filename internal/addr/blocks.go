package addr

import "net/netip"

// block is one row of a registry.
type block struct {
	prefix netip.Prefix
	name   string
	ref    string
	global bool // the registry's column "Globally Reachable"
}

// what is empty for a block that is reachable from everywhere.
func (b block) what() string {
	if b.global {
		return ""
	}
	return b.name + " (" + b.ref + ")"
}

func local(prefix, name, ref string) block {
	return block{prefix: netip.MustParsePrefix(prefix), name: name, ref: ref}
}

func global(prefix, name, ref string) block {
	return block{netip.MustParsePrefix(prefix), name, ref, true}
}

var (
	unicast6  = netip.MustParsePrefix("2000::/3")
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 §2.1
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056 §2
)

// blocks is iana-ipv4-special-registry and iana-ipv6-special-registry, sorted by address and
// then by length, with multicast and site-local added. Where a registry says "N/A" (Teredo, the
// old ORCHID, the 6to4 relays), nobody serves a policy there: not global. Nor are the anycast addresses of
// PCP, TURN and SRP, whatever the registry says: they lead to the nearest server, which is the looker's own.
var blocks = []block{
	local("0.0.0.0/8", "this network", "RFC 791"),
	local("0.0.0.0/32", "unspecified", "RFC 1122"),
	local("10.0.0.0/8", "private", "RFC 1918"),
	local("100.64.0.0/10", "shared address space", "RFC 6598"),
	local("127.0.0.0/8", "loopback", "RFC 1122"),
	local("169.254.0.0/16", "link-local", "RFC 3927"),
	local("172.16.0.0/12", "private", "RFC 1918"),
	local("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
	local("192.0.0.0/29", "IPv4 service continuity", "RFC 7335"),
	local("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
	local("192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723"),
	local("192.0.0.10/32", "TURN anycast", "RFC 8155"),
	local("192.0.0.170/32", "NAT64 discovery", "RFC 7050"),
	local("192.0.0.171/32", "NAT64 discovery", "RFC 7050"),
	local("192.0.2.0/24", "documentation", "RFC 5737"),
	global("192.31.196.0/24", "AS112", "RFC 7535"),
	global("192.52.193.0/24", "AMT", "RFC 7450"),
	local("192.88.99.0/24", "deprecated 6to4 relay anycast", "RFC 7526"),
	local("192.168.0.0/16", "private", "RFC 1918"),
	global("192.175.48.0/24", "AS112", "RFC 7534"),
	local("198.18.0.0/15", "benchmarking", "RFC 2544"),
	local("198.51.100.0/24", "documentation", "RFC 5737"),
	local("203.0.113.0/24", "documentation", "RFC 5737"),
	local("224.0.0.0/4", "multicast", "RFC 5771"),
	local("240.0.0.0/4", "reserved", "RFC 1112"),
	local("255.255.255.255/32", "limited broadcast", "RFC 919"),

	local("::/128", "unspecified", "RFC 4291"),
	local("::1/128", "loopback", "RFC 4291"),
	local("64:ff9b:1::/48", "local-use IPv4/IPv6 translation", "RFC 8215"),
	local("100::/64", "discard-only", "RFC 6666"),
	local("100:0:0:1::/64", "dummy IPv6 prefix", "RFC 9780"),
	local("2001::/23", "IETF protocol assignments", "RFC 2928"),
	local("2001::/32", "Teredo", "RFC 4380"),
	local("2001:1::1/128", "Port Control Protocol anycast", "RFC 7723"),
	local("2001:1::2/128", "TURN anycast", "RFC 8155"),
	local("2001:1::3/128", "DNS-SD SRP anycast", "RFC 9665"),
	local("2001:2::/48", "benchmarking", "RFC 5180"),
	global("2001:3::/32", "AMT", "RFC 7450"),
	global("2001:4:112::/48", "AS112", "RFC 7535"),
	local("2001:10::/28", "deprecated ORCHID", "RFC 4843"),
	global("2001:20::/28", "ORCHIDv2", "RFC 7343"),
	global("2001:30::/28", "drone remote identification", "RFC 9374"),
	local("2001:db8::/32", "documentation", "RFC 3849"),
	global("2620:4f:8000::/48", "AS112", "RFC 7534"),
	local("3fff::/20", "documentation", "RFC 9637"),
	local("5f00::/16", "segment routing identifiers", "RFC 9602"),
	local("fc00::/7", "unique local", "RFC 4193"),
	local("fe80::/10", "link-local", "RFC 4291"),
	local("fec0::/10", "deprecated site-local", "RFC 3879"),
	local("ff00::/8", "multicast", "RFC 4291"),
}
