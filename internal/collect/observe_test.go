package collect

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

func soundWorld(t *testing.T) *world {
	w := newWorld(t, soundZone)
	for _, address := range []string{"192.0.2.10", "2001:db8::10"} {
		w.web(address, w.ca.config(policyHost), servePolicy)
	}
	for name, list := range map[string][]string{mx1: {"192.0.2.11", "2001:db8::11"}, "mx2.example.com": {"192.0.2.12", "2001:db8::12"}} {
		for _, address := range list {
			w.mail(address, name, nil)
		}
	}
	return w
}

func TestSoundDomain(t *testing.T) {
	w := soundWorld(t)
	begun := time.Now().UTC().Truncate(time.Second)
	o := w.observe()
	if o.Schema != fact.Schema || o.Version != "1.2.3" || o.Domain != "example.com" || o.Interrupted {
		t.Errorf("head = %+v", o)
	}
	if o.At.Before(begun) || o.At.Nanosecond() != 0 || o.At.Location() != time.UTC {
		t.Errorf("at = %v, begun %v", o.At, begun)
	}
	if got := o.STS.Texts(); !slices.Equal(got, []string{"v=STSv1; id=20260101000000Z"}) {
		t.Errorf("STS = %q", got)
	}
	if got := o.TLSRPT.Texts(); !slices.Equal(got, []string{"v=TLSRPTv1; rua=mailto:tlsrpt@example.com"}) {
		t.Errorf("TLSRPT = %q", got)
	}
	if o.Apex != nil || o.Wildcard != nil || o.Elsewhere != nil || o.Host.Elsewhere != nil {
		t.Errorf("a sound domain was asked about the wrong places: %+v", o)
	}
	if len(o.Host.Fetches) != 2 {
		t.Fatalf("%d fetches, want 2", len(o.Host.Fetches))
	}
	for _, f := range o.Host.Fetches {
		checkSoundFetch(t, f)
	}
	checkHosts(t, o)
	if d := o.Destinations; len(d) != 1 || d[0].Host != "example.com" || !d[0].MX.Found() || !d[0].A.Found() || !d[0].AAAA.Found() {
		t.Errorf("destinations = %+v", d)
	}
}

func checkSoundFetch(t *testing.T, f fact.Fetch) {
	t.Helper()
	if f.Fault != nil || !f.Connected || f.Status != 200 || string(f.Body) != goodPolicy || f.TooLarge {
		t.Errorf("fetch = %+v, fault %s", f, faultText(f.Fault))
		return
	}
	if f.URL != "https://mta-sts.example.com/.well-known/mta-sts.txt" {
		t.Errorf("URL = %s", f.URL)
	}
	if v, ok := f.Get("Content-Type"); !ok || v != "text/plain" {
		t.Errorf("Content-Type = %q, %v", v, ok)
	}
	if f.TLS.Version != "TLS 1.3" || len(f.TLS.Chain) != 2 || f.TLS.Anchor != "CN=Test Root" || f.TLS.TrustFault != "" {
		t.Errorf("TLS = %+v", f.TLS)
	}
	if want := []string{"CN=mta-sts.example.com", "CN=Test Intermediate", "CN=Test Root"}; !slices.Equal(f.TLS.Path, want) {
		t.Errorf("path = %q, want %q", f.TLS.Path, want)
	}
	if f.TLS.PathStart.IsZero() || f.TLS.PathExpiry.IsZero() {
		t.Errorf("path dates = %v, %v", f.TLS.PathStart, f.TLS.PathExpiry)
	}
	if f.Timing.Total < f.Timing.Connect+f.Timing.TLS+f.Timing.FirstByte || f.Timing.TLS == 0 {
		t.Errorf("timing = %+v", f.Timing)
	}
}

