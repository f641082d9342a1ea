package rule

import (
	"fmt"
	"slices"
	"strings"

	"mtasts/internal/sender"
	"mtasts/internal/sts"
)

// sendersRule is the id of the rule that others hide where they tell the cause.
const sendersRule = "policy-senders"

func policySenders() Rule {
	return Rule{
		ID: sendersRule, Group: "policy", Ref: "RFC 8461 §3.2", Needs: PartPolicy,
		Title: "all senders that are known by name read the policy, and alike",
		Why:   "The RFC lets pass what some senders stumble over. With those the domain is not protected, though nothing is wrong with its policy.",
		More:  "How nine mail servers and tools read a policy is known: five were tried out, and the source of four was read. mtasts check --senders tells what each of them makes of yours. What closed senders such as Google, Microsoft and Yahoo do is not known.",
		Reasons: []Reason{
			{
				Word: "refused-by", Status: Warn, Fix: "{how}",
				More:    "Each of these senders asks for more than the RFC does. One that refuses the policy delivers as if there were none, or by the one that it holds from before.",
				Message: "Not every sender takes what the RFC allows: {who}.",
			},
			{
				Word: "misread-by", Status: Warn, Fix: "{how}",
				More:    "Such a sender goes by another policy than the one you wrote: it keeps it for another time, or does not enforce it.",
				Message: "Not every sender understands what the RFC allows: {who}.",
			},
		},
		Check: checkSenders,
	}
}

// One root cause is one finding. What a sender stumbles over is told by this rule only where no other
// tells it, which is found out by mending: a part (the TXT records, the media type, the text) in which
// another rule finds fault is judged as it will be when that is mended, and what a sender then still
// stumbles over is a cause of its own. Where nothing is left, the rules that tell the cause hide this
// one. How long the policy took is told by policy-fetch-time whenever it matters to anybody, and MX
// hosts that the RFC's matching does not allow by mx-covered.

// stumbling is what is left for this rule to say.
type stumbling struct {
	hits []Hit
	told []string // rules that tell the whole cause
}

// part is one of those that senders are judged on, by itself.
type part struct {
	tellers []string // the rules that find fault with it
	served  []sender.Reading
	mended  func() (text string, readings []sender.Reading) // the text is that of the policy, if it is about that
	hit     func(Hit) Hit
}

func (c *Case) stumblings() stumbling {
	return c.stumbling.of(func() stumbling {
		var s stumbling
		if c.served == nil {
			return s
		}
		for _, p := range []part{c.recordPart(), c.mediaPart(), c.textPart()} {
			left := c.stumblers(p.served, c.policy)
			if len(left) == 0 {
				continue
			}
			if told := c.tellers(p.tellers); len(told) > 0 {
				text, readings := p.mended()
				policy, _ := sts.ParsePolicy([]byte(text))
				left = c.inPlace(c.stumblers(readings, policy), text)
				if len(left) == 0 {
					s.told = append(s.told, told...)
					continue
				}
			}
			s.hits = append(s.hits, p.hit(stumbleHit(left)))
		}
		return s
	})
}

func checkSenders(c *Case) []Hit {
	switch {
	case c.served == nil:
		return nil
	case len(c.stumblings().hits) > 0:
		return c.stumblings().hits
	case len(c.stumblings().told) > 0:
		return nil
	}
	pass := Hit{Subject: c.url(), Evidence: []string{"looked at: " + strings.Join(sender.Names(), ", ")}}
	for _, r := range withVerdict(c.textReadings(), sender.Unknown) {
		pass.Evidence = append(pass.Evidence, r.Sender+": "+r.Because)
	}
	return []Hit{pass}
}

// explains is what a hit of another rule hides because it tells all that senders stumble over.
func (c *Case) explains(r Rule, h Hit) []string {
	if h.Reason == "" || len(c.stumblings().hits) > 0 || !slices.Contains(c.stumblings().told, r.ID) {
		return nil
	}
	return []string{sendersRule}
}

