package addr

import (
	"net/netip"
	"slices"
	"testing"
)

func TestGlobal(t *testing.T) {
	for _, c := range []struct{ address, what string }{
		{"8.8.8.8", ""},
		{"1.1.1.1", ""},
		{"223.255.255.255", ""},
		{"0.0.0.0", "unspecified (RFC 1122)"},
		{"0.1.2.3", "this network (RFC 791)"},
		{"9.255.255.255", ""},
		{"10.0.0.0", "private (RFC 1918)"},
		{"10.255.255.255", "private (RFC 1918)"},
		{"11.0.0.0", ""},
		{"100.63.255.255", ""},
		{"100.64.0.0", "shared address space (RFC 6598)"},
		{"100.127.255.255", "shared address space (RFC 6598)"},
		{"100.128.0.0", ""},
		{"127.0.0.1", "loopback (RFC 1122)"},
		{"169.254.169.254", "link-local (RFC 3927)"},
		{"172.15.255.255", ""},
		{"172.16.0.0", "private (RFC 1918)"},
		{"172.31.255.255", "private (RFC 1918)"},
		{"172.32.0.0", ""},
		{"192.0.0.1", "IPv4 service continuity (RFC 7335)"},
		{"192.0.0.8", "IPv4 dummy address (RFC 7600)"},
		{"192.0.0.9", "Port Control Protocol anycast (RFC 7723)"},
		{"192.0.0.10", "TURN anycast (RFC 8155)"},
		{"192.0.0.11", "IETF protocol assignments (RFC 6890)"},
		{"192.0.0.170", "NAT64 discovery (RFC 7050)"},
		{"192.0.0.171", "NAT64 discovery (RFC 7050)"},
		{"192.0.1.0", ""},
		{"192.0.2.10", "documentation (RFC 5737)"},
		{"192.31.196.1", ""},
		{"192.52.193.1", ""},
		{"192.88.99.1", "deprecated 6to4 relay anycast (RFC 7526)"},
		{"192.168.1.1", "private (RFC 1918)"},
		{"192.175.48.1", ""},
		{"198.17.255.255", ""},
		{"198.18.0.0", "benchmarking (RFC 2544)"},
		{"198.19.255.255", "benchmarking (RFC 2544)"},
		{"198.51.100.1", "documentation (RFC 5737)"},
		{"203.0.113.1", "documentation (RFC 5737)"},
		{"224.0.0.1", "multicast (RFC 5771)"},
		{"239.255.255.255", "multicast (RFC 5771)"},
		{"240.0.0.1", "reserved (RFC 1112)"},
		{"255.255.255.255", "limited broadcast (RFC 919)"},

		{"2606:4700::1111", ""},
		{"2a00:1450:4001::1", ""},
		{"::", "unspecified (RFC 4291)"},
		{"::1", "loopback (RFC 4291)"},
		{"::8.8.8.8", "not assigned for global use (RFC 4291)"},
		{"::ffff:8.8.8.8", ""},
		{"::ffff:10.0.0.1", "IPv4-mapped form of private (RFC 1918)"},
		{"::ffff:127.0.0.1", "IPv4-mapped form of loopback (RFC 1122)"},
		{"::10.0.0.1", "not assigned for global use (RFC 4291)"},
		{"::ffff:0:8.8.8.8", "not assigned for global use (RFC 4291)"},
		{"::ffff:0:10.0.0.1", "not assigned for global use (RFC 4291)"},
		{"2a00:1450::5efe:8.8.8.8", ""},
		{"2a00:1450::5efe:10.0.0.1", "ISATAP form of private (RFC 1918)"},
		{"2a00:1450::200:5efe:127.0.0.1", "ISATAP form of loopback (RFC 1122)"},
		{"2a00:1450::100:5efe:127.0.0.1", ""},
		{"fe80::5efe:10.0.0.1", "link-local (RFC 4291)"},
		{"fe80::5efe:8.8.8.8", "link-local (RFC 4291)"},
		{"2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo (RFC 4380)"},
		{"64:ff9b::8.8.8.8", ""},
		{"64:ff9b::169.254.169.254", "NAT64 form of link-local (RFC 3927)"},
		{"64:ff9b::1:8.8.8.8", "not assigned for global use (RFC 4291)"},
		{"64:ff9b:1::8.8.8.8", "local-use IPv4/IPv6 translation (RFC 8215)"},
		{"100::1", "discard-only (RFC 6666)"},
		{"100:0:0:1::1", "dummy IPv6 prefix (RFC 9780)"},
		{"100:0:0:2::1", "not assigned for global use (RFC 4291)"},
		{"2001::1", "Teredo (RFC 4380)"},
		{"2001:1::1", "Port Control Protocol anycast (RFC 7723)"},
		{"2001:1::2", "TURN anycast (RFC 8155)"},
		{"2001:1::3", "DNS-SD SRP anycast (RFC 9665)"},
		{"2001:1::4", "IETF protocol assignments (RFC 2928)"},
		{"2001:2::1", "benchmarking (RFC 5180)"},
		{"2001:2:1::1", "IETF protocol assignments (RFC 2928)"},
		{"2001:3::1", ""},
		{"2001:4:112::1", ""},
		{"2001:10::1", "deprecated ORCHID (RFC 4843)"},
		{"2001:20::1", ""},
		{"2001:30::1", ""},
		{"2001:1ff::1", "IETF protocol assignments (RFC 2928)"},
		{"2001:200::1", ""},
		{"2001:db8::1", "documentation (RFC 3849)"},
		{"2002:808:808::1", ""},
		{"2002:a00:1::1", "6to4 form of private (RFC 1918)"},
		{"2620:4f:8000::1", ""},
		{"3fff:0:1::1", "documentation (RFC 9637)"},
		{"3fff:1000::1", ""},
		{"4000::1", "not assigned for global use (RFC 4291)"},
		{"5f00::1", "segment routing identifiers (RFC 9602)"},
		{"fc00::1", "unique local (RFC 4193)"},
		{"fdff::1", "unique local (RFC 4193)"},
		{"fe80::1%eth0", "link-local (RFC 4291)"},
		{"fec0::1", "deprecated site-local (RFC 3879)"},
		{"ff02::1", "multicast (RFC 4291)"},
	} {
		ok, what := Global(netip.MustParseAddr(c.address))
		if what != c.what || ok != (c.what == "") {
			t.Errorf("Global(%s) = %v, %q, want %q", c.address, ok, what, c.what)
		}
	}
	if ok, what := Global(netip.Addr{}); ok || what == "" {
		t.Errorf("Global of no address = %v, %q", ok, what)
	}
}

func TestTableIsSorted(t *testing.T) {
	byPlace := func(a, b block) int {
		if d := a.prefix.Addr().Compare(b.prefix.Addr()); d != 0 {
			return d
		}
		return a.prefix.Bits() - b.prefix.Bits()
	}
	if !slices.IsSortedFunc(blocks, byPlace) {
		t.Error("the table is not sorted: the longest match would not be found")
	}
}

func TestTableRows(t *testing.T) {
	for _, b := range blocks {
		if b.prefix != b.prefix.Masked() {
			t.Errorf("%s has bits beyond its length", b.prefix)
		}
		if ok, what := Global(b.prefix.Addr()); ok != b.global || (what == "") != ok {
			t.Errorf("%s: Global = %v, %q", b.prefix, ok, what)
		}
	}
}
