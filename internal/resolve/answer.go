package resolve

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"mtasts/internal/fact"
)

// Bounds of what is taken from one answer.
const (
	maxRecords = 1000
	// maxData is what the records may weigh in memory, in octets. Few octets of a message can become many
	// there: names that are pointers to long ones, and strings that are empty. All that is of any use
	// weighs less.
	maxData    = 256 << 10
	maxAliases = 11 // what BIND and Unbound follow
)

var (
	// errMalformed is the root of all that is wrong with an answer's form.
	errMalformed = errors.New("the answer is malformed")
	// errFlood is an answer that holds more than is taken. A part of it would tell something else.
	errFlood = errors.New("the answer holds more than is taken of one")
	// errReferral is what a server says that was asked to do the work and does not.
	errReferral = errors.New("it refers to other servers, so it is no resolver")
)

// An answer is what one message says of one question.
type answer struct {
	origin  string // the name that the look-up began with
	code    int    // extended RCODE (RFC 6891 §6.1.3)
	ad      bool
	aliases []string // those known before, and the CNAME targets of this message
	grew    bool     // it added aliases
	loop    bool     // they lead in a circle, or further than is followed
	records []fact.Record
	ttl     uint32 // smallest of the records
	keep    uint32 // smallest of all that the answer stands on
	soa     bool   // the authority section speaks for the last name: there is no such record
}

// A rr is one resource record (RFC 1035 §4.1.3); its data is message[start:end].
type rr struct {
	owner      string
	kind       uint16
	class      uint16
	ttl        uint32
	start, end int
}

// A reader walks through the records of one message.
type reader struct {
	message []byte
	at      int
}

// isTruncated tells of the TC bit: there is more, over TCP.
func isTruncated(m []byte) bool { return len(m) >= headerSize && m[2]&0x02 != 0 }

// readAnswer reads a message that query.answeredBy holds for an answer. The aliases are those
// that led from origin to the name asked for; they are extended, not changed.
func readAnswer(m []byte, kind uint16, origin string, aliases []string) (answer, error) {
	// Clipped, so that what one server adds is not written over by the next.
	a := answer{origin: origin, code: int(m[3] & 0xf), ad: m[3]&bitAD != 0, aliases: slices.Clip(aliases), keep: math.MaxUint32}
	if binary.BigEndian.Uint16(m[4:]) == 0 {
		return a, nil // query.answeredBy lets only errors through
	}
	r := reader{message: m, at: headerSize}
	name, err := r.name()
	if err != nil {
		return answer{}, err
	}
	r.at += 4
	var sections [3][]rr
	for i := range sections {
		if sections[i], err = r.section(int(binary.BigEndian.Uint16(m[6+2*i:]))); err != nil {
			return answer{}, err
		}
	}
	a.additional(sections[2])
	if err := a.answer(&r, sections[0], name, kind); err != nil {
		return answer{}, err
	}
	if a.code != dns.RcodeSuccess {
		// Records beside an error, or of a name that does not exist, count for no stub resolver.
		// The aliases stay: the code is that of the last of them (RFC 6604 §3).
		a.records, a.ttl = nil, 0
	}
	if err := a.authority(&r, sections[1]); err != nil {
		return answer{}, err
	}
	return a, nil
}

// name reads a name and moves behind it.
func (r *reader) name() (string, error) {
	name, next, err := dns.UnpackDomainName(r.message, r.at)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errMalformed, err)
	}
	r.at = next
	return hostName(name), nil
}

// hostName is a name of the wire as it stands in facts: lower case and no final dot, but for the root.
func hostName(name string) string {
	if len(name) > 1 {
		name = strings.TrimSuffix(name, ".")
	}
	return strings.ToLower(name)
}