// stumblers are the senders that take no policy, another one, or refuse a host that the RFC allows.
func (c *Case) stumblers(readings []sender.Reading, p sts.Policy) []sender.Reading {
	allowed, index := map[string]bool{}, once[sts.Index]{}
	for _, r := range readings {
		for _, host := range r.RefusedMX {
			if _, known := allowed[host]; !known {
				allowed[host] = index.of(func() sts.Index { return sts.NewIndex(p.MX) }).Find(host) >= 0
			}
		}
	}
	var list []sender.Reading
	for _, r := range readings {
		against := slices.ContainsFunc(r.RefusedMX, func(host string) bool { return allowed[host] })
		if r.Verdict == sender.Refuses || r.Misread != "" || against {
			list = append(list, r)
		}
	}
	return list
}

// tellers are those of the rules that find fault.
func (c *Case) tellers(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		i := slices.IndexFunc(c.rules, func(r Rule) bool { return r.ID == id })
		return i < 0 || !slices.ContainsFunc(c.rules[i].Check(c), func(h Hit) bool { return h.Reason != "" })
	})
}

// recordPart is the TXT records. Mended, there is one good record beside those that were never meant
// as one; but those of a wildcard are gone then.
func (c *Case) recordPart() part {
	var strays []string
	for _, text := range c.STS.Texts() {
		if !slices.Contains(c.records, text) && !slices.Contains(c.nearMisses(), text) && !c.wild(c.STS) {
			strays = append(strays, text)
		}
	}
	return part{
		tellers: []string{"sts-record", "sts-record-syntax"}, served: c.recordReadings(),
		mended: func() (string, []sender.Reading) {
			texts := append([]string{"v=STSv1; id=1" + c.recordExtensions()}, strays...)
			return "", sender.ReadAround(sender.Served{Records: texts})
		},
		hit: func(h Hit) Hit { return c.recordFix(h, strays) },
	}
}

// recordFix leaves the record alone at its name, in its plainest form.
func (c *Case) recordFix(h Hit, strays []string) Hit {
	h.Subject, h.Of, h.Line = c.below("_mta-sts"), "record", lineOf(c.STS, strays)
	h.Records = c.newRecords()
	if len(strays) == 0 {
		h.Vars["how"] = "Put this record in its place:"
		return h
	}
	h.Evidence = append(h.Evidence, "other TXT records: "+list(quoteAll(strays)))
	h.Vars["how"] = "Take every other TXT record away from " + c.below("_mta-sts") + ", so that this one stands there alone:"
	return h
}

// mediaPart is the Content-Type.
func (c *Case) mediaPart() part {
	return part{
		tellers: []string{"policy-content-type"}, served: c.mediaReadings(),
		mended: func() (string, []sender.Reading) { return "", nil },
		hit: func(h Hit) Hit {
			value, _ := c.served.Get("Content-Type")
			h.Subject, h.Lines = c.Host.Name, nginxLocation(c)
			h.Evidence = append(h.Evidence, "Content-Type: "+value)
			h.Vars["how"] = "Have the web server send exactly `Content-Type: text/plain` for this path; for nginx:"
			return h
		},
	}
}

// textPart is the policy itself.
func (c *Case) textPart() part {
	rules := []string{
		"policy-syntax", "policy-version", "policy-mode", "policy-max-age", "policy-max-age-length", "policy-mx", "policy-duplicate-field", "mx-covered",
	}
	if c.policy.Mode == sts.None && len(c.policy.MX) == 0 {
		rules = slices.Insert(rules, 3, "policy-enforced") // it says so
	}
	return part{
		tellers: rules, served: c.textReadings(),
		mended: func() (string, []sender.Reading) {
			text := c.mendedText()
			return text, c.readText(text)
		},
		hit: c.textFix,
	}
}

// mendedText is the policy with all that other rules find fault with put right, and nothing else.
func (c *Case) mendedText() string {
	p := c.repaired()
	if c.policy.HasMaxAge && p.MaxAge == longestMaxAge {
		p.MaxAge = max(p.MaxAge, c.policy.MaxAge)
	}
	if len(p.MX) == 0 { // which host is not known, and does not matter
		p.MX = patterns([]string{"mx.example.com"})
	}
	return p.Render() + c.extensions()
}

