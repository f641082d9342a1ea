//go:build windows || darwin

package platform

import "crypto/x509"

// Roots are the authorities that servers are judged by: see mozilla.
func Roots() *x509.CertPool { return mozilla() }

// RootsName is what the facts call them.
func RootsName() string { return mozillaName() }
