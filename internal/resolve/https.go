package resolve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/miekg/dns"
)

// mediaType of questions and answers (RFC 8484 §6).
const mediaType = "application/dns-message"

// web puts questions by HTTP POST (RFC 8484 §4.1).
type web struct {
	kit    *kit
	url    string
	client *http.Client
	room   chan struct{} // holds one for each question in flight: over HTTP/1.1 each has a connection
}

func newWeb(k *kit, g gate) *web {
	return &web{kit: k, url: g.url(), room: make(chan struct{}, inFlight), client: &http.Client{
		Transport: &http.Transport{
			DialTLSContext:         dialFor(k, g),
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConnsPerHost:    inFlight,
			IdleConnTimeout:        30 * time.Second,
			// A connection that is dead is to be found out within one try.
			HTTP2: &http.HTTP2Config{SendPingTimeout: k.try / 2, PingTimeout: k.try / 4},
		},
		// A redirect would send questions to a server that the user did not name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// dialFor dials for whoever asks first, so it ends with the resolver and not with that question.
func dialFor(k *kit, g gate) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		return k.connect(k.crew.ctx, g.over("tcp"))
	}
}

func (w *web) exchange(ctx context.Context, q *query) (*packet, error) {
	if err := w.kit.enter(ctx, w.room, q); err != nil {
		return nil, err
	}
	defer func() { <-w.room }()
	if err := w.kit.await(ctx, q); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.kit.try)
	defer cancel()
	defer context.AfterFunc(w.kit.crew.ctx, cancel)()
	q.setID(0) // RFC 8484 §4.1, for the sake of HTTP caches
	answer, err := w.post(ctx, bytes.Clone(q.message()))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	p, err := w.read(answer)
	if err == nil && !q.answeredBy(p.data) {
		err = fmt.Errorf("%w: it answers another question", errMalformed)
	}
	return p, err
}

func (w *web) post(ctx context.Context, message []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", mediaType)
	request.Header.Set("Accept", mediaType)
	request.Header.Set("User-Agent", "mtasts")
	return w.client.Do(request)
}

// read takes the message out of a good HTTP answer.
func (w *web) read(answer *http.Response) (*packet, error) {
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %d", answer.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != mediaType {
		return nil, fmt.Errorf("%w: it is not of type %s", errMalformed, mediaType)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, dns.MaxMsgSize+1))
	if err != nil {
		return nil, err
	}
	if len(body) > dns.MaxMsgSize {
		return nil, fmt.Errorf("%w: it is longer than a DNS message can be", errMalformed)
	}
	p := w.kit.packets.get()
	p.data = body
	return p, nil
}

// close ends the connections that are open.
func (w *web) close() { w.client.CloseIdleConnections() }
