package cli

import (
	"fmt"
	"testing"
)

// TestShards: the shares of a list are the list, each line in one of them, and alike in size.
func TestShards(t *testing.T) {
	const lines = 4000
	for _, n := range []int{1, 2, 7, 64} {
		seen := make([]int, lines)
		for k := 1; k <= n; k++ {
			s, err := parseShard(fmt.Sprintf("%d/%d", k, n))
			if err != nil {
				t.Fatal(err)
			}
			taken := 0
			for i := range lines {
				l := line{domain: fmt.Sprintf("d%d.example.com", i)}
				if i%100 == 0 {
					l = line{input: l.domain + " bad", err: errNotEarlier}
				}
				if s.takes(l) {
					seen[i]++
					taken++
				}
			}
			if fair := lines / n; taken < fair/2 || taken > 2*fair {
				t.Errorf("share %d/%d has %d lines of %d", k, n, taken, lines)
			}
		}
		for i, times := range seen {
			if times != 1 {
				t.Errorf("of %d shares, %d have line %d", n, times, i)
			}
		}
	}
}

// TestSharesStay: who is in which share is a promise to those who work on the others.
func TestSharesStay(t *testing.T) {
	for domain, want := range map[string]uint64{"example.com": 6, "example.net": 0, "xn--bcher-kva.example": 4} {
		for k := range uint64(8) {
			if got := (shard{k, 8}).takes(line{domain: domain}); got != (k == want) {
				t.Errorf("%s in share %d/8: %v", domain, k, got)
			}
		}
	}
}

// TestShareSpelling: who counts from 0 and who counts from 1 get the same shares.
func TestShareSpelling(t *testing.T) {
	for text, want := range map[string]shard{"0/8": {0, 8}, "8/8": {0, 8}, "3/8": {3, 8}, "1/1": {0, 1}, "0/1": {0, 1}} {
		if got, err := parseShard(text); err != nil || got != want {
			t.Errorf("%s = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "/", "1", "1/", "/2", "-1/2", "1/-2", "3/2", "1/0", "a/b", "1/2/3", "1/99999999999999999999", " 1/2"} {
		if got, err := parseShard(text); err == nil {
			t.Errorf("%q = %v", text, got)
		}
	}
}
