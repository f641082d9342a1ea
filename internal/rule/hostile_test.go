package rule

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// hostile are policies of 64 KiB whose lines give as much work as they can.
func hostile() map[string]string {
	fill := func(head, line string, bad func(i int) bool) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < fact.BodyLimit-20; i++ {
			if bad(i) {
				b.WriteString("mx: -\nx\n")
			} else {
				fmt.Fprintf(&b, line, i)
			}
		}
		return b.String()
	}
	const head = "version: STSv1\nmode: enforce\nmax_age: 604800\n"
	never, often := func(int) bool { return false }, func(i int) bool { return i%50 == 0 }
	return map[string]string{
		"fields":          fill(head+"mx: mx.example.com\n", "k%d:v\n", never),
		"broken fields":   fill(head, "k%d:v\n", often),
		"patterns":        fill(head, "mx:a%d.b\n", never),
		"broken patterns": fill(head, "mx:a%d.b\n", often),
		"repeated fields": fill("mode: x\n"+head+"mx: mx.example.com\n", "mode:m%d\n", never),
	}
}

// besieged is a domain with such a policy and 200 MX hosts, all aliases.
func besieged(policy string) *fact.Observation {
	o := seen("v=STSv1; id=1", policy)
	for i := range 200 {
		name := fmt.Sprintf("m%d.example.com", i)
		a := answer(name, "A", fact.Record{Address: "198.51.100.2"})
		a.Aliases = []string{"t.example.com"}
		o.Hosts = append(o.Hosts, fact.MailHost{Name: name, A: a})
		o.MX.Records = append(o.MX.Records, fact.Record{Host: name})
	}
	return o
}

// TestHostilePolicy: what findings share is worked out once. Otherwise this takes minutes.
func TestHostilePolicy(t *testing.T) {
	for name, policy := range hostile() {
		t.Run(name, func(t *testing.T) {
			r := Judge(besieged(policy), Options{})
			if r.Counts.Warn < 200 {
				t.Errorf("an alias for each of 200 MX hosts is missing: %+v", r.Counts)
			}
		})
	}
}

// crowd is a domain of 1,000 MX hosts, with a policy of 64 KiB of such lines, %d in each a number.
func crowd(pattern, host string) *fact.Observation {
	policy := "version: STSv1\nmode: enforce\nmax_age: 604800\n"
	for i := 0; len(policy) < fact.BodyLimit-100; i++ {
		policy += fmt.Sprintf("mx: "+pattern+"\n", i)
	}
	return crowded(policy, host, 1000)
}

func crowded(policy, host string, n int) *fact.Observation {
	o := seen("v=STSv1; id=1", policy)
	for i := range n {
		name := fmt.Sprintf(host, i)
		o.Hosts = append(o.Hosts, fact.MailHost{Name: name, A: answer(name, "A", fact.Record{Address: "198.51.100.2"})})
		o.MX.Records = append(o.MX.Records, fact.Record{Host: name})
	}
	return o
}

// crowds are those in which every pattern might be meant for every host.
func crowds() map[string]*fact.Observation {
	return map[string]*fact.Observation{
		"misspelt": crowd("p%da.example.com", "p%db.example.com"), "shallow": crowd("*.p%d.example.com", "a.b.p%d.example.com"),
		"too wide": crowd("*.s%d.b.br", "mx%d.example.com"), "unused": crowd("*.example%d.com", "mx%d.example.com"),
	}
}

// TestCrowd: patterns and hosts find each other without a look at each pair of them, and spelling is
// compared for a few pairs only. That takes 0.2 s; otherwise ten and more.
func TestCrowd(t *testing.T) {
	for name, o := range crowds() {
		t.Run(name, func(t *testing.T) {
			if said := coverage(o); !strings.Contains(said, "993 more") {
				t.Errorf("of 1,001 hosts it is told: %s", said)
			}
		})
	}
}

// coverage is what mx-covered tells, also where another finding hides it: the hosts and the cause.
func coverage(o *fact.Observation) string {
	c := newCase(o, Options{})
	c.rules = catalogue()
	h := checkCovered(c)[0]
	return h.Vars["hosts"] + h.Vars["cause"]
}

// TestMostSlips: where there are many patterns and hosts, no spelling is compared.
func TestMostSlips(t *testing.T) {
	said := func(patterns int) bool {
		policy := "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mx.example.com\nmx: malhost.example.com\n"
		for i := range patterns - 1 {
			policy += fmt.Sprintf("mx: a%d.b.c.net\n", i)
		}
		o := crowded(policy, "x%d.mail.example.org", 49)
		o.Hosts[1].Name, o.MX.Records[1].Host = "mailhost.example.com", "mailhost.example.com"
		return strings.Contains(coverage(o), "`mx: malhost.example.com` seems to be meant for mailhost.example.com")
	}
	if !said(mostSlips/49) || said(mostSlips/49+1) {
		t.Errorf("of a slip it is told %v, and of one among too many %v", said(mostSlips/49), said(mostSlips/49+1))
	}
}

