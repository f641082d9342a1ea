package collect

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// A dnsAttack is what a resolver, or the name server behind it, does to the questions about a domain that
// means ill.
type dnsAttack struct {
	name    string
	message func(*asked) []byte         // one message, over TCP where UDP has no room; nil: none
	packets func(*asked) [][]byte       // where message is nil: what comes over UDP
	stream  func(a *asked, c io.Writer) // where both are nil: what comes over TCP, until the client is gone
}

// asked is one question.
type asked struct {
	packet []byte // header and question alone
	name   string // lower case, with its final dot
	kind   uint16
	zone   string // the domain that means ill, the same
	number int    // of the domain
}

// readAsked reads a question; nil where it is none about a domain with a number, nNUMBER.example.
func readAsked(m []byte) *asked {
	q := new(dns.Msg)
	if q.Unpack(m) != nil || len(q.Question) != 1 {
		return nil
	}
	a := &asked{name: strings.ToLower(q.Question[0].Name), kind: q.Question[0].Qtype}
	labels := dns.SplitDomainName(a.name)
	if len(labels) < 2 {
		return nil
	}
	a.zone = strings.Join(labels[len(labels)-2:], ".") + "."
	if _, err := fmt.Sscanf(a.zone, "n%d.example.", &a.number); err != nil {
		return nil
	}
	_, end, err := dns.UnpackDomainName(m, 12)
	if err != nil {
		return nil
	}
	a.packet = slices.Clone(m[:end+4])
	return a
}

// head is a message with the question and these counts.
func (a *asked) head(code byte, counts ...uint16) []byte {
	m := slices.Clone(a.packet)
	m[2], m[3] = 0x81, 0x80|code
	for i := range 3 {
		count := uint16(0)
		if i < len(counts) {
			count = counts[i]
		}
		binary.BigEndian.PutUint16(m[6+2*i:], count)
	}
	return m
}

// answer is a message with records of the name and type that were asked for.
func (a *asked) answer(list ...[]byte) []byte {
	m := a.head(0, uint16(len(list)))
	for _, data := range list {
		m = append(m, rr(a.kind, data)...)
	}
	return m
}

// of is an answer to questions of that type; to others, that there is nothing.
func (a *asked) of(kind uint16, list ...[]byte) []byte {
	if a.kind != kind {
		return a.head(0)
	}
	return a.answer(list...)
}

// rr is one record of the name that was asked for.
func rr(kind uint16, data []byte) []byte { return rrOf([]byte{0xc0, 12}, kind, data) }

func rrOf(owner []byte, kind uint16, data []byte) []byte {
	r := binary.BigEndian.AppendUint16(slices.Clone(owner), kind)
	r = append(r, 0, 1, 0, 0, 0, 60)
	r = binary.BigEndian.AppendUint16(r, uint16(len(data)))
	return append(r, data...)
}

// labelled is a name in wire form, of labels that may hold anything.
func labelled(labels ...string) []byte {
	var b []byte
	for _, l := range labels {
		b = append(append(b, byte(len(l))), l...)
	}
	return append(b, 0)
}

// wireOf is that of a name of the zone file.
func labelledOf(name string) []byte { return labelled(dns.SplitDomainName(name)...) }

func mxData(host []byte) []byte { return append([]byte{0, 10}, host...) }

// mxHosts are the data of so many MX records, of hosts below the name that was asked for.
func mxHosts(n int) [][]byte {
	return many(n, func(i int) []byte { return mxData(append([]byte{4}, fmt.Sprintf("m%03d\xc0\x0c", i)...)) })
}

// many are so many pieces of data.
func many(n int, data func(i int) []byte) (list [][]byte) {
	for i := range n {
		list = append(list, data(i))
	}
	return list
}

// text is the data of a TXT record of so many strings of so many octets.
func text(count, size int) []byte {
	one := append([]byte{byte(size)}, strings.Repeat("x", size)...)
	return slices.Repeat(one, count)
}

// nowhere is an address that refuses, number i of the domain's.
func (a *asked) nowhere(i int) []byte { return address(a.number, 1<<20+i).AsSlice() }

