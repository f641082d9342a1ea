// Package publish works out what a domain has to publish for MTA-STS (RFC 8461) and TLS-RPT (RFC
// 8460), and in which order: the policy file, the DNS records and the web server's configuration in
// the notations that people use, and the steps with their dates.
//
// It is pure. [Look] draws what is published now from an observation, [Make] lays over it what the
// user wishes. What comes of it is a [Plan], and each notation is one file of this package.
//
// What is published already and sound is left alone: a plan has records only for what is to be added
// or to be changed.
package publish

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// How long things last where the user does not say.
const (
	goodMaxAge   = 14 * 24 * 3600 // "weeks or greater" (RFC 8461 §3.2)
	goodbyeAge   = 24 * 3600      // of a policy in mode none (RFC 8461 §8.3)
	defaultTTL   = 3600           // lets a slip be mended soon
	idLayout     = "20060102150405Z"
	policyRecord = "_mta-sts."
	reportRecord = "_smtp._tls."
)

// Wish is what the user asks for. What is zero is left to the plan.
type Wish struct {
	Domain string // A-labels, lower case, no final dot
	Now    time.Time
	Mode   sts.Mode // empty: testing, or enforce where that is in force
	// MaxAge in seconds; negative: two weeks, or longer where the policy served now says so; a day in
	// mode none.
	MaxAge int64
	TTL    uint32   // of new records; 0: an hour
	MX     []string // the MX hosts, in place of those that are seen
	Coming []string // MX hosts to come, beside the others
	RUA    []string // URIs that reports go to
	Host   Target   // where mta-sts.DOMAIN is to lead
	Server Server   // empty: nginx, or none where a policy is served already
	DNS    Notation // empty: a zone file
}

// Plan is what to publish, and in which order.
type Plan struct {
	Domain    string
	Policy    sts.Policy
	ID        string
	Providers []string // of the MX hosts, as far as they are known
	// Records are to be published, in place of those of the same name and type; one without a Value
	// is to be removed. The _mta-sts record comes last (RFC 8461 §8.1).
	Records []rule.Record
	Server  Server
	DNS     Notation
	Notes   []string // what is worth knowing before, each one or a few sentences
	Steps   []Step
}

// Make is the plan for a wish. Live is what is published now; nil where nobody looked. The error is
// one clause about what cannot be published.
func Make(w Wish, live *Live) (*Plan, error) {
	d := draft{Plan: &Plan{Domain: w.Domain, Server: w.Server, DNS: w.DNS}, want: w, looked: live != nil}
	if live != nil {
		d.live = *live
	}
	d.fill()
	if err := d.meetHosts(); err != nil {
		return nil, err
	}
	d.writePolicy()
	d.addRecords()
	d.addNotes()
	d.addSteps()
	return d.Plan, nil
}

// draft is a plan being made.
type draft struct {
	*Plan

	want   Wish
	live   Live
	looked bool     // at what is published now
	names  []string // of the MX hosts
}

// fill puts in what the user left open.
func (d *draft) fill() {
	if d.want.Mode == "" {
		d.want.Mode = d.usualMode()
	}
	if d.want.TTL == 0 {
		d.want.TTL = defaultTTL
	}
	if d.DNS == "" {
		d.DNS = Bind
	}
	switch {
	case d.Server != "":
	case d.live.Serving:
		d.Server = NoServer
	default:
		d.Server = Nginx
	}
}

// usualMode is testing, to begin with. What is in force stays in force: nobody changes an MX host to find
// the protection gone.
func (d *draft) usualMode() sts.Mode {
	if d.live.inForce() && d.live.Policy.Mode == sts.Enforce {
		return sts.Enforce
	}
	return sts.Testing
}

// ErrNoMail tells that the domain says it takes no mail.
var ErrNoMail = errors.New("takes no mail (null MX, RFC 7505): there is nothing to publish")

// meetHosts settles which MX hosts the policy is about.
func (d *draft) meetHosts() error {
	d.names = slices.Concat(d.want.MX, d.want.Coming)
	if len(d.want.MX) == 0 {
		d.names = slices.Concat(d.live.Hosts, d.want.Coming)
	}
	removal := d.want.Mode == sts.None && d.live.Policy != nil
	if removal {
		// Nobody delivers by these names: one that cannot be written must not stand in the way.
		d.names = slices.DeleteFunc(d.names, func(host string) bool { return faultOfHost(host) != "" })
	}
	switch {
	case len(d.names) > 0 || removal:
		return checkNames(d.names)
	case d.live.NullMX:
		return fmt.Errorf("%s %w", d.Domain, ErrNoMail)
	case d.live.Missing:
		return fmt.Errorf("%s does not exist in the DNS", d.Domain)
	}
	return fmt.Errorf("%s has neither an MX record nor an address: say with --mx which hosts are to take its mail", d.Domain)
}

// writePolicy is the text to serve. In mode none it keeps its mx lines: some senders (chasquid,
// Stalwart) drop a policy without, and go on with the one before.
func (d *draft) writePolicy() {
	d.Policy = sts.Policy{Version: "STSv1", Mode: d.want.Mode, MaxAge: d.maxAge(), HasMaxAge: true}
	var patterns []string
	patterns, d.Providers = Patterns(d.names)
	for _, p := range patterns {
		d.Policy.MX = append(d.Policy.MX, sts.Pattern{Text: p})
	}
	if len(patterns) == 0 {
		d.Policy.MX = d.live.Policy.MX
	}
	if len(d.Policy.MX) == 0 {
		d.Policy.MX = []sts.Pattern{{Text: d.Domain}}
	}
	d.ID = d.freshID()
}

func (d *draft) maxAge() int64 {
	switch {
	case d.want.MaxAge >= 0:
		return d.want.MaxAge
	case d.want.Mode == sts.None:
		return goodbyeAge
	case d.live.Policy != nil:
		return max(goodMaxAge, d.live.Policy.MaxAge)
	}
	return goodMaxAge
}

// freshID is the time, or a second later where that is the id in use (RFC 8461 §3.1: 1 to 32 letters
// and digits, another one for each policy).
func (d *draft) freshID() string {
	at := d.want.Now.UTC()
	if at.Format(idLayout) == d.live.ID {
		at = at.Add(time.Second)
	}
	return at.Format(idLayout)
}

// PolicyText is the content of the policy file, its lines ended by LF.
func (p *Plan) PolicyText() string { return p.Policy.Render() }

// File is the policy as a file to serve; its path is the URL.
func (p *Plan) File() rule.File {
	return rule.File{Path: sts.PolicyURL(p.Domain), Content: p.PolicyText()}
}

func (p *Plan) host() string { return sts.PolicyHost(p.Domain) }

// root is the directory that the server snippets serve from.
func (p *Plan) root() string { return "/var/www/" + p.host() }
