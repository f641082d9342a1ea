package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A page says what it is given, whatever that means to roff.
func TestManPage(t *testing.T) {
	var b strings.Builder
	err := ManPage(&b, Manual{
		Name: "x-y", Source: `x "1"`, Date: "2026-01-31", Short: "do it", Synopsis: "x y NAME[:WORD]... [flags]",
		Description: []string{"It's so: `a\\b` ~ ^ é.", ".TH is no command here, nor is it where it comes to stand at the beginning of a\n.line"},
		Options:     []Entry{{Terms: []string{"-f", "--file"}, Value: "FILE", Text: "read FILE"}},
		Examples:    []Entry{{Terms: []string{"x y | z"}}, {Terms: []string{"x 'y'"}, Text: "with quotes"}},
		SeeAlso:     []string{"x(1)", "RFC 8461 (MTA-STS)"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `.TH X\-Y 1 "2026-01-31" "x \(dq1\(dq" "User Commands"
.nh
.ad l
.SH NAME
x\-y \- do it
.SH SYNOPSIS
\fBx\fR \fBy\fR \fINAME\fR[:\fIWORD\fR]... [\fIflags\fR]
.SH DESCRIPTION
It\(aqs so: \(gaa\eb\(ga \(ti \(ha \[u00E9].
.PP
\&.TH is no command here, nor is it where it comes to stand at the beginning of
a .line
.SH OPTIONS
.TP
\fB\-f\fR, \fB\-\-file\fR \fIFILE\fR
read FILE
.SH EXAMPLES
.nf
\fBx y | z\fR
.fi
.PP
.nf
\fBx \(aqy\(aq\fR
.fi
.RS 4
with quotes
.RE
.SH SEE ALSO
\fBx\fR(1),
RFC 8461 (MTA\-STS)
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// No line of a paragraph is a command, wherever it is broken.
func TestFolded(t *testing.T) {
	text := roff(strings.Repeat("a .b 'c ", 60))
	for line := range strings.SplitSeq(folded(text), "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") || len(line) > longestLine+len(`\&`) {
			t.Errorf("the line %q", line)
		}
	}
}
