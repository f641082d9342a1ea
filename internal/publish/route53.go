package publish

import (
	"bytes"
	"encoding/json"
)

// changeBatch is what `aws route53 change-resource-record-sets --change-batch` takes.
type changeBatch struct {
	Comment string   `json:"Comment"`
	Changes []change `json:"Changes"`
}

type change struct {
	Action string    `json:"Action"`
	Set    recordSet `json:"ResourceRecordSet"`
}

type recordSet struct {
	Name    string  `json:"Name"`
	Type    string  `json:"Type"`
	TTL     uint32  `json:"TTL"`
	Records []value `json:"ResourceRecords"`
}

type value struct {
	Value string `json:"Value"`
}

// route53 replaces each set of records whole. To delete one its present values and TTL would have to be
// given exactly, which nobody here knows: the steps say what has to go first.
func (p *Plan) route53() string {
	batch := changeBatch{Comment: "MTA-STS of " + clipped(p.Domain)}
	for _, set := range sets(p.changes()) {
		rs := recordSet{Name: set[0].Name, Type: set[0].Type, TTL: set[0].TTL}
		for _, r := range set {
			rs.Records = append(rs.Records, value{r.Value})
		}
		batch.Changes = append(batch.Changes, change{"UPSERT", rs})
	}
	return indented(batch)
}

// clipped leaves room in a comment of 256 characters, the most that Route 53 takes.
func clipped(domain string) string { return domain[:min(len(domain), 200)] }

// indented is JSON for people; it holds nothing that cannot be written as JSON.
func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return "" // never: strings and numbers
	}
	return b.String()
}
