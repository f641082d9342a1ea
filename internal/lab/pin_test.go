package lab_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/lab"
	"mtasts/internal/rule"
)

// pins are the TLSA records of a host, as "3 1 1 ab12...".
func pins(t *testing.T, l *lab.Lab, host string) []string {
	t.Helper()
	var list []string
	for _, rr := range ask(t, l, "udp", "_25._tcp."+host, "TLSA").Answer {
		if r, ok := rr.(*dns.TLSA); ok {
			list = append(list, fmt.Sprintf("%d %d %d %s", r.Usage, r.Selector, r.MatchingType, strings.ToLower(r.Certificate)))
		}
	}
	slices.Sort(list)
	return list
}

// computed is what a TLSA record with these numbers has of a certificate (RFC 6698 §2.1).
func computed(numbers string, c *x509.Certificate) string {
	data := c.Raw
	if numbers[2] == '1' {
		data = c.RawSubjectPublicKeyInfo
	}
	switch numbers[4] {
	case '1':
		sum := sha256.Sum256(data)
		data = sum[:]
	case '2':
		sum := sha512.Sum512(data)
		data = sum[:]
	}
	return numbers + " " + hex.EncodeToString(data)
}

// Every kind of record, of every certificate of the chain, is the one that the server shows.
func TestPins(t *testing.T) {
	place := map[string]int{"0": 1, "1": 0, "2": 1, "3": 0}
	for _, usage := range []string{"0", "1", "2", "3"} {
		for _, rest := range []string{" 0 0", " 0 1", " 0 2", " 1 0", " 1 1", " 1 2"} {
			l := start(t, "tlsa 192.0.2.11 "+usage+rest+"\nsound example.com\n")
			_, state := mailChain(t, l, "192.0.2.11", "mx1.example.com")
			want := []string{computed(usage+rest, state.PeerCertificates[place[usage]])}
			if got := pins(t, l, "mx1.example.com"); !slices.Equal(got, want) {
				t.Errorf("%s:\n got %s\nwant %s", usage+rest, got, want)
			}
			if got := pins(t, l, "mx2.example.com"); got != nil {
				t.Errorf("%s: the other host has %s", usage+rest, got)
			}
		}
	}
}

// What the records of other scripts are computed from: a place in the chain, or nothing of it.
func TestPinsOfOtherCertificates(t *testing.T) {
	for _, c := range []struct {
		certificate, words string
		place              int // -1: nowhere
	}{
		{"with-root", "2 0 1 root", 2},
		{"with-root", "2 0 1", 1},
		{"with-root", "0 1 2 root", 2},
		{"untrusted", "2 0 1 root", 2},
		{"untrusted", "2 0 1", 1},
		{"untrusted", "3 1 1", 0},
		{"self-signed", "3 1 1", 0},
		{"self-signed", "2 0 1", 0},
		{"self-signed", "2 0 1 root", 0},
		{"self-signed expired a.test", "3 0 1", 0},
		{"days 3", "2 0 1 root", -1},
		{"incomplete", "2 0 1", -1},
		{"incomplete", "3 1 1", 0},
		{"days 3", "3 1 1 wrong", -1},
		{"with-root", "2 1 1 wrong", -1},
		{"with-root", "2 1 1 wrong root", -1},
		{"untrusted", "3 1 1 wrong", -1},
		{"untrusted", "2 1 1 wrong", -1},
		{"self-signed", "3 1 1 wrong", -1},
	} {
		l := start(t, "sound example.com\ntlsa mx1.example.com "+c.words+"\nsmtp 192.0.2.11 2001:db8::11\n    certificate "+c.certificate+"\n")
		_, state := mailChain(t, l, "192.0.2.11", "mx1.example.com")
		got := pins(t, l, "mx1.example.com")
		if len(got) != 1 {
			t.Fatalf("%v: %s", c, got)
		}
		at := slices.IndexFunc(state.PeerCertificates, func(in *x509.Certificate) bool { return computed(c.words[:5], in) == got[0] })
		if at != c.place {
			t.Errorf("%v: it is of certificate %d", c, at)
		}
	}
}

func TestPlacesOfPins(t *testing.T) {
	l := start(t, `
sound example.com
tlsa Mx1.example.com 3 1 1
tlsa 2001:db8::11 3 1 1
tlsa mx2.example.com 3 1 1
smtp 192.0.2.12
    certificate self-signed
zone
    alias.test CNAME mx1.example.com
    _25._tcp.mx2.example.com TLSA 3 1 1 00
    b.test A 10.0.0.1
smtp 10.0.0.1
    certificate *.example.org
tlsa alias.test 2 0 1
tlsa 10.0.0.1 3 0 1
`)
	for host, want := range map[string]string{
		"mx1.example.com": "3 1 1", "mx2.example.com": "3 1 1 3 1 1 3 1 1", "alias.test": "2 0 1", "b.test": "3 0 1", "example.com": "",
	} {
		var numbers []string
		for _, p := range pins(t, l, host) {
			numbers = append(numbers, p[:5])
		}
		if got := strings.Join(numbers, " "); got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}

// A scene that was started once has no records of that left.
func TestPinsAreNotLeftInTheScene(t *testing.T) {
	scene, err := lab.Parse("sound example.com\ntlsa mx1.example.com 3 0 1\n")
	if err != nil {
		t.Fatal(err)
	}
	for days := range 2 {
		l, err := lab.Start(scene, func() time.Time { return now.AddDate(0, 0, days) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		if got := pins(t, l, "mx1.example.com"); len(got) != 1 {
			t.Errorf("%s", got)
		}
	}
}

func TestApplyPins(t *testing.T) {
	l := start(t, "sound example.com\ntlsa mx1.example.com 3 1 1 wrong\ntlsa mx1.example.com 2 0 1 wrong\n")
	_, state := mailChain(t, l, "192.0.2.11", "mx1.example.com")
	want := computed("3 1 1", state.PeerCertificates[0])
	if got := pins(t, l, "mx1.example.com"); len(got) != 2 || slices.Contains(got, want) {
		t.Fatalf("%s", got)
	}
	record := rule.Record{Name: "_25._tcp.mx1.example.com.", Type: "TLSA", TTL: 3600, Value: want}
	if err := l.Apply([]rule.Record{record}, nil); err != nil {
		t.Fatal(err)
	}
	if got := pins(t, l, "mx1.example.com"); !slices.Equal(got, []string{want}) {
		t.Errorf("%s", got)
	}
	record.Value = ""
	if err := l.Apply([]rule.Record{record}, nil); err != nil {
		t.Fatal(err)
	}
	if got := told(ask(t, l, "udp", "_25._tcp.mx1.example.com", "TLSA")); got != "NXDOMAIN; soa example.com." {
		t.Error(got)
	}
}
