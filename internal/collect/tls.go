package collect

import (
	"crypto/tls"

	"mtasts/internal/fact"
)

// Bounds of a chain that is kept.
const (
	maxChain      = 20
	maxChainBytes = 256 << 10
)

// tlsConfig takes whatever the server has to offer: an old version or a bad certificate is a
// fact to record, not a reason to stop. What is sent over such a connection is no secret. Protocols
// are those of ALPN.
func (o *Observer) tlsConfig(host string, protocols ...string) *tls.Config {
	return &tls.Config{
		ServerName: host, NextProtos: protocols,
		MinVersion: tls.VersionTLS10, CipherSuites: everySuite(),
		// Every server has one of these. The hybrids that resist quantum computers take longer than all the
		// rest of a handshake, on both sides, and there is nothing here to keep secret for so long.
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		InsecureSkipVerify: true, //nolint:gosec // the chain is recorded whole and judged by rules, every fault of it
		Time:               o.net.Now,
	}
}

func everySuite() []uint16 {
	var ids []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, s.ID)
	}
	return ids
}

// recordTLS is the handshake as a fact, the question of trust left open.
func recordTLS(s tls.ConnectionState) *fact.TLS {
	t := &fact.TLS{Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite)}
	size := 0
	for _, c := range s.PeerCertificates {
		size += len(c.Raw)
		if len(t.Chain) == maxChain || size > maxChainBytes {
			break
		}
		t.Chain = append(t.Chain, c.Raw)
	}
	return t
}
