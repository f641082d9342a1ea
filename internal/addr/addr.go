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
// judged by the inner address. Documentation ranges count as not global. The zone is ignored;
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
	}
	return a, "", false
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
