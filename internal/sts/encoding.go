package sts

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

const bom = "\xef\xbb\xbf"

// asUTF8 gives a body as UTF-8, without a byte order mark, and the reason word of the encoding
// fault that it had, "" for none.
func asUTF8(body []byte) (text, fault string) {
	if order := utf16Order(body); order != nil {
		units := make([]uint16, len(body)/2)
		for i := range units {
			units[i] = order.Uint16(body[2*i:])
		}
		return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"), "utf-16"
	}
	if rest, found := strings.CutPrefix(string(body), bom); found {
		return rest, "bom"
	}
	return string(body), ""
}

// utf16Order is the byte order of a body in UTF-16, nil if it is none. Without a byte order mark
// the first two characters tell it, which are ASCII in every policy.
func utf16Order(body []byte) binary.ByteOrder {
	if len(body) < 4 {
		return nil
	}
	switch a, b, c, d := body[0], body[1], body[2], body[3]; {
	case a == 0xff && b == 0xfe, a != 0 && b == 0 && c != 0 && d == 0:
		return binary.LittleEndian
	case a == 0xfe && b == 0xff, a == 0 && b != 0 && c == 0 && d != 0:
		return binary.BigEndian
	}
	return nil
}
