package render

// How the text speaks:
//
//   - The first line of a domain is the verdict. Whoever reads no further knows where they stand.
//     The second, where it is known, is whether mail gets in.
//   - What is wrong comes before what is right, and what to do is told right after what is wrong.
//   - Plain words, whole sentences, no blame; a term of an RFC only where it is the exact word.
//   - A status is a symbol and a word; colour repeats it.
//   - What lies with this machine and not with the domain is told in full once, of the first domain.
//   - All that is said of a domain stands further in than its verdict.
//   - A block is there to be pasted. It begins in the first column, for a policy's line that
//     begins with a blank is a broken policy and a zone's line that does is another record;
//     it has no prompt, no line of a box, and is never wrapped.

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mtasts/internal/rule"
)

type text struct {
	sink
	style   Style
	tint    palette
	domains int
	status  rule.Counts // of the domains
	told    map[string]bool
}

// NewText writes for a person at a terminal: the verdict, then each problem with its evidence
// and its fix ready to paste, then what passed and what to do next; after several domains a
// line that counts them. Prose is wrapped at the style's width, blocks to paste never are.
func NewText(w io.Writer, s Style) Writer {
	return &text{sink: sink{out: w}, style: s, tint: newPalette(s.Color), told: map[string]bool{}}
}

func (t *text) Result(e Item) error {
	p := &page{width: t.style.columns(), tint: t.tint, verbose: t.style.Verbose, owed: t.domains > 0, told: t.told}
	t.domains++
	count(&t.status, e.Status)
	if e.Error != "" {
		p.noDomain(e)
	} else {
		p.domain(e.Result)
	}
	return t.put(p.out.String())
}

func (t *text) Close() error {
	if t.domains < 2 {
		return t.err
	}
	p := &page{width: t.style.columns(), tint: t.tint, owed: true}
	p.para("", "", words(nil, fmt.Sprintf("%d domains: ", t.domains)+strings.Join(tally(t.status), ", ")))
	return t.put(p.out.String())
}

func count(c *rule.Counts, s rule.Status) {
	switch s {
	case rule.Fail:
		c.Fail++
	case rule.Warn:
		c.Warn++
	case rule.Pass:
		c.Pass++
	case rule.Info:
		c.Info++
	default:
		c.Unknown++
	}
}

// noDomain is a line of the list that is no domain.
func (p *page) noDomain(e Item) {
	p.para("", "", []span{{symbol(e.Status) + " " + string(e.Status), p.tint.status[e.Status]}}, []span{{}}, words(nil, said(e.mishap())))
}

// page is the text of one domain in the making.
type page struct {
	out     strings.Builder
	width   int
	tint    palette
	verbose bool
	owed    bool            // a blank line before whatever comes next
	given   map[string]bool // what was given to paste
	told    map[string]bool // what lies with this machine, told of any domain so far
}

// blank leaves a line free between what stands here and what comes next, if anything does.
func (p *page) blank() { p.owed = p.out.Len() > 0 }

func (p *page) begin() {
	if p.owed {
		p.out.WriteByte('\n')
	}
	p.owed = false
}

// line writes one line as it is.
func (p *page) line(s span) {
	p.begin()
	p.out.WriteString(s.paint())
	p.out.WriteByte('\n')
}

// fill writes one paragraph.
func (p *page) fill(lead, hang span, list []span) {
	p.begin()
	fill(&p.out, p.width, lead, hang, list)
}

// para writes one paragraph of prose.
func (p *page) para(lead, hang string, parts ...[]span) {
	p.fill(span{lead, nil}, span{hang, nil}, slices.Concat(parts...))
}

func (p *page) domain(r rule.Result) {
	p.verdict(r)
	p.delivery(r)
	if r.Interrupted {
		p.interrupted()
	}
	p.since(r)
	for _, f := range r.Findings {
		if problem(f.Status) && !isDelivery(f) {
			p.problem(f)
		}
	}
	p.infos(r.Findings)
	p.passes(r.Findings)
	p.senders(r.Senders)
	p.next(r.Next)
}

func (p *page) verdict(r rule.Result) {
	p.para("", indent, []span{p.tint.mark(r.Status), {}},
		words(p.tint.strong, said(label(r))), []span{{}}, words(nil, meaning(r)), []span{{}}, p.counts(r.Counts))
}

// counts is the tally in brackets, on one line if one can hold it.
func (p *page) counts(c rule.Counts) []span {
	all := "(" + strings.Join(tally(c), ", ") + ")"
	switch {
	case all == "()":
		return nil
	case len(indent+all) > p.width:
		return words(p.tint.dim, all)
	}
	return []span{{all, p.tint.dim}}
}

// meaning is what the domain's protection comes to, in plain words.
func meaning(r rule.Result) string {
	if given(r) != nil {
		return meaningOfGiven(r)
	}
	switch r.Protection {
	case rule.Enforced:
		if r.Status == rule.Fail {
			return "enforced: the policy is in force, yet something fails"
		}
		return "enforced: a valid policy in mode enforce is in force"
	case rule.Testing:
		return "testing: senders report what fails and deliver all the same"
	case rule.NoProtection:
		return "none: the policy switches MTA-STS off"
	case rule.Absent:
		return "absent: no MTA-STS is published"
	case rule.Broken:
		return "broken: senders ignore what is published"
	default:
		return "unknown: it could not be determined from here"
	}
}

func (p *page) interrupted() {
	mark := span{symbol(rule.Warn) + " interrupted", p.tint.status[rule.Warn]}
	p.para(indent, body, []span{mark, {}},
		words(nil, "This is what was known when the check was ended; the rest was not asked."))
}

// infos are short: a line or two each, with evidence only when everything is wanted.
func (p *page) infos(all []rule.Finding) {
	p.blank()
	for _, f := range all {
		if f.Status != rule.Info || isDelivery(f) || p.again(f) {
			continue
		}
		p.head(f)
		p.message(f)
		if p.verbose {
			p.evidence(f)
		}
	}
}

// passes are one line, or all of them when everything is wanted.
func (p *page) passes(all []rule.Finding) {
	p.blank()
	rules := map[string]bool{}
	for _, f := range all {
		if f.Status != rule.Pass {
			continue
		}
		rules[f.Rule] = true
		if p.verbose && !isDelivery(f) {
			p.head(f)
			p.message(f)
			p.evidence(f)
		}
	}
	if n := len(rules); n > 0 && !p.verbose {
		mark := span{symbol(rule.Pass), p.tint.status[rule.Pass]}
		p.para(indent, body, []span{mark},
			words(p.tint.dim, plural(n, "1 rule passed", "# rules passed")+" (-v shows them)"))
	}
}

func (p *page) next(steps []string) { p.steps("What to do next", steps) }

// steps are things to do, in order.
func (p *page) steps(title string, list []string) {
	if len(list) == 0 {
		return
	}
	p.section(title)
	for i, step := range list {
		lead := fmt.Sprintf("%s%2d. ", indent, i+1)
		p.para(lead, strings.Repeat(" ", len(lead)), words(nil, said(step)))
	}
}

// section begins a part of a page.
func (p *page) section(title string) {
	p.blank()
	p.para(indent, body, words(p.tint.strong, title))
}
