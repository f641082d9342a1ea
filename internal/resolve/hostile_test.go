package resolve

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// raw answers every question with the messages that reply makes, one packet each.
func raw(conn net.PacketConn, reply func(q *dns.Msg) [][]byte) {
	buf := make([]byte, 4096)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		q := new(dns.Msg)
		if q.Unpack(buf[:size]) != nil {
			continue
		}
		for _, m := range reply(q) {
			_, _ = conn.WriteTo(m, from)
		}
	}
}

// answerWith is a message with one TXT record, changed by the functions.
func answerWith(q *dns.Msg, text string, change ...func(*dns.Msg)) []byte {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}, Txt: []string{text}}}
	for _, f := range change {
		f(m)
	}
	packed, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

// TestForgeries sends all sorts of packets before the right one.
func TestForgeries(t *testing.T) {
	n := newInternet(t)
	conn := n.packets(here)
	go raw(conn, func(q *dns.Msg) [][]byte {
		right := answerWith(q, "right", func(m *dns.Msg) { m.Question[0].Name = "_MTA-sts.EXAMPLE.com." })
		return [][]byte{
			{},
			{1, 2, 3},
			right[:headerSize-1],
			right[:headerSize],
			right[:headerSize+9],
			answerWith(q, "another id", func(m *dns.Msg) { m.Id++ }),
			answerWith(q, "a question", func(m *dns.Msg) { m.Response = false }),
			answerWith(q, "another opcode", func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }),
			answerWith(q, "another name", func(m *dns.Msg) { m.Question[0].Name = "_mta-sts.example.net." }),
			answerWith(q, "a shorter name", func(m *dns.Msg) { m.Question[0].Name = "example.com." }),
			answerWith(q, "another type", func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeMX }),
			answerWith(q, "another class", func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }),
			answerWith(q, "no question", func(m *dns.Msg) { m.Question = nil }),
			answerWith(q, "two questions", func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }),
			right,
		}
	})
	a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "_mta-sts.example.com", "TXT")
	if got := a.Texts(); len(got) != 1 || got[0] != "right" {
		t.Errorf("%+v, fault %+v", a, a.Fault)
	}
}

// TestForgedAddress has another socket answer first, from an address that was not asked.
func TestForgedAddress(t *testing.T) {
	n := newInternet(t)
	conn, other := n.packets(here), n.packets(there)
	go func() {
		buf := make([]byte, 4096)
		size, from, err := conn.ReadFrom(buf)
		q := new(dns.Msg)
		if err != nil || q.Unpack(buf[:size]) != nil {
			return
		}
		_, _ = other.WriteTo(answerWith(q, "forged"), from)
		_, _ = conn.WriteTo(answerWith(q, "right"), from)
	}()
	a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT")
	if got := a.Texts(); len(got) != 1 || got[0] != "right" {
		t.Errorf("%+v", a)
	}
}

// TestRecordsOfOthers: what an answer says of other names is not believed.
func TestRecordsOfOthers(t *testing.T) {
	n := newInternet(t)
	n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) {
		_, _ = w.Write(answerWith(q, "x", func(m *dns.Msg) {
			m.Answer[0].Header().Name = "other.example.com."
			m.Answer = append(m.Answer, dns.Copy(m.Answer[0]))
			m.Answer[1].Header().Name, m.Answer[1].Header().Class = q.Question[0].Name, dns.ClassCHAOS
		}))
	})
	if a := n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT"); !a.Absent() {
		t.Errorf("%+v", a)
	}
}

// TestFlood: a socket that is shot at is given up, and the next is asked.
func TestFlood(t *testing.T) {
	n := newInternet(t)
	l := n.listen(here)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for {
					if _, err := conn.Write([]byte{0, 2, 1, 1}); err != nil {
						return
					}
				}
			}()
		}
	}()
	n.dns(there, records(`example.com. 60 TXT "x"`))
	a := n.resolver(patient, "tcp://192.0.2.53", "192.0.2.54").Lookup(context.Background(), "example.com", "TXT")
	if !a.Found() || a.Server != "192.0.2.54" {
		t.Errorf("%+v", a)
	}
}

