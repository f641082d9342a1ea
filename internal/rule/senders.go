package rule

import (
	"slices"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/sender"
	"mtasts/internal/sts"
)

// plainPolicy is one that nobody stumbles over: with it a sender's verdict is about the rest.
const plainPolicy = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n"

// readings are what senders known by name make of what is published, by what they may stumble over:
// each with all else as it should be. Where no policy is served nobody reads anything.
type readings struct {
	record, media, text once[[]sender.Reading]
}

func (c *Case) recordReadings() []sender.Reading {
	return c.reads.record.of(func() []sender.Reading {
		if c.served == nil {
			return nil
		}
		return sender.ReadAround(sender.Served{Records: c.recordTexts()})
	})
}

func (c *Case) mediaReadings() []sender.Reading {
	return c.reads.media.of(func() []sender.Reading {
		if c.served == nil {
			return nil
		}
		return sender.ReadAround(sender.Served{HTTP: c.mediaType()})
	})
}

func (c *Case) textReadings() []sender.Reading {
	return c.reads.text.of(func() []sender.Reading {
		if c.served == nil {
			return nil
		}
		return c.readText(string(c.served.Body))
	})
}

// readText is how senders read a policy by itself. Its media type counts where it says how the bytes
// are meant, and nobody has anything against it.
func (c *Case) readText(body string) []sender.Reading {
	in := sender.Served{Body: body, HTTP: c.mediaType()}
	if slices.ContainsFunc(c.mediaReadings(), func(r sender.Reading) bool { return r.Verdict != sender.Accepts }) {
		in.HTTP = nil
	}
	return sender.Read(in, c.nameable)
}

// mediaType is how the policy was served; nil where it was not.
func (c *Case) mediaType() *sender.HTTP {
	if c.Given != nil || c.served == nil {
		return nil
	}
	value, typed := c.served.Get("Content-Type")
	return &sender.HTTP{ContentType: value, Typed: typed}
}

// recordTexts are all TXT records at _mta-sts, nil where they are not known.
func (c *Case) recordTexts() []string {
	if c.STS.Unknown() || c.Given != nil && !c.gave(PartRecord) {
		return nil
	}
	return append([]string{}, c.STS.Texts()...)
}

// SenderReading is what one sender known by name makes of the policy. Other versions of it may read
// otherwise.
type SenderReading struct {
	Sender  string         `json:"sender"`
	Verdict sender.Verdict `json:"verdict"`           // accepts, refuses, refuses-mx, unknown
	Because string         `json:"because,omitempty"` // the cause of any verdict but accepts
	Line    int            `json:"line,omitempty"`    // of the policy, where the cause or what is misread stands
	Version string         `json:"version"`           // that was looked at
	How     string         `json:"how"`               // it is known: "run", or "read in source"
	// RefusedMX are the MX hosts that it does not allow.
	RefusedMX []string `json:"refused_mx,omitempty"`
	// Mode and MaxAge are as it understands them; Misread tells what it understands otherwise than it
	// stands there.
	Mode    string `json:"mode,omitempty"`
	MaxAge  int64  `json:"max_age,omitempty"`
	Misread string `json:"misread,omitempty"`
}

// senders are the readings that the user asked for: of all that is published together.
func (c *Case) senders() []SenderReading {
	f := c.offered()
	switch {
	case !c.opt.Senders:
		return nil
	case f == nil:
		return []SenderReading{}
	}
	in := sender.Served{Body: string(f.Body), More: f.TooLarge, Records: c.recordTexts()}
	if c.Given == nil {
		value, typed := f.Get("Content-Type")
		in.HTTP = &sender.HTTP{ContentType: value, Typed: typed, Took: time.Duration(f.Timing.Total)}
	}
	var list []SenderReading
	for _, r := range sender.Read(in, c.nameable) {
		if c.Given == nil && !c.authentic[f.Address] { // no sender takes anything from there (RFC 8461 §3.3)
			r = sender.Reading{Sender: r.Sender, Version: r.Version, How: r.How, Verdict: sender.Refuses, Because: "the certificate of " + c.Host.Name}
		}
		list = append(list, SenderReading{
			Sender: r.Sender, Verdict: r.Verdict, Because: r.Because, Line: r.Line, Version: r.Version, How: r.How,
			RefusedMX: r.RefusedMX, Mode: r.Mode, MaxAge: r.MaxAge, Misread: r.Misread,
		})
	}
	return list
}

