package addr

import "testing"

func TestLiteral(t *testing.T) {
	for name, want := range map[string]bool{
		"192.0.2.1":           true,
		"192.0.2.1.":          true,
		"[192.0.2.1]":         true,
		"[192.0.2.1].":        true,
		"[192.0.2.1":          true,
		"192.0.2.1]":          true,
		"2001:db8::1":         true,
		"2001:DB8::1.":        true,
		"::ffff:192.0.2.1":    true,
		"fe80::1%eth0":        true,
		"[2001:db8::1]":       true,
		"[IPv6:2001:db8::1]":  true,
		"[ipv6:2001:db8::1].": true,
		"IPv6:2001:db8::1":    true,
		"IPv6:::1":            true,
		"[IPv6:192.0.2.1]":    false,
		"IPv6:":               false,
		"IPv4:192.0.2.1":      false,
		"192.0.2.1..":         false,
		"192.0.2":             false,
		"192.0.2.256":         false,
		"[[192.0.2.1]]":       false,
		"192.0.2.1.example":   false,
		"mx.example.com":      false,
		"xn--mnchen-3ya":      false,
		"[]":                  false,
		".":                   false,
		"":                    false,
	} {
		if got := Literal(name); got != want {
			t.Errorf("Literal(%q) = %v, want %v", name, got, want)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	f.Add("192.0.2.1")
	f.Add("[IPv6:2001:db8::1].")
	f.Add("mx.example.com")
	f.Fuzz(func(t *testing.T, name string) {
		if Literal(name) && !Literal("["+name+"]") && name[0] != '[' && name[len(name)-1] != ']' && name[len(name)-1] != '.' {
			t.Errorf("%q is an address and is none in brackets", name)
		}
	})
}
