package fact

import "strings"

// MailHost is one MX host of the domain: its addresses, what each of them said on port 25, and
// what the DNS says of its keys.
type MailHost struct {
	Name       string `json:"name"` // no final dot
	Preference uint16 `json:"preference"`
	Implicit   bool   `json:"implicit,omitempty"` // no MX record: the domain itself (RFC 5321 §5.1)
	Skipped    string `json:"skipped,omitempty"`  // SkipLimit: more hosts than are looked at
	A          Answer `json:"a"`
	AAAA       Answer `json:"aaaa"`
	// Probes has one entry an address, IPv4 before IPv6, sorted; none where SMTP is off.
	Probes []Probe `json:"probes,omitempty"`
	// TLSA are TLSA at _25._tcp.BASE, where BASE is what the host's CNAMEs lead to, if it has any,
	// and then the host itself (RFC 7672 §2.2.2).
	TLSA []Answer `json:"tlsa,omitempty"`
	// CNAME is that record at the host, asked where the host is an alias and its addresses came
	// without the AD bit: the alias may be signed where its target is not (RFC 7672 §2.2.2).
	CNAME *Answer `json:"cname,omitempty"`
}

// Probe is one SMTP conversation with one address of an MX host, as far as it came: greeting, EHLO,
// STARTTLS, TLS, EHLO, QUIT (RFC 5321 §3.1, RFC 3207 §4). No mail is ever begun. A reply that never
// came is nil.
type Probe struct {
	Address string `json:"address"`
	// Under is the name of another MX host, with which the conversation was had: an address that shows
	// the same certificate under several names is not asked under each that it is for.
	Under string `json:"under,omitempty"`
	// Skipped says why the address was never contacted: SkipNotPublic, SkipFamily or SkipLimit. With
	// SkipBlocked it was, but not for long.
	Skipped   string `json:"skipped,omitempty"`
	Connected bool   `json:"connected,omitempty"` // TCP was established
	Greeting  *Reply `json:"greeting,omitempty"`
	EHLO      *Reply `json:"ehlo,omitempty"`
	HELO      *Reply `json:"helo,omitempty"` // asked where EHLO was answered with 5xx
	StartTLS  *Reply `json:"starttls,omitempty"`
	// Injected is what came in plaintext behind the 220 to STARTTLS (RFC 3207 §6); the conversation
	// ends there.
	Injected Text     `json:"injected,omitempty"`
	TLS      *TLS     `json:"tls,omitempty"`      // nil where no handshake was completed
	EHLOTLS  *Reply   `json:"ehlo_tls,omitempty"` // over TLS
	Fault    *Fault   `json:"fault,omitempty"`    // where and why it ended early
	Timing   MailTime `json:"timing_ms"`
}

// MailTime is how long each step of a conversation took; a step not reached is 0.
type MailTime struct {
	Connect  Millis `json:"connect"`
	Greeting Millis `json:"greeting"`
	EHLO     Millis `json:"ehlo"`
	StartTLS Millis `json:"starttls"`
	TLS      Millis `json:"tls"`
	Total    Millis `json:"total"` // connection included, QUIT not
}

// Reply is an SMTP reply (RFC 5321 §4.2): its code, and the text of each line behind the code.
type Reply struct {
	Code  int    `json:"code"`
	Lines []Text `json:"lines"`
}

// Positive tells that the reply is 2xx: the command was done.
func (r *Reply) Positive() bool { return r != nil && r.Code/100 == 2 }

// Offers tells that an EHLO reply lists the extension (RFC 5321 §4.1.1.1); keywords have no case.
func (r *Reply) Offers(keyword string) bool {
	if !r.Positive() {
		return false
	}
	for _, line := range r.Lines[min(1, len(r.Lines)):] {
		if word, _, _ := strings.Cut(string(line), " "); strings.EqualFold(word, keyword) {
			return true
		}
	}
	return false
}