func checkHosts(t *testing.T, o *fact.Observation) {
	t.Helper()
	var got []string
	for _, h := range o.Hosts {
		line := h.Name + " " + strings.Join(h.A.Addresses(), ",") + " " + strings.Join(h.AAAA.Addresses(), ",")
		for _, p := range h.Probes {
			line += " " + p.Address + " " + inShort(p)
		}
		got = append(got, line)
	}
	want := []string{
		"mx1.example.com 192.0.2.11 2001:db8::11 192.0.2.11 sound 2001:db8::11 sound",
		"mx2.example.com 192.0.2.12 2001:db8::12 192.0.2.12 sound 2001:db8::12 sound",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestCosts(t *testing.T) {
	w := soundWorld(t)
	w.observe()
	w.mu.Lock()
	defer w.mu.Unlock()
	// TXT twice, MX, A and AAAA of the policy host, of two MX hosts and of the destination, whose
	// MX is known already, and TLSA of the MX hosts.
	if len(w.asked) != 13 || slices.Max(slices.Collect(maps.Values(w.asked))) != 1 {
		t.Errorf("questions: %v", w.asked)
	}
	for _, address := range []string{
		"192.0.2.10:443", "[2001:db8::10]:443",
		"192.0.2.11:25", "192.0.2.12:25", "[2001:db8::11]:25", "[2001:db8::12]:25",
	} {
		if n := w.dialed[address]; n != 1 {
			t.Errorf("%d connections to %s", n, address)
		}
		delete(w.dialed, address)
	}
	for address := range w.dialed {
		if address != resolverAt+":53" {
			t.Errorf("connected to %s", address)
		}
	}
}

func TestVantage(t *testing.T) {
	w := soundWorld(t)
	got := w.observe(func(n *Network) { n.Family, n.AllowPrivate = "4", true }).Vantage
	want := fact.Vantage{
		Resolvers: got.Resolvers, // the resolver's own spelling
		Family:    "4", AllowPrivate: true, AllowNets: []string{"192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"},
		TimeoutMS: 20_000, Roots: "test",
		SMTPTimeoutMS: 20_000, Port25: fact.Port25Open,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got.Resolvers) != 1 || !strings.Contains(got.Resolvers[0], resolverAt) {
		t.Errorf("vantage %v (-want +got):\n%s", got.Resolvers, diff)
	}
}

func TestBadResolver(t *testing.T) {
	n := newWorld(t, "").network()
	n.Resolvers = []string{"carrier pigeon://"}
	if o, err := n.Open(); err == nil {
		o.Close()
		t.Error("a resolver that cannot be is accepted")
	}
}

// policyWorld serves the sound policy at any address asked of it, and publishes those addresses.
func policyWorld(t *testing.T, list ...string) *world {
	w := newWorld(t, "example.com. MX 0 .\n")
	for _, address := range list {
		qtype := " A "
		if strings.Contains(address, ":") {
			qtype = " AAAA "
		}
		w.publish(policyHost + "." + qtype + address + "\n")
		w.web(address, w.ca.config(policyHost), servePolicy)
	}
	return w
}

func skips(o *fact.Observation) map[string]string {
	got := map[string]string{}
	for _, f := range o.Host.Fetches {
		got[f.Address] = f.Skipped
		if f.Skipped == "" && f.Status != 200 {
			got[f.Address] = faultText(f.Fault)
		}
	}
	return got
}

func TestPrivateAddressesAreLeftAlone(t *testing.T) {
	private := []string{
		"0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
		"192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "2002:7f00:1::1",
		"fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1",
	}
	w := policyWorld(t, private...)
	got := skips(w.observe())
	for _, address := range private {
		if got[address] != fact.SkipNotPublic {
			t.Errorf("%s: skipped = %q", address, got[address])
		}
		if n := w.connections(netip.AddrPortFrom(netip.MustParseAddr(address), 443).String()); n > 0 {
			t.Errorf("%s was contacted", address)
		}
	}
	if w.total(w.dialed) != w.connections(resolverAt+":53") {
		t.Errorf("contacted: %v", w.dialed)
	}
}

func TestMappedForms(t *testing.T) {
	o := &Observer{net: Network{AllowNets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for address, want := range map[string]string{
		"::ffff:10.0.0.1":    "", // of an allowed net
		"::ffff:127.0.0.1":   fact.SkipNotPublic,
		"::ffff:192.168.0.1": fact.SkipNotPublic,
		"::ffff:8.8.8.8":     "",
		"64:ff9b::808:808":   "",
		"10.1.2.3":           "",
	} {
		if got := o.forbidden(netip.MustParseAddr(address)); got != want {
			t.Errorf("forbidden(%s) = %q, want %q", address, got, want)
		}
	}
}

func TestAllowedAddresses(t *testing.T) {
	w := policyWorld(t, "10.0.0.1", "192.168.0.1")
	net10 := func(n *Network) { n.AllowNets = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }
	want := map[string]string{"10.0.0.1": "", "192.168.0.1": fact.SkipNotPublic}
	if diff := cmp.Diff(want, skips(w.observe(net10))); diff != "" {
		t.Errorf("--allow-net (-want +got):\n%s", diff)
	}
	want["192.168.0.1"] = ""
	if diff := cmp.Diff(want, skips(w.observe(func(n *Network) { n.AllowPrivate = true }))); diff != "" {
		t.Errorf("--allow-private (-want +got):\n%s", diff)
	}
}

func TestFamily(t *testing.T) {
	w := policyWorld(t, "192.0.2.10", "2001:db8::10")
	for family, want := range map[string]map[string]string{
		"":  {"192.0.2.10": "", "2001:db8::10": ""},
		"4": {"192.0.2.10": "", "2001:db8::10": fact.SkipFamily},
		"6": {"192.0.2.10": fact.SkipFamily, "2001:db8::10": ""},
	} {
		o := w.observe(func(n *Network) { n.Family = family })
		if diff := cmp.Diff(want, skips(o)); diff != "" || !o.Host.A.Found() || !o.Host.AAAA.Found() {
			t.Errorf("family %q (-want +got):\n%s", family, diff)
		}
	}
}

// TestManyAddresses: half of the limit is open to each family, and what one leaves goes to the other.
func TestManyAddresses(t *testing.T) {
	const half = maxFetches / 2
	for _, c := range []struct{ four, six, tried4, tried6 int }{
		{maxFetches + 2, 0, maxFetches, 0},
		{half + 1, half + 2, half, half},
		{half - 2, half + 2, half - 2, half + 2},
		{half + 3, half - 2, half + 2, half - 2},
	} {
		o := policyWorld(t, append(count("192.0.2.%d", c.four), count("2001:db8::%d", c.six)...)...).observe()
		var tried4, tried6 int
		for _, f := range o.Host.Fetches {
			switch {
			case f.Skipped == fact.SkipLimit:
			case f.Status != 200:
				t.Errorf("%s: skipped = %q, fault %s", f.Address, f.Skipped, faultText(f.Fault))
			case strings.Contains(f.Address, ":"):
				tried6++
			default:
				tried4++
			}
		}
		if tried4 != c.tried4 || tried6 != c.tried6 || len(o.Host.Fetches) != c.four+c.six {
			t.Errorf("%+v: %d and %d of %d tried", c, tried4, tried6, len(o.Host.Fetches))
		}
	}
}

// count is addresses from 1 to n.
func count(format string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(format, i+1))
	}
	return list
}

func TestNotFoundLooksElsewhere(t *testing.T) {
	w := newWorld(t, "example.com. A 192.0.2.80\nmta-sts.example.com. A 192.0.2.10\n")
	w.web("192.0.2.10", w.ca.config(policyHost), func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[bool]int{true: 200, false: 404}[r.URL.Path == "/mta-sts.txt"])
	})
	w.web("192.0.2.80", w.ca.config("example.com"), func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Host + r.URL.Path))
	})
	var got []string
	for _, f := range w.observe().Host.Elsewhere {
		got = append(got, f.URL+" "+f.Address+" "+http.StatusText(f.Status)+" "+string(f.Body))
	}
	want := []string{
		"https://mta-sts.example.com/mta-sts.txt 192.0.2.10 OK ",
		"https://mta-sts.example.com/.well-known/mta_sts.txt 192.0.2.10 Not Found ",
		"https://mta-sts.example.com/.well-known/mta-sts 192.0.2.10 Not Found ",
		"https://example.com/.well-known/mta-sts.txt 192.0.2.80 OK example.com/.well-known/mta-sts.txt",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("elsewhere (-want +got):\n%s", diff)
	}
}

