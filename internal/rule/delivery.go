package rule

import (
	"fmt"
	"slices"
	"strings"
)

// DeliveryRule is the rule that sums up what the others find out about the MX hosts: whether mail gets
// in.
const DeliveryRule = "delivery"

func delivery() Rule {
	const fix = "Mend what the other findings tell of the hosts; there is nothing to do for this one alone."
	return Rule{
		ID: DeliveryRule, Group: "smtp", Ref: "RFC 8461 §5", UnderPolicy: true,
		Title: "a sender that honours the policy delivers to every MX host",
		Why:   "This is what it is all for: a host that does not stand up to the policy gets no mail from senders that honour it. If none does, mail waits for days, and is returned.",
		More:  "Each address of each MX host is held against the policy as a sender would: does the policy name the host, does it offer STARTTLS, is its certificate valid for its name? With signed TLSA records DANE decides in place of that.",
		Reasons: []Reason{
			{Word: "refused", Status: Fail, Message: "A sender that honours the policy delivers to none of the MX hosts.", Fix: fix, More: "Under a policy in mode enforce no mail from such senders arrives: they keep it, try again for some days, and return it."},
			{Word: "partly", Status: Warn, Message: "A sender that honours the policy delivers to some of the MX hosts only.", Fix: fix, More: "Mail still arrives by the other hosts, unless they fail too."},
			{Word: "not-all", Status: Info, Message: "A sender that honours the policy delivers to the MX hosts of which it can be told. The other findings say what keeps it from the rest.", More: "A host that is dead or could not be tried is refused by nobody, and takes no mail either."},
			{Word: "undetermined", Status: Unknown, Message: "Whether a sender that honours the policy delivers cannot be told from here.", Fix: "Look at the other findings: they say what could not be tried, and why.", More: "What could not be tried from here is neither good nor bad."},
		},
		Check: checkDelivery,
	}
}

// prospect is an MX host with what a sender does that honours a policy in force.
type prospect struct {
	peer     *peer
	outlooks []outlook
	verdict  Verdict
	causes   []string // of refusals, in words
	because  []string
	now      bool // the refusal needs no policy
}

// prospects sum up the addresses of each host: it gets mail where one does, for senders try one after
// the other; it is refused where all are.
func (c *Case) prospects() []prospect {
	var list []prospect
	for i, o := range c.outlooks {
		if n := len(list); n == 0 || list[n-1].peer != o.peer {
			list = append(list, prospect{peer: o.peer, verdict: Refuses, now: true})
		}
		h := &list[len(list)-1]
		h.outlooks = c.outlooks[i-len(h.outlooks) : i+1] // those of a host stand together
		if r := o.top(true); !o.leftOut {
			h.add(r)
			h.now = h.now && o.top(false).verdict == Refuses
		}
	}
	return list
}

func (h *prospect) add(r ruling) {
	switch {
	case r.verdict == DeliversVerified || r.verdict == DeliversUnverified && h.verdict != DeliversVerified:
		h.verdict = r.verdict
	case r.verdict == UnknownVerdict && h.verdict == Refuses:
		h.verdict = UnknownVerdict
	}
	if r.cause != "" && !slices.Contains(h.causes, r.cause) && len(h.causes) < mostHosts {
		h.causes = append(h.causes, r.cause)
	}
	for _, b := range r.because {
		if !slices.Contains(h.because, b) && len(h.because) < mostHosts {
			h.because = append(h.because, b)
		}
	}
}

func (h *prospect) delivers() bool { return h.verdict.delivers() }

func checkDelivery(c *Case) []Hit {
	if !c.tried() {
		return nil // nothing was tried: the cause is told elsewhere
	}
	sum := summary{domain: c}
	for _, p := range c.prospects() {
		sum.hosts++
		switch {
		case p.delivers():
			sum.good = append(sum.good, p)
		case p.verdict == Refuses && p.peer.dead():
			sum.dead = append(sum.dead, p)
		case p.verdict == Refuses:
			sum.refused = append(sum.refused, p)
		default:
			sum.unknown = append(sum.unknown, p)
		}
	}
	// Where DANE refuses, whatever the policy says, that is told in either case.
	byDANE := len(sum.refused) > 0 && !slices.ContainsFunc(sum.refused, func(p prospect) bool { return !p.now })
	h := Hit{
		Subject: c.Domain, Reason: sum.word(), Mail: true, Regardless: byDANE,
		Now: sum.text("A sender that honours the policy", true), Then: sum.text(sum.notYet(), false),
	}
	if byDANE {
		h.Then = sum.text("A sender that checks DANE", true)
	}
	for _, p := range slices.Concat(sum.refused, sum.dead, sum.unknown, sum.good) {
		h.Evidence = append(h.Evidence, p.line())
	}
	return []Hit{h}
}

// line is the host as evidence: "MX 10 mx1.example.com: refuses (smtp-certificate:expired)".
func (h *prospect) line() string {
	line := mxText(h.peer.Preference, h.peer.Name) + ": " + string(h.verdict)
	if len(h.because) > 0 {
		line += " (" + strings.Join(h.because, ", ") + ")"
	}
	return line
}

// summary is the delivery to all hosts in one sentence.
type summary struct {
	domain                 *Case
	hosts                  int
	good, refused, unknown []prospect
	dead                   []prospect // nobody delivers there, policy or not: rules about MX records tell
}

