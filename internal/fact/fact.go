// Package fact holds what was seen of one domain: plain data, no judgement.
//
// Package collect writes an [Observation]; package rule judges it. Facts are raw (record text,
// policy bytes, headers, certificates as DER, per-address results, timings), so that a rule
// rarely needs a new one, and they are plain JSON, so that a user's bug becomes a test:
// `mtasts check --save-facts` writes them and `--facts` judges them again.
package fact

import "time"

// Schema is the version of the JSON form of an [Observation].
const Schema = 1

// Observation is all that was seen of one domain from one place at one time.
type Observation struct {
	Schema  int    `json:"schema"`
	Version string `json:"version,omitempty"` // of the mtasts that looked
	Domain  string `json:"domain"`            // A-labels, lower case, no final dot
	// At is when the look began: the only clock that rules know.
	At     time.Time `json:"at"`
	TookMS Millis    `json:"took_ms,omitempty"` // the whole look
	// Given is set where nothing was looked at: the user handed over what there is. The domain may
	// be empty then.
	Given *Given `json:"given,omitempty"`
	// Interrupted tells that the user ended the look early: what is not here was not asked.
	Interrupted bool    `json:"interrupted,omitempty"`
	Vantage     Vantage `json:"vantage"`

	STS    Answer `json:"sts"`    // TXT at _mta-sts.DOMAIN
	TLSRPT Answer `json:"tlsrpt"` // TXT at _smtp._tls.DOMAIN
	MX     Answer `json:"mx"`     // MX at DOMAIN

	// Apex is A and AAAA at DOMAIN, asked when the domain has no MX record (RFC 5321 §5.1)
	// or no policy host (where might one point? AAAA only where there is no A).
	Apex []Answer `json:"apex,omitempty"`
	// Wildcard is TXT at a random name beside _mta-sts, asked only where _mta-sts answers
	// with TXT of which none is a record of RFC 8461.
	Wildcard *Answer `json:"wildcard,omitempty"`
	// Elsewhere is TXT at names that people confuse with the two right ones, asked only
	// where a record is missing that the domain, if it takes mail, might have.
	Elsewhere []Answer `json:"elsewhere,omitempty"`

	Host         PolicyHost    `json:"policy_host"`
	Hosts        []MailHost    `json:"mail_hosts,omitempty"`   // by preference, then name
	Destinations []Destination `json:"destinations,omitempty"` // of the TLSRPT record, in its order
	// Root is TXT at the root of the DNS, asked where TLSA records came without the AD bit: with it
	// here, the resolver validates and the records are not signed.
	Root *Answer `json:"root,omitempty"`
}

// Vantage is from where and how the look was taken.
type Vantage struct {
	Resolvers    []string `json:"resolvers,omitempty"`
	Family       string   `json:"family,omitempty"`        // "4" or "6" where the user asked for one only
	AllowPrivate bool     `json:"allow_private,omitempty"` // contact addresses that are not globally reachable
	AllowNets    []string `json:"allow_nets,omitempty"`    // CIDRs that the user declares reachable by all senders
	TimeoutMS    int64    `json:"timeout_ms,omitempty"`    // limit of one policy fetch
	Roots        string   `json:"roots,omitempty"`         // "system", "mozilla" with their day, or the name of the --ca-file
	// Proxy is the URL, without user and password, of the proxy that carries HTTPS and SMTP for all hosts, or
	// for those that the environment does not except; no question to the DNS.
	Proxy string `json:"proxy,omitempty"`
	// ADTrusted are the resolvers, as in Answer.Server, whose AD bit counts (RFC 4035 §4.9.3): on this
	// machine, over TLS, or because the user says so.
	ADTrusted []string `json:"ad_trusted,omitempty"`

	SMTP          string `json:"smtp,omitempty"`            // SMTPOff or SMTPRequire where the user asked for it
	SMTPTimeoutMS int64  `json:"smtp_timeout_ms,omitempty"` // limit of a greeting, and of all that comes behind it
	EHLOName      string `json:"ehlo_name,omitempty"`       // empty: the address of this end
	// Sparing tells that the user wanted no questions about records in the wrong place where nothing is in
	// the right one.
	Sparing bool `json:"sparing,omitempty"`
	// Port25 is what became of port 25 in this run until the end of this look: Port25Open where any
	// MX host of any domain accepted a connection, Port25Silent where none of those tried did.
	Port25 string `json:"port_25,omitempty"`
}

