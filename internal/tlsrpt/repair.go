package tlsrpt

import (
	"strings"

	"mtasts/internal/field"
)

// repairURI is what a malformed URI was evidently meant to be, "" if that is not evident: one good
// URI, or several with commas between them where it was two or more with only spaces between.
func repairURI(text string) string {
	const mostWords = 100
	words := strings.Fields(text)
	if len(words) < 2 || len(words) > mostWords {
		return repairOne(text)
	}
	for i, word := range words {
		words[i] = repairOne(word)
		if !strings.Contains(word, "@") && !strings.Contains(word, "//") || words[i] == "" {
			return repairOne(text)
		}
	}
	return strings.Join(words, ",")
}

// repairOne puts "mailto:" before a bare address or "https:" before //, and takes off quotation
// marks, spaces beside the scheme's colon and DMARC's size suffix (!10m).
func repairOne(text string) string {
	uri := strings.Trim(text, "\"'<>`\\ \t")
	uri = withoutSize(uri)
	for _, scheme := range []string{"mailto", "https"} {
		if rest, found := strings.CutPrefix(strings.ToLower(uri), scheme); found && strings.HasPrefix(strings.TrimLeft(rest, field.WSP), ":") {
			uri = scheme + ":" + strings.TrimLeft(strings.TrimLeft(uri[len(scheme):], field.WSP)[1:], field.WSP)
		}
	}
	switch {
	case strings.Contains(uri, ":"):
	case isAddress(uri):
		uri = "mailto:" + uri
	case strings.HasPrefix(uri, "//"):
		uri = "https:" + uri
	}
	if fault, _ := faultOfURI(uri); fault != "" {
		return ""
	}
	return uri
}

// isAddress reports whether a text looks like a mail address: something, "@", and a name with a dot.
func isAddress(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	return found && local != "" && strings.Contains(strings.Trim(domain, "."), ".")
}

// withoutSize takes off the size suffix that DMARC has and TLS-RPT has not: !10m, or !50k at the
// end of the address, and the same before the "@".
func withoutSize(uri string) string {
	before, after, found := strings.Cut(uri, "!")
	if !found {
		return uri
	}
	digits := 0
	for digits < len(after) && field.IsDigit(after[digits]) {
		digits++
	}
	rest := strings.TrimLeft(after[digits:], "kmgtKMGT")
	if digits == 0 || len(after)-digits-len(rest) > 1 || rest != "" && rest[0] != '@' {
		return uri
	}
	return before + rest
}
