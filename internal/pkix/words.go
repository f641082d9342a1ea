package pkix

import (
	"crypto/x509"
	"strconv"
	"strings"

	"mtasts/internal/words"
)

// longest is how much of a certificate's own words is repeated.
const longest = 256

// clip bounds text that a server wrote.
func clip(s string) string { return words.Clip(s, longest) }

// trim takes the library's name off its words.
func trim(s string) string { return strings.TrimPrefix(s, "x509: ") }

// quoteName is a certificate's subject in quotes.
func quoteName(c *x509.Certificate) string { return strconv.Quote(clip(c.Subject.String())) }