// What the user asked for about SMTP, where it is not "auto".
const (
	SMTPOff     = "off"     // contact no MX host
	SMTPRequire = "require" // try every MX host, also where port 25 seems to be blocked
)

// What became of port 25.
const (
	Port25Open   = "open"
	Port25Silent = "silent"
)

// Answer is what the DNS said to one question.
type Answer struct {
	Name  string `json:"name"` // as asked, no final dot
	Type  string `json:"type"`
	RCode string `json:"rcode,omitempty"` // NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...; empty where no answer came
	AD    bool   `json:"ad,omitempty"`
	// Aliases are the CNAME targets on the way, in order, no final dots.
	Aliases []string `json:"aliases,omitempty"`
	Line    int      `json:"line,omitempty"` // where the first of them begins in the zone file that it was given in
	// Records are those of the type asked for, sorted (MX by preference and host, others by value).
	Records []Record `json:"records,omitempty"`
	TTL     uint32   `json:"ttl,omitempty"`    // the smallest of the records
	Server  string   `json:"server,omitempty"` // the resolver that answered
	TookMS  Millis   `json:"took_ms,omitempty"`
	// Bogus tells that the resolver answered SERVFAIL, and gave an answer when told not to check
	// DNSSEC (RFC 4035 §3.2.2): the signatures do not hold.
	Bogus bool   `json:"bogus,omitempty"`
	Fault *Fault `json:"fault,omitempty"` // why there is no answer
}

// Record is one resource record; which fields are set depends on the answer's type.
type Record struct {
	Text       []Text `json:"text,omitempty"`       // TXT: the character-strings
	Preference uint16 `json:"preference,omitempty"` // MX
	Host       string `json:"host,omitempty"`       // MX: the exchange, no final dot; "." for the null MX. CNAME: the target
	Address    string `json:"address,omitempty"`    // A, AAAA
	TLSA       *TLSA  `json:"tlsa,omitempty"`
	Line       int    `json:"line,omitempty"` // where it begins in the zone file that it was given in
}

// TLSA is the data of a TLSA record (RFC 6698 §2.1).
type TLSA struct {
	Usage        uint8 `json:"usage"`
	Selector     uint8 `json:"selector"`
	MatchingType uint8 `json:"matching_type"`
	Data         Hex   `json:"data"`
}

// Joined is the text of a TXT record: its strings joined without spaces (RFC 8461 §3.1, RFC 8460 §3).
func (r Record) Joined() string {
	if len(r.Text) == 1 {
		return string(r.Text[0])
	}
	n := 0
	for _, t := range r.Text {
		n += len(t)
	}
	b := make([]byte, 0, n)
	for _, t := range r.Text {
		b = append(b, t...)
	}
	return string(b)
}

// Found tells that the answer holds records of the type asked for.
func (a Answer) Found() bool { return a.Fault == nil && len(a.Records) > 0 }

// Exists tells that the DNS knows the name: it did not answer NXDOMAIN, and it answered.
func (a Answer) Exists() bool { return a.Fault == nil && a.RCode == "NOERROR" }

// Absent tells that the DNS said for certain that there is no such record: NXDOMAIN or NODATA.
func (a Answer) Absent() bool {
	return a.Fault == nil && len(a.Records) == 0 && (a.RCode == "NOERROR" || a.RCode == "NXDOMAIN")
}

// Unknown tells that the question stayed unanswered: time-out, SERVFAIL, REFUSED and the like.
// The zero Answer, a question never asked, is unknown too.
func (a Answer) Unknown() bool { return !a.Found() && !a.Absent() }

// Dangling tells that the name is a CNAME whose last target does not exist, or a loop of CNAMEs.
func (a Answer) Dangling() bool {
	if a.Fault != nil {
		return a.Fault.Kind == AliasLoop
	}
	return len(a.Aliases) > 0 && a.RCode == "NXDOMAIN"
}

// Texts are the joined texts of a TXT answer's records.
func (a Answer) Texts() []string {
	var texts []string
	for _, r := range a.Records {
		texts = append(texts, r.Joined())
	}
	return texts
}

// Addresses are the addresses of an A or AAAA answer.
func (a Answer) Addresses() []string {
	var list []string
	for _, r := range a.Records {
		list = append(list, r.Address)
	}
	return list
}

