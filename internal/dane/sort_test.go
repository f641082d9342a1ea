package dane

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

func TestSort(t *testing.T) {
	leaf := issue(t, entity{}, "leaf")
	key := leaf.RawSubjectPublicKeyInfo
	for _, c := range []struct {
		usage, selector, matchingType uint8
		data                          []byte
		why                           string
	}{
		{3, 1, 1, make([]byte, 32), ""},
		{3, 0, 1, make([]byte, 32), ""},
		{3, 1, 2, make([]byte, 64), ""},
		{2, 0, 1, make([]byte, 32), ""},
		{2, 1, 2, make([]byte, 64), ""},
		{3, 0, 0, leaf.Raw, ""},
		{2, 0, 0, leaf.Raw, ""},
		{3, 1, 0, key, ""},
		{2, 1, 0, key, ""},
		{3, 0, 0, negative(leaf), ""}, // nothing that matters is wrong with it

		{0, 0, 1, make([]byte, 32), "has the usage 0 (PKIX-TA), which is not for mail servers: senders have no list of public authorities in common"},
		{1, 1, 1, make([]byte, 32), "has the usage 1 (PKIX-EE), which is not for mail servers: senders have no list of public authorities in common"},
		{4, 1, 1, make([]byte, 32), "has the usage 4, which means nothing"},
		{255, 1, 1, make([]byte, 32), "has the usage 255, which is for private use"},
		{3, 2, 1, make([]byte, 32), "has the selector 2, which means nothing"},
		{3, 255, 1, make([]byte, 32), "has the selector 255, which is for private use"},
		{3, 1, 3, make([]byte, 32), "has the matching type 3, which means nothing"},
		{3, 1, 255, make([]byte, 32), "has the matching type 255, which is for private use"},
		{3, 1, 1, nil, "holds no data"},
		{3, 0, 0, nil, "holds no data"},
		{3, 1, 1, make([]byte, 1), "has one byte where a SHA-256 digest has 32"},
		{3, 1, 1, make([]byte, 31), "has 31 bytes where a SHA-256 digest has 32"},
		{3, 1, 1, make([]byte, 64), "has 64 bytes where a SHA-256 digest has 32: a SHA-512 digest has the matching type 2"},
		{3, 1, 2, make([]byte, 32), "has 32 bytes where a SHA-512 digest has 64: a SHA-256 digest has the matching type 1"},
		{3, 1, 2, make([]byte, 65), "has 65 bytes where a SHA-512 digest has 64"},
		{3, 0, 0, key, "does not hold a certificate, as the matching type 0 and the selector 0 have it"},
		{3, 0, 0, leaf.Raw[:len(leaf.Raw)-1], "does not hold a certificate, as the matching type 0 and the selector 0 have it"},
		{2, 0, 0, append(slices.Clone(leaf.Raw), 0), "does not hold a certificate, as the matching type 0 and the selector 0 have it"},
		{3, 1, 0, leaf.Raw, "does not hold a public key, as the matching type 0 and the selector 1 have it"},
		{3, 1, 0, append(slices.Clone(key), 0), "does not hold a public key, as the matching type 0 and the selector 1 have it"},
		{3, 1, 0, []byte{0x30, 0}, "does not hold a public key, as the matching type 0 and the selector 1 have it"},
		{3, 1, 0, []byte{0x30, 0x84}, "does not hold a public key, as the matching type 0 and the selector 1 have it"},
	} {
		r := fact.TLSA{Usage: c.usage, Selector: c.selector, MatchingType: c.matchingType, Data: c.data}
		set := Sort(records(r))
		usable, rest := []fact.TLSA{r}, []Unusable(nil)
		if c.why != "" {
			usable, rest = nil, []Unusable{{r, c.why}}
		}
		if diff := cmp.Diff(usable, set.Usable()) + cmp.Diff(rest, set.Unusable()); diff != "" {
			t.Errorf("%s with %d bytes (-want +got):\n%s", numbers(r), len(c.data), diff)
		}
	}
}

