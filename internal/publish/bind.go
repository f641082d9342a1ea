package publish

import (
	"fmt"
	"strings"

	"mtasts/internal/rule"
)

// bind is the records as lines of a master file (RFC 1035 §5.1), their fields in columns. A record to
// remove is a comment, so that the whole can be pasted.
func (p *Plan) bind() string { return zoneLines(p.Records) }

func zoneLines(records []rule.Record) string {
	var name, kind int
	for _, r := range records {
		if r.Value != "" {
			name, kind = max(name, len(r.Name)), max(kind, len(r.Type))
		}
	}
	var b strings.Builder
	for _, r := range records {
		if r.Value == "" {
			fmt.Fprintf(&b, "; remove: %s %s\n", r.Name, r.Type)
			continue
		}
		fmt.Fprintf(&b, "%-*s  %d  IN  %-*s  %s\n", name, r.Name, r.TTL, kind, r.Type, r.Value)
	}
	return b.String()
}
