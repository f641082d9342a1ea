package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mtasts/internal/rule"
)

// dagger marks the rules that fail only while the policy is in force.
const dagger = " †"

const daggerMeans = "asks whether mail gets through under the policy: it fails only while a valid policy is in mode enforce, or with --assume enforce; until then the same is a warning."

// Explain tells rules for a person at a terminal: what is asked, why, and each reason for which the
// answer can be no, with its fix.
func Explain(w io.Writer, s Style, list []rule.Explanation) error {
	p := &page{width: s.columns(), tint: newPalette(s.Color)}
	for _, e := range list {
		p.blank()
		p.explanation(e)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) explanation(e rule.Explanation) {
	p.para("", indent, words(p.tint.strong, e.ID), []span{{}}, words(p.tint.dim, "(group "+e.Group+", "+e.Reference+")"))
	p.labelled("Passes when", e.Title+".")
	p.labelled("", e.More)
	p.labelled("Why:", e.Why)
	if e.UnderPolicy {
		p.labelled("When:", "It "+daggerMeans)
	}
	p.labelled("Read more:", e.ReferenceURL)
	p.blank()
	p.para(indent, indent, words(p.tint.dim, "What can be wrong, told of a made-up domain, example.com:"))
	for _, r := range e.Reasons {
		p.blank()
		p.explained(r)
	}
}

// labelled is a paragraph about the rule.
func (p *page) labelled(label, text string) {
	var head []span
	if label != "" {
		head = words(p.tint.strong, label)
	}
	p.para(indent, indent, head, words(nil, text))
}

func (p *page) explained(r rule.Explained) {
	head := [][]span{{p.tint.mark(r.Status), {}}, words(p.tint.strong, r.Reason)}
	if r.Exception != "" {
		head = append(head, []span{{}}, words(p.tint.dim, "("+r.Exception+")"))
	}
	p.para(indent, body, head...)
	p.prose("", r.Message)
	p.prose("", r.More)
	p.prose("In force:", r.InForce)
	p.prose("Until then:", r.NotYet)
	p.fix(&r.Fix)
	if r.TLSRPT != "" {
		p.small("Senders report it as " + r.TLSRPT + ".")
	}
	if len(r.Hides) > 0 {
		p.small("Not judged because of it: " + hiddenRules(r.Hides) + ".")
	}
}

// hiddenRules names the rules that a reason leaves without an answer. JSON has them all.
func hiddenRules(globs []string) string {
	switch {
	case slices.Equal(globs, []string{"*"}):
		return "every other rule"
	case len(globs) > mostHides:
		return fmt.Sprintf("%s and %d more", strings.Join(globs[:fewHides], ", "), len(globs)-fewHides)
	}
	return strings.Join(globs, ", ")
}

// narrowest is the width at which names and titles still stand side by side.
const narrowest = 60

// Rules is the table of all rules for a person at a terminal.
func Rules(w io.Writer, s Style, list []rule.Explanation) error {
	p := &page{width: s.columns(), tint: newPalette(s.Color)}
	wide := 0
	for _, e := range list {
		wide = max(wide, columns(marked(e)))
	}
	for _, g := range rule.Groups() {
		of := ofGroup(list, g.ID)
		if len(of) == 0 {
			continue
		}
		p.blank()
		p.para("", indent, words(p.tint.strong, g.ID), []span{{}}, words(nil, g.Title))
		for _, e := range of {
			p.entry(e, wide)
		}
	}
	p.blank()
	if slices.ContainsFunc(list, func(e rule.Explanation) bool { return e.UnderPolicy }) {
		p.para("", indent, words(nil, strings.TrimSpace(dagger)+" "+daggerMeans))
	}
	p.para("", "", words(nil, "mtasts explain RULE tells why, what can be wrong, and what to do."))
	_, err := io.WriteString(w, p.out.String())
	return err
}

func marked(e rule.Explanation) string {
	if e.UnderPolicy {
		return e.ID + dagger
	}
	return e.ID
}

func ofGroup(list []rule.Explanation, group string) []rule.Explanation {
	return slices.DeleteFunc(slices.Clone(list), func(e rule.Explanation) bool { return e.Group != group })
}

// entry is one rule of the table: its name, and beside it, or below where there is no room, what it asks.
func (p *page) entry(e rule.Explanation, wide int) {
	name := span{indent + marked(e), p.tint.paste}
	if p.width < narrowest {
		p.line(name)
		p.para(body, body, words(nil, e.Title))
		return
	}
	name.text += strings.Repeat(" ", wide-columns(marked(e))+2)
	p.fill(name, span{strings.Repeat(" ", columns(name.text)), nil}, words(nil, e.Title))
}

// catalogue is the JSON form of rules.
type catalogue struct {
	Schema int                `json:"schema"`
	Rules  []rule.Explanation `json:"rules"`
}

// ExplainJSON writes rules as one JSON object of schema 1.
func ExplainJSON(w io.Writer, list []rule.Explanation) error {
	text, err := marshal(catalogue{rule.ExplanationSchema, append([]rule.Explanation{}, list...)}, "")
	if err != nil {
		return fmt.Errorf("encode the rules as JSON: %w", err)
	}
	_, err = io.WriteString(w, text+"\n")
	return err
}
