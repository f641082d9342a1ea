package sts

import (
	"strings"

	"mtasts/internal/field"
	"mtasts/internal/near"
)

// isKnown reports whether name is one of the four fields of a policy, RFC 8461 §3.2.
func isKnown(name string) bool {
	switch name {
	case versionField, modeField, maxAgeField, mxField:
		return true
	}
	return false
}

// NearKey returns the known policy field (version, mode, max_age or mx) that a field of another
// name was evidently meant to be: Mode, max-age, nmx, v. It reports false for the known names
// themselves and for all others.
func NearKey(name string) (string, bool) {
	const longest = 40 // no misspelling of a known name is longer
	if isKnown(name) || len(name) > longest {
		return "", false
	}
	plain := strings.ToLower(field.Keep(name, field.IsAlnum))
	for _, key := range []string{versionField, modeField, maxAgeField, mxField} {
		if isNear(plain, key) {
			return key, true
		}
	}
	return "", false
}

// isNear compares a name, reduced to small letters and digits, with a known key.
func isNear(plain, key string) bool {
	switch plain {
	case "":
		return false
	case "v", "ver":
		return key == versionField
	case "age", "maxttl":
		return key == maxAgeField
	case "mxs", "mxhost", "mxrecord":
		return key == mxField
	}
	if key == mxField {
		// One letter of two is too much to be evident: "tx" need not be "mx".
		return plain == key || len(plain) == 3 && near.Within(plain, key, 1)
	}
	return near.Within(plain, strings.ReplaceAll(key, "_", ""), 1)
}

// nearMode is the mode that a value was evidently meant to be: "Enforce", "enforced", "report" (an
// early draft's word for testing), "off"; "" for others.
func nearMode(value string) Mode {
	word := value
	if i := field.IndexNot(strings.TrimLeft(word, `"'`), field.IsLetter); i > 0 {
		word = strings.TrimLeft(word, `"'`)[:i]
	}
	word = strings.ToLower(strings.Trim(word, `"'`))
	switch word {
	case "enforcing", "enforcement", "strict", "on":
		return Enforce
	case "test", "tests", "report", "reporting", "monitor", "monitoring":
		return Testing
	case "off", "disabled", "disable", "no":
		return None
	}
	for _, mode := range []Mode{Enforce, Testing, None} {
		if near.Within(word, string(mode), 1) {
			return mode
		}
	}
	return ""
}
