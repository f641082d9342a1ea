// Package house keeps the rules that the whole tree lives by; it has tests and nothing else.
//
// Floors: a package imports packages of strictly lower floors only. Doors: what touches the
// world (network, files, clock, streams) and each third-party module is let in by name, package
// by package. Form: the size of functions and files, no init, no changing package variables,
// documented exported names, and a top level that holds what it should and nothing else.
//
// The floors are those of the design, in finer steps: addr (which addresses are public), near
// (spelling), pkix (faults of certificates, pure) and resolve (the DNS client) are packages of
// their own, so that rules can use the first three without reaching the network, and collect
// need not know the wire.
package house
