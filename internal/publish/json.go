package publish

import (
	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// Schema is the version of the JSON form of a [Plan]. Fields are added, never renamed.
const Schema = 1

// Document is the JSON form of a [Plan].
type Document struct {
	Schema    int             `json:"schema"`
	Domain    string          `json:"domain"`
	Mode      sts.Mode        `json:"mode"`
	MX        []string        `json:"mx"`
	MaxAge    int64           `json:"max_age"`
	ID        string          `json:"id"`
	Providers []string        `json:"providers"`
	Policy    rule.File       `json:"policy"`
	Records   []rule.Record   `json:"records"`
	Server    *serverDocument `json:"server,omitempty"`
	Notes     []string        `json:"notes"`
	Steps     []Step          `json:"steps"`
}

type serverDocument struct {
	Kind    Server `json:"kind"`
	Path    string `json:"path"`
	Content string `json:"content"`
}

// JSON is the plan for a program.
func (p *Plan) JSON() string {
	d := Document{
		Schema: Schema, Domain: p.Domain, Mode: p.Policy.Mode, MX: []string{}, MaxAge: p.Policy.MaxAge, ID: p.ID,
		Providers: append([]string{}, p.Providers...), Policy: p.File(),
		Records: append([]rule.Record{}, p.Records...), Notes: append([]string{}, p.Notes...), Steps: append([]Step{}, p.Steps...),
	}
	for _, mx := range p.Policy.MX {
		d.MX = append(d.MX, mx.Text)
	}
	if sheet, ok := p.ServerSheet(); ok {
		d.Server = &serverDocument{Kind: p.Server, Path: p.ways().path, Content: sheet.Text}
	}
	return indented(d)
}