func TestElsewhereKeepsToPublicAddresses(t *testing.T) {
	w := newWorld(t, "example.com. A 10.0.0.80\nmta-sts.example.com. A 192.0.2.10\nmta-sts.example.com. A 192.0.2.20\n")
	missing := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }
	w.web("192.0.2.10", w.ca.config(policyHost), missing)
	w.web("192.0.2.20", w.ca.config(policyHost), missing)
	list := w.observe().Host.Elsewhere
	if len(list) != 4 || list[3].Skipped != fact.SkipNotPublic || w.connections("10.0.0.80:443") > 0 {
		t.Errorf("elsewhere = %+v", list)
	}
	// One address that answers otherwise is enough to leave it.
	w.web("192.0.2.20", w.ca.config(policyHost), servePolicy)
	if list := w.observe().Host.Elsewhere; list != nil {
		t.Errorf("elsewhere = %+v although one address serves the policy", list)
	}
}

// TestTimeoutBoundsDNS: a short --timeout makes the tries of a question shorter, and a long one
// does not make those longer that resolv.conf(5) asks for.
func TestTimeoutBoundsDNS(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	text := "nameserver " + resolverAt + "\noptions timeout:1 attempts:1\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ timeout, least, most time.Duration }{
		{100 * time.Millisecond, 100 * time.Millisecond, 900 * time.Millisecond},
		{1500 * time.Millisecond, time.Second, 1450 * time.Millisecond},
	} {
		w := newWorld(t, "")
		w.at["udp "+resolverAt+":53"] = slowFor("MX", w.at["udp "+resolverAt+":53"])
		o := w.observe(func(n *Network) { n.Timeout, n.Resolvers, n.ResolvConf = c.timeout, nil, conf })
		if took := time.Duration(o.MX.TookMS); o.MX.Fault == nil || !o.MX.Fault.Timeout || took < c.least || took > c.most {
			t.Errorf("--timeout %s: %s, fault %s", c.timeout, took, faultText(o.MX.Fault))
		}
	}
}

