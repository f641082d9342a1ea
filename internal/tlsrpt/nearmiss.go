package tlsrpt

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// A text that was meant as a record is known by its version, in the shapes that it takes: any case,
// "version" for "v", ":" for "=", a letter or number amiss, or no "v=" at all; or by a rua with a URI
// that stands first.
var (
	nearVersion = regexp.MustCompile(`(?i)^((?:[a-z]{1,8}[ \t]*[=:][ \t]*|v[ \t]+)?)(tls[-_ ]?(?:rpt|prt|rtp|rp|rt|report)[^ \t;,=:]{0,6})(?:[ \t;,=:]|$)`)
	ruaFirst    = regexp.MustCompile(`(?i)^rua[ \t]*[=:][ \t]*(?:mailto|https?):`)
	hasRUA      = regexp.MustCompile(`(?i)[;, \t]rua[ \t]*[=:]`)
	lateVersion = regexp.MustCompile(`(?i)[;, \t]v[ \t]*[=:][ \t]*tls-?rptv?[0-9]{0,2}[ \t]*(?:[;,]|$)`)
	anyURI      = regexp.MustCompile(`(?i)(?:mailto|https):[^ \t;,]+`)
	anyAddress  = regexp.MustCompile(`(?i)(?:^|[=:;, \t])([^ \t;,=:@]+@[^ \t;,=:@]+\.[^ \t;,=:@]+)`)
)

// longestNearMiss bounds the texts looked at, in bytes: a record is much shorter.
const longestNearMiss = 4096

// NearMiss recognizes a TXT record that was meant as a TLS-RPT record and is not one to senders: in
// other case, without the ";" or the version, with leading space or quotation marks inside, of
// another version, with the rua first. It says in a clause what is wrong, and gives the record
// corrected, which parses without problems; that is "" where the text holds no destination. It
// reports false for records (texts that begin "v=TLSRPTv1;") and for texts that were meant as
// something else, DMARC among them.
func NearMiss(txt string) (what, corrected string, ok bool) {
	if strings.HasPrefix(txt, recordVersion+";") || len(txt) > longestNearMiss {
		return "", "", false
	}
	plain, faults := unwrap(txt)
	if m := nearVersion.FindStringSubmatchIndex(plain); m != nil && (m[3] > 0 || hasRUA.MatchString(plain)) {
		faults = append(faults, versionFaults(plain[m[2]:m[3]], plain[m[4]:m[5]])...)
		if len(faults) == 0 {
			// The version is right, so it is what stands behind it.
			faults = append(faults, behindVersion(plain[m[5]:]))
		}
	} else if fault := firstFault(plain); fault != "" {
		faults = append(faults, fault)
	} else {
		return "", "", false
	}
	return strings.Join(faults, "; "), rebuild(plain), true
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

// firstFault knows a record by its rua, where that stands first.
func firstFault(plain string) string {
	switch {
	case !ruaFirst.MatchString(plain):
		return ""
	case lateVersion.MatchString(plain):
		return recordVersion + " does not stand first"
	}
	return `"` + recordVersion + `;" is missing before the rua`
}

// versionFaults says what is wrong with the name and value of the version.
func versionFaults(name, version string) (faults []string) {
	want, _ := strings.CutPrefix(recordVersion, "v=")
	switch {
	case name == "":
		faults = append(faults, `"v=" is missing before the version`)
	case name != "v=" && strings.EqualFold(name, "v="):
		faults = append(faults, `it begins "V=": case counts, it must be "v="`)
	case name != "v=":
		faults = append(faults, fmt.Sprintf(`it begins %q where it must begin "v="`, name))
	}
	switch {
	case version == want:
	case strings.EqualFold(version, want):
		faults = append(faults, fmt.Sprintf("the version is written %q: case counts, it must be %s", version, want))
	default:
		faults = append(faults, fmt.Sprintf("the version is %q: it must be %s", version, want))
	}
	return faults
}

// behindVersion says what is wrong with what follows a good version: there is no ";".
func behindVersion(rest string) string {
	after := strings.TrimLeft(rest, wsp)
	switch {
	case after == "":
		return "nothing follows the version: a \";\" and a rua must"
	case after[0] == ';':
		return `white space stands before the first ";", which counts only for a lone TXT record`
	case after[0] == ',':
		return `a comma stands behind the version in place of a ";"`
	case after != rest:
		return `no ";" stands behind the version`
	}
	return fmt.Sprintf("%s stands behind the version in place of a \";\"", charAt(after, 0))
}

// rebuild makes the record that was meant: the version and every destination in the text.
func rebuild(plain string) string {
	uris := anyURI.FindAllString(plain, -1)
	if uris == nil {
		for _, m := range anyAddress.FindAllStringSubmatch(plain, -1) {
			uris = append(uris, m[1])
		}
	}
	var good []string
	for _, uri := range uris {
		if fault, _ := faultOfURI(uri); fault != "" {
			uri = repairURI(uri)
		}
		if uri != "" {
			good = append(good, uri)
		}
	}
	record := recordVersion + "; rua=" + strings.Join(good, ",")
	if _, problems := ParseRecord(record); len(problems) > 0 {
		return ""
	}
	return record
}
