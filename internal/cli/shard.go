package cli

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// shard is a share of a list: which one of how many; of is 0 where there is one share alone.
type shard struct{ k, of uint64 }

// mostShards is more than anybody has machines.
const mostShards = 1_000_000

func (s *shard) add(fs *pflag.FlagSet) {
	fs.Func("shard", "take the `K/N`-th share of the list: which domains are in it depends on their names alone. K counts from 1 to N, or from 0 to N-1: 0/N is N/N",
		func(text string) (err error) { *s, err = parseShard(text); return err })
}

// parseShard reads K/N. Some tools count their jobs from 0 and some from 1, so 0 and N are the same share.
func parseShard(text string) (shard, error) {
	left, right, ok := strings.Cut(text, "/")
	k, err := strconv.ParseUint(left, 10, 64)
	n, wrong := strconv.ParseUint(right, 10, 64)
	switch {
	case !ok || err != nil || wrong != nil:
		return shard{}, errors.New("a share is K/N, such as 3/8")
	case n == 0 || n > mostShards:
		return shard{}, fmt.Errorf("a list has 1 to %d shares", mostShards)
	case k > n:
		return shard{}, fmt.Errorf("of %d shares there is no share %d", n, k)
	}
	return shard{k % n, n}, nil
}

// takes tells that a line is in the share. That must never change from one version to the next: shares
// of one list may be worked on by several.
func (s shard) takes(l line) bool {
	if s.of <= 1 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(l.name())) // never fails
	return h.Sum64()%s.of == s.k
}
