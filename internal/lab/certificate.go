package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const defaultDays = 60

// certificate is what a script says of one: its names, its dates and who signed it.
type certificate struct {
	names  []string // empty: the home of the server
	days   int      // until it expires
	period string   // "", expired or not-yet-valid
	chain  string   // "", self-signed, untrusted, incomplete or with-root
	noSAN  bool
}

// The words of certificates, periods and chains.
const (
	expired    = "expired"
	notYet     = "not-yet-valid"
	selfSigned = "self-signed"
	untrusted  = "untrusted"
	incomplete = "incomplete"
	withRoot   = "with-root"
)

func parseCertificate(words []string) (certificate, error) {
	c := certificate{days: defaultDays}
	for i := 0; i < len(words); i++ {
		var err error
		switch words[i] {
		case expired, notYet:
			err = setOnce(&c.period, words[i])
		case selfSigned, untrusted, incomplete, withRoot:
			err = setOnce(&c.chain, words[i])
		case "no-san":
			c.noSAN = true
		case "days":
			i++
			c.days, err = parseDays(words[i:])
		default:
			err = c.addName(words[i])
		}
		if err != nil {
			return c, err
		}
	}
	if c.period != "" && slices.Contains(words, "days") {
		return c, fmt.Errorf("%s and days exclude each other", c.period)
	}
	return c, nil
}

func setOnce(word *string, value string) error {
	if *word != "" {
		return fmt.Errorf("%s and %s exclude each other", *word, value)
	}
	*word = value
	return nil
}

func parseDays(rest []string) (int, error) {
	if len(rest) == 0 {
		return 0, errors.New("days needs a number")
	}
	n, err := strconv.Atoi(rest[0])
	if err != nil || n < 0 || n > 3650 {
		return 0, fmt.Errorf("%q is no number of days from 0 to 3650", rest[0])
	}
	return n, nil
}

// addName takes what is no word for a name, if it can be one: names have a dot, words have none.
func (c *certificate) addName(s string) error {
	if _, ok := dns.IsDomainName(s); !ok || !strings.Contains(strings.Trim(s, "."), ".") {
		return fmt.Errorf("%q is neither a word of certificate nor a name", s)
	}
	if err := certifiable(s); err != nil {
		return err
	}
	c.names = append(c.names, s)
	return nil
}

// certifiable tells why a certificate cannot be for a name.
func certifiable(name string) error {
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("the name %q is not in ASCII", name)
	}
	return nil
}

// validity is when a certificate begins and ends, seen from now. The hour makes a certificate
// of N days have N whole days left for a check that begins a moment later.
func (c certificate) validity(now time.Time) (from, to time.Time) {
	switch c.period {
	case expired:
		return now.AddDate(0, 0, -93), now.AddDate(0, 0, -3)
	case notYet:
		return now.AddDate(0, 0, 2).Add(time.Hour), now.AddDate(0, 0, 92)
	}
	return now.AddDate(0, 0, -30), now.AddDate(0, 0, c.days).Add(time.Hour)
}

// key is a text that is alike for certificates that are alike.
func (c certificate) key() string {
	return fmt.Sprintf("%q %d %q %q %t", c.names, c.days, c.period, c.chain, c.noSAN)
}