// PolicyHost is mta-sts.DOMAIN: its addresses and what each of them served.
type PolicyHost struct {
	Name string `json:"name"`
	A    Answer `json:"a"`
	AAAA Answer `json:"aaaa"`
	// Fetches has one entry an address, IPv4 before IPv6, sorted.
	Fetches []Fetch `json:"fetches,omitempty"`
	// Elsewhere are fetches of the usual wrong places, made only after a 404.
	Elsewhere []Fetch `json:"elsewhere,omitempty"`
}

// Fetch is one GET of the policy from one address (RFC 8461 §3.3), as far as it came.
type Fetch struct {
	URL     string `json:"url"`
	Address string `json:"address"`
	// Skipped says why the address was never contacted: SkipNotPublic, SkipFamily or SkipLimit.
	Skipped string `json:"skipped,omitempty"`
	// Connected tells that TCP was established.
	Connected bool     `json:"connected,omitempty"`
	TLS       *TLS     `json:"tls,omitempty"`    // nil where no handshake was completed
	Status    int      `json:"status,omitempty"` // 0 where no answer came
	Header    []Header `json:"header,omitempty"` // sorted by name
	Body      Text     `json:"body,omitempty"`   // what came of it, at most BodyLimit bytes
	TooLarge  bool     `json:"too_large,omitempty"`
	Fault     *Fault   `json:"fault,omitempty"` // where and why it ended early
	Timing    Timing   `json:"timing_ms"`
}

// BodyLimit is how much of a policy is read: 64 KiB (RFC 8461 §3.3 suggests 64 kilobytes).
const BodyLimit = 64 << 10

// Why an address was not contacted, or with SkipBlocked, was not waited for long.
const (
	SkipNotPublic = "not-public"
	SkipFamily    = "family"
	SkipLimit     = "limit"           // more than is looked at, or than there was time for
	SkipBlocked   = "port-25-blocked" // it did not connect at once, and so many others could not be reached on port 25 that it seems to be blocked here
)

// Get is the value of the first header of that canonical name, and whether there is one.
func (f Fetch) Get(name string) (string, bool) {
	for _, h := range f.Header {
		if h.Name == name {
			return string(h.Value), true
		}
	}
	return "", false
}

// Header is one field of an HTTP answer; the name is in canonical form (Content-Type).
type Header struct {
	Name  string `json:"name"`
	Value Text   `json:"value"`
}

// Timing is how long each step of a fetch took; a step not reached is 0.
type Timing struct {
	DNS       Millis `json:"dns"`
	Connect   Millis `json:"connect"`
	TLS       Millis `json:"tls"`
	FirstByte Millis `json:"first_byte"` // from the request sent to the first byte of the answer
	Body      Millis `json:"body"`
	Total     Millis `json:"total"` // DNS included
}

// TLS is a completed handshake. It says nothing of whether the certificate is any good.
type TLS struct {
	Version string `json:"version"` // "TLS 1.3"
	Cipher  string `json:"cipher"`
	// Chain is the certificates as sent, leaf first, DER.
	Chain [][]byte `json:"chain,omitempty"`
	// Anchor is the subject of the root of the local store that the chain leads to, dates and
	// names left aside; empty where it leads to none.
	Anchor string `json:"anchor,omitempty"`
	// Path is the verified path from leaf to root as subjects, where there is one.
	Path []string `json:"path,omitempty"`
	// PathExpiry is the earliest end of validity on the path beyond the leaf, and PathStart the
	// latest beginning; zero where there is no path.
	PathStart  time.Time `json:"path_start,omitzero"`
	PathExpiry time.Time `json:"path_expiry,omitzero"`
	// NoRoots tells that this machine has no root at all, so that trust could not be worked out.
	NoRoots bool `json:"no_roots,omitempty"`
	// TrustFault is why no path was found, in the words of the verifier.
	TrustFault string `json:"trust_fault,omitempty"`
}

// Destination is one rua URI of the TLSRPT record and what the DNS knows of its host.
type Destination struct {
	URI     string `json:"uri"`
	Scheme  string `json:"scheme"` // lower case
	Host    string `json:"host"`   // of the mail address or the URL; A-labels
	Skipped string `json:"skipped,omitempty"`
	MX      Answer `json:"mx,omitzero"` // mailto only
	A       Answer `json:"a,omitzero"`
	AAAA    Answer `json:"aaaa,omitzero"`
}
