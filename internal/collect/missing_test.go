package collect

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// inCrowd has a watcher take the next looks for some of many.
func (w watcher) inCrowd() watcher {
	w.looks.Store(crowd)
	return w
}

// questionsSoFar are those that were asked, sorted; it forgets them.
func (w *world) questionsSoFar() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := slices.Sorted(maps.Keys(w.asked))
	clear(w.asked)
	return list
}

const mailOnly = `
example.com. MX 10 mx1.example.com.
example.com. A 192.0.2.80
example.com. TXT "v=spf1 -all"
mx1.example.com. A 192.0.2.11
`

// TestQuestionsToTheAbsent: what a domain costs that has nothing to do with MTA-STS, as most of a long
// list, and one that does not exist.
func TestQuestionsToTheAbsent(t *testing.T) {
	off := func(n *Network) { n.SMTP = fact.SMTPOff }
	first := []string{"_mta-sts.example.com. TXT", "_smtp._tls.example.com. TXT", "example.com. MX", "mta-sts.example.com. A"}
	places := []string{
		"_mta_sts.example.com. TXT", "example.com. TXT", // and mta-sts.example.com, which does not exist
		"_smtp-tlsrpt.example.com. TXT", "_smtp_tls.example.com. TXT", "_tlsrpt.example.com. TXT",
	}
	hosts := []string{"mx1.example.com. A", "mx1.example.com. AAAA"}
	six := []string{"mta-sts.example.com. AAAA"}
	for _, c := range []struct {
		what, zone string
		want       [][]string
	}{
		{"mail only", mailOnly, [][]string{first, six, hosts, places, {"com.example.com. TXT", "example.com. A"}}},
		{"mail only, and no web server", "example.com. MX 10 mx1.example.com.\n", [][]string{first, six, hosts, places, {"com.example.com. TXT", "example.com. A", "example.com. AAAA"}}},
		{"its own mail host", "example.com. A 192.0.2.11\n", [][]string{first, six, places, {"com.example.com. TXT", "example.com. A", "example.com. AAAA"}}},
		{"the domain twice", mailOnly + "_mta-sts.example.com.example.com. TXT \"v=STSv1; id=1;\"\n", [][]string{
			first, six, hosts, places,
			{"com.example.com. TXT", "example.com. A", "_mta-sts.example.com.example.com. TXT", "_smtp._tls.example.com.example.com. TXT"},
		}},
		{"a policy host", mailOnly + "mta-sts.example.com. A 10.0.0.1\n", [][]string{first, six, hosts, places, {"com.example.com. TXT", "mta-sts.example.com. TXT"}}},
		{"no mail", "example.com. MX 0 .\nexample.com. A 192.0.2.80\n", [][]string{first, six, {"example.com. A"}}},
		{"no mail, and a record", "example.com. MX 0 .\n_mta-sts.example.com. TXT \"v=STSv1; id=1;\"\n", [][]string{
			first, six, {"example.com. A", "example.com. AAAA", "com.example.com. TXT", "_smtp-tlsrpt.example.com. TXT", "_smtp_tls.example.com. TXT", "_tlsrpt.example.com. TXT"},
		}},
		{"nowhere for mail", "example.com. TXT x\n", [][]string{first, six, {"example.com. A", "example.com. AAAA"}}},
		{"no such domain", "", [][]string{first, six}},
		{"an alias to nowhere", "example.com. CNAME gone.test.\n", [][]string{first, six}},
		{"no such domain, and something below", "_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:a@example.net\"\n", [][]string{
			first, six, {"_mta_sts.example.com. TXT", "com.example.com. TXT", "example.com. A", "example.com. AAAA", "example.com. TXT", "example.net. A", "example.net. AAAA", "example.net. MX"},
		}},
	} {
		w := newWorld(t, c.zone)
		if c.what == "no such domain, and something below" {
			w.code["example.com. MX"] = dns.RcodeNameError
		}
		o := w.watch(off)
		o.see("example.com")
		got, want := w.questionsSoFar(), slices.Sorted(slices.Values(slices.Concat(c.want...)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

// TestCrowd: one of many looks asks less, and sees the same.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		what, zone string
		spared     []string
	}{
		{"nothing", "", []string{"mta-sts.example.com. AAAA"}},
		{"mail only", mailOnly, []string{"mta-sts.example.com. AAAA"}},
		{"its own mail host", "example.com. A 192.0.2.11\n", []string{"mta-sts.example.com. AAAA"}},
		{"a mail host that does not exist", "example.com. MX 10 mx1.example.com.\n", []string{"mta-sts.example.com. AAAA", "mx1.example.com. AAAA"}},
		{"a policy host over IPv6", mailOnly + "mta-sts.example.com. AAAA 2001:db8::10\n", nil},
		{"sound", soundZone, nil},
		{"an alias to nowhere", mailOnly + "mta-sts.example.com. CNAME gone.test.\n", []string{"mta-sts.example.com. AAAA"}},
	} {
		w := newWorld(t, c.zone)
		w.web("192.0.2.10", w.ca.config(policyHost), servePolicy)
		w.web("2001:db8::10", w.ca.config(policyHost), servePolicy)
		w.mail(at11, mx1, nil)
		alone := withoutTimes(t, w.watch().see("example.com"))
		asked := w.questionsSoFar()
		crowded := withoutTimes(t, w.watch().inCrowd().see("example.com"))
		if diff := cmp.Diff(alone, crowded); diff != "" {
			t.Errorf("%s (-alone +crowded):\n%s", c.what, diff)
		}
		want := slices.DeleteFunc(asked, func(q string) bool { return slices.Contains(c.spared, q) })
		if diff := cmp.Diff(want, w.questionsSoFar()); diff != "" {
			t.Errorf("%s: questions (-want +got):\n%s", c.what, diff)
		}
	}
}

// TestSparing: where the user wants it, a look asks about records in the wrong place if something is in the
// right one, were it only the policy host. How many others are under way makes no difference.
func TestSparing(t *testing.T) {
	for _, c := range []struct {
		what, zone string
		want       int
	}{
		{"nothing", mailOnly, 0},
		{"a policy host", mailOnly + "mta-sts.example.com. A 10.0.0.1\n", 8},
		{"a TLSRPT record", mailOnly + "_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:a@example.net\"\n", 4},
		{"an odd record", mailOnly + "_mta-sts.example.com. TXT \"v=STS1\"\n", 8},
	} {
		w := newWorld(t, c.zone)
		o := w.watch(func(n *Network) { n.SMTP, n.Sparing = fact.SMTPOff, true })
		if seen := o.see("example.com"); len(seen.Elsewhere) != c.want || !seen.Vantage.Sparing {
			t.Errorf("%s: asked at %d places, want %d", c.what, len(seen.Elsewhere), c.want)
		}
		if seen := o.inCrowd().see("example.com"); len(seen.Elsewhere) != c.want {
			t.Errorf("%s, among others: asked at %d places, want %d", c.what, len(seen.Elsewhere), c.want)
		}
	}
}

// withoutTimes is an observation as people would compare it.
func withoutTimes(t *testing.T, o *fact.Observation) any {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return prune(v)
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"at", "took_ms", "timing_ms"} {
			delete(v, key)
		}
		for key := range v {
			v[key] = prune(v[key])
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

// TestQPSIsHandedOn: at that rate one question goes out before the user has enough.
func TestQPSIsHandedOn(t *testing.T) {
	w := newWorld(t, soundZone)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, q := range []string{"_mta-sts.example.com. TXT", "_smtp._tls.example.com. TXT", "example.com. MX", "mta-sts.example.com. A", "mta-sts.example.com. AAAA"} {
		w.held[q] = cancel
	}
	if o := w.observeUntil(ctx, func(n *Network) { n.QPS = 0.001 }); !o.Interrupted || w.total(w.asked) != 1 {
		t.Errorf("interrupted %v, %d questions", o.Interrupted, w.total(w.asked))
	}
}

// TestTimeOfTheDNS is what the resolver took, and not what else a look had to wait for.
func TestTimeOfTheDNS(t *testing.T) {
	w := soundWorld(t)
	for _, o := range []*fact.Observation{w.watch().see("example.com"), w.watch().inCrowd().see("example.com")} {
		for i, a := range []fact.Answer{o.Host.A, o.Host.AAAA} {
			if got, want := o.Host.Fetches[i].Timing.DNS, millis(time.Duration(a.TookMS)); got != want {
				t.Errorf("%s: %v, want %v", o.Host.Fetches[i].Address, time.Duration(got), time.Duration(want))
			}
		}
	}
}
