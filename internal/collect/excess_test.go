package collect

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	ours "mtasts/internal/pkix"
)

// chained is a server's that sends these certificates behind its own.
func (a *authority) chained(ders ...[]byte) *tls.Config {
	c := sends(a.issue(a.intermediate, "leaf", named(policyHost)), a.intermediate)
	c.Certificates[0].Certificate = append(c.Certificates[0].Certificate, ders...)
	return c
}

// ofSize is a certificate of about that many octets, all of them in an extension.
func ofSize(n int) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 99999, 1}, Value: bytes.Repeat([]byte{5}, n)}}
	}
}

// largeKey is a certificate for an RSA key of that many bits, to which nobody has the other half.
func (a *authority) largeKey(bits uint) []byte {
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(1))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "large"}, NotBefore: now(), NotAfter: now().Add(day)}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root.cert, &rsa.PublicKey{N: n, E: 65537}, a.root.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// TestExcessiveCertificates: what is more than any sound server sends is kept in part, or refused, and soon.
func TestExcessiveCertificates(t *testing.T) {
	a := newAuthority(t)
	other := a.issue(a.root, "Other", asCA).cert.Raw
	var manyNames []string
	for i := range 25_000 {
		manyNames = append(manyNames, fmt.Sprintf("%x.a", i))
	}
	for _, c := range []struct {
		name   string
		config *tls.Config
		kept   int // certificates
		fault  string
	}{
		{"a hundred", a.chained(slices.Repeat([][]byte{other}, 100)...), maxChain, "none"},
		{"many names", sends(a.issue(a.intermediate, "leaf", named(append(manyNames, policyHost)...)), a.intermediate), 2, "none"},
		{"just small enough", sends(a.issue(a.intermediate, "leaf", named(policyHost), ofSize(240<<10)), a.intermediate), 2, "none"},
		{
			"too large", sends(a.issue(a.intermediate, "leaf", named(policyHost), ofSize(300<<10))), 0,
			"handshake: malformed: the handshake failed: handshake message of length 307",
		},
		{
			"16 MB", sends(a.issue(a.intermediate, "leaf", named(policyHost), ofSize(16_000_000))), 0,
			"handshake: malformed: the handshake failed: handshake message of length 16000",
		},
		{"8k bits", a.chained(a.largeKey(8 << 10)), 3, "none"},
		{"16k bits", a.chained(a.largeKey(16 << 10)), 0, "handshake: malformed: the handshake failed: server sent certificate containing RSA key larger than 8192 bits"},
	} {
		begun := time.Now()
		f := fetchOne(t, func(w *world) { w.ca = a; w.web(at10, c.config, servePolicy) })
		if got := faultText(f.Fault); !strings.HasPrefix(got, c.fault) || len(got) > 2*longest {
			t.Errorf("%s: fault = %s\n   want %s", c.name, got, c.fault)
			continue
		}
		if c.kept > 0 && (len(f.TLS.Chain) != c.kept || f.TLS.Anchor == "" || len(ours.Problems(f.TLS, policyHost, now())) > 0) {
			t.Errorf("%s: %d certificates are kept, trust fault %q", c.name, len(f.TLS.Chain), f.TLS.TrustFault)
		}
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("%s: it took %s", c.name, took)
		}
	}
}

// TestTangledChain: ways that multiply at each step are not followed, and nobody calls them good.
func TestTangledChain(t *testing.T) {
	a := newAuthority(t)
	chain := [][]byte{a.issue(a.intermediate, "leaf", named(policyHost)).cert.Raw, a.intermediate.cert.Raw}
	for i := range maxChain - 2 {
		again := *a.intermediate.cert
		again.DNSNames, again.RawIssuer = []string{fmt.Sprint(i)}, nil
		der, err := x509.CreateCertificate(rand.Reader, &again, a.intermediate.cert, &a.intermediate.key.PublicKey, a.intermediate.key)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, der)
	}
	facts := &fact.TLS{Chain: chain}
	recordTrust(facts, a.pool(), now())
	if facts.TrustFault != ours.Tangle || facts.Anchor != "" {
		t.Errorf("facts: %q by %q", facts.TrustFault, facts.Path)
	}
	facts = &fact.TLS{Chain: chain[:4]}
	if recordTrust(facts, a.pool(), now()); facts.Anchor == "" {
		t.Errorf("facts: %q", facts.TrustFault)
	}
}

