package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/pflag"

	"mtasts/internal/collect"
	"mtasts/internal/tunnel"
)

// networkOptions say from where and how to look.
type networkOptions struct {
	resolvers    []string
	ipv4, ipv6   bool
	timeout      time.Duration
	allowNets    []netip.Prefix
	allowPrivate bool
	caFile       string
	proxy        *string // as the user wrote it; it may hold a password, so no message does
	trustAD      bool

	smtp        string // one of choices
	smtpTimeout time.Duration
	ehlo        string
}

// smtpAuto is --smtp where nobody says otherwise; the facts have no word for it.
const smtpAuto = "auto"

// The bounds of --timeout and --smtp-timeout.
const (
	leastTimeout = 10 * time.Millisecond
	mostTimeout  = time.Hour
)

// networkFlags are the names of the flags that add declares.
func networkFlags() []string {
	return []string{
		"resolver", "trust-ad", "ipv4", "ipv6", "timeout", "smtp", "smtp-timeout", "ehlo-name",
		"allow-net", "allow-private", "ca-file", "proxy",
	}
}

// lookFlags are those of them that a look needs which leaves the MX hosts alone.
func lookFlags() []string {
	return []string{"resolver", "ipv4", "ipv6", "timeout", "allow-net", "allow-private", "ca-file", "proxy"}
}

func (o *networkOptions) add(fs *pflag.FlagSet) {
	o.timeout, o.smtpTimeout, o.smtp = collect.DefaultTimeout, collect.DefaultSMTPTimeout, smtpAuto
	fs.StringArrayVar(&o.resolvers, "resolver", nil,
		"ask this `SERVER`, not those of the system: 192.0.2.53, tcp://, tls://HOST, https://HOST/dns-query; repeatable, the next one on failure")
	fs.BoolVar(&o.trustAD, "trust-ad", false,
		"take the resolver's word for which answers are signed (DANE), also where it is neither on this machine nor asked over TLS")
	fs.BoolVarP(&o.ipv4, "ipv4", "4", false, "contact IPv4 addresses only")
	fs.BoolVarP(&o.ipv6, "ipv6", "6", false, "contact IPv6 addresses only")
	fs.Func("timeout", fmt.Sprintf("limit of one policy fetch, and at most of a DNS try: a `DURATION` (default %.0fs)", collect.DefaultTimeout.Seconds()), duration(&o.timeout))
	o.addMail(fs)
	fs.Func("allow-net", "count the addresses of this `CIDR` as public; repeatable", o.addNet)
	fs.BoolVar(&o.allowPrivate, "allow-private", false, "contact addresses that are not public too")
	fs.StringVar(&o.caFile, "ca-file", "", "trust the certificates in this PEM `FILE`, not those of the system")
	fs.Func("proxy", "fetch policies and reach MX hosts through this proxy: a `URL`, http://[USER:PASSWORD@]HOST:PORT, https:// or socks5://, "+
		"or env, for what the environment says; DNS questions go out directly all the same", func(s string) error { o.proxy = &s; return nil })
}

// addMail declares the flags about the MX hosts.
func (o *networkOptions) addMail(fs *pflag.FlagSet) {
	fs.Func("smtp", "`WHEN` to contact the MX hosts: auto, in haste where port 25 seems blocked; off; require, exit 3 where they could not be tried (default auto)",
		oneOf(&o.smtp, choices()["smtp"]))
	fs.Func("smtp-timeout", fmt.Sprintf("limit of an MX host's greeting, and again of all that comes behind it: a `DURATION` (default %.0fs)",
		collect.DefaultSMTPTimeout.Seconds()), duration(&o.smtpTimeout))
	fs.Func("ehlo-name", "say EHLO with this `NAME`, not with that of this machine: a host name, or an address as in [192.0.2.1]",
		func(s string) (err error) { o.ehlo, err = ehloName(s); return err })
}

// duration is the setter of a flag that takes a time limit.
func duration(at *time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return errors.New("a duration has a number and a unit" + withUnit(s))
		case d < leastTimeout || d > mostTimeout:
			return fmt.Errorf("it must lie between %v and %v", leastTimeout, mostTimeout)
		}
		*at = d
		return nil
	}
}

// withUnit guesses that a bare number means seconds.
func withUnit(s string) string {
	if _, err := time.ParseDuration(s + "s"); err != nil {
		return ", like 60s or 500ms"
	}
	return "; did you mean " + s + "s?"
}

func (o *networkOptions) addNet(s string) error {
	net, err := netip.ParsePrefix(s)
	if err == nil {
		o.allowNets = append(o.allowNets, net.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return fmt.Errorf("a network has a length; did you mean %s/%d?", s, a.BitLen())
	}
	return errors.New("no network, like 192.0.2.0/24 or 2001:db8::/32")
}

// check refuses flags that make no sense together.
func (o *networkOptions) check() error {
	if o.ipv4 && o.ipv6 {
		return errors.New("-4 and -6 contradict each other; without them both are looked at")
	}
	return nil
}

// apply lays the options over the network of a system.
func (o *networkOptions) apply(ctx context.Context, sys System) (collect.Network, error) {
	n := sys.Net
	n.EHLOName = cmp.Or(o.ehlo, publicName(sys.Hostname))
	if o.smtp != smtpAuto {
		n.SMTP = o.smtp
	}
	n.Timeout, n.SMTPTimeout = o.timeout, o.smtpTimeout
	n.TrustAD = n.TrustAD || o.trustAD
	if len(o.resolvers) > 0 {
		n.Resolvers = o.resolvers
	}
	if o.ipv4 {
		n.Family = "4"
	}
	if o.ipv6 {
		n.Family = "6"
	}
	n.AllowNets = append(n.AllowNets, o.allowNets...)
	n.AllowPrivate = n.AllowPrivate || o.allowPrivate
	var err error
	if n.Proxy, err = o.readProxy(sys.Getenv); err == nil {
		err = o.tryProxy(ctx, n)
	}
	if err != nil || o.caFile == "" {
		return n, err
	}
	n.Roots, err = readRoots(ctx, o.caFile)
	n.RootsName = o.caFile
	return n, err
}

// tryProxy tells why the proxy that the user named cannot be reached. That of the environment may not be for
// any host that is looked at.
func (o *networkOptions) tryProxy(ctx context.Context, n collect.Network) error {
	if n.Proxy == nil || *o.proxy == "env" {
		return nil
	}
	if err := n.ReachProxy(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("--proxy: %w", err)
	}
	return nil
}

// readProxy reads --proxy; nil is none.
func (o *networkOptions) readProxy(getenv func(string) string) (p *tunnel.Proxy, err error) {
	switch {
	case o.proxy == nil:
		return nil, nil //nolint:nilnil // as it is most of the time
	case *o.proxy == "env":
		p, err = tunnel.FromEnv(getenv)
	default:
		p, err = tunnel.Parse(*o.proxy)
	}
	if err != nil {
		return nil, fmt.Errorf("--proxy: %w", err)
	}
	return p, nil
}

// open is an observer by these options.
func (o *networkOptions) open(ctx context.Context, sys System) (*collect.Observer, error) {
	net, err := o.apply(ctx, sys)
	if err != nil {
		return nil, err
	}
	return net.Open()
}

// maxRoots bounds a file of certificates; the largest in use are a tenth of it.
const maxRoots = 8 << 20

func readRoots(ctx context.Context, name string) (*x509.CertPool, error) {
	pem, err := readFile(ctx, name, maxRoots)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file: there is no certificate in PEM form in %s", name)
	}
	return roots, nil
}
