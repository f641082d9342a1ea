package lab_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"mtasts/internal/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// start runs a script until the end of the test.
func start(t testing.TB, script string) *lab.Lab {
	t.Helper()
	scene, err := lab.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(scene, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// dial connects, and hangs up at the end of the test.
func dial(t testing.TB, l *lab.Lab, network, address string) net.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends one question; network is udp or tcp.
func ask(t testing.TB, l *lab.Lab, network, name, qtype string) *dns.Msg {
	t.Helper()
	return exchange(t, l, network, new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[qtype]))
}

func exchange(t testing.TB, l *lab.Lab, network string, query *dns.Msg) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: 10 * time.Second}
	in, _, err := client.ExchangeWithConn(query, &dns.Conn{Conn: dial(t, l, network, "192.0.2.53:53"), UDPSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// told is an answer in a few words: the code, the answers without TTL, and ;soa NAME for an SOA.
func told(m *dns.Msg) string {
	words := []string{dns.RcodeToString[m.Rcode]}
	for _, rr := range m.Answer {
		f := strings.Fields(rr.String())
		words = append(words, strings.Join(append(f[:1], f[3:]...), " "))
	}
	for _, rr := range m.Ns {
		words = append(words, "soa "+rr.Header().Name)
	}
	return strings.Join(words, "; ")
}

func TestEveryBuiltInSceneStarts(t *testing.T) {
	names := map[string]bool{}
	for _, d := range lab.Scenes() {
		t.Run(d.Name, func(t *testing.T) {
			if d.Title == "" || strings.HasSuffix(d.Title, ".") || d.Domain == "" || d.Fixed == "" || d.Broken == "" || d.Broken == d.Fixed {
				t.Fatalf("a part is missing or stands there twice, or the title ends in a full stop: %+v", d)
			}
			if list := fmt.Sprintf("%-20s %s", d.Name, d.Title); len(list) > 80 {
				t.Errorf("too wide for a line of mtasts demo --list: %s", list)
			}
			for _, script := range []string{d.Broken, d.Fixed} {
				if ask(t, start(t, script), "udp", d.Domain, "MX").Rcode != dns.RcodeSuccess {
					t.Errorf("%s does not resolve", d.Domain)
				}
			}
		})
		names[d.Name] = true
	}
	if first := lab.Scenes()[0].Name; first != "tour" || len(names) != 18 {
		t.Errorf("the first is %s, of %d", first, len(names))
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	l := start(t, "sound example.com\nhttps 192.0.2.10\n    fault tarpit\nhttps 2001:db8::10\n    delay 10m\n")
	tarpit := dial(t, l, "tcp", "192.0.2.10:443")
	late := handshake(t, l, "[2001:db8::10]:443")
	send(t, late, "/.well-known/mta-sts.txt")
	overTCP := dial(t, l, "tcp", "192.0.2.53:53")
	l.Close()
	l.Close()
	for _, c := range []net.Conn{tarpit, late, overTCP} {
		if n, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("read %d bytes after the end", n)
		}
	}
	if _, err := l.Dial(context.Background(), "tcp", "192.0.2.10:443"); err == nil {
		t.Error("dialled after the end")
	}
}

func ExampleStart() {
	scene, err := lab.Parse(`
sound example.com
https 192.0.2.10
    fault refused
`)
	if err != nil {
		panic(err)
	}
	l, err := lab.Start(scene, time.Now)
	if err != nil {
		panic(err)
	}
	defer l.Close()
	_, err = l.Dial(context.Background(), "tcp", "192.0.2.10:443")
	fmt.Println(err)
	c, err := l.Dial(context.Background(), "tcp", "[2001:db8::10]:443")
	if err != nil {
		panic(err)
	}
	defer c.Close()
	fmt.Println("connected to", c.RemoteAddr())
	// Output:
	// dial tcp 192.0.2.10:443: connect: connection refused
	// connected to [2001:db8::10]:443
}

func BenchmarkStart(b *testing.B) {
	scene, err := lab.Parse(lab.Scenes()[0].Broken)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := lab.Start(scene, clock)
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}