// textFix gives the repaired policy; where that is not read alike by all, without the patterns that no
// MX host matches.
func (c *Case) textFix(h Hit) Hit {
	h.Subject = c.url()
	h.Vars["how"] = "There is no policy that all of them read and that does what this one does: whether to mind is up to you."
	p := c.repaired()
	used := p
	there := sts.NewHosts(c.nameable)
	used.MX = slices.DeleteFunc(slices.Clone(p.MX), func(mx sts.Pattern) bool { return !there.Match(mx) })
	for _, option := range []sts.Policy{p, used} {
		if c.file(option) != nil && c.readAlike(option, c.soundExtensions()) {
			h.Vars["how"] = serveThis
			return c.policyFix(h, option)
		}
	}
	return h
}

// readAlike tells that nobody stumbles over a policy with these extensions.
func (c *Case) readAlike(p sts.Policy, extra string) bool {
	return len(c.stumblers(c.readText(p.Render()+extra), p)) == 0
}

// mostExtra is how many extensions are looked at one by one.
const mostExtra = 20

// soundExtensions are the extensions of the policy; where they keep senders from reading it, those that
// do not, or none.
func (c *Case) soundExtensions() string {
	return c.extra.of(func() string {
		all := c.extensions()
		p := c.repaired()
		if len(p.MX) == 0 {
			p.MX = patterns([]string{"mx.example.com"})
		}
		if all == "" || !c.readAlike(p, "") {
			return all // what is in the way is something else
		}
		lines := slices.Collect(strings.Lines(all))
		plain := ""
		if len(lines) <= mostExtra {
			plain = strings.Join(slices.DeleteFunc(lines, func(line string) bool { return !c.readAlike(p, line) }), "")
		}
		for _, extra := range []string{all, plain} {
			if c.readAlike(p, extra) {
				return extra
			}
		}
		return ""
	})
}

// inPlace gives readings of a mended text the lines of the one that is served.
func (c *Case) inPlace(readings []sender.Reading, mended string) []sender.Reading {
	lines, served := strings.Split(mended, "\n"), strings.Split(string(c.served.Body), "\n")
	for i, r := range readings {
		if 0 < r.Line && r.Line <= len(lines) {
			readings[i].Line = 1 + slices.IndexFunc(served, func(line string) bool {
				return strings.TrimSpace(line) == strings.TrimSpace(lines[r.Line-1])
			})
		}
	}
	return readings
}

// stumbleHit tells which senders stumble, and over what.
func stumbleHit(left []sender.Reading) Hit {
	h := Hit{Reason: "misread-by"}
	var clauses []string
	names := map[string][]string{}
	for _, r := range left {
		if h.Line == 0 {
			h.Line = r.Line
		}
		verb, object, cause := stumble(r)
		if verb != "read" {
			h.Reason = "refused-by"
		}
		clause := verb + object + " (" + cause + inLine(", line %d", r) + ")"
		if names[clause] == nil {
			clauses = append(clauses, clause)
		}
		names[clause] = append(names[clause], r.Sender)
		h.Evidence = append(h.Evidence, fmt.Sprintf("%s (%s, %s): %ss%s: %s%s", r.Sender, r.Version, r.How, verb, object, cause, inLine(" (line %d)", r)))
	}
	for i, clause := range clauses {
		verb, object, _ := strings.Cut(clause, " ")
		clauses[i] = does(names[clause], verb, " "+object)
	}
	h.Vars = Vars{"who": strings.Join(clauses, "; ")}
	return h
}

// stumble is what a sender does, as a verb and its object, and why.
func stumble(r sender.Reading) (verb, object, cause string) {
	switch r.Verdict {
	case sender.Refuses:
		return "refuse", " it", r.Because
	case sender.RefusesMX:
		return "refuse", " " + list(r.RefusedMX), r.Because
	case sender.Accepts, sender.Unknown:
	}
	return "read", " it otherwise", r.Misread
}

func inLine(format string, r sender.Reading) string {
	if r.Line == 0 {
		return ""
	}
	return fmt.Sprintf(format, r.Line)
}
