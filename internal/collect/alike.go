package collect

import (
	"bytes"
	"crypto/x509"
	"net/netip"
	"sync"
	"time"

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
	now func() time.Time
	mu  sync.Mutex
	of  *memo.Sieve[netip.Addr, *shown]
}

// shown is a certificate, and the first conversation that it was shown in under a name that it is for.
type shown struct {
	leaf  *x509.Certificate
	under int // how many of those names
	probe fact.Probe
}

func (s *shown) covers(name string) bool { return s.leaf.VerifyHostname(name) == nil }

func newAlike(now func() time.Time) alike {
	return alike{now: now, of: memo.NewSieve[netip.Addr, *shown](maxAlike)}
}

// note takes down a conversation that was had under a name. Anybody can have a name for an address, and
// the certificate that is shown under it is the last resort of a server with several: so only names count
// that the certificate is for, for it and against it. And what is told of others has to be sound: a fault
// is found under each name on its own.
func (al *alike) note(c call, p fact.Probe) {
	al.mu.Lock()
	defer al.mu.Unlock()
	s, found := al.of.Get(c.address)
	leaf := soundLeaf(p, al.now())
	switch {
	case leaf != nil && found && bytes.Equal(s.leaf.Raw, leaf.Raw):
		s.meet(c, p)
	case leaf != nil && (!found || leaf.VerifyHostname(c.name) == nil):
		s = &shown{leaf: leaf}
		s.meet(c, p)
		al.of.Put(c.address, s, weight(p)+len(leaf.Raw))
	case found && s.covers(c.name):
		al.of.Delete(c.address)
	}
}

// meet counts a conversation in which the certificate was shown.
func (s *shown) meet(c call, p fact.Probe) {
	if !s.covers(c.name) {
		return
	}
	if s.under++; s.under == 1 {
		s.probe, s.probe.Under = p, c.name
	}
}

// soundLeaf is the certificate of a conversation that nothing is wrong with; nil where there is none.
func soundLeaf(p fact.Probe, at time.Time) *x509.Certificate {
	if p.Fault != nil || p.TLS == nil || len(p.TLS.Chain) == 0 || p.TLS.TrustFault != "" || weight(p) > maxWeight {
		return nil
	}
	leaf, err := x509.ParseCertificate(p.TLS.Chain[0])
	if err != nil || at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
		return nil
	}
	return leaf
}

// tell is what an address says under one more name, if that is known well enough.
func (al *alike) tell(c call) (p fact.Probe, found bool) {
	al.mu.Lock()
	defer al.mu.Unlock()
	s, found := al.of.Get(c.address)
	if !found || s.under < enoughNames || !s.covers(c.name) {
		return p, false
	}
	return s.probe, true
}

// knows tells that the address has shown a certificate.
func (al *alike) knows(a netip.Addr) bool {
	al.mu.Lock()
	defer al.mu.Unlock()
	_, found := al.of.Get(a)
	return found
}

// covers tells that the name is one of those that the certificate of the address is for.
func (al *alike) covers(c call) bool {
	al.mu.Lock()
	defer al.mu.Unlock()
	s, found := al.of.Get(c.address)
	return found && s.covers(c.name)
}