// TestMalformed: a message that breaks off is an error of that server, and no reason to wait.
func TestMalformed(t *testing.T) {
	n := newInternet(t)
	breaks := func(change func(m []byte) []byte) fact.Answer {
		n.dns(here, func(w dns.ResponseWriter, q *dns.Msg) { _, _ = w.Write(change(answerWith(q, "text"))) })
		return n.resolver(patient, "192.0.2.53").Lookup(context.Background(), "example.com", "TXT")
	}
	check := func(what string, change func(m []byte) []byte) {
		t.Helper()
		if a := breaks(change); a.Fault == nil || a.Fault.Kind != fact.Malformed {
			t.Errorf("%s: %+v, fault %+v", what, a, a.Fault)
		}
	}
	check("cut off", func(m []byte) []byte { return m[:len(m)-3] })
	check("count too high", func(m []byte) []byte { m[7] = 2; return m })
	check("string too long", func(m []byte) []byte { m[len(m)-5] = 9; return m })
	check("pointer to itself", func(m []byte) []byte {
		at := headerSize + len("example.com") + 2 + 4
		m[at], m[at+1] = 0xc0, byte(at)
		return append(m[:at+2], m[len(m)-15:]...)
	})
}

// message makes a whole message by hand.
func message(name string, kind uint16, counts [3]uint16, rest ...byte) []byte {
	q, err := newQuery(name, kind)
	if err != nil {
		panic(err)
	}
	q.setEDNS(false)
	m := append([]byte(nil), q.message()...)
	m[2] |= 0x80
	for i, c := range counts {
		m[6+2*i], m[7+2*i] = byte(c>>8), byte(c)
	}
	return append(m, rest...)
}

// TestBounds: an answer as large as can be keeps within bounds.
func TestBounds(t *testing.T) {
	var rest []byte
	for i := range 4000 {
		rest = append(rest, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, byte(i>>8), byte(i))
	}
	a, err := readAnswer(message("example.com", dns.TypeA, [3]uint16{4000}, rest...), dns.TypeA, "example.com", nil)
	if err != nil || len(a.records) != maxRecords {
		t.Errorf("%d records, %v", len(a.records), err)
	}
	if _, err := readAnswer(message("example.com", dns.TypeA, [3]uint16{65535}, rest...), dns.TypeA, "example.com", nil); err == nil {
		t.Error("more records than there is room for")
	}
}

// tlsaRecord is a TLSA record of the name asked for, with that data.
func tlsaRecord(data ...byte) []byte {
	return append([]byte{0xc0, 12, 0, 52, 0, 1, 0, 0, 0, 60, byte(len(data) >> 8), byte(len(data))}, data...)
}

// TestTLSA: its parts stand as they came, in an order of their own, and outlive the message.
func TestTLSA(t *testing.T) {
	var rest []byte
	for _, data := range [][]byte{{3, 1, 2, 1}, {3, 1, 1, 0xff}, {3, 1, 1, 0xfe, 1}, {3, 0, 255, 1}, {0, 9, 9}, {3, 1, 1, 0xff}} {
		rest = append(rest, tlsaRecord(data...)...)
	}
	m := message("a.example", dns.TypeTLSA, [3]uint16{6}, rest...)
	a, err := readAnswer(m, dns.TypeTLSA, "a.example", nil)
	clear(m)
	want := []fact.Record{
		{TLSA: &fact.TLSA{Usage: 0, Selector: 9, MatchingType: 9}},
		{TLSA: &fact.TLSA{Usage: 3, Selector: 0, MatchingType: 255, Data: fact.Hex{1}}},
		{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: fact.Hex{0xfe, 1}}},
		{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Data: fact.Hex{0xff}}},
		{TLSA: &fact.TLSA{Usage: 3, Selector: 1, MatchingType: 2, Data: fact.Hex{1}}},
	}
	if d := cmp.Diff(want, a.records); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, data := range [][]byte{{}, {3}, {3, 1}} {
		m := message("a.example", dns.TypeTLSA, [3]uint16{1}, tlsaRecord(data...)...)
		if _, err := readAnswer(m, dns.TypeTLSA, "a.example", nil); !errors.Is(err, errMalformed) {
			t.Errorf("%d octets: %v", len(data), err)
		}
	}
}

