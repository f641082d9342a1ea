package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Bounds of what a resolv.conf may ask for; resolv.conf(5) has the same but for the time-out,
// which it lets grow to 30 s.
const (
	maxConfServers  = 3
	maxConfTimeout  = 10 * time.Second
	maxConfAttempts = 5
)

// conf is what this package wants to know of a resolv.conf.
type conf struct {
	servers []endpoint
	try     time.Duration // 0: not said
	tries   int           // 0: not said
	trustAD bool
}

// readConf reads a resolv.conf(5). Where there is none, or none that names a server, a server on
// this machine is meant, as the C library does it.
func readConf(path string) conf {
	var c conf
	text, err := os.ReadFile(path)
	if err == nil {
		c.read(text)
	}
	if len(c.servers) == 0 {
		for _, a := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
			c.servers = append(c.servers, endpoint{scheme: plain, addr: a, port: plain.port()})
		}
	}
	return c
}

func (c *conf) read(text []byte) {
	file, err := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil {
		return
	}
	for _, s := range file.Servers {
		e, err := parseEndpoint(s)
		if err == nil && e.scheme == plain && len(c.servers) < maxConfServers {
			c.servers = append(c.servers, e)
		}
	}
	// The library fills in 5 s and 2 where nothing is said.
	if saysOption(text, "timeout:") {
		const most = int(maxConfTimeout / time.Second) // before they are counted in nanoseconds, which overflow
		c.try = time.Duration(min(file.Timeout, most)) * time.Second
	}
	if saysOption(text, "attempts:") {
		c.tries = min(file.Attempts, maxConfAttempts)
	}
	c.trustAD = saysOption(text, "trust-ad")
}

// saysOption tells whether an options line has the word, or one that begins so where that ends in
// a colon.
func saysOption(text []byte, option string) bool {
	for line := range bytes.Lines(text) {
		words := strings.Fields(string(line))
		isOption := func(word string) bool {
			return word == option || strings.HasSuffix(option, ":") && strings.HasPrefix(word, option)
		}
		if len(words) > 0 && words[0] == "options" && slices.ContainsFunc(words[1:], isOption) {
			return true
		}
	}
	return false
}

// whom is what the system says, where nobody is named, and the servers to ask, each once.
func (c Config) whom() (conf, []endpoint, error) {
	if len(c.Servers) > 0 {
		list, err := endpoints(c.Servers)
		return conf{}, list, err
	}
	if c.ResolvConf != "" || c.Nameservers == nil {
		file := readConf(c.ResolvConf)
		return file, file.servers, nil
	}
	names, err := c.Nameservers()
	if err == nil && len(names) == 0 {
		err = errors.New("none of its networks names one")
	}
	if err != nil {
		return conf{}, nil, fmt.Errorf("this machine knows no DNS server (%w); name one with --resolver", err)
	}
	list, err := endpoints(names)
	return conf{}, list, err
}

func endpoints(names []string) ([]endpoint, error) {
	var list []endpoint
	for _, text := range names {
		e, err := parseEndpoint(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list, nil
}