// TestElsewhereOfAFamilyThatWorks: the domain's own web server is asked over IPv6 where it has no
// IPv4 address, or where that is what works here.
func TestElsewhereOfAFamilyThatWorks(t *testing.T) {
	const v4, v6 = "192.0.2.80", "2001:db8::80"
	for _, c := range []struct{ name, zone, family, want string }{
		{"IPv6 only", "mta-sts.example.com. A 192.0.2.10\nexample.com. AAAA " + v6, "", v6},
		{"both", "mta-sts.example.com. A 192.0.2.10\nexample.com. A " + v4 + "\nexample.com. AAAA " + v6, "", v4},
		{"both, IPv6 works", "mta-sts.example.com. A 192.0.2.20\nmta-sts.example.com. AAAA 2001:db8::10\nexample.com. A " + v4 + "\nexample.com. AAAA " + v6, "", v6},
		{"private IPv4", "mta-sts.example.com. A 192.0.2.10\nexample.com. A 10.0.0.80\nexample.com. AAAA " + v6, "", v6},
		{"not that family", "mta-sts.example.com. A 192.0.2.10\nexample.com. AAAA " + v6, "4", ""},
		{"that family", "mta-sts.example.com. AAAA 2001:db8::10\nexample.com. A " + v4 + "\nexample.com. AAAA " + v6, "6", v6},
	} {
		w := newWorld(t, c.zone+"\n")
		w.fails("192.0.2.20", syscall.ENETUNREACH)
		for _, address := range []string{at10, "2001:db8::10", v4, v6} {
			w.web(address, w.ca.config(policyHost, "example.com"), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
		}
		got := ""
		list := w.observe(func(n *Network) { n.Family = c.family }).Host.Elsewhere
		if len(list) == 4 && list[3].Status == 404 {
			got = list[3].Address
		}
		if got != c.want || len(list) < 3 {
			t.Errorf("%s: asked %q of %d places", c.name, got, len(list))
		}
	}
}
