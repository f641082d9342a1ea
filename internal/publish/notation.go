package publish

import "mtasts/internal/rule"

// Notation is a way to write DNS records down.
type Notation string

// The notations.
const (
	Bind       Notation = "bind"       // lines of a zone file
	Route53    Notation = "route53"    // a change batch for the AWS command line
	Cloudflare Notation = "cloudflare" // a zone file for Cloudflare's import
	Terraform  Notation = "terraform"  // resources of the AWS provider
)

// Notations are all of them.
func Notations() []Notation { return []Notation{Bind, Route53, Cloudflare, Terraform} }

// Sheet is a text with the name of the file to put it in.
type Sheet struct {
	Name string // relative
	Text string
	// Comment begins a line of comment in it; empty where there are none.
	Comment string
}

// RecordSheet is the DNS records in the plan's notation.
func (p *Plan) RecordSheet() Sheet {
	switch p.DNS {
	case Route53:
		return Sheet{Name: "route53.json", Text: p.route53()}
	case Cloudflare:
		return Sheet{Name: "cloudflare.zone", Text: p.cloudflare(), Comment: ";"}
	case Terraform:
		return Sheet{Name: "main.tf", Text: p.terraform(), Comment: "#"}
	default:
		return Sheet{Name: p.Domain + ".zone", Text: p.bind(), Comment: ";"}
	}
}

// sets are records by name and type: each element is one set.
func sets(records []rule.Record) [][]rule.Record {
	var list [][]rule.Record
	for _, r := range records {
		if last := len(list) - 1; last >= 0 && list[last][0].Name == r.Name && list[last][0].Type == r.Type {
			list[last] = append(list[last], r)
		} else {
			list = append(list, []rule.Record{r})
		}
	}
	return list
}
