package rule

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/pkix"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// Case is one observation with what several rules draw from it.
type Case struct {
	*fact.Observation
	opt   Options
	rules []Rule // the catalogue

	records        []string // TXT records that begin as RFC 8461 §3.1 wants
	record         sts.Record
	recordProblems []sts.Problem

	fetched []*fact.Fetch // of the addresses that were contacted
	served  *fact.Fetch   // the fetch whose body is judged as the policy; nil: none was served
	found   *fact.Fetch   // the fetch of a wrong place that has a policy, where none was served
	// policy is the one served, or else found: what a fix begins with.
	policy         sts.Policy
	policyProblems []sts.Problem

	repeated []sts.Field // see sts.Policy.Duplicates

	reader   pkix.Reader
	shown    chains
	lastRead struct { // see readPolicy
		fetch    *fact.Fetch
		policy   sts.Policy
		problems []sts.Problem
	}

	// What many findings need is worked out once, for a hostile policy has thousands of lines; and when the
	// first asks, for most domains have none.
	takers        []*fact.MailHost // see mailHosts
	nameable      []string         // see coverable
	homeless      map[string]bool  // by lower-case name: MX hosts that have no address
	authentic     map[string]bool  // by address: whether senders accept the certificate there
	misses        once[[]string]
	meantMX       once[[]sts.Pattern]
	meantIndex    once[sts.Index]
	named         map[string]bool   // by host: whether a sound pattern matches it
	blamed        map[string]string // by field and reason: see whoOf
	bare          once[[]string]
	slipped       once[[]sts.Pattern]
	mended        once[sts.Policy] // see repaired
	mendedAll     once[Hit]        // see repairFix
	extra         once[string]
	anew          once[[]Record]
	mail          once[[]Record]
	mendedReports once[[]Record]

	peers    []*peer    // the MX hosts, see meetPeers
	sessions []*session // with all of them
	outlooks []outlook  // what senders do with each of their addresses
	mootDANE []string   // see waitingDANE

	reads     readings // how senders known by name read what is served
	stumbling once[stumbling]

	before *past // see meetPast

	reports         []string // TXT records that begin as RFC 8460 §3 wants
	reporting       tlsrpt.Record
	reportsProblems []tlsrpt.Problem
}

func newCase(o *fact.Observation, opt Options) *Case {
	c := &Case{Observation: o, opt: opt, named: map[string]bool{}, blamed: map[string]string{}}
	c.opt.ExpiryDays = cmp.Or(opt.ExpiryDays, DefaultExpiryDays)
	c.records = sts.Select(o.STS.Texts())
	if len(c.records) == 1 {
		c.record, c.recordProblems = sts.ParseRecord(c.records[0])
	}
	c.meetHosts()
	c.meetFetches()
	c.authentic = c.authentics()
	c.served = c.firstServed()
	if c.served == nil {
		c.found = c.foundElsewhere()
	}
	if f := cmp.Or(c.served, c.found); f != nil {
		c.policy, c.policyProblems = c.readPolicy(f)
		c.repeated = c.policy.Duplicates()
	}
	c.meetPeers()
	c.outlooks, c.mootDANE = c.verdicts(), c.waitingDANE()
	c.meetPast()
	c.reports = tlsrpt.Select(o.TLSRPT.Texts())
	if len(c.reports) == 1 {
		c.reporting, c.reportsProblems = tlsrpt.ParseRecord(c.reports[0])
	}
	return c
}

// once is a value that is worked out when it is first asked for.
type once[T any] struct {
	known bool
	value T
}

func (o *once[T]) of(work func() T) T {
	if !o.known {
		o.value, o.known = work(), true
	}
	return o.value
}

// firstServed is the policy to judge where addresses differ: the first that senders would take,
// else the first at all. That they differ is a finding of its own.
func (c *Case) firstServed() *fact.Fetch {
	var first *fact.Fetch
	best := -1
	for i := range c.Host.Fetches {
		f := &c.Host.Fetches[i]
		if !complete(f) {
			continue
		}
		merit := 0
		if c.authentic[f.Address] {
			merit = 2
		}
		if _, problems := c.readPolicy(f); len(problems) == 0 {
			merit++
		}
		if merit > best {
			first, best = f, merit
		}
	}
	return first
}