func TestSortKeepsTheOrder(t *testing.T) {
	good := func(n byte) fact.TLSA {
		return fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: bytes.Repeat([]byte{n}, 32)}
	}
	bad := func(n byte) fact.TLSA { return fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: []byte{n}} }
	set := Sort(append(records(good(1), bad(1), good(2), bad(2)), fact.Record{Host: "no TLSA"}))
	const short = "has one byte where a SHA-256 digest has 32"
	diff := cmp.Diff([]fact.TLSA{good(1), good(2)}, set.Usable()) +
		cmp.Diff([]Unusable{{bad(1), short}, {bad(2), short}, {fact.TLSA{}, strangeUsage0}}, set.Unusable())
	if diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const strangeUsage0 = "has the usage 0 (PKIX-TA), which is not for mail servers: senders have no list of public authorities in common"

func TestSortBounds(t *testing.T) {
	var list []fact.TLSA
	for n := range byte(most + 2) {
		list = append(list, fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: bytes.Repeat([]byte{n}, 32)})
	}
	set := Sort(records(list...))
	if diff := cmp.Diff(list[:most], set.Usable()); diff != "" {
		t.Errorf("usable (-want +got):\n%s", diff)
	}
	const why = "is one of too many: the first 100 are looked at"
	if diff := cmp.Diff([]Unusable{{list[most], why}, {list[most+1], why}}, set.Unusable()); diff != "" {
		t.Errorf("unusable (-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		record fact.TLSA
		want   string
	}{
		{fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: []byte{0xd2, 0xab, 0x0f}}, "3 1 1 d2ab0f"},
		{fact.TLSA{Usage: 255, MatchingType: 2, Data: []byte{0}}, "255 0 2 00"},
		{fact.TLSA{Usage: 2}, "2 0 0"},
	} {
		if got := Text(c.record); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOwner(t *testing.T) {
	for _, base := range []string{"mx1.example.com", "mx1.example.com."} {
		if got := Owner(base); got != "_25._tcp.mx1.example.com" {
			t.Errorf("the owner for %q is %q", base, got)
		}
	}
}

// rdata reads records as the wire has them, one behind the other, each behind a byte with the length
// of its data.
func rdata(b []byte) []fact.Record {
	var list []fact.TLSA
	for len(b) >= 4 {
		n := min(int(b[3]), len(b)-4)
		list = append(list, fact.TLSA{Usage: b[0], Selector: b[1], MatchingType: b[2], Data: b[4 : 4+n]})
		b = b[4+n:]
	}
	return records(list...)
}

// wire is what rdata reads.
func wire(list ...fact.TLSA) []byte {
	var b []byte
	for _, r := range list {
		b = append(b, r.Usage, r.Selector, r.MatchingType, byte(len(r.Data)))
		b = append(b, r.Data...)
	}
	return b
}

func FuzzSort(f *testing.F) {
	leaf := issue(f, entity{}, "leaf")
	f.Add(wire(of(leaf, 3, 1, 1), of(leaf, 2, 0, 2), of(leaf, 3, 1, 0)))
	f.Add(wire(of(leaf, 3, 0, 0), of(leaf, 0, 0, 1), of(leaf, 255, 1, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		list := rdata(b)
		set := Sort(list)
		usable, rest := set.Usable(), set.Unusable()
		if len(usable) > most || len(usable)+len(rest) != len(list) {
			t.Fatalf("%d records: %d usable, %d not", len(list), len(usable), len(rest))
		}
		for _, r := range list {
			switch {
			case len(usable) > 0 && Text(usable[0]) == Text(*r.TLSA):
				usable = usable[1:]
			case len(rest) > 0 && Text(rest[0].Record) == Text(*r.TLSA):
				if rest[0].Why == "" {
					t.Errorf("%s is unusable for no reason", Text(*r.TLSA))
				}
				rest = rest[1:]
			default:
				t.Errorf("%s is in neither list, or out of order", Text(*r.TLSA))
			}
		}
		for _, r := range set.Usable() {
			if r.Usage != 2 && r.Usage != 3 || r.Selector > 1 || r.MatchingType > 2 || len(r.Data) == 0 {
				t.Errorf("%s is usable", Text(r))
			}
			if !strings.HasPrefix(Text(r), fmt.Sprintf("%d %d %d ", r.Usage, r.Selector, r.MatchingType)) {
				t.Errorf("the text is %q", Text(r))
			}
		}
	})
}
