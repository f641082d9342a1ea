// Package dane sorts TLSA records and matches certificates with them (RFC 6698, RFC 7671, RFC 7672).
package dane
