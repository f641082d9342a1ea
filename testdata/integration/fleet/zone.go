package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fronts is how many addresses the policy server has, of either family.
const fronts = 4

func policyAddress(i int) string           { return fmt.Sprintf("127.0.8.%d", i+1) }
func policyAddress6(i int) string          { return fmt.Sprintf("2001:db8:8::%d", i+1) }
func sharedAddress(provider, i int) string { return fmt.Sprintf("127.0.%d.%d", 20+provider, i+1) }

// ownAddress is for the MX hosts that domains have of their own.
func ownAddress(number, host int) string {
	return fmt.Sprintf("127.%d.%d.%d", 64+host*64+number/62500, number/250%250, 1+number%250)
}

// nobody listens here.
const deadAddress = "127.0.9.1"

// output is files being written; the first error stays.
type output struct {
	dir   string
	files map[string]*bufio.Writer
	close []func() error
	err   error
}

func (o *output) printf(name, format string, args ...any) {
	w := o.files[name]
	if w == nil {
		f, err := os.Create(filepath.Join(o.dir, name))
		if err != nil {
			o.err = err
			return
		}
		w = bufio.NewWriterSize(f, 1<<20)
		o.files[name] = w
		o.close = append(o.close, w.Flush, f.Close)
	}
	if o.err == nil {
		_, o.err = fmt.Fprintf(w, format, args...)
	}
}

// generate writes the list, the names that zdns is given, and the zones.
func generate(dir string, n int) error {
	o := &output{dir: dir, files: map[string]*bufio.Writer{}}
	for _, tld := range tlds() {
		o.printf(tld+".zone", "$ORIGIN %s.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 127.0.0.2\n", tld)
	}
	o.shared()
	domains(n, func(number int, d domain) {
		o.printf("list", "%s\n", d.name)
		o.printf("zdns.txt", "_mta-sts.%s\n_smtp._tls.%s\n", d.name, d.name)
		o.printf("zdns.host", "mta-sts.%s\n", d.name)
		o.domain(number, d)
	})
	for _, f := range o.close {
		if err := f(); o.err == nil {
			o.err = err
		}
	}
	return o.err
}

// record is absolute: one line, one record.
func (o *output) record(owner, data string) {
	o.printf(owner[strings.LastIndexByte(owner, '.')+1:]+".zone", "%s. %s\n", owner, data)
}

func (o *output) shared() {
	for i, p := range providers() {
		for host := range p.hosts {
			o.record(fmt.Sprintf("mx%d.%s", host+1, p.name), "A "+sharedAddress(i, host))
		}
	}
	for i := range fronts {
		o.record("web."+hosterZone, "A "+policyAddress(i))
	}
	o.record("tlsrpt."+hosterZone, "MX 10 mx1."+providers()[0].name+".")
	o.record("tlsrpt."+hosterZone, "A 127.0.9.2")
}

func (o *output) domain(number int, d domain) {
	for i, host := range d.mailHosts() {
		o.record(d.name, fmt.Sprintf("MX %d %s.", 10*(i+1), host))
		switch {
		case d.provider == ownMail:
			o.record(host, "A "+ownAddress(number, i))
		case providers()[d.provider].perCustomer:
			for j := range providers()[d.provider].hosts {
				o.record(host, "A "+sharedAddress(d.provider, j))
			}
		}
	}
	o.record(d.name, `TXT "v=spf1 mx -all"`)
	if d.web {
		o.record(d.name, "A 127.0.9.2")
		o.record("www."+d.name, "A 127.0.9.2")
	}
	if d.web6 {
		o.record(d.name, "AAAA 2001:db8:9::2")
	}
	if d.sts != nil {
		o.sts(number, d)
	}
}

func (o *output) sts(number int, d domain) {
	id := fmt.Sprintf("id=%d;", 20260101000000+number)
	if d.sts.fault == badRecord {
		id = ""
	}
	text := fmt.Sprintf(`TXT "v=STSv1; %s"`, id)
	if d.sts.report != "" {
		o.record("_smtp._tls."+d.name, fmt.Sprintf(`TXT "v=TLSRPTv1; rua=%s"`, d.sts.report))
	}
	if d.sts.hosted {
		record := fmt.Sprintf("c%d._mta-sts.%s", number, hosterZone)
		o.record(record, text)
		o.record("_mta-sts."+d.name, "CNAME "+record+".")
		o.record(d.policyHost(), "CNAME web."+hosterZone+".")
		return
	}
	o.record("_mta-sts."+d.name, text)
	switch d.sts.fault {
	case noHost:
		return
	case refused:
		o.record(d.policyHost(), "A "+deadAddress)
		return
	}
	o.record(d.policyHost(), "A "+policyAddress(d.sts.front))
	if d.sts.six {
		o.record(d.policyHost(), "AAAA "+policyAddress6(d.sts.front))
	}
}