// readPolicy reads what a fetch got as a policy, once where it is what the one before got: as a rule
// all addresses serve the same.
func (c *Case) readPolicy(f *fact.Fetch) (sts.Policy, []sts.Problem) {
	if last := &c.lastRead; last.fetch == nil || last.fetch.Body != f.Body {
		last.fetch = f
		last.policy, last.problems = sts.ParsePolicy([]byte(f.Body))
	}
	return c.lastRead.policy, c.lastRead.problems
}

// complete tells that a fetch got a whole answer 200 (RFC 8461 §3.3), as it is.
func complete(f *fact.Fetch) bool {
	return f.Status == 200 && f.Fault == nil && !f.TooLarge && encoded(f) == ""
}

// authentics tells at which addresses senders accept the certificate.
func (c *Case) authentics() map[string]bool {
	list := map[string]bool{}
	for _, f := range c.Host.Fetches {
		list[f.Address] = f.TLS != nil && len(c.reader.Problems(f.TLS, c.Host.Name, c.At)) == 0
	}
	return list
}

// seemsPolicy tells that what is served is meant as a policy, not some page that answers any path.
func (c *Case) seemsPolicy() bool { return c.served != nil && c.readable() }

// readable tells that there is a policy, served or found in a wrong place, to begin a fix with.
func (c *Case) readable() bool {
	meant := func(f sts.Field) bool {
		_, ok := sts.NearKey(f.Name)
		return ok
	}
	return c.policy.Version != "" || c.policy.Mode != "" || len(c.policy.MX) > 0 ||
		slices.ContainsFunc(c.policy.Unknown(), meant)
}

// mode is the mode to judge by: the policy's, or the one that the user assumes in its place.
func (c *Case) mode() sts.Mode {
	if c.opt.Assume == string(sts.Enforce) && c.seemsPolicy() {
		return sts.Enforce
	}
	return c.policy.Mode
}

// published tells that a record or a policy is there.
func (c *Case) published() bool { return len(c.records) > 0 || c.seemsPolicy() }

// nullMX tells that the domain says it takes no mail (RFC 7505 §3).
func (c *Case) nullMX() bool {
	return slices.ContainsFunc(c.MX.Records, func(r fact.Record) bool { return r.Host == "." })
}

// meetHosts sorts the MX hosts.
func (c *Case) meetHosts() {
	c.homeless = map[string]bool{}
	known := map[string]bool{}
	for i := range c.Hosts {
		m := &c.Hosts[i]
		if m.Name == "." || m.Name == "" {
			continue
		}
		c.takers = append(c.takers, m)
		if name := strings.ToLower(m.Name); (isHostName(m.Name) || c.dotless(m.Name)) && !known[name] { // it may stand in two records
			known[name] = true
			c.nameable = append(c.nameable, name)
		}
		if addressState(m) == "missing" {
			c.homeless[strings.ToLower(m.Name)] = true
		}
	}
}

// mailHosts are the hosts that take the domain's mail: every MX that is a name.
func (c *Case) mailHosts() []*fact.MailHost { return c.takers }

// coverable are the names of the mail hosts that a policy can name. The caller may change the list.
func (c *Case) coverable() []string { return slices.Clone(c.nameable) }

// freshID is an id for a new record: the time of the look, or a second later where that is the
// id in use (RFC 8461 §3.1: 1 to 32 letters and digits).
func (c *Case) freshID() string {
	const layout = "20060102150405Z"
	id := c.At.UTC().Format(layout)
	if id == c.record.ID {
		id = c.At.UTC().Add(time.Second).Format(layout)
	}
	return id
}

// meetFetches sorts out the fetches.
func (c *Case) meetFetches() {
	for i := range c.Host.Fetches {
		if f := &c.Host.Fetches[i]; f.Skipped == "" && !canceled(f.Fault) {
			c.fetched = append(c.fetched, f)
		}
	}
}