// hostileDNS are all of them.
func hostileDNS() []dnsAttack {
	return slices.Concat(hostilePackets(), hostileStreams(), hostileForms(), hostileAmounts(), hostileNames(), hostileCodes())
}

// hostilePackets are what comes over UDP.
func hostilePackets() []dnsAttack {
	forged := func(change func(m []byte)) func(*asked) [][]byte {
		return func(a *asked) [][]byte {
			m := a.of(dns.TypeTXT, text(1, 9))
			change(m)
			return slices.Repeat([][]byte{m}, 9)
		}
	}
	return []dnsAttack{
		{name: "silence", packets: func(*asked) [][]byte { return nil }},
		{name: "wrong ids", packets: forged(func(m []byte) { m[1]++ })},
		{name: "wrong questions", packets: forged(func(m []byte) { m[14]++ })},
		{name: "questions", packets: forged(func(m []byte) { m[2] &^= 0x80 })},
		{name: "two questions", packets: forged(func(m []byte) { m[5] = 2 })},
		{name: "a flood of strays", packets: func(a *asked) [][]byte {
			return slices.Repeat([][]byte{a.packet[:12]}, 1500)
		}},
		{name: "octets", packets: func(*asked) [][]byte { return [][]byte{{}, {1}, []byte(kilo)} }},
		{name: "oversized UDP", packets: func(a *asked) [][]byte {
			return [][]byte{a.of(dns.TypeTXT, text(200, 200))}
		}},
	}
}

// hostileStreams say that there is more over TCP, and there is.
func hostileStreams() []dnsAttack {
	frame := func(size int, data []byte) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(size)), data...)
	}
	return []dnsAttack{
		{name: "silent TCP", stream: func(*asked, io.Writer) {}},
		{name: "dripping TCP", stream: func(a *asked, c io.Writer) { drip(c, string(frame(60_000, a.answer(text(200, 200))))) }},
		{name: "endless strays over TCP", stream: func(_ *asked, c io.Writer) { forever(c, string(frame(65535, make([]byte, 65535)))) }},
		{name: "endless empty frames", stream: func(_ *asked, c io.Writer) { forever(c, strings.Repeat("\x00", 1<<10)) }},
		{name: "half a frame", stream: func(a *asked, c io.Writer) { _, _ = c.Write(frame(4000, a.answer(text(9, 200)))) }},
		{name: "truncated over TCP", stream: func(a *asked, c io.Writer) {
			m := a.head(0)
			m[2] |= 0x02
			_, _ = c.Write(frame(len(m), m))
		}},
		{name: "TCP closes", stream: func(_ *asked, c io.Writer) { _ = c.(io.Closer).Close() }},
	}
}

// hostileForms are messages that are no messages.
func hostileForms() []dnsAttack {
	owned := func(owner func(at int) []byte) func(*asked) []byte {
		return func(a *asked) []byte {
			m := a.head(0, 1)
			return append(m, rrOf(owner(len(m)), a.kind, []byte{1, 'x'})...)
		}
	}
	pointer := func(to int) []byte { return []byte{0xc0 | byte(to>>8), byte(to)} }
	return []dnsAttack{
		{name: "pointer to itself", message: owned(pointer)},
		{name: "pointer forward", message: owned(func(at int) []byte { return pointer(at + 4) })},
		{name: "pointers in a circle", message: owned(func(at int) []byte { return append([]byte{1, 'a'}, pointer(at)...) })},
		{name: "pointer out of the message", message: owned(func(int) []byte { return pointer(16000) })},
		{name: "pointers to pointers", message: chainOfPointers},
		{name: "count too high", message: func(a *asked) []byte { return a.head(0, 65535, 65535, 65535) }},
		{name: "cut off", message: func(a *asked) []byte { return a.answer(text(1, 99))[:len(a.packet)+30] }},
		{name: "data too long", message: func(a *asked) []byte { return append(a.answer(text(1, 9))[:len(a.packet)+10], 0xff, 0xff, 1, 'x') }},
		{name: "data too short", message: func(a *asked) []byte { return a.answer([]byte{9}) }},
		{name: "no data", message: func(a *asked) []byte { return a.answer(nil) }},
		{name: "label types of no name", message: owned(func(int) []byte { return []byte{0x40, 0x80, 0} })},
	}
}

