package abnf

// A set is one byte of several.
type set [4]uint64

func between(low, high byte) set {
	var s set
	for c := int(low); c <= int(high); c++ {
		s[c/64] |= 1 << (c % 64)
	}
	return s
}

func (s set) has(c byte) bool { return s[c/64]>>(c%64)&1 != 0 }

func (s set) with(t set) set {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

// bytes are all of the set, in order.
func (s set) bytes() (all []byte) {
	for c := range 256 {
		if s.has(byte(c)) {
			all = append(all, byte(c))
		}
	}
	return all
}
