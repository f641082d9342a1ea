// Package addr tells which IP addresses the whole internet can reach ([Global]), and which names
// are addresses ([Literal]).
//
// The knowledge is that of the two IANA special-purpose address registries (RFC 6890, as of
// 2025), with multicast and the IPv6 space that is not assigned for global use added. What looks
// at a domain leaves such addresses alone, and what judges it names them.
package addr

import "net/netip"

// Global tells whether a is reachable from everywhere. Where it is not, what says why, with the
// document: "private (RFC 1918)". IPv4 addresses inside IPv6 ones (mapped, NAT64, 6to4) are
// judged by the inner address, and a private one behind any prefix (ISATAP) too. What a NAT64 or a tunnel with a prefix of
// the network's own leads to cannot be told by the address: such a prefix is for that network to guard. Documentation ranges count as not global. The zone is ignored;
// the zero Addr is not global.
func Global(a netip.Addr) (ok bool, what string) {
	if !a.IsValid() {
		return false, "no address"
	}
	a = a.WithZone("")
	if inner, how, ok := embedded(a); ok {
		return within(inner, how)
	}
	if b, ok := find(a); ok {
		return b.global, b.what()
	}
	if a.Is6() && !unicast6.Contains(a) {
		return false, "not assigned for global use (RFC 4291)"
	}
	return true, ""
}

// within judges an IPv4 address that stands inside an IPv6 one.
func within(inner netip.Addr, how string) (bool, string) {
	ok, what := Global(inner)
	if !ok {
		what = how + " of " + what
	}
	return ok, what
}

// embedded is the IPv4 address that an IPv6 one stands for, and the name of the form.
func embedded(a netip.Addr) (inner netip.Addr, how string, ok bool) {
	if a.Is4In6() {
		return a.Unmap(), "IPv4-mapped form", true
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16])), "NAT64 form", true
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), "6to4 form", true
	case a.Is6() && b[8]&^2 == 0 && [3]byte(b[9:12]) == [3]byte{0, 0x5e, 0xfe}: // RFC 5214 §6.1
		return isatap(a, netip.AddrFrom4([4]byte(b[12:16])))
	}
	return a, "", false
}

// isatap is an IPv6 address whose last half stands for an IPv4 one behind whoever announces the first half.
// If that is the looker's own network, it leads where the IPv4 address does; where that is global, the
// first half tells.
func isatap(a, inner netip.Addr) (netip.Addr, string, bool) {
	ok, _ := Global(inner)
	return inner, "ISATAP form", !ok && unicast6.Contains(a)
}

// find is the longest block that holds a. The table is sorted, so a longer one stands after
// the shorter ones that hold it.
func find(a netip.Addr) (block, bool) {
	for i := len(blocks) - 1; i >= 0; i-- {
		if blocks[i].prefix.Contains(a) {
			return blocks[i], true
		}
	}
	return block{}, false
}