// chainOfPointers has one record whose data is pointers, each to the one before, and others that begin
// at the last.
func chainOfPointers(a *asked) []byte {
	const links = 4000
	m := a.head(0, 1001)
	at := len(m) + 12
	m = append(m, rr(dns.TypeNULL, make([]byte, 2*links))...)
	binary.BigEndian.PutUint16(m[at:], 0xc00c)
	for i := 1; i < links; i++ {
		binary.BigEndian.PutUint16(m[at+2*i:], 0xc000|uint16(at+2*i-2))
	}
	last := binary.BigEndian.AppendUint16(nil, 0xc000|uint16(at+2*links-2))
	for range 1000 {
		m = append(m, rrOf(last, a.kind, []byte{1, 'x'})...)
	}
	return m
}

// hostileAmounts are more than anybody needs.
func hostileAmounts() []dnsAttack {
	return []dnsAttack{
		{name: "1,000 addresses", message: func(a *asked) []byte { return a.of(dns.TypeAAAA, many(1000, a.nowhere)...) }},
		{name: "2,300 addresses", message: func(a *asked) []byte { return a.of(dns.TypeAAAA, many(2300, a.nowhere)...) }},
		{name: "200 MX of 1,000 addresses", message: func(a *asked) []byte {
			if a.kind == dns.TypeMX {
				return a.answer(mxHosts(200)...)
			}
			return a.of(dns.TypeAAAA, many(1000, a.nowhere)...)
		}},
		{name: "200 MX of 60 KiB of TLSA", message: func(a *asked) []byte {
			if a.kind == dns.TypeMX {
				return a.answer(mxHosts(200)...)
			}
			return a.of(dns.TypeTLSA, many(60, func(i int) []byte { return append([]byte{3, 1, 1, byte(i)}, kilo...) })...)
		}},
		{name: "1,000 MX", message: func(a *asked) []byte {
			return a.of(dns.TypeMX, mxHosts(1000)...)
		}},
		{name: "1,000 TXT", message: func(a *asked) []byte {
			return a.of(dns.TypeTXT, many(1000, func(i int) []byte { return append(text(1, 9), 2, byte(i>>8), byte(i)) })...)
		}},
		{name: "1,000 strings", message: func(a *asked) []byte { return a.of(dns.TypeTXT, text(1000, 1)) }},
		{name: "64 KiB of text", message: func(a *asked) []byte { return a.of(dns.TypeTXT, text(255, 255)) }},
		{name: "65,000 strings", message: func(a *asked) []byte { return a.of(dns.TypeTXT, text(65_000, 0)) }},
		{name: "all at once", message: allAtOnce},
		{name: "names that expand", message: bombOfNames},
		{name: "owners that expand", message: bombOfOwners},
	}
}

// allAtOnce has 200 hosts of 1,000 addresses, at each of which as much is said as may be, keys and texts as
// many as there is room for.
func allAtOnce(a *asked) []byte {
	at := func(listener int) []byte {
		return a.answer(many(1000, func(i int) []byte { return address(a.number<<10|i, listener).AsSlice() })...)
	}
	switch {
	case a.kind == dns.TypeMX:
		return a.answer(mxHosts(200)...)
	case a.kind == dns.TypeTXT:
		return a.answer(text(250, 250))
	case a.kind == dns.TypeTLSA:
		return a.answer(many(60, func(i int) []byte { return append([]byte{3, 1, 1, byte(i)}, kilo...) })...)
	case a.kind != dns.TypeAAAA:
		return a.head(0)
	case strings.HasPrefix(a.name, "mta-sts."):
		return at(1 + slices.IndexFunc(hostile(), func(w attack) bool { return w.name == "endless body" }))
	default:
		return at(mailAt + slices.IndexFunc(hostileMail(), func(m mailAttack) bool { return m.name == "as much as is allowed at EHLO/TLS" }))
	}
}

