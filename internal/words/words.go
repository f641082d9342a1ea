// Package words holds what is done to text before people see it, wherever it came from.
//
// It cuts; it does not escape: render does that, once, for whatever is shown.
package words

import "strings"

// Clip cuts a text to about n bytes, between characters, and marks the cut with three dots: what is
// quoted may come from a hostile server. A cut text is valid UTF-8; one that fits stays as it is.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
