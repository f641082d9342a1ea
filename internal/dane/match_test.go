package dane

import (
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
)

// matchCase is a set, what a server sent, and the outcome: by which records ("" where by none), and
// the sentences with "#" for digests.
type matchCase struct {
	name    string
	chain   [][]byte
	records []fact.TLSA
	by      int // the place in records, from 1; 0 where the server is not authenticated
	why     []string
	lone    []string
}

func set(list ...fact.TLSA) []fact.TLSA { return list }

func runMatch(t *testing.T, cases []matchCase, names ...string) {
	t.Helper()
	for _, c := range cases {
		out := Sort(records(c.records...)).Match(c.chain, names, now)
		want := Outcome{OK: c.by > 0, Why: c.why, Lone: c.lone}
		if c.by > 0 {
			want.By = c.records[c.by-1]
		}
		out.Why = plain(out.Why)
		if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Each usage, selector and matching type, with the right certificate and with another.
func TestMatchForms(t *testing.T) {
	for _, key := range []string{"ECDSA", "RSA"} {
		var changes []change
		if key == "RSA" {
			changes = []change{withRSA(t)}
		}
		root := ca(t, entity{}, "Root", changes...)
		leaf := issue(t, root, "leaf", append(changes, names(host))...)
		other := issue(t, entity{}, "other")
		for form := range 12 {
			usage, selector, mt := uint8(2+form/6), uint8(form/3%2), uint8(form%3)
			e := map[uint8]entity{2: root, 3: leaf}[usage]
			good, bad := of(e, usage, selector, mt), of(other, usage, selector, mt)
			what := fmt.Sprintf("%s: %d %d %d", key, usage, selector, mt)
			out := Sort(records(bad, good)).Match(sent(leaf, root), []string{host}, now)
			if !out.OK || cmp.Diff(good, out.By) != "" || len(out.Why) != 1 || out.Lone != nil {
				t.Errorf("%s does not match: %+v", what, out)
			}
			out = Sort(records(bad)).Match(sent(leaf, root), []string{host}, now)
			if out.OK || len(out.Why) != 1 {
				t.Errorf("%s of another matches: %+v", what, out)
			}
		}
	}
}

func TestMatchEE(t *testing.T) {
	root := ca(t, entity{}, "Root")
	inter := ca(t, root, "Inter")
	leaf := issue(t, inter, "leaf", names(host))
	self := issue(t, entity{}, "self", names(host))
	other := issue(t, entity{}, "other")
	bad := issue(t, inter, "bad", names("elsewhere.example"), dates(-90, -3), usages(x509.ExtKeyUsageClientAuth))
	chain := sent(leaf, inter)
	runMatch(t, []matchCase{
		{"self-signed", sent(self), set(of(self, 3, 1, 1)), 1, nil, nil},
		{"expired, misnamed, for clients", sent(bad), set(of(bad, 3, 1, 1)), 1, nil, nil},
		{"negative serial number, certificate", [][]byte{negative(leaf)}, set(of(entity{&x509.Certificate{Raw: negative(leaf)}, nil}, 3, 0, 1)), 1, nil, nil},
		{"negative serial number, key", [][]byte{negative(leaf)}, set(of(leaf, 3, 1, 2)), 1, nil, nil},
		{"odd dates, key itself", [][]byte{oddDates(leaf)}, set(of(leaf, 3, 1, 0)), 1, nil, nil},
		{"no certificate", nil, set(of(leaf, 3, 1, 1)), 0, []string{"3 1 1 #...: the server sent no certificate"}, nil},
		{
			"no key",
			[][]byte{{0x30, 0}},
			set(of(leaf, 3, 1, 1), of(leaf, 3, 0, 1)), 0,
			[]string{"3 1 1 #...: the server's certificate has no key that can be found", "3 0 1 #...: the server's certificate is #... (SHA-256)"},
			nil,
		},
		{"not even bytes", [][]byte{{}}, set(fact.TLSA{Usage: 3, MatchingType: 1, Data: digest(sha256, nil)}), 0, []string{"3 0 1 #...: the server's certificate has no key that can be found"}, nil},
		{
			"another", chain, set(of(other, 3, 1, 1), of(other, 3, 1, 2), of(other, 3, 0, 1), of(other, 3, 1, 0), of(other, 3, 0, 0)), 0,
			[]string{
				"3 1 1 #...: the key of the server's certificate is #... (SHA-256)",
				"3 1 2 #...: the key of the server's certificate is #... (SHA-512)",
				"3 0 1 #...: the server's certificate is #... (SHA-256)",
				"3 1 0 ...#: the key of the server's certificate is another",
				"3 0 0 ...#: the server's certificate is another",
			},
			nil,
		},
		{
			"an authority", chain, set(of(inter, 3, 1, 1), of(inter, 3, 0, 2)), 0,
			[]string{
				`3 1 1 #...: this is the key of "CN=Inter", an authority: that is what usage 2 is for`,
				`3 0 2 #...: this is "CN=Inter", an authority: that is what usage 2 is for`,
			},
			nil,
		},
		{
			"the other selector", chain, set(
				fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: of(leaf, 3, 0, 1).Data},
				fact.TLSA{Usage: 3, Selector: 0, MatchingType: 1, Data: of(leaf, 3, 1, 1).Data},
			), 0,
			[]string{
				"3 1 1 #...: this is the server's certificate as a whole, not its key: that is what selector 0 is for",
				"3 0 1 #...: this is the key of the server's certificate, not the whole of it: that is what selector 1 is for",
			},
			nil,
		},
		{"rollover", chain, set(of(other, 3, 1, 1), of(leaf, 3, 1, 1)), 2, []string{"3 1 1 #...: the key of the server's certificate is #... (SHA-256)"}, nil},
		{"no records", chain, nil, 0, nil, nil},
		{"no usable record", chain, set(of(leaf, 1, 1, 1)), 0, nil, nil},
		{"unusable ones beside", chain, set(of(leaf, 1, 1, 1), of(other, 0, 0, 1), of(leaf, 3, 1, 1)), 3, nil, nil},
	}) // no names: they are nothing to usage 3
}

func TestMatchAgility(t *testing.T) {
	root := ca(t, entity{}, "Root")
	leaf := issue(t, root, "leaf", names(host))
	other := issue(t, entity{}, "other")
	chain := sent(leaf, root)
	const other512 = "3 1 2 #...: the key of the server's certificate is #... (SHA-512)"
	const hidden311 = "3 1 1 #...: it matches, but senders look at the stronger 3 1 2 alone, and that does not match"
	cut := of(other, 3, 1, 2)
	cut.Data = cut.Data[:63]
	runMatch(t, []matchCase{
		{"both", chain, set(of(leaf, 3, 1, 1), of(leaf, 3, 1, 2)), 2, nil, nil},
		{"the stronger alone", chain, set(of(other, 3, 1, 1), of(leaf, 3, 1, 2)), 2, []string{"3 1 1 #...: the key of the server's certificate is #... (SHA-256)"}, []string{"3 1 1"}},
		{"the weaker alone", chain, set(of(leaf, 3, 1, 1), of(other, 3, 1, 2)), 0, []string{hidden311, other512}, nil},
		{"an unusable stronger one hides nothing", chain, set(of(leaf, 3, 1, 1), cut), 1, nil, nil},
		{"the key itself is hidden by nothing", chain, set(of(leaf, 3, 1, 0), of(other, 3, 1, 2)), 1, []string{other512}, []string{"3 1 2"}},
		{"and hides nothing", chain, set(of(other, 3, 1, 0), of(leaf, 3, 1, 1)), 2, []string{"3 1 0 ...#: the key of the server's certificate is another"}, []string{"3 1 0"}},
		{
			"another selector is another matter", chain, set(of(leaf, 3, 0, 1), of(other, 3, 1, 2)), 1,
			[]string{other512},
			[]string{"3 1 2"},
		},
		{
			"another usage is another matter", chain, set(of(leaf, 3, 1, 1), of(other, 2, 1, 2)), 1,
			[]string{`2 1 2 #...: no authority that the server sent has this key; sent was "CN=Root" #...`},
			[]string{"2 1 2"},
		},
		{"the weaker beside another usage", chain, set(of(root, 2, 0, 1), of(leaf, 3, 1, 1), of(other, 3, 1, 2)), 1, []string{hidden311, other512}, []string{"3 1 2"}},
		{"usage 3 is named first", chain, set(of(root, 2, 0, 1), of(leaf, 3, 1, 1), of(leaf, 3, 0, 1)), 2, nil, nil},
		{
			"alone twice", chain, set(of(root, 3, 1, 1), of(other, 3, 1, 1), of(other, 2, 0, 1), of(leaf, 3, 0, 1)), 4,
			[]string{
				`3 1 1 #...: this is the key of "CN=Root", an authority: that is what usage 2 is for`,
				"3 1 1 #...: the key of the server's certificate is #... (SHA-256)",
				`2 0 1 #...: no authority that the server sent is this one; sent was "CN=Root" #...`,
			},
			[]string{"3 1 1", "2 0 1"},
		},
	}, host)
}

func TestMatchTA(t *testing.T) {
	root := ca(t, entity{}, "Root")
	inter := ca(t, root, "Inter")
	below := ca(t, inter, "Below")
	leaf := issue(t, inter, "leaf", names(host))
	deep := issue(t, below, "leaf", names(host))
	self := issue(t, entity{}, "self", names(host))
	other := ca(t, entity{}, "Other")
	// Root and Other sign each other's friend: the same name and key, two certificates.
	friend := ca(t, root, "Friend")
	cross := ca(t, other, "Friend", keyed(friend))
	crossed := issue(t, friend, "leaf", names(host))
	// Name and key as Inter's, from Root as well, but expired.
	again := ca(t, root, "Inter", keyed(inter), dates(-90, -9))
	plainCert := issue(t, root, "Plain") // no authority
	byPlain := issue(t, plainCert, "leaf", names(host))
	forger := ca(t, entity{}, "Inter") // Inter's name, another key

	chain := sent(leaf, inter, root)
	runMatch(t, []matchCase{
		{"root", chain, set(of(root, 2, 0, 1)), 1, nil, nil},
		{"intermediate, root sent", chain, set(of(inter, 2, 0, 1)), 1, nil, nil},
		{"intermediate, root not sent", sent(leaf, inter), set(of(inter, 2, 1, 1)), 1, nil, nil},
		{"two up", sent(deep, below, inter), set(of(inter, 2, 0, 2)), 1, nil, nil},
		{"any order, strangers between", sent(deep, root, other, below, self, inter), set(of(root, 2, 1, 2)), 1, nil, nil},
		{"sent twice", sent(leaf, leaf, inter, inter), set(of(inter, 2, 0, 1)), 1, nil, nil},
		{"an unreadable stranger", append([][]byte{leaf.Raw, []byte("no DER")}, inter.Raw), set(of(inter, 2, 0, 1)), 1, nil, nil},
		{"cross-signed, one way", sent(crossed, friend, cross, other), set(of(other, 2, 0, 1)), 1, nil, nil},
		{"cross-signed, other way", sent(crossed, cross, friend, root), set(of(root, 2, 0, 1)), 1, nil, nil},
		{"cross-signed, their key", sent(crossed, cross, friend), set(of(friend, 2, 1, 1)), 1, nil, nil},
		{"an expired one with the same key, first", sent(leaf, again, inter), set(of(inter, 2, 1, 1)), 1, nil, nil},
		{"an expired one on one way to the root", sent(leaf, again, inter, root), set(of(root, 2, 0, 1)), 1, nil, nil},
		{"the right one of two", chain, set(of(other, 2, 0, 1), of(root, 2, 0, 1)), 2, []string{`2 0 1 #...: no authority that the server sent is this one; sent were "CN=Inter" #..., "CN=Root" #...`}, nil},

		{
			"root not sent", sent(leaf, inter), set(of(root, 2, 0, 1), of(root, 2, 1, 1)), 0,
			[]string{
				`2 0 1 #...: no authority that the server sent is this one (it has to be sent, even if it is a root); sent was "CN=Inter" #...`,
				`2 1 1 #...: no authority that the server sent has this key (it has to be sent, even if it is a root); sent was "CN=Inter" #...`,
			},
			nil,
		},
		{
			// Some senders take the certificate from the record; RFC 7672 §3.1.2 has the server send it.
			"root in the record, not sent", sent(leaf, inter), set(of(root, 2, 0, 0)), 0,
			[]string{`2 0 0 ...#: no authority that the server sent is this one (it has to be sent, even if it is a root: not every sender takes it from the record); sent was "CN=Inter" ...#`},
			nil,
		},
		{
			"leaf alone", sent(leaf), set(of(inter, 2, 0, 1)), 0,
			[]string{"2 0 1 #...: the server sent its own certificate alone, and none of an authority; even a root has to be sent"},
			nil,
		},
		{
			"many others", sent(self, inter, root, other, below, friend, cross), set(of(crossed, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: no authority that the server sent is this one; sent were "CN=Inter" #..., "CN=Root" #..., "CN=Other" #..., "CN=Below" #... and 2 more`},
			nil,
		},
		{
			"unreadable others",
			[][]byte{leaf.Raw, []byte("no DER")},
			set(of(inter, 2, 1, 1)), 0,
			[]string{`2 1 1 #...: no authority that the server sent has this key (it has to be sent, even if it is a root); sent was an unreadable certificate`},
			nil,
		},
		{
			"hardly a byte",
			[][]byte{leaf.Raw, {0x30, 0}},
			set(of(inter, 2, 0, 0)), 0,
			[]string{`2 0 0 ...#: no authority that the server sent is this one (it has to be sent, even if it is a root: not every sender takes it from the record); sent was an unreadable certificate 3000`},
			nil,
		},
		{
			"self-signed, its own authority", sent(self, self), set(of(self, 2, 0, 1), of(self, 2, 1, 1)), 0,
			[]string{
				"2 0 1 #...: this is the server's own certificate: that is what usage 3 is for",
				"2 1 1 #...: this is the key of the server's own certificate: that is what usage 3 is for",
			},
			nil,
		},
		{
			"the other selector", chain, set(
				fact.TLSA{Usage: 2, Selector: 1, MatchingType: 1, Data: of(root, 2, 0, 1).Data},
				fact.TLSA{Usage: 2, Selector: 0, MatchingType: 2, Data: of(inter, 2, 1, 2).Data},
			), 0,
			[]string{
				`2 1 1 #...: this is "CN=Root" as a whole, not its key: that is what selector 0 is for`,
				`2 0 2 #...: this is the key of "CN=Inter", not the whole of it: that is what selector 1 is for`,
			},
			nil,
		},
		{
			"a stranger that was sent", sent(leaf, inter, other), set(of(other, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: this is "CN=Other", but the certificates sent do not lead from the server's own to it`},
			nil,
		},
		{
			"the same in two forms", sent(leaf, inter, other), set(of(other, 2, 0, 2), of(other, 2, 1, 0)), 0,
			[]string{
				`2 0 2 #...: this is "CN=Other", but the certificates sent do not lead from the server's own to it`,
				`2 1 0 ...#: this is the key of "CN=Other", but the certificates sent do not lead from the server's own to it`,
			},
			nil,
		},
		{
			"a link left out", sent(leaf, root), set(of(root, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: this is "CN=Root", but the certificates sent do not lead from the server's own to it`},
			nil,
		},
		{
			"a forged signature", sent(leaf, forger), set(of(forger, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: this is "CN=Inter", but the certificates sent do not lead from the server's own to it (ECDSA verification failure)`},
			nil,
		},
		{
			"no authority", sent(byPlain, plainCert), set(of(plainCert, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: this is "CN=Plain", but the certificates sent do not lead from the server's own to it (invalid signature: parent certificate cannot sign this kind of certificate)`},
			nil,
		},
		{
			"unreadable leaf",
			[][]byte{negative(leaf), inter.Raw},
			set(of(inter, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: this is "CN=Inter", but the server's own certificate cannot be read: negative serial number`},
			nil,
		},
		{
			"unreadable authority",
			[][]byte{leaf.Raw, negative(inter)},
			set(of(inter, 2, 1, 1)), 0,
			[]string{`2 1 1 #...: this is the key of an unreadable certificate, but it cannot be read: negative serial number`},
			nil,
		},
	}, host)
}

func TestMatchTADatesAndPurpose(t *testing.T) {
	root := ca(t, entity{}, "Root")
	inter := ca(t, root, "Inter")
	old := ca(t, root, "Old", dates(-90, -2))
	oldRoot := ca(t, entity{}, "Old Root", dates(-900, -40))
	young := ca(t, entity{}, "Young", dates(5, 900))
	shut := ca(t, root, "Shut", func(e *entity) { e.MaxPathLenZero = true })
	abroad := ca(t, root, "Abroad", func(e *entity) {
		e.PermittedDNSDomainsCritical, e.PermittedDNSDomains = true, []string{"elsewhere.example"}
	})
	below := ca(t, shut, "Below")
	good := issue(t, inter, "leaf", names(host))
	expired := issue(t, inter, "leaf", names(host), dates(-90, -3))
	soon := issue(t, inter, "leaf", names(host), dates(2, 9))
	client := issue(t, inter, "leaf", names(host), usages(x509.ExtKeyUsageClientAuth))
	web := issue(t, inter, "leaf", names(host), usages(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth))
	signer := issue(t, inter, "leaf", names(host), func(e *entity) { e.KeyUsage = x509.KeyUsageDigitalSignature })
	oldWay := issue(t, old, "leaf", names("elsewhere.example"), dates(-90, -3))
	constrained := issue(t, abroad, "leaf", names(host))
	one := func(s string) []string { return []string{"2 0 1 #...: " + s} }

	runMatch(t, []matchCase{
		{"server purpose", sent(web, inter), set(of(inter, 2, 0, 1)), 1, nil, nil},
		{"expired leaf", sent(expired, inter), set(of(inter, 2, 0, 1)), 0, one(`this is "CN=Inter", but the server's certificate expired 3 days ago, on 2026-01-28`), nil},
		{"leaf not valid yet", sent(soon, inter), set(of(inter, 2, 0, 1)), 0, one(`this is "CN=Inter", but the server's certificate is not valid before 2026-02-02, which is in 2 days`), nil},
		{"expired leaf, no way", sent(expired, root), set(of(root, 2, 0, 1)), 0, one(`this is "CN=Root", but the server's certificate expired 3 days ago, on 2026-01-28, and the certificates sent do not lead from the server's own to it`), nil},
		{"expired authority", sent(issue(t, oldRoot, "leaf", names(host)), oldRoot), set(of(oldRoot, 2, 0, 1)), 0, one(`this is "CN=Old Root", but the authority "CN=Old Root" expired 40 days ago, on 2025-12-22`), nil},
		{"young authority", sent(issue(t, young, "leaf", names(host)), young), set(of(young, 2, 0, 1)), 0, one(`this is "CN=Young", but the authority "CN=Young" is not valid before 2026-02-05, which is in 5 days`), nil},
		{
			"everything at once", sent(oldWay, root, old), set(of(root, 2, 0, 1)), 0,
			one(`this is "CN=Root", but the server's certificate expired 3 days ago, on 2026-01-28, and the authority "CN=Old" expired 2 days ago, on 2026-01-29, and the server's certificate is for elsewhere.example, not for mx1.example.com`), nil,
		},
		{"for clients", sent(client, inter), set(of(inter, 2, 0, 1)), 0, one(`this is "CN=Inter", but a certificate on the way to it is not meant for TLS servers`), nil},
		{"key usage for TLS", sent(signer, inter), set(of(inter, 2, 0, 1)), 1, nil, nil},
		{"key usage for authorities", sent(ca(t, inter, host), inter), set(of(inter, 2, 0, 1)), 0, one(`this is "CN=Inter", but the server's certificate has a key usage that TLS is not among`), nil},
		{"too deep", sent(issue(t, below, "leaf", names(host)), below, shut, root), set(of(root, 2, 0, 1)), 0, one(`this is "CN=Root", but the way to it is not valid: too many intermediates for path length constraint`), nil},
		{"name constraint", sent(constrained, abroad), set(of(abroad, 2, 0, 1)), 0, one(`this is "CN=Abroad", but the way to it is not valid: a root or intermediate certificate is not authorized to sign for this name: DNS name "mx1.example.com" is not permitted by any constraint`), nil},
		{"an expired stranger is none of the way", sent(good, old, inter), set(of(inter, 2, 0, 1)), 1, nil, nil},
	}, host)
}

func TestMatchTANames(t *testing.T) {
	root := ca(t, entity{}, "Root")
	record := of(root, 2, 0, 1)
	for _, c := range []struct {
		leaf  entity
		names []string
		want  string
	}{
		{issue(t, root, "leaf", names(host)), []string{host}, ""},
		{issue(t, root, "leaf", names("MX1.Example.COM")), []string{host}, ""},
		{issue(t, root, "leaf", names(host)), []string{"mx1.example.com."}, ""},
		{issue(t, root, "leaf", names("*.example.com")), []string{host}, ""},
		{issue(t, root, "leaf", names("a.example", "example.com")), []string{host, "example.com"}, ""},
		{issue(t, root, host), []string{host}, ""},
		{issue(t, root, "*.example.com"), []string{host}, ""},
		{
			issue(t, root, host, func(e *entity) { e.EmailAddresses = []string{"postmaster@example.com"} }),
			[]string{host},
			"",
		},
		{issue(t, root, host, names("a.example")), []string{host}, "is for a.example, not for mx1.example.com"},
		{issue(t, root, "leaf", names("*.com")), []string{host}, `is for *.com, not for mx1.example.com ("*.com" stands for exactly one label)`},
		{issue(t, root, "leaf", names("mx*.example.com")), []string{host}, "is for mx*.example.com, not for mx1.example.com"},
		{issue(t, root, "b.example"), []string{host, "example.com", "example.net"}, "is for b.example, not for mx1.example.com, nor for example.com, nor for example.net"},
		{issue(t, root, ""), []string{host, "example.com"}, "names no host: it is not for mx1.example.com, nor for example.com"},
		{issue(t, root, "leaf", names(host)), nil, "cannot be compared with a name, as none is known"},
	} {
		out := Sort(records(record)).Match(sent(c.leaf, root), c.names, now)
		var want []string
		if c.want != "" {
			want = []string{`2 0 1 #...: this is "CN=Root", but the server's certificate ` + c.want}
		}
		if diff := cmp.Diff(want, plain(out.Why)); diff != "" || out.OK != (c.want == "") {
			t.Errorf("%v, %q, for %q: OK %v (-want +got):\n%s", c.leaf.DNSNames, c.leaf.Subject.CommonName, c.names, out.OK, diff)
		}
	}
}

// A certificate has its dates in whole seconds, and both are within them.
func TestMatchTAToTheSecond(t *testing.T) {
	root := ca(t, entity{}, "Root")
	leaf := issue(t, root, "leaf", names(host))
	s := Sort(records(of(root, 2, 0, 1)))
	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{days(-30).Add(-time.Second), false},
		{days(-30), true},
		{days(60), true},
		{days(60).Add(time.Second), false},
		{time.Time{}, false}, // not the time of the clock
	} {
		if out := s.Match(sent(leaf, root), []string{host}, c.at); out.OK != c.want {
			t.Errorf("at %v: %+v", c.at, out)
		}
	}
}

func TestMatchBounds(t *testing.T) {
	root := ca(t, entity{}, "Root")
	leaf := issue(t, root, "leaf", names(host))
	chain := sent(leaf)
	var twins []entity
	for range longestChain {
		twins = append(twins, ca(t, entity{}, "Twin", keyed(root)))
	}
	chain = append(chain, sent(twins...)...)
	chain = append(chain, root.Raw) // one too many
	runMatch(t, []matchCase{
		{
			"beyond the longest chain", chain, set(of(root, 2, 0, 1)), 0,
			[]string{`2 0 1 #...: no authority that the server sent is this one; sent were "CN=Twin" #..., "CN=Twin" #..., "CN=Twin" #..., "CN=Twin" #... and 15 more`},
			nil,
		},
		{
			"more authorities with one key than are tried", chain, set(of(root, 2, 1, 1)), 0,
			[]string{`2 1 1 #...: this is the key of "CN=Twin", but the certificates sent do not lead from the server's own to it`},
			nil,
		},
		{
			"one that was not tried", chain, set(of(root, 2, 1, 1), of(twins[mostAnchors], 2, 0, 1)), 0,
			[]string{
				`2 1 1 #...: this is the key of "CN=Twin", but the certificates sent do not lead from the server's own to it`,
				`2 0 1 #...: this is "CN=Twin", but too many of the certificates sent might be meant`,
			},
			nil,
		},
	}, host)
}

// TestMatchTangle: ways that multiply at each step are not followed.
func TestMatchTangle(t *testing.T) {
	root := ca(t, entity{}, "Root")
	chain := []entity{issue(t, root, "leaf", names(host)), root}
	for i := range 10 {
		chain = append(chain, ca(t, entity{}, "Root", keyed(root), names(fmt.Sprint(i))))
	}
	runMatch(t, []matchCase{{
		"tangle", sent(chain...), set(of(root, 2, 0, 1)), 0,
		[]string{`2 0 1 #...: this is "CN=Root", but the way to it is not valid: ` + pkix.Tangle},
		nil,
	}}, host)
}

func FuzzMatch(f *testing.F) {
	root := ca(f, entity{}, "Root")
	inter := ca(f, root, "Inter")
	leaf := issue(f, inter, "leaf", names(host))
	seed := func(list ...fact.TLSA) { f.Add(leaf.Raw, inter.Raw, root.Raw, wire(list...), host) }
	seed(of(leaf, 3, 1, 1), of(inter, 2, 0, 1), of(root, 2, 1, 2), of(leaf, 1, 1, 1))
	seed(of(leaf, 3, 1, 0), of(root, 3, 1, 2), of(leaf, 2, 0, 1))
	f.Add(negative(leaf), leaf.Raw, leaf.Raw, wire(of(leaf, 3, 1, 1), of(leaf, 2, 1, 1)), "b\xc3\xbccher.example")
	f.Add(leaf.Raw[:99], []byte{}, []byte{0x30, 0}, wire(of(leaf, 3, 0, 2)), "")
	f.Fuzz(func(t *testing.T, first, second, third []byte, b []byte, name string) {
		set := Sort(rdata(b))
		chain := [][]byte{first, second, third}
		out := set.Match(chain, []string{name, host}, now)
		checkOutcome(t, set, out)
		if again := set.Match(chain, []string{name, host}, now); cmp.Diff(out, again) != "" {
			t.Errorf("another outcome: %+v, then %+v", out, again)
		}
		if out.OK && out.By.Usage == 3 {
			alone := set.Match(chain[:1], nil, time.Time{})
			if !alone.OK || Text(alone.By) != Text(out.By) {
				t.Errorf("usage 3 asks for more than the leaf: %+v, then %+v", out, alone)
			}
		}
		for _, der := range chain {
			if r, ok := Pin(der); ok && !Sort(records(r)).Match([][]byte{der}, nil, now).OK {
				t.Errorf("%x does not match its own pin", der)
			}
		}
	})
}

func checkOutcome(t *testing.T, s Set, out Outcome) {
	t.Helper()
	isBy := func(r fact.TLSA) bool { return Text(r) == Text(out.By) }
	switch {
	case out.OK && (!slices.ContainsFunc(s.Usable(), isBy) || len(out.Why) >= len(s.Usable())):
		t.Errorf("authenticated by %s of %v", Text(out.By), s.Usable())
	case !out.OK && (len(out.Why) != len(s.Usable()) || out.Lone != nil || !isBy(fact.TLSA{})):
		t.Errorf("not authenticated: %+v of %v", out, s.Usable())
	}
	for _, why := range out.Why {
		if len(why) > longestSentence+3 {
			t.Errorf("a sentence of %d bytes", len(why))
		}
	}
}
