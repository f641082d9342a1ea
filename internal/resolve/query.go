package resolve

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"

	"mtasts/internal/words"
)

// Sizes in bytes of the parts of a message (RFC 1035 §4.1, RFC 6891 §6.1.2).
const (
	headerSize = 12
	optSize    = 11
	maxWire    = 255 // of a name
	frameSize  = 2   // of the length before a message on a stream
	maxRoom    = frameSize + headerSize + maxWire + 4 + optSize
)

// payload is the size of UDP answers that is asked for: what passes every path unfragmented
// (RFC 9715 §3.1 has 1,400; 1,232 is what servers agreed on at the DNS flag day of 2020).
const payload = 1232

// longest is how much of a name is shown in a fault, in bytes.
const longest = 300

// A query is one question in wire form, and where its answer is waited for. One goroutine asks;
// it may put the same query to one server after the other, never to two at once.
type query struct {
	room [maxRoom]byte
	end  int         // of the question within room
	edns bool        // an OPT record follows the question
	done chan result // room for one

	heard  int           // how many answers its link had given when it joined
	late   bool          // it has waited in vain on a connection
	waited time.Duration // before it was sent, each time that it was
}

// A result is what became of a query on one link.
type result struct {
	packet *packet
	err    error
}

// newQuery packs the question; name has no final dot unless it is the root.
func newQuery(name string, kind uint16) (*query, error) {
	q := &query{done: make(chan result, 1)}
	end, err := packName(name, q.room[:frameSize+headerSize+maxWire])
	if err != nil {
		return nil, err
	}
	m := q.room[frameSize:]
	m[2] = 1 << 0                        // RD
	m[3] = bitAD                         // RFC 6840 §5.7
	binary.BigEndian.PutUint16(m[4:], 1) // QDCOUNT
	binary.BigEndian.PutUint16(q.room[end:], kind)
	binary.BigEndian.PutUint16(q.room[end+2:], dns.ClassINET)
	q.end = end + 4
	opt := q.room[q.end:] // its name is the root: one zero byte
	binary.BigEndian.PutUint16(opt[1:], dns.TypeOPT)
	binary.BigEndian.PutUint16(opt[3:], payload)
	q.setEDNS(true)
	return q, nil
}

// packName writes the name behind frame and header, and returns where it ends.
func packName(name string, room []byte) (int, error) {
	full := name
	if name != "." {
		full += "."
	}
	end, err := dns.PackDomainName(full, room, frameSize+headerSize, nil, false)
	if err == nil && name != "" && end <= len(room) {
		return end, nil
	}
	return 0, fmt.Errorf("%q is not a domain name: %s", words.Clip(name, longest), nameFault(name))
}

// nameFault says in words what the library refuses.
func nameFault(name string) string {
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return "a label is empty"
		case len(label) > 63 && !strings.Contains(label, `\`):
			return "a label is longer than 63 octets"
		}
	}
	if len(name) > 253 {
		return "it is longer than 253 octets"
	}
	return "it cannot be put on the wire"
}

// Bits of the fourth octet of a header (RFC 6895 §2).
const (
	bitAD = 1 << 5
	bitCD = 1 << 4
)

// setCheck says whether a validating server is to check what it answers (RFC 4035 §3.2.2).
func (q *query) setCheck(on bool) {
	flags := &q.room[frameSize+3]
	if *flags |= bitCD; on {
		*flags &^= bitCD
	}
}

// setEDNS says whether the OPT record is part of the message.
func (q *query) setEDNS(on bool) {
	q.edns = on
	size := q.end - frameSize
	q.room[frameSize+11] = 0 // ARCOUNT
	if on {
		size += optSize
		q.room[frameSize+11] = 1
	}
	binary.BigEndian.PutUint16(q.room[:], uint16(size))
}

// frame is the message with its length before it, for streams (RFC 1035 §4.2.2).
func (q *query) frame() []byte {
	if q.edns {
		return q.room[:q.end+optSize]
	}
	return q.room[:q.end]
}

// message is the message alone.
func (q *query) message() []byte { return q.frame()[frameSize:] }

func (q *query) setID(id uint16) { binary.BigEndian.PutUint16(q.room[frameSize:], id) }
func (q *query) id() uint16      { return binary.BigEndian.Uint16(q.room[frameSize:]) }

// question is name, type and class.
func (q *query) question() []byte { return q.room[frameSize+headerSize : q.end] }

// answeredBy tells whether the message is an answer to this very question (RFC 5452 §9.1).
func (q *query) answeredBy(m []byte) bool {
	if len(m) < headerSize || binary.BigEndian.Uint16(m) != q.id() || m[2]&0x80 == 0 || opcode(m) != dns.OpcodeQuery {
		return false
	}
	asked, body := q.question(), m[headerSize:]
	switch binary.BigEndian.Uint16(m[4:]) {
	case 0:
		return q.edns && isBare(m)
	case 1:
		return len(body) >= len(asked) && sameQuestion(asked, body[:len(asked)])
	default:
		return false
	}
}

// isBare tells of the answer of an old server that could make nothing of EDNS: a header that says
// FORMERR or NOTIMP, and not even the question (RFC 6891 §7).
func isBare(m []byte) bool {
	code := int(m[3] & 0xf)
	return len(m) == headerSize && (code == dns.RcodeFormatError || code == dns.RcodeNotImplemented)
}

// sameQuestion compares two questions of the same length, names without regard to case. The bytes
// of lengths are below 'A', so that folding does not touch them.
func sameQuestion(a, b []byte) bool {
	n := len(a) - 4
	if !bytes.Equal(a[n:], b[n:]) {
		return false
	}
	for i := range n {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func opcode(m []byte) int { return int(m[2] >> 3 & 0xf) }
