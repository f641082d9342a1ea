package collect

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
	"mtasts/internal/resolve"
)

// seeAttack looks at a domain with one attack of the DNS.
func seeAttack(t *testing.T, attack dnsAttack, change ...func(*Network)) *fact.Observation {
	t.Helper()
	a := &arena{world: newWorld(t, ""), dns: []dnsAttack{attack}}
	a.serveQuestions()
	n := a.network()
	n.Timeout, n.SMTPTimeout = 20*time.Second, 20*time.Second
	for _, c := range change {
		c(&n)
	}
	o, err := n.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	return o.Observe(t.Context(), "n3.example")
}

// TestTold: what a domain's DNS says is kept up to a bound, and what is beyond is known not to be known.
func TestTold(t *testing.T) {
	seen := seeAttack(t, dnsAttack{name: "x", message: func(a *asked) []byte {
		if a.kind == dns.TypeMX {
			return a.answer(mxHosts(40)...)
		}
		return allAtOnce(a)
	}})
	weight, floods := 0, 0
	for _, h := range seen.Hosts {
		for _, a := range append([]fact.Answer{h.A, h.AAAA}, h.TLSA...) {
			weight += resolve.Weight(a)
			if a.Fault != nil && a.Fault.Kind == fact.Flood {
				floods++
				if !a.Unknown() || len(a.Records) > 0 {
					t.Errorf("%+v", a)
				}
			}
		}
	}
	text, err := json.Marshal(seen)
	if !seen.MX.Found() || len(seen.Hosts) != 40 || floods == 0 || weight > maxTold+600*600 || len(text) > 2*maxTold || err != nil {
		t.Errorf("%d hosts, %d answers beyond the bound; what is kept weighs %d, and takes %d octets; %v", len(seen.Hosts), floods, weight, len(text), err)
	}
}

// TestAskingAtOnce: one look does not take all the room that there is for questions.
func TestAskingAtOnce(t *testing.T) {
	var waiting, all atomic.Int32
	full := make(chan struct{})
	seeAttack(t, dnsAttack{name: "x", message: func(a *asked) []byte {
		if a.kind == dns.TypeMX || !isOfHost(a) {
			return hostsOnly(a)
		}
		if waiting.Add(1) > maxAsking {
			t.Error("more at once than", maxAsking)
		}
		if all.Add(1) == maxAsking {
			time.AfterFunc(50*time.Millisecond, func() { close(full) }) // time for those beyond
		}
		<-full
		waiting.Add(-1)
		return a.head(0)
	}})
}

// isOfHost tells that a question is about one of the MX hosts.
func isOfHost(a *asked) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(a.name, a.zone), ".") {
		if len(label) == 4 && label[0] == 'm' {
			return true
		}
	}
	return false
}

// hostsOnly has 200 MX hosts and nothing else.
func hostsOnly(a *asked) []byte { return a.of(dns.TypeMX, mxHosts(200)...) }

// TestQuestionsOfALook: however many hosts a domain names, and whatever they are aliases of, there is an end
// of questions.
func TestQuestionsOfALook(t *testing.T) {
	var mu sync.Mutex
	questions := map[string]bool{}
	seen := seeAttack(t, dnsAttack{name: "x", message: func(a *asked) []byte {
		mu.Lock()
		questions[fmt.Sprint(a.name, a.kind)] = true
		mu.Unlock()
		switch {
		case a.kind == dns.TypeMX:
			return a.answer(mxHosts(1000)...)
		case a.kind != dns.TypeA && a.kind != dns.TypeAAAA || !isOfHost(a):
			return a.head(0)
		}
		target := []byte{1, 'a' + byte(a.kind%26), 0xc0, 12} // each family's answer leads elsewhere
		data := a.nowhere(1)
		if a.kind == dns.TypeA {
			data = []byte{10, 0, 0, 1}
		}
		m := append(a.head(0, 2), rr(dns.TypeCNAME, target)...)
		return append(m, rrOf(target, a.kind, data)...)
	}})
	mu.Lock() // a question that is on its way may come yet
	defer mu.Unlock()
	if n := len(questions); len(seen.Hosts) != 1000 || n > 30+7*maxHosts || n < 5*maxHosts {
		t.Errorf("%d hosts, %d questions", len(seen.Hosts), n)
	}
}

// TestSilentHosts: many hosts of which nothing is to be learnt take their time, and there is an end of that.
func TestSilentHosts(t *testing.T) {
	begun := time.Now()
	seen := seeAttack(t, dnsAttack{name: "x", message: func(a *asked) []byte {
		if isOfHost(a) {
			return nil
		}
		return hostsOnly(a)
	}}, func(n *Network) { n.Timeout = 20 * time.Millisecond })
	if took := time.Since(begun); took > 20*time.Second || seen.MX.Found() && len(seen.Hosts) != maxHosts {
		t.Errorf("%d hosts, after %s", len(seen.Hosts), took)
	}
}

// TestFetchedIsBounded: pages and certificates are kept up to a bound.
func TestFetchedIsBounded(t *testing.T) {
	l := &look{}
	page := fact.Fetch{
		Body: fact.Text(strings.Repeat("x", fact.BodyLimit)), Header: []fact.Header{{Name: "X", Value: fact.Text(kilo)}},
		TLS: &fact.TLS{Chain: [][]byte{make([]byte, maxChainBytes)}},
	}
	kept := 0
	for range maxFetches {
		if l.keep(errand{}, page).Skipped == "" {
			kept++
		}
	}
	if want := maxFetched / (fact.BodyLimit + maxChainBytes*4/3 + 3<<10); kept != want {
		t.Errorf("%d are kept, want %d", kept, want)
	}
}

// TestSizesAreOfJSON: what counts against the bounds of a look is not less than what it takes in JSON, so that what is
// written can be read again.
func TestSizesAreOfJSON(t *testing.T) {
	inJSON := func(v any) int {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return len(text)
	}
	chain := &fact.TLS{Chain: [][]byte{make([]byte, 5000), make([]byte, 1)}}
	for _, noise := range []string{"x", "\x01", "\x7f", "\"", "\\", "<", "&", "\xff", "x\xe2\x80\xa8", "é"} {
		text := fact.Text(strings.Repeat(noise, 1000))
		reply := &fact.Reply{Code: 250, Lines: []fact.Text{text, text, ""}}
		for what, sizes := range map[string][2]int{
			"probe":  func(p fact.Probe) [2]int { return [2]int{inJSON(p), weight(p)} }(fact.Probe{Greeting: reply, EHLOTLS: reply, Injected: text, TLS: chain}),
			"fetch":  func(f fact.Fetch) [2]int { return [2]int{inJSON(f), fetchSize(f)} }(fact.Fetch{Body: text, Header: []fact.Header{{Name: "X", Value: text}}, TLS: chain}),
			"answer": func(a fact.Answer) [2]int { return [2]int{inJSON(a), answerSize(a)} }(fact.Answer{Records: []fact.Record{{Text: []fact.Text{text, text}}, {Host: strings.Repeat("\\", 100)}, {TLSA: &fact.TLSA{Data: make([]byte, 5000)}}}}),
		} {
			if sizes[0] > sizes[1] || sizes[1] > 6*sizes[0] {
				t.Errorf("%s of %q: %d octets of JSON count as %d", what, noise, sizes[0], sizes[1])
			}
		}
	}
}