// BenchmarkJudgeCrowd tells how many times the judgement of a sound domain that of a crowd costs. The
// yardstick is 500: it is a thousand times as large.
func BenchmarkJudgeCrowd(b *testing.B) {
	sound := saved(b, "sound")
	for name, o := range crowds() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Judge(o, Options{})
			}
			each := b.Elapsed() / time.Duration(b.N)
			begun := time.Now()
			for range 100 {
				Judge(sound, Options{})
			}
			b.ReportMetric(float64(each)/float64(time.Since(begun)/100), "x/sound")
		})
	}
}

// TestHostileRUA: a record of thousands of addresses gives a few findings, since each of them
// carries the record to publish.
func TestHostileRUA(t *testing.T) {
	o := seen("v=STSv1; id=1", "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n")
	var uris []string
	for i := range 4000 {
		uris = append(uris, fmt.Sprintf("http://a%d.b", i), fmt.Sprintf("https://a%d.b", i))
	}
	for _, uri := range uris {
		o.Destinations = append(o.Destinations, fact.Destination{URI: uri, Skipped: fact.SkipLimit})
	}
	o.TLSRPT.Records = []fact.Record{text("v=TLSRPTv1; rua=" + strings.Join(uris, ","))}
	if n := len(Judge(o, Options{Only: []string{"tlsrpt-destination"}}).Findings); n < 2 || n > mostDestinations+1 {
		t.Errorf("%d findings", n)
	}
}

// horde is a domain of 200 MX hosts with 16 addresses each, every one of which shows another broken
// certificate, or breaks the conversation in another way, and has 200 TLSA records.
func horde(t testing.TB) *fact.Observation {
	t.Helper()
	der := leafFor(t, -3, "www.example.com")
	var records []fact.TLSA
	for i := range 200 {
		records = append(records, fact.TLSA{Usage: uint8(i % 5), Selector: 1, MatchingType: 1, Data: fmt.Appendf(nil, "%32d", i)})
	}
	twists := []twist{
		func(p *fact.Probe) { p.TLS.Anchor = "" }, plain, ends(fact.Handshake, fact.Alert), ends(fact.Greet, fact.Flood),
		ends(fact.Dial, fact.Refused), answers(fact.Greet, 554), ends(fact.Dial, fact.NoRoute), skipped(fact.SkipLimit),
	}
	var hosts []fact.MailHost
	for i := range 200 {
		var probes []fact.Probe
		for k := range 16 {
			own := bytes.Clone(der)
			own[len(own)-1], own[len(own)-2] = byte(i), byte(k)
			probes = append(probes, soundProbe(fmt.Sprintf("198.51.100.%d", k), own, twists[k*(i%2)%len(twists)]))
		}
		m := mailHost(fmt.Sprintf("m%d.example.com", i), uint16(i), probes...)
		m.TLSA = []fact.Answer{signedAnswer(tlsaAnswer(m.Name, records...))}
		hosts = append(hosts, m)
	}
	return mailSeen(t, "enforce", hosts...)
}

// TestHorde: what is told of very many hosts is bounded, and worked out in one go. Otherwise this takes
// minutes.
func TestHorde(t *testing.T) {
	r := Judge(horde(t), Options{})
	count := map[string]int{}
	for _, f := range r.Findings {
		key := f.Rule + ":" + f.Reason
		if count[key]++; count[key] > mostHosts+1 || len(f.Evidence) > evidenceLimit || len(f.Message) > 2000 || len(f.Subject) > 1000 {
			t.Fatalf("finding %d of %s, %d lines of evidence: %s: %s", count[key], key, len(f.Evidence), f.Subject, f.Message)
		}
		if strings.ContainsAny(f.Message, "{}") || f.Fix != nil && strings.ContainsAny(f.Fix.Text, "{}") {
			t.Errorf("%s has a value without text: %s %+v", key, f.Message, f.Fix)
		}
	}
	for _, key := range []string{"smtp-certificate:expired", "starttls:not-offered", "smtp-tls:handshake", "smtp-reachable:flood", "dane:mismatch"} {
		if count[key] != mostHosts+1 {
			t.Errorf("%d findings of %s", count[key], key)
		}
	}
	if len(r.Delivery) != 200*16 {
		t.Errorf("%d verdicts", len(r.Delivery))
	}
}

// TestTLSFromNowhere: facts may come from anybody, and tell of TLS where nobody greeted.
func TestTLSFromNowhere(t *testing.T) {
	host := mailHost("mx.example.com", 10, fact.Probe{Address: "198.51.100.2", Connected: true, TLS: &fact.TLS{NoRoots: true}})
	r := Judge(mailSeen(t, "enforce", host), Options{Only: []string{"smtp-certificate"}})
	if len(r.Findings) != 1 || r.Findings[0].Reason != "no-roots-here" {
		t.Errorf("findings: %+v", r.Findings)
	}
}

// BenchmarkJudgeHostile tells how many times the reading of the policy its judgement costs.
func BenchmarkJudgeHostile(b *testing.B) {
	policy := hostile()["broken fields"]
	o := besieged(policy)
	var parsing, judging time.Duration
	for b.Loop() {
		begun := time.Now()
		sts.ParsePolicy([]byte(policy))
		parsed := time.Now()
		Judge(o, Options{})
		parsing, judging = parsing+parsed.Sub(begun), judging+time.Since(parsed)
	}
	b.ReportMetric(float64(judging)/float64(parsing), "x/parse")
}