// section reads that many records. The count may lie; the message's length does not.
func (r *reader) section(count int) ([]rr, error) {
	if count == 0 {
		return nil, nil
	}
	list := make([]rr, 0, min(count, 4))
	for range count {
		one, err := r.record()
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func (r *reader) record() (rr, error) {
	owner, err := r.name()
	if err != nil {
		return rr{}, err
	}
	fixed := r.message[min(r.at, len(r.message)):]
	if len(fixed) < 10 {
		return rr{}, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	one := rr{
		owner: owner,
		kind:  binary.BigEndian.Uint16(fixed),
		class: binary.BigEndian.Uint16(fixed[2:]),
		ttl:   binary.BigEndian.Uint32(fixed[4:]),
		start: r.at + 10,
	}
	one.end = one.start + int(binary.BigEndian.Uint16(fixed[8:]))
	if one.end > len(r.message) {
		return rr{}, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	r.at = one.end
	return one, nil
}

// life is the time to live; one with the highest bit set counts as 0 (RFC 2181 §8).
func (o rr) life() uint32 {
	if o.ttl > math.MaxInt32 {
		return 0
	}
	return o.ttl
}

// answer walks along the CNAME records from name to the records of the kind asked for, in
// whatever order they stand (RFC 1034 §3.6.2).
func (a *answer) answer(r *reader, list []rr, name string, kind uint16) error {
	for {
		if err := a.take(r, list, name, kind); err != nil || len(a.records) > 0 {
			return err
		}
		i := slices.IndexFunc(list, func(o rr) bool { return o.is(name, dns.TypeCNAME) })
		if i < 0 {
			return nil
		}
		target, err := r.within(list[i]).target(0)
		if err != nil {
			return err
		}
		if !a.follow(target) {
			return nil
		}
		a.keep = min(a.keep, list[i].life())
		name = target
	}
}

func (o rr) is(owner string, kind uint16) bool {
	return o.kind == kind && o.class == dns.ClassINET && o.owner == owner
}

// follow notes the next alias; false if it goes no further that way.
func (a *answer) follow(target string) bool {
	if len(a.aliases) == maxAliases || target == a.origin || slices.Contains(a.aliases, target) {
		a.loop = true
		return false
	}
	a.aliases = append(a.aliases, target)
	a.grew = true
	return true
}

// take keeps the records of that name and kind, sorted, each once (RFC 2181 §5).
func (a *answer) take(r *reader, list []rr, name string, kind uint16) error {
	data := 0
	for _, o := range list {
		if !o.is(name, kind) || len(a.records) == maxRecords {
			continue
		}
		record, err := r.within(o).read(kind)
		if err != nil {
			return err
		}
		if data += weightOf(record); data > maxData {
			return errFlood
		}
		if len(a.records) == 0 {
			a.ttl = o.life()
		}
		a.records = append(a.records, record)
		a.ttl = min(a.ttl, o.life())
		a.keep = min(a.keep, a.ttl)
	}
	slices.SortFunc(a.records, compareRecords)
	a.records = slices.CompactFunc(a.records, func(x, y fact.Record) bool { return compareRecords(x, y) == 0 })
	return nil
}

// authority looks for the SOA record that a server adds where there is nothing to answer; it
// says how long that may be remembered (RFC 2308 §5), and is not to be remembered without. A
// referral in its place must not be taken for "no such record" (RFC 2308 §2.2).
func (a *answer) authority(r *reader, list []rr) error {
	if len(a.records) > 0 {
		return nil
	}
	life, spoke, refers := uint32(0), false, false
	for _, o := range list {
		switch {
		case o.class == dns.ClassINET && o.kind == dns.TypeSOA && o.end-o.start >= 22:
			life = min(o.life(), binary.BigEndian.Uint32(r.message[o.end-4:]))
			spoke = true
			a.soa = a.soa || a.endsIn(o.owner)
		case o.kind == dns.TypeNS:
			refers = true
		}
	}
	a.keep = min(a.keep, life)
	if refers && !spoke && !a.grew && a.code == dns.RcodeSuccess && !isAuthoritative(r.message) {
		return errReferral
	}
	return nil
}

func isAuthoritative(m []byte) bool { return m[2]&0x04 != 0 }

// endsIn tells whether the last of the aliases lies in the zone.
func (a *answer) endsIn(zone string) bool {
	n := len(a.aliases)
	return n > 0 && covers(zone, a.aliases[n-1])
}

// covers tells whether the name is the zone or lies below it.
func covers(zone, name string) bool {
	return zone == "." || name == zone || strings.HasSuffix(name, "."+zone)
}

// additional looks for the upper bits of the code (RFC 6891 §6.1.3).
func (a *answer) additional(list []rr) {
	for _, o := range list {
		if o.kind == dns.TypeOPT {
			a.code |= int(o.ttl>>24) << 4
		}
	}
}

// final tells whether the answer settles the question; what else a server says about it is its
// own trouble.
func (a *answer) final() bool { return a.code == dns.RcodeSuccess || a.code == dns.RcodeNameError }

// halfway tells that the server led to another name and left it at that: it does not follow
// aliases, or not this one.
func (a *answer) halfway() bool {
	return a.code == dns.RcodeSuccess && a.grew && !a.loop && !a.soa && len(a.records) == 0
}
