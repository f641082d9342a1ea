// Package smtp reads SMTP replies (RFC 5321 §4.2), within bounds.
package smtp
