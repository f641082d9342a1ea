package rule

import (
	"cmp"
	"slices"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
)

// Parts are what can be given to be judged without a look.
type Parts uint8

// The parts.
const (
	PartPolicy    Parts = 1 << iota // the policy's text
	PartRecord                      // TXT at _mta-sts
	PartReports                     // TXT at _smtp._tls
	PartMX                          // the names of the MX hosts
	PartMXRecords                   // the MX records, or that there is none
)

// parts are those that were given.
func parts(g *fact.Given) Parts {
	var all Parts
	for part, source := range map[Parts]*fact.Source{
		PartPolicy: g.Policy, PartRecord: g.STS, PartReports: g.TLSRPT, PartMX: g.MX,
	} {
		if source != nil {
			all |= part
		}
	}
	if g.MX != nil && g.MX.File {
		all |= PartMXRecords
	}
	return all
}

// gave tells that a part was given, and is not one that was looked at.
func (c *Case) gave(part Parts) bool { return c.Given != nil && parts(c.Given)&part != 0 }

// answerable are the rules that can be answered: all after a look, else those for which everything
// was given.
func (c *Case) answerable(rules []Rule) []Rule {
	if c.Given == nil {
		return rules
	}
	given := parts(c.Given)
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return r.Needs == 0 || r.Needs&^given != 0 })
}

// told tells that a hit is worth a finding: not where a pass would say more than is known.
func (c *Case) told(r Rule, h Hit) bool { return c.Given == nil || !r.Partly || h.Reason != "" }

// location is where the cause of a finding stands.
func (c *Case) location(group string, h Hit) *Location {
	at := Location{Line: h.Line, Column: h.Column}
	if s := c.source(group); s != nil && s.File {
		at.File = s.Name
		if group != "policy" {
			at.Line, at.Column = cmp.Or(h.Line, c.recordLine(group)), 0 // the column is one of the record's text
		}
	}
	if at == (Location{}) {
		return nil
	}
	return &at
}

// source is where that was given which the rules of a group find fault with.
func (c *Case) source(group string) *fact.Source {
	if c.Given == nil {
		return nil
	}
	return map[string]*fact.Source{
		"policy": c.Given.Policy, "record": c.Given.STS, "tlsrpt": c.Given.TLSRPT, "mx": c.Given.MX,
	}[group]
}

// recordLine is the line of the record that the rules of a group are about, or of the CNAME in its
// place; 0 where there is none.
func (c *Case) recordLine(group string) int {
	switch group {
	case "record":
		return cmp.Or(lineOf(c.STS, slices.Concat(c.records, c.nearMisses())), c.STS.Line)
	case "tlsrpt":
		return cmp.Or(lineOf(c.TLSRPT, slices.Concat(c.reports, c.TLSRPT.Texts())), c.TLSRPT.Line)
	}
	return 0
}

// lineOf is the line of the record with the first of some texts.
func lineOf(a fact.Answer, texts []string) int {
	for _, r := range a.Records {
		if len(texts) > 0 && r.Joined() == texts[0] {
			return r.Line
		}
	}
	return 0
}

// unquoted explains a record of a zone file of which nothing is left but its version.
func (c *Case) unquoted(a fact.Answer, text string) []string {
	if lineOf(a, []string{text}) == 0 || text != "v=STSv1" && text != "v=TLSRPTv1" {
		return nil
	}
	return []string{"in a zone file a semicolon begins a comment, unless the text stands in quotes"}
}

// mxLine is the line of the MX record that names a host.
func (c *Case) mxLine(host string) int {
	i := slices.IndexFunc(c.MX.Records, func(r fact.Record) bool { return strings.EqualFold(r.Host, host) })
	if i < 0 {
		return 0
	}
	return c.MX.Records[i].Line
}

// below is a name under the domain. Where the domain is not known it is the name in the zone.
func (c *Case) below(label string) string {
	if c.Domain == "" {
		return label
	}
	return label + "." + c.Domain
}

// owner is such a name as the owner of a record to publish; the empty label is the domain itself.
func (c *Case) owner(label string) string {
	switch {
	case c.Domain != "" && label == "":
		return c.Domain + "."
	case c.Domain != "":
		return c.below(label) + "."
	case label == "":
		return "@"
	}
	return label
}

// whole is the domain as the subject of a finding; where it is not known, what was given of it.
func (c *Case) whole() string {
	if c.Domain == "" && c.Given != nil && c.Given.MX != nil {
		return c.Given.MX.Name
	}
	return c.Domain
}

// url is where the policy is served; of one that was given, the file.
func (c *Case) url() string {
	switch {
	case c.gave(PartPolicy):
		return c.Given.Policy.Name
	case c.Domain == "":
		return sts.PolicyPath
	}
	return sts.PolicyURL(c.Domain)
}

// target is where a corrected policy goes.
func (c *Case) target() string {
	switch {
	case c.gave(PartPolicy) && c.Given.Policy.Name != fact.Stdin:
		return c.Given.Policy.Name
	case c.Domain == "":
		return sts.PolicyPath
	}
	return sts.PolicyURL(c.Domain)
}

// wanting says why a fix does not print what to publish.
func (c *Case) wanting() string {
	if c.Given != nil {
		return "To have it printed here, give the domain and its MX hosts too (--domain, --mx, or --zone)."
	}
	return "What to publish depends on the MX hosts: look again when the DNS tells them."
}

// anonymous has a template speak of a domain that is not known.
func (c *Case) anonymous(template string) string {
	if c.Domain != "" {
		return template
	}
	return strings.NewReplacer(".{domain}", "", "{domain}", "the domain").Replace(template)
}
