package addr

import (
	"net/netip"
	"testing"
)

// FuzzGlobal: an address that is not global says why, one that the standard library knows as special
// is not global, and no form hides an address that is not.
func FuzzGlobal(f *testing.F) {
	for _, text := range []string{"192.0.2.1", "10.0.0.1", "8.8.8.8", "2001:db8::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "2606:4700::1"} {
		a := netip.MustParseAddr(text)
		f.Add(a.AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		global, what := Global(a)
		if global == (what != "") || global && !ok {
			t.Errorf("%s: %v, %q", a, global, what)
		}
		if plain := a.Unmap(); global && (plain.IsPrivate() || plain.IsLoopback() || plain.IsMulticast() || plain.IsUnspecified() || plain.IsLinkLocalUnicast()) {
			t.Errorf("%s is global", a)
		}
		if zoned, _ := Global(a.WithZone("eth0")); ok && zoned != global {
			t.Errorf("%s: a zone makes a difference", a)
		}
		if ok && a.Is4() {
			checkForms(t, a, global)
		}
	})
}

// checkForms holds the forms that an IPv4 address has in IPv6 against what it is itself.
func checkForms(t *testing.T, a netip.Addr, global bool) {
	t.Helper()
	b := a.As4()
	sixToFour, nat64 := [16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]}, [16]byte{0, 0x64, 0xff, 0x9b}
	copy(nat64[12:], b[:])
	for _, form := range []netip.Addr{netip.AddrFrom16(a.As16()), netip.AddrFrom16(sixToFour), netip.AddrFrom16(nat64)} {
		if got, _ := Global(form); got != global {
			t.Errorf("%s as %s: %v, want %v", a, form, got, global)
		}
	}
}
