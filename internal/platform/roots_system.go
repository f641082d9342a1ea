//go:build !windows && !darwin

package platform

import "crypto/x509"

// Roots are the authorities that servers are judged by: a file or a folder of this system, which Go reads
// and verifies by itself. They are empty where it has none.
func Roots() *x509.CertPool {
	if pool, err := x509.SystemCertPool(); err == nil {
		return pool
	}
	return x509.NewCertPool()
}

// RootsName is what the facts call them.
func RootsName() string { return "system" }
