package sts

import (
	"fmt"
	"strconv"
	"strings"

	"mtasts/internal/field"
)

// MaxMaxAge is the greatest max_age in seconds, about a year, RFC 8461 §3.2.
const MaxMaxAge = 31557600

// maxAgeDigits is how many digits the grammar lets max_age have.
const maxAgeDigits = 10

// faultOfMaxAge says what is wrong with a value of max_age, with the number that was meant where
// that is evident. It gives no reason for a good one.
func faultOfMaxAge(value string) (seconds int64, reason, text, near string) {
	bare := strings.TrimPrefix(value, "-")
	switch {
	case value == "" || bare == "" || field.IndexNot(bare, field.IsDigit) >= 0:
		return 0, "not-a-number", fmt.Sprintf("%q is not a number of seconds in digits", field.Clip(value)), repairMaxAge(value)
	case bare != value:
		return 0, "negative", fmt.Sprintf("%s is negative", field.Clip(value)), ""
	case len(value) > maxAgeDigits:
		return 0, "too-long", fmt.Sprintf("%d digits: at most 10 are allowed", len(value)), capMaxAge(value)
	}
	seconds, _ = strconv.ParseInt(value, 10, 64)
	if seconds > MaxMaxAge {
		return 0, "over-maximum", fmt.Sprintf("%d is over the maximum of 31557600 seconds", seconds), capMaxAge(value)
	}
	return seconds, "", "", ""
}

// capMaxAge is the number that digits stand for, or the maximum where that is less.
func capMaxAge(digits string) string {
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > maxAgeDigits {
		return strconv.Itoa(MaxMaxAge)
	}
	n, _ := strconv.ParseInt("0"+digits, 10, 64)
	return strconv.FormatInt(min(n, MaxMaxAge), 10)
}

// repairMaxAge reads what people write for a number of seconds: "604800", +604800, 604,800,
// 604800 seconds, 7d, 1 week, 604800 # a week.
func repairMaxAge(value string) string {
	value, _, _ = strings.Cut(value, "#")
	value = strings.Trim(value, "\"'+;, \t")
	end := field.IndexNot(value, func(c byte) bool { return field.IsDigit(c) || c == ',' || c == '_' })
	if end < 0 {
		end = len(value)
	}
	digits := field.Keep(value[:end], field.IsDigit)
	unit := secondsOf(strings.ToLower(strings.TrimLeft(value[end:], field.WSP)))
	if digits == "" || len(digits) > maxAgeDigits || unit == 0 {
		return ""
	}
	n, _ := strconv.ParseInt(digits, 10, 64)
	return capMaxAge(strconv.FormatInt(n*unit, 10))
}

// secondsOf is the length of a unit of time, 0 if the word is none.
func secondsOf(unit string) int64 {
	switch strings.TrimSuffix(unit, "s") {
	case "", "sec", "second":
		return 1
	case "m", "min", "minute":
		return 60
	case "h", "hour":
		return 3600
	case "d", "day":
		return 86400
	case "w", "week":
		return 604800
	}
	return 0
}