// offered is the answer that senders get: the policy served, or else one that is too large for most.
func (c *Case) offered() *fact.Fetch {
	if c.served != nil {
		return c.served
	}
	i := slices.IndexFunc(c.Host.Fetches, func(f fact.Fetch) bool {
		return f.Status == 200 && f.TooLarge && f.Fault == nil && encoded(&f) == ""
	})
	if i < 0 {
		return nil
	}
	return &c.Host.Fetches[i]
}

// The words by which findings tell who reads a text all the same. They are worked out from the text
// at hand, so that no finding claims what package sender does not know.

// senderNames are the senders of readings.
func senderNames(readings []sender.Reading) []string {
	var names []string
	for _, r := range readings {
		names = append(names, r.Sender)
	}
	return names
}

// withVerdict are the readings with a verdict.
func withVerdict(readings []sender.Reading, v sender.Verdict) []sender.Reading {
	var list []sender.Reading
	for _, r := range readings {
		if r.Verdict == v {
			list = append(list, r)
		}
	}
	return list
}

// does is names with a verb: "chasquid reads it", "chasquid and mox read it".
func does(names []string, verb, object string) string {
	if len(names) == 1 {
		verb += "s"
	}
	return list(names) + " " + verb + object
}

// who tells what senders do with the policy that is served: "maddy and mox drop the whole policy;
// chasquid and Halon read it."
func (c *Case) who() string { return whoReads(c.textReadings()) }

// whoOf tells the same of one fault, that of a field or of a line. Where the policy has others too, it is
// told of a sound policy with this fault alone: else each would be blamed for all. Faults of one field
// and reason are one finding, which speaks of the first, so that one is asked about.
func (c *Case) whoOf(field, reason string, line int) string {
	wholeText := []string{"empty", "html", "bom", "utf-16", "bare-cr", "not-utf8"}
	if len(c.policyProblems)+len(c.repeated) < 2 || len(c.nameable) == 0 || slices.Contains(wholeText, reason) {
		return c.who()
	}
	key := field + ":" + reason
	if _, told := c.blamed[key]; !told {
		c.blamed[key] = whoReads(sender.Read(sender.Served{Body: c.onlyFault(field, line)}, c.nameable))
	}
	return c.blamed[key]
}

// onlyFault is a sound policy for the domain's hosts with that line of the policy served: in place of
// the one that says the same, unless that stands twice; without the field where it is missing.
func (c *Case) onlyFault(field string, line int) string {
	raw, key := "", field
	if served := strings.SplitAfter(string(c.served.Body), "\n"); 0 < line && line <= len(served) {
		raw = strings.TrimSuffix(served[line-1], "\n") + "\n"
		name, _, _ := strings.Cut(raw, ":")
		key = strings.TrimSpace(name)
	}
	if slices.ContainsFunc(c.repeated, func(f sts.Field) bool { return f.Line == line }) {
		key = "" // the first stays
	}
	var b strings.Builder
	sound := sts.Policy{Version: "STSv1", Mode: sts.Enforce, MX: patterns(c.nameable), MaxAge: goodMaxAge}
	for l := range strings.Lines(sound.Render()) {
		if key == "" || !strings.HasPrefix(l, key+":") {
			b.WriteString(l)
		}
	}
	return b.String() + raw
}

// whoReadsText tells the same of a policy by itself.
func whoReadsText(body string) string {
	return whoReads(sender.Read(sender.Served{Body: body}, []string{"mx.example.com"}))
}

// fewNames is how many senders are counted out where the others do the opposite.
const fewNames = 2

