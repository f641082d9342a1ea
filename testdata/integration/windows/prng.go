// Command prng writes bcryptprimitives.dll for a Wine that has none, such as 8.0: no program of Go starts
// without. It has nothing but the one call that Go makes, ProcessPrng, and leads that on to
// where Wine has the same under another name (RtlGenRandom, which is SystemFunction036 of advapi32).
package main

import (
	"bytes"
	"encoding/binary"
	"log"
	"os"
)

// The whole file is its head and one section. Both take one step in the file, and one page in memory.
const (
	step = 0x200
	page = 0x1000
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: prng FILE")
	}
	if err := os.WriteFile(os.Args[1], append(head(), pad(exports())...), 0o644); err != nil {
		log.Fatal(err)
	}
}

func pad(b []byte) []byte { return append(b, make([]byte, step-len(b))...) }

func pack(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			log.Fatal(err)
		}
	}
	return b.Bytes()
}

// exports is the section: the export directory, its three tables of one entry each, and their texts.
func exports() []byte {
	const tables = 40
	const texts = tables + 4 + 4 + 2
	name, call, target := "bcryptprimitives.dll\x00", "ProcessPrng\x00", "advapi32.SystemFunction036\x00"
	at := func(offset int) uint32 { return uint32(page + offset) }
	return pack(
		[3]uint32{}, at(texts), uint32(1), uint32(1), uint32(1), // one ordinal, one function, one name
		at(tables), at(tables+4), at(tables+8),
		at(texts+len(name)+len(call)), at(texts+len(name)), uint16(0),
		[]byte(name+call+target),
	)
}

// head is what the loader reads: that of DOS, that of a library for x64, where the exports are, and the
// one section.
func head() []byte {
	dos := append([]byte("MZ"), make([]byte, 58)...)
	dos = append(dos, pack(uint32(0x40))...)
	const optional = 240
	file := pack([]byte("PE\x00\x00"), uint16(0x8664), uint16(1), [3]uint32{}, uint16(optional), uint16(0x2022))
	library := pack(
		uint16(0x20b), uint16(0), uint32(0), uint32(step), uint32(0), uint32(0), uint32(page),
		uint64(0x180000000), uint32(page), uint32(step), uint16(6), uint16(0), uint32(0), uint16(6), uint16(0),
		uint32(0), uint32(2*page), uint32(step), uint32(0), uint16(3), uint16(0x160),
		[4]uint64{0x100000, 0x1000, 0x100000, 0x1000}, uint32(0), uint32(16),
		uint32(page), uint32(len(exports())), [15]uint64{},
	)
	section := pack([]byte(".rdata\x00\x00"), uint32(len(exports())), uint32(page), uint32(step), uint32(step), [3]uint32{}, uint32(0x40000040))
	return pad(append(append(append(dos, file...), library...), section...))
}
