package lab

import (
	"errors"
	"net"
)

// namedConn is a loopback connection under the address that the scene knows.
type namedConn struct {
	net.Conn
	remote net.Addr
}

// namedPacketConn is the same for UDP. Clients of the DNS tell UDP by this interface.
type namedPacketConn struct{ namedConn }

func named(c net.Conn, remote net.Addr) net.Conn {
	n := namedConn{c, remote}
	if _, ok := c.(net.PacketConn); ok {
		return namedPacketConn{n}
	}
	return n
}

// RemoteAddr implements net.Conn.
func (c namedConn) RemoteAddr() net.Addr { return c.remote }

// Read implements net.Conn.
func (c namedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.rename(err)
}

// Write implements net.Conn.
func (c namedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.rename(err)
}

// rename puts the scene's address into an error instead of loopback's, whose port differs from
// run to run.
func (c namedConn) rename(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) {
		return err
	}
	renamed := *op
	renamed.Source, renamed.Addr = nil, c.remote
	return &renamed
}

// ReadFrom implements net.PacketConn.
func (c namedPacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, err := c.Read(p)
	return n, c.remote, err
}

// WriteTo implements net.PacketConn. Only the connected peer can be written to, by Write.
func (c namedPacketConn) WriteTo([]byte, net.Addr) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "udp", Addr: c.remote, Err: net.ErrWriteToConnected}
}
