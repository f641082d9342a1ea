package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
)

// sites are the policy hosts, by name.
type sites struct {
	byHost      map[string]domain
	good, other *authority
}

// serve plays all servers until the context ends, and then writes how many connections each address
// of a mail server had.
func serve(ctx context.Context, dir string, n int) error {
	s, err := newSites(dir, n)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	defer web.Close()
	for i := range fronts {
		for _, address := range []string{policyAddress(i), policyAddress6(i)} {
			l, err := net.Listen("tcp", net.JoinHostPort(address, "443"))
			if err != nil {
				return err
			}
			go web.Serve(tls.NewListener(l, &tls.Config{GetCertificate: s.certificate, NextProtos: []string{"http/1.1"}}))
		}
	}
	mail, err := serveMail(s.good)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return mail.write(filepath.Join(dir, "connections"))
}

// newSites issues all certificates beforehand, so that they are not made at the cost of who is measured.
func newSites(dir string, n int) (*sites, error) {
	good, err := newAuthority(filepath.Join(dir, "root.pem"))
	if err != nil {
		return nil, err
	}
	other, err := newAuthority("")
	if err != nil {
		return nil, err
	}
	s := &sites{byHost: map[string]domain{}, good: good, other: other}
	domains(n, func(_ int, d domain) {
		if d.sts == nil || err != nil {
			return
		}
		s.byHost[d.policyHost()] = d
		_, err = s.certificate(&tls.ClientHelloInfo{ServerName: d.policyHost()})
	})
	return s, err
}

func (s *sites) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	d, known := s.byHost[hello.ServerName]
	switch {
	case !known || d.sts.fault == otherName:
		return s.good.certificate("www.fleet", false)
	case d.sts.fault == untrusted:
		return s.other.certificate(hello.ServerName, false)
	default:
		return s.good.certificate(hello.ServerName, d.sts.fault == expired)
	}
}

func (s *sites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, known := s.byHost[r.Host]
	if !known || r.URL.Path != "/.well-known/mta-sts.txt" || d.sts.fault == notFound {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, d.policy())
}

func (d domain) policy() string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: STSv1\nmode: %s\n", d.sts.mode)
	hosts := d.mailHosts()
	if d.sts.fault == otherMX {
		hosts = []string{"mail.before.fleet"}
	}
	for _, host := range hosts {
		fmt.Fprintf(&b, "mx: %s\n", host)
	}
	if d.sts.fault != badPolicy {
		b.WriteString("max_age: 1209600\n")
	}
	return b.String()
}
