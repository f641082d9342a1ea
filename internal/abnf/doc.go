// Package abnf reads the grammars of RFCs (RFC 5234, with the case-sensitive strings of RFC 7405),
// tells whether a text fits one, and makes texts that do. It is there for tests alone: the parsers
// of the program are compared with the grammars as the RFCs print them, so nothing here may lean on
// those parsers, and nothing of the program may lean on this.
//
// A grammar becomes a machine of states, one step for each byte of the text, so that a comparison is
// linear in it and can be fuzzed. The price is that rules may not refer to themselves; those of the
// records, policies and URIs do not.
//
// What is printed is kept as printed. A rule that another document defines, or that an erratum or
// the prose beside the grammar changes, stands in a text of its own, and a later text's rule takes
// the place of an earlier one's.
package abnf
