package resolve

import "sync"

// roomy is more than a UDP answer can have that keeps to the size asked for.
const roomy = 4096

// A packet is one message as it came, in room that is used again.
type packet struct {
	room [roomy]byte
	data []byte // the message; within room unless it is longer
}

// packets lends packets out. It holds no state but spare room.
type packets struct{ pool sync.Pool }

func (p *packets) get() *packet {
	if spare, ok := p.pool.Get().(*packet); ok {
		return spare
	}
	return new(packet)
}

// put takes back a packet that nothing points into any more.
func (p *packets) put(k *packet) {
	k.data = nil
	p.pool.Put(k)
}

// resize makes data n bytes long.
func (k *packet) resize(n int) []byte {
	if n <= len(k.room) {
		k.data = k.room[:n]
	} else {
		k.data = make([]byte, n)
	}
	return k.data
}
