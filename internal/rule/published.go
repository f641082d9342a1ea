package rule

import (
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// Published is what could be read of that by which senders go. It is as it was written, faults and
// all; what is missing, or cannot be read, is zero.
type Published struct {
	Record  sts.Record    // where there is exactly one
	Policy  sts.Policy    // where one is served; the one that is judged, where addresses differ
	Reports tlsrpt.Record // where there is exactly one
}

func (c *Case) publishes() Published {
	p := Published{Record: c.record, Reports: c.reporting}
	if c.served != nil {
		p.Policy = c.policy
	}
	return p
}
