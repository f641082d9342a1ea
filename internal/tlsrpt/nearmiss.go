package tlsrpt

import (
	"fmt"
	"regexp"
	"strings"

	"mtasts/internal/field"
	"mtasts/internal/words"
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
	plain, faults := field.Unwrap(txt)
	if m := nearVersion.FindStringSubmatchIndex(plain); m != nil && (m[3] > 0 || hasRUA.MatchString(plain)) {
		faults = append(faults, field.VersionFaults(plain[m[2]:m[3]], plain[m[4]:m[5]], recordVersion)...)
		if len(faults) == 0 {
			// The version is right, so it is what stands behind it.
			faults = append(faults, field.BehindVersion(plain[m[5]:], "a rua"))
		}
	} else if fault := firstFault(plain); fault != "" {
		faults = append(faults, fault)
	} else if before, behind, found := strings.Cut(plain, recordVersion+";"); found && hasRUA.MatchString(";"+behind) {
		// Pasted with what belongs before the text: a whole line of a zone file, a name and "=".
		faults = append(faults, fmt.Sprintf("%q stands before the record", words.Clip(strings.TrimSpace(before), 64)))
	} else {
		return "", "", false
	}
	return strings.Join(faults, "; "), rebuild(plain), true
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
