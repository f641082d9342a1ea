package publish

import (
	"fmt"
	"strings"

	"mtasts/internal/rule"
)

// terraform is resources of the AWS provider, the one that most who keep DNS in Terraform use: there
// is no provider for all. Its name, type, ttl and records are found again under similar names in the
// others, so that it is also what to translate from.
func (p *Plan) terraform() string {
	var b strings.Builder
	b.WriteString("# For the provider hashicorp/aws: records of Route 53.\n\nvariable \"zone_id\" {\n  type        = string\n  description = \"hosted zone of " + p.Domain + "\"\n}\n")
	for _, r := range p.removals() {
		fmt.Fprintf(&b, "\n# remove: %s %s\n", r.Name, r.Type)
	}
	for _, set := range sets(p.changes()) {
		b.WriteString("\n" + p.resource(set))
	}
	return b.String()
}

func (p *Plan) resource(set []rule.Record) string {
	first := set[0]
	values := make([]string, len(set))
	for i, r := range set {
		values[i] = hclString(r.Value)
		if r.Type == "TXT" {
			// The provider puts the outer quotes; "" inside parts one character-string from the next.
			values[i] = hclString(strings.Join(unquoted(r.Value), `""`))
		}
	}
	return fmt.Sprintf(`resource "aws_route53_record" "%s" {
  zone_id = var.zone_id
  name    = %s
  type    = %s
  ttl     = %d
  records = [%s]
}
`, p.label(first), hclString(strings.TrimSuffix(first.Name, ".")), hclString(first.Type), first.TTL, strings.Join(values, ", "))
}

// label is the resource's name: letters, digits and underscores, the first no digit.
func (p *Plan) label(r rule.Record) string {
	switch {
	case strings.HasPrefix(r.Value, `"v=STSv1;`):
		return "mta_sts_record"
	case strings.HasPrefix(r.Value, `"v=TLSRPTv1;`):
		return "tls_reports"
	case r.Name == p.host()+".":
		return "mta_sts_host_" + strings.ToLower(r.Type)
	}
	return "mta_sts_" + strings.ToLower(r.Type)
}

// hclString is a string literal of HCL, in which ${ and %{ would begin a template.
func hclString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{").Replace(s) + `"`
}
