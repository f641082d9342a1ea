package rule

import (
	"time"

	"mtasts/internal/fact"
)

// Status is how a rule was answered.
type Status string

// Statuses. Info never counts; Unknown is "could not be determined from here", which is never
// "absent" and never Fail.
const (
	Pass    Status = "pass"
	Info    Status = "info"
	Unknown Status = "unknown"
	Warn    Status = "warn"
	Fail    Status = "fail"
)

// Protection is what the domain's MTA-STS amounts to, in one word.
type Protection string

// The words of Protection.
const (
	Enforced         Protection = "enforced" // a valid policy in mode enforce is in force
	Testing          Protection = "testing"  // a valid policy in mode testing
	NoProtection     Protection = "none"     // a valid policy in mode none
	Absent           Protection = "absent"   // no record, and nothing meant as one
	Broken           Protection = "broken"   // something is published, but senders ignore it
	UnsureProtection Protection = "unknown"
)

// Result is the judgement of one domain: schema 1 of the JSON output but for the envelope.
type Result struct {
	Schema      int             `json:"schema"`
	Domain      string          `json:"domain"`
	CheckedAt   time.Time       `json:"checked_at"`
	Status      Status          `json:"status"` // the worst of the findings: fail, unknown, warn, pass
	Protection  Protection      `json:"protection"`
	Interrupted bool            `json:"interrupted,omitempty"`
	Counts      Counts          `json:"counts"`
	Findings    []Finding       `json:"findings"`       // problems first, in the catalogue's order within a status
	Next        []string        `json:"next,omitempty"` // what to do next, in order, each one sentence or two
	Delivery    []Delivery      `json:"delivery"`
	Senders     []SenderReading `json:"senders,omitzero"`   // where they were asked for; empty where there is no policy to read
	Baseline    *Baseline       `json:"baseline,omitempty"` // where there was something to compare with
	// Certificates are those that were shown, each once for a host and port.
	Certificates []Certificate     `json:"certificates,omitempty"`
	Observed     *fact.Observation `json:"observed"`
	// Published is read from what was observed, which JSON has: it is there for formats without.
	Published Published `json:"-"`
	// Unasked are the rules that were not judged since nobody wanted them to be: [Result.Compare] minds.
	Unasked []string `json:"-"`
}

// Certificate is when what a server showed ends.
type Certificate struct {
	Host     string    `json:"host"`
	Port     int       `json:"port"`      // 443: the policy host; 25: an MX host
	NotAfter time.Time `json:"not_after"` // the earliest end, where its addresses differ
}

// Counts is how many findings have each status.
type Counts struct {
	Pass    int `json:"pass"`
	Info    int `json:"info"`
	Warn    int `json:"warn"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
}

// Finding is one answer to one rule. Its strings may hold what a server said: whoever shows
// them escapes them.
type Finding struct {
	Rule    string `json:"rule"`
	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"` // empty for pass
	Subject string `json:"subject"`          // what it is about: a name, a URL, an address
	Change  Change `json:"change,omitempty"` // where there was something to compare with: see [Result.Compare]
	// Location is where the cause stands, where there is one place. It is omitted for a pass.
	Location  *Location `json:"location,omitempty"`
	Message   string    `json:"message"`            // one or a few sentences
	Why       string    `json:"why,omitempty"`      // why the rule matters
	Evidence  []string  `json:"evidence,omitempty"` // short lines of what was seen
	Fix       *Fix      `json:"fix,omitempty"`
	TLSRPT    string    `json:"tlsrpt_result,omitempty"` // RFC 8460 §4.3, what senders would report
	Reference string    `json:"reference"`               // "RFC 8461 §3.1"
	Hides     []string  `json:"hides,omitempty"`         // rules that this finding left without an answer
	// Here tells that the cause lies where we look from, not with the domain: the same for all
	// domains of a run, and so told to people once.
	Here bool `json:"here,omitempty"`
}

// Location is a place in a text. Lines and columns count from 1, columns in bytes.
type Location struct {
	// File is the one that was given; empty where the text was fetched, or given in a flag.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // of the file, or of the policy
	// Column is one of that line; without a line it counts in the text of a record.
	Column int `json:"column,omitempty"`
}

// Fix is what to do about a finding, ready to paste.
type Fix struct {
	Text    string   `json:"text"`
	Records []Record `json:"records,omitempty"` // to publish; a record whose Value is empty is to be removed
	File    *File    `json:"file,omitempty"`    // to serve
	Lines   []string `json:"lines,omitempty"`   // lines of a server's configuration, or commands
}

// Record is one DNS record to publish.
type Record struct {
	Name  string `json:"name"` // with final dot; without one relative to a domain that is not known
	Type  string `json:"type"`
	TTL   uint32 `json:"ttl"`
	Value string `json:"value"` // in master-file form: TXT quoted, names with final dot
}

// File is a file to serve, whole.
type File struct {
	Path    string `json:"path"` // the URL, or the file that was given
	Content string `json:"content"`
}

// Delivery is what senders do with one address of one MX host, in the order of preference. Where a
// policy is in force, or none is, Verdict is what happens now; while it is not in force,
// UnderEnforce is what would happen if it were.
type Delivery struct {
	MX         string `json:"mx"`
	Preference uint16 `json:"preference"`
	Address    string `json:"address"`
	// Verdict is that of a sender that honours the policy; with usable DANE, DANE decides (RFC 8461 §2).
	Verdict      Verdict  `json:"verdict"`
	Because      []string `json:"because"` // the rules that decide it: "smtp-certificate:expired"
	UnderEnforce Verdict  `json:"under_enforce,omitempty"`
	// Senders are what each kind of sender does: those that honour MTA-STS alone, DANE alone, neither.
	Senders []Sender `json:"senders"`
}

// Sender is what one kind of sender does with one address.
type Sender struct {
	Kind    string   `json:"kind"` // mta-sts, dane, opportunistic
	Verdict Verdict  `json:"verdict"`
	Because []string `json:"because"`
}

// Verdict is what a sender does with mail.
type Verdict string

// The words of Verdict.
const (
	DeliversVerified   Verdict = "delivers-verified"   // over TLS, to a host whose identity was checked
	DeliversUnverified Verdict = "delivers-unverified" // over TLS that anybody could have set up, or in the clear
	Refuses            Verdict = "refuses"
	UnknownVerdict     Verdict = "unknown" // the address could not be tried from here, or the policy not be seen
)

func (v Verdict) delivers() bool { return v == DeliversVerified || v == DeliversUnverified }
