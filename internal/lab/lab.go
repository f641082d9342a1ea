package lab

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Lab is a running scene. Its methods may be called from several goroutines.
type Lab struct {
	names   *nameserver
	sites   map[netip.Addr]*webServer
	mail    map[netip.Addr]*mailServer
	ports   map[endpoint]port
	roots   *x509.CertPool
	dial    dialFunc // with the scene's round trip time
	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	closers []func()
	once    sync.Once
}

// Start runs a scene. Certificates are made relative to now. The caller closes the Lab. The
// error is this machine's: a loopback port that cannot be had.
func Start(s *Scene, now func() time.Time) (*Lab, error) {
	l := &Lab{
		names: &nameserver{faults: s.faults, signed: s.signed},
		sites: map[netip.Addr]*webServer{},
		mail:  map[netip.Addr]*mailServer{},
		ports: map[endpoint]port{},
		roots: x509.NewCertPool(),
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.dial = l.connect
	if s.rtt > 0 {
		l.dial = delay(l.connect, s.rtt)
	}
	if err := l.start(s.clone(), now()); err != nil {
		l.Close()
		return nil, fmt.Errorf("starting the lab: %w", err)
	}
	return l, nil
}

func (l *Lab) start(s *Scene, now time.Time) error {
	own, err := newAuthority("Lab", now)
	if err != nil {
		return err
	}
	l.roots.AddCert(own.root.Certificate)
	ca := &authorities{own: own}
	if err := s.addPins(ca); err != nil {
		return err
	}
	l.names.zone.Store(s.zone)
	if err := l.startDNS(); err != nil {
		return err
	}
	for address, st := range s.sites {
		if l.sites[address], err = newWebServer(st, ca); err != nil {
			return err
		}
		if err := l.listen(netip.AddrPortFrom(address, 443), st.fault, l.sites[address]); err != nil {
			return err
		}
	}
	for address, x := range s.mail {
		if l.mail[address], err = newMailServer(address, x, ca); err != nil {
			return err
		}
		if err := l.listen(netip.AddrPortFrom(address, 25), x.fault, l.mail[address]); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) startDNS() error {
	var listen net.ListenConfig
	udp, err := listen.ListenPacket(l.ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tcp, err := listen.Listen(l.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		_ = udp.Close()
		return err
	}
	at := netip.AddrPortFrom(netip.MustParseAddr(resolverAddress), 53)
	l.ports[endpoint{"udp", at}] = port{target: udp.LocalAddr().String()}
	l.ports[endpoint{"tcp", at}] = port{target: tcp.Addr().String()}
	l.serveDNS(&dns.Server{PacketConn: udp, Handler: overUDP{l.names}, UDPSize: maxUDP})
	l.serveDNS(&dns.Server{Listener: tcp, Handler: overTCP{l.names}})
	return nil
}

// serveDNS runs a server and waits until it has begun, since one that has not cannot be ended.
func (l *Lab) serveDNS(s *dns.Server) {
	begun := make(chan struct{})
	s.NotifyStartedFunc = sync.OnceFunc(func() { close(begun) })
	l.wg.Go(func() {
		defer s.NotifyStartedFunc()
		_ = s.ActivateAndServe() // a socket that was just opened, until it is closed
	})
	<-begun
	l.closers = append(l.closers, func() { _ = s.Shutdown() })
}

// server deals with one connection until it is over, or the lab is.
type server interface {
	serve(ctx context.Context, conn net.Conn)
}

// listen runs a server, unless its fault keeps clients from it.
func (l *Lab) listen(at netip.AddrPort, fault string, s server) error {
	p := port{fault: fault}
	if !p.unreachable() {
		var listen net.ListenConfig
		listener, err := listen.Listen(l.ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		p.target = listener.Addr().String()
		l.closers = append(l.closers, func() { _ = listener.Close() })
		l.wg.Go(func() { l.accept(listener, s) })
	}
	l.ports[endpoint{"tcp", at}] = p
	return nil
}

// accept serves connections, each in its own goroutine, until the listener is closed.
func (l *Lab) accept(listener net.Listener, s server) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(l.ctx, func() { _ = conn.Close() })
			defer stop()
			s.serve(l.ctx, conn)
		})
	}
}

// Resolvers are the addresses of the lab's resolvers, as a user would type them.
func (l *Lab) Resolvers() []string { return []string{resolverAddress} }

// Roots hold the root of the lab's own authority and nothing else.
func (l *Lab) Roots() *x509.CertPool { return l.roots }

// AllowNets are the documentation networks, to be counted as public when looking at a lab.
func (l *Lab) AllowNets() []netip.Prefix { return documentation() }

// Close ends all servers and connections, and waits until they are gone. Dialling afterwards is
// an error. It may be called more than once.
func (l *Lab) Close() {
	l.once.Do(func() {
		l.cancel()
		for _, end := range l.closers {
			end()
		}
		l.wg.Wait()
	})
}
