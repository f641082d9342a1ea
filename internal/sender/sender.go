package sender

import (
	"strings"
	"time"
)

// Verdict is what a sender makes of a policy.
type Verdict string

// The verdicts, in the words of the JSON output.
const (
	Accepts   Verdict = "accepts"    // it reads the policy, and every MX host is allowed
	Refuses   Verdict = "refuses"    // it takes no policy from this: mail goes unprotected, or by an older policy
	RefusesMX Verdict = "refuses-mx" // it reads the policy, and that does not allow some MX host
	Unknown   Verdict = "unknown"    // what was looked at does not tell
)

// Served is a policy as a sender meets it.
type Served struct {
	Body string
	More bool  // the server sent more than Body: the rest was not read
	HTTP *HTTP // how it was served; nil where the text comes from elsewhere: then nothing is held against it
	// Records are all TXT records at _mta-sts.DOMAIN, each with its strings joined; nil where they are
	// not known: then they are taken as good.
	Records []string
}

// HTTP is how a policy was served, with status 200.
type HTTP struct {
	ContentType string
	Typed       bool          // there was a Content-Type
	Took        time.Duration // in all; 0 where it was not measured
}

// Reading is what one sender makes of a policy.
type Reading struct {
	Sender  string
	Version string // of the sender that was looked at
	How     string // Run or ReadInSource
	Verdict Verdict
	// Because is the cause of any verdict but Accepts, as a clause: "empty line", "no mode".
	Because string
	// Line is where Because, or else Misread, has its cause, from 1; 0 where no line is to blame.
	Line      int
	RefusedMX []string // the MX hosts that it does not allow, as they were given
	// Mode and MaxAge (seconds) are as this sender understands them; empty where it takes no policy.
	// MaxAge is 0 also where it does not look at it.
	Mode   string
	MaxAge int64
	// Misread is what it understands otherwise than it stands there, as a clause: "mode none, not
	// enforce"; empty where all is well.
	Misread string
}

// How a sender's habits are known.
const (
	Run          = "run"            // its parser was run
	ReadInSource = "read in source" // its source was read
)

// Names are the senders, in the order of [Read].
func Names() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name)
	}
	return names
}

// Read tells what each sender makes of a policy for a domain with these MX hosts: one reading a
// sender, in the order of [Names]. It takes time linear in what it is given.
func Read(in Served, mx []string) []Reading {
	hosts := make([]string, 0, len(mx))
	for _, host := range mx {
		hosts = append(hosts, strings.TrimSuffix(strings.ToLower(host), "."))
	}
	written := meant(in.Body)
	readings := make([]Reading, 0, len(dialects()))
	for _, d := range dialects() {
		readings = append(readings, d.read(in, hosts, mx, written))
	}
	return readings
}

// ReadAround tells what each sender makes of what stands around a policy, whatever its text: of the
// TXT records, and of how it was served. The readings are those of [Read] for a sound text, without
// what that says.
func ReadAround(in Served) []Reading {
	readings := make([]Reading, 0, len(dialects()))
	for _, d := range dialects() {
		r := d.reading()
		if _, why := d.open(in); why != nil {
			r.blame(why)
		}
		readings = append(readings, r)
	}
	return readings
}

// reading is that of a sender with nothing against what it gets.
func (d dialect) reading() Reading {
	return Reading{Sender: d.name, Version: d.version, How: d.how, Verdict: Accepts}
}

func (r *Reading) blame(why *cause) { r.Verdict, r.Because, r.Line = why.verdict, why.text, why.line }

// read is one sender's reading. The hosts are in the form for comparison, mx as they were given.
func (d dialect) read(in Served, hosts, mx []string, written intent) Reading {
	r := d.reading()
	p, why := d.policy(in)
	if why != nil {
		r.blame(why)
		return r
	}
	r.Mode, r.MaxAge = p.mode, p.age
	r.Misread, r.Line = written.misread(p)
	verdict := d.allow(p, hosts)
	if verdict.why == nil {
		return r
	}
	for _, i := range verdict.refused {
		r.RefusedMX = append(r.RefusedMX, mx[i])
	}
	r.blame(verdict.why)
	return r
}

// policy reads what a sender would take from it, or tells why it takes nothing.
func (d dialect) policy(in Served) (policy, *cause) {
	text, why := d.open(in)
	if why != nil {
		return policy{}, why
	}
	fields, why := d.cut(text)
	if why != nil {
		return policy{}, why
	}
	return d.judge(fields)
}

// open is the text that a sender gets to read, or why it does not come to that.
func (d dialect) open(in Served) (string, *cause) {
	for _, fault := range []func(Served) *cause{d.record.fault, d.http.timeFault, d.http.typeFault, d.http.sizeFault} {
		if why := fault(in); why != nil {
			return "", why
		}
	}
	return d.text.decode(d.http.start(in.Body), in.HTTP)
}
