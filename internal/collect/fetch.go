package collect

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"mtasts/internal/fact"
)

// Bounds of one fetch, besides fact.BodyLimit.
const (
	maxHeaderBytes = 64 << 10
	maxHeaders     = 100
	maxHeaderValue = 4 << 10
)

// errand is one GET from one address.
type errand struct {
	host    string // SNI and Host header
	path    string
	address netip.Addr
	dns     time.Duration // how long the resolver took for the address
	limit   time.Duration // connect to end of body
}

func (e errand) url() *url.URL { return &url.URL{Scheme: "https", Host: e.host, Path: e.path} }

func (e errand) blank() fact.Fetch {
	return fact.Fetch{URL: e.url().String(), Address: e.address.String(), Timing: fact.Timing{DNS: millis(e.dns)}}
}

// skipped is the fetch of an address that was not contacted.
func (e errand) skipped(why string) fact.Fetch {
	f := e.blank()
	f.Skipped, f.Timing = why, fact.Timing{}
	return f
}

// fetch runs an errand as far as it comes: TCP to that very address, TLS, GET (RFC 8461 §3.3). To wait
// for a turn there is not a part of what it takes.
func (l *look) fetch(ctx context.Context, e errand) fact.Fetch {
	f := e.blank()
	back, err := l.web.enter(ctx, l.fetches, e.address)
	if err != nil {
		f.Fault = l.web.noTurn(ctx, err, e.limit)
		l.noteCut(ctx, f.Fault)
		return f
	}
	defer back()
	begun := l.net.Now()
	if c, found := l.web.silent.dead(e.address); found {
		f.Timing.Connect, f.Timing.Total, f.Fault = c.took, f.Timing.DNS+c.took, c.fault
		return f
	}
	limited, cancel := context.WithTimeout(ctx, e.limit)
	defer cancel()
	l.exchange(limited, e, &f)
	l.noteCut(ctx, f.Fault)
	f.Timing.Total = millis(e.dns + l.net.Now().Sub(begun))
	if f.Connected {
		l.web.silent.alive(e.address)
	}
	// Who had less patience than a policy deserves is no witness.
	if ctx.Err() == nil && isSilent(f) && e.limit == l.net.Timeout {
		l.web.silent.bury(e.address, connection{took: f.Timing.Connect, fault: f.Fault})
	}
	return f
}

// isSilent tells that no connection came about in time.
func isSilent(f fact.Fetch) bool {
	return f.Fault != nil && f.Fault.Stage == fact.Dial && f.Fault.Timeout
}

func (l *look) exchange(ctx context.Context, e errand, f *fact.Fetch) {
	raw := l.connect(ctx, e.host, netip.AddrPortFrom(e.address, 443), e.limit)
	f.Connected, f.Timing.Connect, f.Fault = raw.Conn != nil, raw.took, raw.fault
	if f.Fault != nil {
		return
	}
	defer raw.Close()
	conn := l.handshake(ctx, raw.Conn, nil, l.tlsConfig(e.host, "http/1.1"), e.limit)
	f.TLS, f.Timing.TLS = conn.seen, conn.took
	if f.Connected, f.Fault = l.reached(raw, conn.fault); f.Fault != nil {
		return
	}
	// Whom to trust is worked out while the answer is on its way.
	var trusting sync.WaitGroup
	trusting.Go(func() { recordTrust(f.TLS, l.roots(), l.seen.At) })
	// net/http says goodbye in TLS when the time is up, which waits for whoever is writing: for ever, where a
	// server reads nothing and wants key updates answered (RFC 8446 §4.6.3).
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	l.get(ctx, conn.Conn, e, f)
	trusting.Wait()
}

// get sends the request and reads the answer. Of net/http it takes the transport alone, with the
// connection handed to it: so there is no redirect (RFC 8461 §3.3), proxy, cookie, cache or
// second connection.
func (l *look) get(ctx context.Context, conn *tls.Conn, e errand, f *fact.Fetch) {
	g := &gate{Conn: conn, now: l.net.Now, open: make(chan struct{})}
	begun := l.net.Now()
	resp, err := transport(g).RoundTrip(l.request(ctx, e))
	f.Timing.FirstByte = millis(g.wait(begun, l.net.Now()))
	if err != nil {
		f.Fault = faultOf(ctx, fact.Request, err, e.limit)
		return
	}
	defer resp.Body.Close()
	f.Status, f.Header = resp.StatusCode, headers(resp.Header)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return // what follows is no body
	}
	begun = l.net.Now()
	l.read(ctx, resp.Body, e, f)
	f.Timing.Body = l.since(begun)
}

func (l *look) request(ctx context.Context, e errand) *http.Request {
	r := &http.Request{
		Method: http.MethodGet, URL: e.url(), Host: e.host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {l.net.agent()}},
	}
	return r.WithContext(ctx)
}

// read keeps what came of the body, also where it ended early.
func (l *look) read(ctx context.Context, body io.Reader, e errand, f *fact.Fetch) {
	b, err := io.ReadAll(io.LimitReader(body, fact.BodyLimit+1))
	if len(b) > fact.BodyLimit {
		f.TooLarge, b = true, b[:fact.BodyLimit]
	}
	f.Body = fact.Text(b)
	if err != nil && !f.TooLarge {
		f.Fault = faultOf(ctx, fact.Read, err, e.limit)
	}
}

// transport speaks HTTP/1.1 over the one connection.
func transport(conn net.Conn) *http.Transport {
	handed := make(chan net.Conn, 1)
	handed <- conn
	return &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			select {
			case conn := <-handed:
				return conn, nil
			default:
				return nil, errors.New("a second connection is not opened")
			}
		},
		DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// headers is the header, sorted by name, values of one name in their order; bounded.
func headers(h http.Header) []fact.Header {
	var list []fact.Header
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if len(list) == maxHeaders {
				return list
			}
			list = append(list, fact.Header{Name: name, Value: fact.Text(value[:min(len(value), maxHeaderValue)])})
		}
	}
	return list
}
