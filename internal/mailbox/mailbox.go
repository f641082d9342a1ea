// Package mailbox finds TLS-RPT reports in what people keep them in: JSON files, gzipped or not, single
// mails, mbox files, Maildirs, zip archives, and directories of any of these. What something is is told
// by its content, never by its name alone.
//
// It streams: one document is in memory at a time, however large the mailbox is, and everything is
// bounded, since anybody may send mail to the address that reports go to.
package mailbox

// Document is what looks like a report: its JSON, decompressed and decoded.
type Document struct {
	Source string // where it was: "mail.mbox: mail 17: report.json.gz"
	JSON   []byte // valid until the next document
}

// Limits bound what is read.
type Limits struct {
	Report int64 // bytes of one report's JSON
}
