package rule

import (
	"slices"
	"strings"

	"mtasts/internal/addr"
	"mtasts/internal/dane"
	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

func mxHost() Rule {
	return Rule{
		ID: "mx-host", Group: "mx", Ref: "RFC 5321 §5.1", Needs: PartMX, Partly: true,
		Title: "every MX target is a host name that is no alias",
		Why:   "Senders look up the very name in the MX record, hold it against the policy and expect it in the host's certificate.",
		More:  `The target of an MX record is the name behind its number: in "MX 10 mx1.{domain}" it is mx1.{domain}.`,
		Reasons: []Reason{
			{
				Word: "ip-address", Status: Fail,
				More:    "An MX record holds a name, never an address: a resolver takes the digits for a name.",
				Message: "The MX target {name} is an IP address. Senders look it up as a name and find nothing.",
				Fix:     "Give the host a name with that address, and put the name into the MX record.{or}",
			},
			{
				Word: "alias", Status: Warn,
				More:    "A CNAME makes one name stand for another. Most senders follow it, some do not, and some look for the one name in the certificate and some for the other.",
				Message: "The MX target {name} is an alias (CNAME) of {target}, which RFC 2181 §10.3 does not allow. As long as it is, the policy and the certificate must name {name}, not {target}.",
				Fix:     "{or}",
			},
			{
				Word: "not-a-hostname", Status: Fail,
				More:    "A host name has letters, digits and hyphens in parts with dots between them. Names with underscores, without a dot, or under endings such as .local and .internal exist nowhere, or inside one network only.",
				Message: "The MX target {name} is no host name that senders anywhere could look up.",
				Fix:     "Give the mail host a public name of letters, digits and hyphens, and put that into the MX record.{or}",
			},
			{
				Word: "placeholder", Status: Fail,
				More:    "Microsoft shows such a record while it waits for proof that the domain is yours.",
				Message: "The MX target {name} is the placeholder of an unfinished Microsoft 365 set-up. No mail can be delivered to it.",
				Fix:     "Finish the domain's set-up in the Microsoft 365 admin centre, and publish the MX record that it shows in place of this one.{or}",
				Hides:   []string{"mx-address", "mx-covered", "policy-mx-unused"},
			},
		},
		Check: checkMXHost,
	}
}

func checkMXHost(c *Case) []Hit {
	var hits []Hit
	for _, m := range c.mailHosts() {
		hits = append(hits, c.hostHit(m))
	}
	return onePass(c, hits)
}

func (c *Case) hostHit(m *fact.MailHost) Hit {
	h := Hit{Reason: c.hostWord(m), Subject: m.Name, Evidence: []string{mxText(m.Preference, m.Name)}}
	if h.Reason == "" {
		return h
	}
	h.Line, h.Partial, h.Vars = c.mxLine(m.Name), len(c.nameable) > 0, Vars{"name": m.Name, "target": "", "or": ""}
	switch {
	case h.Reason == "alias":
		aliases := aliasesOf(m)
		h.Vars["target"] = aliases[len(aliases)-1]
		h.Evidence = append(h.Evidence, m.Name+" -> "+strings.Join(aliases, " -> "))
		h.Vars["or"], h.Records = c.straighten(m)
		return h
	case c.dotless(m.Name):
		h.Status = Warn
	}
	if h.Records = c.soundMX(); len(h.Records) > 0 {
		h.Vars["or"] = " Until then, publish the MX records without it:"
	}
	return h
}

// hostWord is what is wrong with the name of an MX host.
func (c *Case) hostWord(m *fact.MailHost) string {
	switch {
	case unfinished(m.Name):
		return "placeholder"
	case addr.Literal(m.Name):
		return "ip-address"
	case c.dotless(m.Name), !isHostName(m.Name):
		return "not-a-hostname"
	case len(aliasesOf(m)) > 0 && !m.Implicit && addressState(m) != "missing": // else it has no address: mx-address tells
		return "alias"
	}
	return ""
}

// straighten mends an alias: by the MX record where the policy names the target, so that it need
// not change; else at the name itself.
func (c *Case) straighten(m *fact.MailHost) (text string, records []Record) {
	if c.targetNamed(m) {
		return "Name the host itself in the MX record:", c.soundMX()
	}
	records = []Record{removal(m.Name + ".")}
	for _, a := range []fact.Answer{m.A, m.AAAA} {
		for _, address := range a.Addresses() {
			records = append(records, Record{Name: m.Name + ".", Type: a.Type, TTL: newTTL, Value: address})
		}
	}
	records = append(records, tlsaMoved(m)...)
	return "Give " + m.Name + " an address of its own in place of the CNAME:", records
}

// tlsaMoved are the TLSA records of an alias's target at the host's own name, where senders look for
// them once it is an alias no more.
func tlsaMoved(m *fact.MailHost) []Record {
	var records []Record
	first, found := firstFound(m.TLSA)
	if own := dane.Owner(m.Name); found && !strings.EqualFold(first.Name, own) {
		for _, r := range first.Records {
			if r.TLSA != nil { // facts may come from anybody
				records = append(records, Record{Name: own + ".", Type: "TLSA", TTL: newTTL, Value: dane.Text(*r.TLSA)})
			}
		}
	}
	return records
}

// targetOf is the host that an alias stands for, "" for a name that is none.
func targetOf(m *fact.MailHost) string {
	if aliases := aliasesOf(m); len(aliases) > 0 {
		return aliases[len(aliases)-1]
	}
	return ""
}

// targetNamed tells that the policy names the host that an alias stands for, and not the alias.
func (c *Case) targetNamed(m *fact.MailHost) bool {
	return targetOf(m) != "" && c.names(targetOf(m)) && !c.names(m.Name)
}

// names tells that the policy, as it was meant, names a host.
func (c *Case) names(host string) bool {
	named, known := c.named[host]
	if !known {
		named = c.meantIndex.of(func() sts.Index { return sts.NewIndex(c.soundPatterns()) }).Find(host) >= 0
		c.named[host] = named
	}
	return named
}

// aliasesOf are the CNAME targets that a mail host's name leads through.
func aliasesOf(m *fact.MailHost) []string {
	if len(m.A.Aliases) > 0 {
		return m.A.Aliases
	}
	return m.AAAA.Aliases
}

// isHostName tells names that a sender anywhere can look up: letters, digits and hyphens, more
// than one label, not of a zone that is private by definition (RFC 6761, RFC 6762, RFC 9476).
func isHostName(name string) bool {
	i := strings.LastIndexByte(name, '.')
	private := slices.Contains([]string{"localhost", "local", "internal", "invalid", "alt", "onion"}, strings.ToLower(name[i+1:]))
	return i > 0 && !private && !addr.Literal(name) && !strings.HasPrefix(name, "*") && (sts.Pattern{Text: name}).Valid()
}

// dotless tells a host of one label that was given: the grammar lets it pass, and what the DNS makes
// of it is not known.
func (c *Case) dotless(name string) bool {
	return c.Given != nil && !strings.Contains(name, ".") && (sts.Pattern{Text: name}).Valid()
}

// unfinished tells Microsoft's placeholder for a domain that is not set up yet.
func unfinished(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".msv1.invalid") }
