package sts

import (
	"fmt"
	"regexp"
	"strings"

	"mtasts/internal/field"
	"mtasts/internal/near"
	"mtasts/internal/words"
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
	plain, faults := field.Unwrap(txt)
	version, rest, more := findVersion(plain)
	if version == "" {
		return "", "", false
	}
	faults = append(faults, more...)
	if len(faults) == 0 {
		// The version is right, so it is what stands behind it.
		faults = append(faults, field.BehindVersion(rest, "an id"))
	}
	return strings.Join(faults, "; "), rebuild(plain, rest), true
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
	// Pasted with what belongs before the text: a whole line of a zone file, a name and "=".
	if before, behind, found := strings.Cut(s, recordVersion+";"); found && strings.Contains(behind, "id=") {
		return recordVersion, ";" + behind, []string{fmt.Sprintf("%q stands before the record", words.Clip(strings.TrimSpace(before), 64))}
	}
	return "", "", nil
}

// isSTS tells a mistyped STSv1 from the version of another record (spf1, DKIM1, DMARC1, BIMI1).
func isSTS(version string) bool {
	small := strings.ToLower(version)
	return strings.HasPrefix(small, "sts") || strings.HasPrefix(small, "mta") || near.Within(small, "stsv1", 1)
}

// versionFaults says what is wrong with the name and value of the version.
func versionFaults(name, value string) []string {
	faults := field.VersionFaults(name, value, recordVersion)
	if strings.EqualFold(strings.TrimRight(name, "=: \t"), "version") {
		faults[0] = `it begins "version", as a policy file does: in DNS the name is v`
	}
	return faults
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
	for piece := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.Trim(piece, field.WSP), "=")
		taken := strings.EqualFold(name, "id") || strings.EqualFold(name, "v")
		if field.IsName(name) && !taken && value != "" && field.IndexNot(value, field.IsValue) < 0 {
			r.Fields = append(r.Fields, Field{Name: name, Value: value})
		}
	}
	if _, problems := ParseRecord(r.String()); len(problems) > 0 {
		return ""
	}
	return r.String()
}
