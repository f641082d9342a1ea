package sender

import (
	"math"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mtasts/internal/field"
)

// seconds reads a max_age, and tells whether it can be read. What is beyond 64 bits and yet a number
// to the sender is the greatest that there is.
func (form ageForm) seconds(s string) (int64, bool) {
	switch form {
	case ageDigits:
		return digits(s, 10, math.MaxInt64)
	case ageInt32:
		return digits(s, 10, math.MaxInt32)
	case ageInt64:
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	case ageNanos:
		return nanos(s)
	case ageUint64:
		n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64)
		return int64(min(n, math.MaxInt64)), err == nil
	case agePython:
		return pythonInt(s)
	case ageJS:
		return jsNumber(s)
	default:
		return 0, true
	}
}

// digits reads a number of up to so many digits.
func digits(s string, longest int, most int64) (int64, bool) {
	if s == "" || len(s) > longest || field.IndexNot(s, field.IsDigit) >= 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= most
}

// nanos reads seconds as nanoseconds of 64 bits, whatever comes of that.
func nanos(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	_, low := bits.Mul64(uint64(n), uint64(time.Second))
	whole := int64(low) / int64(time.Second)
	if int64(low)%int64(time.Second) > 0 {
		whole++ // a part of a second is more than none
	}
	return whole, true
}

// pythonInt reads what int() does of ASCII: digits, between which "_" can stand, with a sign or none.
func pythonInt(s string) (int64, bool) {
	const longest = 4300 // digits, since Python 3.11
	bare := strings.TrimLeft(s, "+-")
	plain := strings.ReplaceAll(bare, "_", "")
	if len(s)-len(bare) > 1 || plain == "" || len(plain) > longest || field.IndexNot(plain, field.IsDigit) >= 0 ||
		bare[0] == '_' || bare[len(bare)-1] == '_' || strings.Contains(bare, "__") {
		return 0, false
	}
	n, err := strconv.ParseInt(plain, 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	if s[0] == '-' {
		n = -n
	}
	return n, true
}

// jsDecimal and jsInteger are the numbers of JavaScript in strings, but for Infinity, which no
// max_age can be.
var (
	jsDecimal = regexp.MustCompile(`^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$`)
	jsInteger = regexp.MustCompile(`^0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)$`)
)

// jsNumber reads what Number() does. A part of a second is rounded away from 0.
func jsNumber(s string) (int64, bool) {
	switch {
	case s == "":
		return 0, true
	case len(s) < len("2147483647") && field.IndexNot(s, field.IsDigit) < 0: // as most are
		return digits(s, len(s), math.MaxInt32)
	case jsInteger.MatchString(s):
		n, err := strconv.ParseInt(s, 0, 64)
		if err != nil {
			n = math.MaxInt64
		}
		return n, true
	case !jsDecimal.MatchString(s):
		return 0, false
	}
	f, _ := strconv.ParseFloat(s, 64) // out of range it is an infinity
	switch {
	case f > math.MaxInt32:
		return math.MaxInt64, true
	case f < math.MinInt32:
		return math.MinInt64, true
	case f < 0:
		return int64(math.Floor(f)), true
	}
	return int64(math.Ceil(f)), true
}
