package resolve

import (
	crypto "crypto/rand"
	"math/rand/v2"
	"sync"
)

// dice are where ids and sockets are drawn from: a cryptographic stream cipher whose key comes
// from the operating system, since an id that can be guessed is one half of a forged answer
// (RFC 5452 §4.3).
type dice struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newDice() *dice {
	var seed [32]byte
	_, _ = crypto.Read(seed[:]) // never fails: it would rather end the program
	return &dice{source: rand.NewChaCha8(seed)}
}

// id is one of 65,536, each as likely as the other.
func (d *dice) id() uint16 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return uint16(d.source.Uint64())
}

// below is a number from 0 to n-1; n is a power of two, so that none is likelier.
func (d *dice) below(n int) int { return int(d.id()) & (n - 1) }
