package sts

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// A text that was meant as a record is known by its version. These are the shapes that it takes:
// "v=STSv1" in any case, with "version" for "v", ":" or a space for "=", another version number, a
// letter missing or exchanged; or "STSv1" alone with an id behind it.
var (
	nearVersion = regexp.MustCompile(`(?i)^(?:v|version)[ \t]*(?:[=:][ \t]*|[ \t])((?:mta[-_ ]?)?sts[^ \t;,=:]{0,12}|[a-z]{3,5}1)`)
	bareVersion = regexp.MustCompile(`(?i)^(sts[ _-]?v?[0-9]{1,2}|mta-?stsv?1?)[ \t]*[;,]?[ \t]*id[ \t]*[=:]`)
	lateVersion = regexp.MustCompile(`(?i)^id[ \t]*[=:][^;,]*[;,][ \t]*v[ \t]*[=:][ \t]*(stsv?[0-9]{1,2})[ \t]*(?:[;,]|$)`)
	idField     = regexp.MustCompile(`(?i)(?:^|[;, \t])id[ \t]*[=:][ \t]*([^;, \t=]+)`)
	idBehind    = regexp.MustCompile(`^[ \t]*;?[ \t]*([0-9][0-9A-Za-z]{5,31})[ \t]*;?[ \t]*$`)
)

// longestNearMiss bounds the texts looked at, in bytes: a record is much shorter.
const longestNearMiss = 2048

// NearMiss recognizes a TXT record that was meant as an MTA-STS record and is not one to senders:
// in other case, with a comma or space for the ";", with leading space or quotation marks inside,
// of another version, with the id first. It says in a clause what is wrong, and gives the record
// corrected, which parses without problems; that is "" where the text holds no id. It reports false
// for records (texts that begin "v=STSv1;") and for texts that were meant as something else.
func NearMiss(txt string) (what, corrected string, ok bool) {
	if strings.HasPrefix(txt, recordVersion+";") || len(txt) > longestNearMiss {
		return "", "", false
	}
	plain, faults := unwrap(txt)
	version, rest, more := findVersion(plain)
	if version == "" {
		return "", "", false
	}
	faults = append(faults, more...)
	if len(faults) == 0 {
		// The version is right, so it is what stands behind it.
		faults = append(faults, behindVersion(rest))
	}
	return strings.Join(faults, "; "), rebuild(plain, rest), true
}

// unwrap takes off what stands around or inside a text without being seen: odd spaces, quotation
// marks, white space before it.
func unwrap(txt string) (plain string, faults []string) {
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

// findVersion finds what was meant as v=STSv1, and says what is wrong with it; rest is what stands
// behind it.
func findVersion(s string) (version, rest string, faults []string) {
	if m := nearVersion.FindStringSubmatchIndex(s); m != nil && isSTS(s[m[2]:m[3]]) {
		return s[m[2]:m[3]], s[m[1]:], versionFaults(s[:m[2]], s[m[2]:m[3]])
	}
	if m := bareVersion.FindStringSubmatchIndex(s); m != nil {
		return s[m[2]:m[3]], s[m[3]:], []string{`"v=" is missing before the version`}
	}
	if m := lateVersion.FindStringSubmatchIndex(s); m != nil {
		return s[m[2]:m[3]], s, []string{recordVersion + " does not stand first"}
	}
	return "", "", nil
}

// isSTS tells a mistyped STSv1 from the version of another record (spf1, DKIM1, DMARC1, BIMI1).
func isSTS(version string) bool {
	small := strings.ToLower(version)
	return strings.HasPrefix(small, "sts") || strings.HasPrefix(small, "mta") || oneEdit(small, "stsv1")
}

// versionFaults says what is wrong with the name and value of the version.
func versionFaults(name, version string) (faults []string) {
	small := strings.ToLower(strings.TrimRight(name, "=: \t"))
	switch {
	case small == "version":
		faults = append(faults, `it begins "version", as a policy file does: in DNS the name is v`)
	case strings.EqualFold(name, "v=") && name != "v=":
		faults = append(faults, `it begins "V=": case counts, it must be "v="`)
	case name != "v=":
		faults = append(faults, fmt.Sprintf(`it begins %q where it must begin "v="`, name))
	}
	switch {
	case version == policyVersion:
	case strings.EqualFold(version, policyVersion):
		faults = append(faults, fmt.Sprintf("the version is written %q: case counts, it must be STSv1", version))
	default:
		faults = append(faults, fmt.Sprintf("the version is %q: it must be STSv1", version))
	}
	return faults
}

// behindVersion says what is wrong with what follows a good version: there is no ";".
func behindVersion(rest string) string {
	after := strings.TrimLeft(rest, wsp)
	switch {
	case after == "":
		return "nothing follows the version: a \";\" and an id must"
	case after[0] == ';':
		return `white space stands before the first ";", which counts only for a lone TXT record`
	case after[0] == ',':
		return `a comma stands behind the version in place of a ";"`
	case after != rest:
		return `no ";" stands behind the version`
	}
	return fmt.Sprintf("%s stands behind the version in place of a \";\"", charAt(after, 0))
}

// rebuild makes the record that was meant: its id, and the fields that are well-formed.
func rebuild(plain, rest string) string {
	m := idField.FindStringSubmatch(plain)
	if m == nil {
		m = idBehind.FindStringSubmatch(rest)
	}
	if m == nil {
		return ""
	}
	r := Record{Fields: []Field{{Name: "id", Value: repairID(m[1])}}}
	for field := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.Trim(field, wsp), "=")
		if isName(name) && !strings.EqualFold(name, "id") && !strings.EqualFold(name, "v") && value != "" && indexNot(value, isExtension) < 0 {
			r.Fields = append(r.Fields, Field{Name: name, Value: value})
		}
	}
	if _, problems := ParseRecord(r.String()); len(problems) > 0 {
		return ""
	}
	return r.String()
}