// TestBombs: what is compressed was not asked for, and stays as it is.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 32<<20)
	var gz, deflated bytes.Buffer
	zip, z := gzip.NewWriter(&gz), zlib.NewWriter(&deflated)
	for _, w := range []io.WriteCloser{zip, z} {
		_, _ = w.Write(zeros)
		_ = w.Close()
	}
	const brotli, zstd = "\x0b\x02\x80hello\x03", "\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
	for coding, body := range map[string]string{
		"gzip": gz.String(), "x-gzip": gz.String(), "deflate": deflated.String(), "br": brotli, "gzip, gzip": gz.String(), "zstd": zstd,
	} {
		head := "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\n"
		for _, framing := range []string{fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)), "Connection: close\r\n\r\n"} {
			f := fetchOne(t, func(w *world) { w.raw(at10, head+framing+body) })
			want := body[:min(len(body), fact.BodyLimit)]
			if string(f.Body) != want || f.TooLarge != (len(body) > fact.BodyLimit) || f.Fault != nil {
				t.Errorf("%s: %d octets of %d, fault %s", coding, len(f.Body), len(body), faultText(f.Fault))
			}
		}
	}
}

// TestOddAnswers: what breaks HTTP/1.1 ends a fetch at once, with words for what it was.
func TestOddAnswers(t *testing.T) {
	const (
		ok      = "HTTP/1.1 200 OK\r\n"
		chunked = ok + "Transfer-Encoding: chunked\r\n"
		tooLong = "server response headers exceeded 65536 bytes; aborted"
	)
	for _, c := range []struct{ name, answer, want string }{
		{"HTTP/2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", `malformed HTTP response "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00d"`},
		{"103 without end", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 1e5), tooLong},
		{"100 without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1e5), tooLong},
		{"large 103", "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", maxHeaderBytes) + "\r\n\r\n", tooLong},
		{"negative length", ok + "Content-Length: -1\r\n\r\n", `bad Content-Length "-1"`},
		{"two lengths", ok + "Content-Length: 3\r\nContent-Length: 7\r\n\r\nversion", `message cannot contain multiple Content-Length headers; got ["3" "7"]`},
		{"a list of lengths", ok + "Content-Length: 7, 7\r\n\r\nversion", `bad Content-Length "7, 7"`},
		{"huge length", ok + "Content-Length: 99999999999999999999\r\n\r\n", `bad Content-Length "99999999999999999999"`},
		{"two codings", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", `unsupported transfer encoding: "gzip, chunked"`},
		{"no field", ok + "version\r\n\r\n", `malformed MIME header: missing colon: "version"`},
		{"a NUL", ok + "X: \x00\r\n\r\n", `malformed MIME header line: "X: \x00"`},
		{"many fields", ok + strings.Repeat("X: y\r\n", maxHeaderBytes/5) + "\r\n", tooLong},
		{"endless chunk", chunked + "\r\nffffffffffffffffff\r\n", "http chunk length too large"},
		{"chunk extensions", chunked + "\r\n" + strings.Repeat("1;"+strings.Repeat("x", 2000)+"\r\nx\r\n", 2000), "chunked encoding contains too much non-data"},
		{"long extension", chunked + "\r\n1;" + strings.Repeat("x", 1<<16) + "\r\nx\r\n", "header line too long"},
		{"long trailer", chunked + "\r\n0\r\n" + strings.Repeat("X: y\r\n", 1<<14) + "\r\n", "suspiciously long trailer after chunked body"},
	} {
		f := fetchOne(t, func(w *world) { w.raw(at10, c.answer) })
		stage := "request"
		if strings.HasPrefix(c.answer, chunked) {
			stage = "read"
		}
		if got, want := faultText(f.Fault), stage+": malformed: "+c.want; got != want {
			t.Errorf("%s: fault = %s\n   want %s", c.name, got, want)
		}
	}
}