func (s summary) word() string {
	switch {
	case len(s.refused) > 0 && len(s.good) > 0:
		return "partly"
	case len(s.good) == s.hosts:
		return ""
	case len(s.good) > 0:
		return "not-all"
	case len(s.unknown) == 0:
		return "refused"
	}
	return "undetermined"
}

// text is the sentence: "A sender that honours the policy delivers to 2 of 3 MX hosts; mx3.example.com is
// refused: its certificate expired 3 days ago."
func (s summary) text(who string, now bool) string {
	delivers, is := "delivers", "is"
	if !now {
		delivers, is = "would deliver", "would be"
	}
	text := who + " " + delivers + " to " + s.target()
	if s.word() == "undetermined" {
		text = "Whether " + strings.ToLower(who[:1]) + who[1:] + " " + delivers + " cannot be told from here"
	}
	text += s.refusals(is)
	if names := namesOf(s.dead); len(names) > 0 {
		text += "; nobody delivers to " + list(names)
	}
	if len(s.unknown) > 0 && len(s.unknown) < s.hosts {
		text += "; whether to " + list(namesOf(s.unknown)) + " is not known"
	}
	return text + "." + s.elsewhere(is) + s.alone(now) + s.unchecked()
}

// notYet is who refuses once the policy is in force.
func (s summary) notYet() string {
	if !s.domain.published() {
		return "Under a policy in mode enforce, a sender"
	}
	return "Under enforce, a sender that honours the policy"
}

// target is to how many hosts mail is delivered.
func (s summary) target() string {
	switch n := len(s.good); {
	case n == s.hosts && n == 1:
		return "the MX host, " + s.good[0].peer.Name
	case n == s.hosts && n == 2:
		return "both MX hosts"
	case n == s.hosts:
		return fmt.Sprintf("all %d MX hosts", n)
	case n == 0 && s.hosts == 1:
		return "no MX host"
	case n == 0:
		return fmt.Sprintf("none of the %d MX hosts", s.hosts)
	default:
		return fmt.Sprintf("%d of %d MX hosts", n, s.hosts)
	}
}

// mostRefusals is how many hosts the sentence has room for.
const mostRefusals = 3

func (s summary) refusals(is string) string {
	var b strings.Builder
	for _, p := range s.refused[:min(mostRefusals, len(s.refused))] {
		fmt.Fprintf(&b, "; %s %s refused: %s", p.peer.Name, is, clip(list(p.causes)))
	}
	if more := len(s.refused) - mostRefusals; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	return b.String()
}

// elsewhere tells of addresses that are refused while their host gets mail at others.
func (s summary) elsewhere(is string) string {
	var refused []string
	for _, p := range s.good {
		var at []string
		for _, o := range p.outlooks {
			if !o.leftOut && o.top(true).verdict == Refuses {
				at = append(at, o.address)
			}
		}
		if len(at) > 0 {
			refused = append(refused, p.peer.Name+" "+is+" refused at "+list(at))
		}
	}
	if len(refused) == 0 {
		return ""
	}
	return " Not at every address: " + clip(list(refused)) + "."
}

// unchecked tells of the senders that do not check DANE, where DANE alone keeps mail out.
func (s summary) unchecked() string {
	var names []string
	for _, p := range s.refused {
		if slices.ContainsFunc(p.outlooks, func(o outlook) bool { return o.underDANE && o.policy.verdict.delivers() }) {
			names = append(names, p.peer.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " That is by DANE; senders that do not check it deliver to " + clip(list(names)) + "."
}

// alone tells of the senders that do not check DANE, where DANE alone lets mail through: they are
// most.
func (s summary) alone(now bool) string {
	var names []string
	for _, p := range s.good {
		refused := !slices.ContainsFunc(p.outlooks, func(o outlook) bool { return o.policy.verdict != Refuses })
		if refused {
			names = append(names, p.peer.Name)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case now:
		return " That is by DANE; senders that check MTA-STS alone refuse " + list(names) + "."
	}
	return " That is by DANE; senders that check MTA-STS alone would refuse " + list(names) + "."
}

func namesOf(all []prospect) []string {
	var names []string
	for _, p := range all {
		names = append(names, p.peer.Name)
	}
	return names
}

// deliveries are the verdicts on all addresses, as the result has them. Unsure is where nobody can tell
// whether a policy is in force.
func (c *Case) deliveries(inForce, unsure bool) []Delivery {
	list := make([]Delivery, 0, len(c.outlooks))
	for _, o := range c.outlooks {
		top, policy, enforced := o.top(inForce), o.open, o.top(true)
		switch {
		case inForce:
			policy = o.policy
		case unsure:
			top, policy = top.or(enforced), policy.or(o.policy)
		}
		d := Delivery{MX: o.peer.Name, Preference: o.peer.Preference, Address: o.address, Verdict: top.verdict, Because: some(top.because)}
		if !inForce {
			d.UnderEnforce = enforced.verdict
		}
		d.Senders = []Sender{policy.sender("mta-sts"), o.dane.sender("dane"), o.open.sender("opportunistic")}
		list = append(list, d)
	}
	return list
}

// sender is what that kind of sender does.
func (r ruling) sender(kind string) Sender {
	return Sender{Kind: kind, Verdict: r.verdict, Because: some(r.because)}
}

// some is a list that JSON writes as such when it is empty.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