func whoReads(all []sender.Reading) string {
	refusing := withVerdict(all, sender.Refuses)
	reading := slices.DeleteFunc(withVerdict(all, sender.Accepts), func(r sender.Reading) bool { return r.Misread != "" })
	switch {
	case len(all) == 0:
		return ""
	case len(refusing) == len(all):
		return "No known sender reads it."
	case len(reading) == len(all):
		return "All known senders read it all the same."
	case len(reading) <= fewNames && len(reading)+len(refusing) == len(all):
		return "Of the known senders only " + does(senderNames(reading), "read", " it.")
	}
	var clauses []string
	if others := len(all) - len(refusing); 0 < others && others <= fewNames {
		rest := slices.DeleteFunc(slices.Clone(all), func(r sender.Reading) bool { return r.Verdict == sender.Refuses })
		clauses = append(clauses, "All known senders but "+list(senderNames(rest))+" drop the whole policy")
	} else if len(refusing) > 0 {
		clauses = append(clauses, does(senderNames(refusing), "drop", " the whole policy"))
	}
	clauses = append(clauses, otherwiseRead(all)...)
	switch {
	case len(refusing) > 0 && len(refusing) <= fewNames && len(reading)+len(refusing) == len(all):
		clauses = append(clauses, "the other known senders read it")
	case len(reading) > 0:
		clauses = append(clauses, does(senderNames(reading), "read", " it"))
	}
	return strings.Join(clauses, "; ") + "."
}

// otherwiseRead are clauses about senders that read another policy than stands there, or one that
// does not allow all MX hosts, put together where they do the same.
func otherwiseRead(all []sender.Reading) []string {
	var clauses []string
	names := map[string][]string{}
	for _, r := range all {
		var did string
		switch {
		case r.Verdict == sender.RefusesMX:
			did = "does not allow " + list(r.RefusedMX)
		case r.Verdict == sender.Accepts && r.Misread != "":
			did = " it otherwise (" + r.Misread + ")"
		default:
			continue
		}
		if names[did] == nil {
			clauses = append(clauses, did)
		}
		names[did] = append(names[did], r.Sender)
	}
	for i, did := range clauses {
		if strings.HasPrefix(did, " ") {
			clauses[i] = does(names[did], "read", did)
		} else {
			clauses[i] = "to " + list(names[did]) + " it " + did
		}
	}
	return clauses
}

// whoRefuses is the senders that have something against a media type, "" for none, and those that do
// not look.
func whoRefuses(kind string) string {
	served := &sender.HTTP{ContentType: kind, Typed: kind != ""}
	media := sender.ReadAround(sender.Served{HTTP: served})
	refusing := withVerdict(media, sender.Refuses)
	if len(refusing) == 0 {
		return "Senders that look at the type refuse it."
	}
	text := does(senderNames(refusing), "refuse", " it")
	if others := withVerdict(media, sender.Accepts); len(others) > 0 {
		not := " do not look"
		if len(others) == 1 {
			not = " does not look"
		}
		text += "; " + list(senderNames(others)) + not
	}
	return text + "."
}

// noneWithout tells who refuses a policy of mode none because it has no mx line.
func noneWithout() string {
	text := sender.Read(sender.Served{Body: "version: STSv1\nmode: none\nmax_age: 86400\n"}, nil)
	verb := " refuse it so and keep the policy they had: keep one."
	who := senderNames(withVerdict(text, sender.Refuses))
	if len(who) == 1 {
		verb = " refuses it so and keeps the policy it had: keep one."
	}
	return " It has no mx line, which is valid; yet " + list(who) + verb
}

// whoGivesUp tells the senders that do not wait so long.
func whoGivesUp(took time.Duration) string {
	in := sender.Served{HTTP: &sender.HTTP{ContentType: "text/plain", Typed: true, Took: took + 1}}
	var gone []string
	for _, r := range sender.ReadAround(in) {
		_, limit, found := strings.Cut(r.Because, " up ") // "gave up after 2 s"
		if r.Verdict != sender.Accepts && found {
			gone = append(gone, r.Sender+" "+limit)
		}
	}
	if len(gone) == 0 {
		return "Some senders do not wait so long."
	}
	return "These give up earlier: " + list(gone) + "."
}

// whoDrops tells the senders that take no policy because of a record that stands alone.
func whoDrops(record string) string {
	const verb, object = "drop", " the record"
	all := sender.ReadAround(sender.Served{Records: []string{record}})
	refusing := withVerdict(all, sender.Refuses)
	if len(refusing) == 0 {
		return "some senders " + verb + object
	}
	return does(senderNames(refusing), verb, object)
}