// long is a name of 245 octets, most of which take four as text.
func long() []byte {
	return labelled(slices.Repeat([]string{strings.Repeat("\x00", 60)}, 4)...)
}

// bombOfNames has MX hosts that are a label before a pointer to a long name.
func bombOfNames(a *asked) []byte {
	if a.kind != dns.TypeMX {
		return a.head(0)
	}
	m := a.head(0, 2000)
	at := len(m) + 12 + 2
	m = append(m, rr(a.kind, mxData(long()))...)
	for i := range 1999 {
		m = append(m, rr(a.kind, mxData([]byte{4, 'm', byte(i / 100), byte(i % 100), 'x', 0xc0 | byte(at>>8), byte(at)}))...)
	}
	return m
}

// bombOfOwners has records of others, whose names are a pointer to a long one.
func bombOfOwners(a *asked) []byte {
	m := a.head(0, 5001)
	at := len(m)
	m = append(m, rrOf(long(), a.kind, nil)...)
	for range 5000 {
		m = append(m, rrOf([]byte{0xc0 | byte(at>>8), byte(at)}, a.kind, nil)...)
	}
	return m
}

// hostileNames are names that lead nowhere, or that are no host's.
func hostileNames() []dnsAttack {
	alias := func(to func(a *asked) []byte) func(*asked) []byte {
		return func(a *asked) []byte { return append(a.head(0, 1), rr(dns.TypeCNAME, to(a))...) }
	}
	odd := func(labels ...string) func(*asked) []byte {
		return func(a *asked) []byte {
			return a.of(dns.TypeMX, mxData(append(labelled(labels...), labelledOf(a.zone)...)), mxData(labelled(labels...)))
		}
	}
	return []dnsAttack{
		{name: "alias of itself", message: alias(func(a *asked) []byte { return labelledOf(a.name) })},
		{name: "aliases in a circle", message: alias(func(a *asked) []byte {
			return labelledOf(map[bool]string{true: "b.", false: "a."}[strings.HasPrefix(a.name, "a.")] + a.zone)
		})},
		{name: "aliases without end", message: alias(func(a *asked) []byte { return labelledOf(fmt.Sprintf("x%d.%s", len(a.name), a.name)) })},
		{name: "500 aliases at once", message: chainOfAliases},
		{name: "control octets", message: odd("\x1b[2Ja", "\x00", "\r\n")},
		{name: "dots in labels", message: odd("mx.example.com", "..")},
		{name: "no ASCII", message: odd("\xff\xfe", "\u202eevil")},
		{name: "quotes", message: odd(`"\`, "$(reboot)", "@;()")},
		{name: "the longest name", message: func(a *asked) []byte { return a.of(dns.TypeMX, mxData(long())) }},
	}
}

func chainOfAliases(a *asked) []byte {
	m := a.head(0, 500)
	owner := []byte{0xc0, 12}
	for i := range 500 {
		target := append([]byte{4}, fmt.Sprintf("a%03d\xc0\x0c", i)...)
		m = append(m, rrOf(owner, dns.TypeCNAME, target)...)
		owner = target
	}
	return m
}

// hostileCodes are errors, and what is as good as one.
func hostileCodes() (list []dnsAttack) {
	for _, code := range []int{dns.RcodeFormatError, dns.RcodeServerFailure, dns.RcodeNotImplemented, dns.RcodeRefused, 15} {
		list = append(list, dnsAttack{name: fmt.Sprintf("code %d", code), message: func(a *asked) []byte { return a.head(byte(code)) }})
	}
	return append(list,
		dnsAttack{name: "a referral", message: func(a *asked) []byte {
			return append(a.head(0, 0, 1), rr(dns.TypeNS, labelledOf("ns."+a.zone))...)
		}},
		dnsAttack{name: "a high code", message: func(a *asked) []byte {
			return append(a.head(0, 0, 0, 1), 0, 0, 41, 4, 0xd0, 0xff, 0, 0, 0, 0, 0)
		}},
		dnsAttack{name: "100 OPT", message: func(a *asked) []byte {
			return append(a.head(0, 0, 0, 100), slices.Repeat([]byte{0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0}, 100)...)
		}},
	)
}