// TestTLSABounds: many records, and large ones.
func TestTLSABounds(t *testing.T) {
	check := func(count, size int) {
		t.Helper()
		var rest []byte
		for i := range count {
			data := make([]byte, size)
			binary.BigEndian.PutUint16(data[3:], uint16(i))
			rest = append(rest, tlsaRecord(data...)...)
		}
		a, err := readAnswer(message("a.example", dns.TypeTLSA, [3]uint16{uint16(count)}, rest...), dns.TypeTLSA, "a.example", nil)
		if want := min(count, maxRecords); err != nil || len(a.records) != want {
			t.Errorf("%d records of %d octets: %d are taken, want %d; %v", count, size, len(a.records), want, err)
		}
	}
	check(2000, 5)
	check(64, 1000)
	check(3, 20_000)
}

func FuzzAnswer(f *testing.F) {
	zero := []byte{0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, 'x'}
	f.Add(message("a.example", dns.TypeTXT, [3]uint16{1}, zero...), dns.TypeTXT)
	f.Add(message("a.example", dns.TypeA, [3]uint16{1}, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1), dns.TypeA)
	f.Add(message("a.example", dns.TypeMX, [3]uint16{1}, 0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xc0, 12), dns.TypeMX)
	f.Add(message("a.example", dns.TypeA, [3]uint16{1}, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 'b', 0xc0, 14), dns.TypeA)
	f.Add(message("a.example", dns.TypeCNAME, [3]uint16{1}, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 'b', 0xc0, 14), dns.TypeCNAME)
	f.Add(message("a.example", dns.TypeTLSA, [3]uint16{2}, append(tlsaRecord(3, 1, 1, 0xff, 0xfe), tlsaRecord(2, 0, 1)...)...), dns.TypeTLSA)
	f.Add(message("a.example", dns.TypeA, [3]uint16{0, 0, 1}, 0, 0, 41, 4, 0xd0, 1, 0, 0, 0, 0, 0), dns.TypeA)
	f.Fuzz(func(t *testing.T, m []byte, kind uint16) {
		q, err := newQuery("a.example", kind)
		if err != nil {
			t.Fatal(err)
		}
		_ = q.answeredBy(m)
		if _, ok := kindOf(dns.TypeToString[kind]); !ok || len(m) < headerSize {
			return
		}
		// The rest as if it had been let through: with the question that was asked.
		m = append(append(m[:headerSize:headerSize], q.question()...), m[min(len(m), headerSize+len(q.question())):]...)
		q.setID(uint16(m[0])<<8 | uint16(m[1]))
		m[2], m[4], m[5] = m[2]&0x07|0x80, 0, 1
		if !q.answeredBy(m) {
			t.Fatal("not let through")
		}
		a, err := readAnswer(m, kind, "a.example", []string{"before.example"})
		if err == nil {
			checkBounds(t, a)
		}
	})
}

func checkBounds(t *testing.T, a answer) {
	t.Helper()
	if len(a.records) > maxRecords || len(a.aliases) > maxAliases || a.aliases[0] != "before.example" {
		t.Errorf("%d records, aliases %q", len(a.records), a.aliases)
	}
	size := 0
	for i, r := range a.records {
		for _, text := range r.Text {
			size += len(text)
		}
		if r.TLSA != nil {
			size += len(r.TLSA.Data)
		}
		if size += len(r.Host); i > 0 && compareRecords(a.records[i-1], r) >= 0 {
			t.Errorf("out of order: %+v", a.records)
		}
	}
	if size > maxData {
		t.Errorf("%d bytes of text", size)
	}
}
