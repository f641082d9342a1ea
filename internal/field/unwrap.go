package field

import (
	"fmt"
	"strings"
	"unicode"
)

// Unwrap takes off what stands around or inside a text without being seen: odd spaces, quotation
// marks, white space before it. It says in clauses what it took off.
func Unwrap(txt string) (plain string, faults []string) {
	plain = strings.Map(plainSpace, txt)
	if plain != txt {
		faults = append(faults, "it holds spaces that are not ASCII, or invisible characters")
	}
	if bare := strings.Map(withoutQuotes, plain); bare != plain {
		plain = bare
		faults = append(faults, "it holds quotation marks or backslashes inside the text")
	}
	left := strings.TrimLeft(plain, " \t\r\n")
	if left != plain && len(faults) == 0 {
		faults = append(faults, "white space stands before the version")
	}
	return left, faults
}

func plainSpace(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cf, r): // zero-width characters and the byte order mark
		return -1
	}
	return r
}

func withoutQuotes(r rune) rune {
	if strings.ContainsRune("\"'`\\\u2018\u2019\u201c\u201d\u00ab\u00bb", r) {
		return -1
	}
	return r
}

// VersionFaults says what is wrong with a version that is split into its name, with all that stands
// before the value, and its value. want is the version as it should be: "v=STSv1".
func VersionFaults(name, value, want string) (faults []string) {
	want = strings.TrimPrefix(want, "v=")
	switch {
	case name == "":
		faults = append(faults, `"v=" is missing before the version`)
	case name != "v=" && strings.EqualFold(name, "v="):
		faults = append(faults, `it begins "V=": case counts, it must be "v="`)
	case name != "v=":
		faults = append(faults, fmt.Sprintf(`it begins %q where it must begin "v="`, name))
	}
	switch {
	case value == want:
	case strings.EqualFold(value, want):
		faults = append(faults, fmt.Sprintf("the version is written %q: case counts, it must be %s", value, want))
	default:
		faults = append(faults, fmt.Sprintf("the version is %q: it must be %s", value, want))
	}
	return faults
}

// BehindVersion says what is wrong with what follows a good version, where that is no ";" which
// senders would take. required is the field that must follow, with its article: "an id".
func BehindVersion(rest, required string) string {
	after := strings.TrimLeft(rest, WSP)
	switch {
	case after == "":
		return "nothing follows the version: a \";\" and " + required + " must"
	case after[0] == ';':
		return `white space stands before the first ";", which counts only for a lone TXT record`
	case after[0] == ',':
		return `a comma stands behind the version in place of a ";"`
	case after != rest:
		return `no ";" stands behind the version`
	}
	return fmt.Sprintf("%s stands behind the version in place of a \";\"", QuoteAt(after, 0))
}
