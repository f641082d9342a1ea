package collect

import (
	"bytes"
	"crypto/x509"
	"net/netip"
	"sync"

	"mtasts/internal/fact"
	"mtasts/internal/memo"
)

// Large providers give each customer a name for the same few mail hosts, and have a certificate for all of
// them: *.mail.protection.outlook.com is the best known. To ask every address under every name would
// take as many conversations as there are customers, to learn the same.
const (
	// enoughNames is under how many names, one after the other, an address has to show the same
	// certificate before it is not asked under others that this certificate is for.
	enoughNames = 4
	// maxAlike is what is remembered of addresses for that, in octets.
	maxAlike = 4 << 20
)

// alike are addresses and the certificate that they showed last.
type alike struct {
	mu sync.Mutex
	of *memo.Sieve[netip.Addr, *shown]
}

// shown is a certificate, and the first conversation that it was shown in.
type shown struct {
	leaf  *x509.Certificate
	under int // how many names
	probe fact.Probe
}

func newAlike() alike { return alike{of: memo.NewSieve[netip.Addr, *shown](maxAlike)} }

// note takes down a conversation that was had under a name.
func (al *alike) note(c call, p fact.Probe) {
	al.mu.Lock()
	defer al.mu.Unlock()
	if p.Fault != nil || p.TLS == nil || len(p.TLS.Chain) == 0 || weight(p) > maxWeight {
		al.of.Delete(c.address)
		return
	}
	s, found := al.of.Get(c.address)
	if found && bytes.Equal(s.leaf.Raw, p.TLS.Chain[0]) {
		s.under++
		return
	}
	leaf, err := x509.ParseCertificate(p.TLS.Chain[0])
	if err != nil {
		al.of.Delete(c.address)
		return
	}
	p.Under = c.name
	al.of.Put(c.address, &shown{leaf: leaf, under: 1, probe: p}, weight(p)+len(leaf.Raw))
}

// tell is what an address says under one more name, if that is known well enough.
func (al *alike) tell(c call) (p fact.Probe, found bool) {
	al.mu.Lock()
	defer al.mu.Unlock()
	s, found := al.of.Get(c.address)
	if !found || s.under < enoughNames || s.leaf.VerifyHostname(c.name) != nil {
		return p, false
	}
	return s.probe, true
}
