package cli

import "mtasts/internal/fact"

// fillNulls puts an empty value where a file of facts says null and package json would write null again:
// in what was looked at there is none, and mtasts schema knows of none.
func fillNulls(o *fact.Observation) {
	for i := range o.Host.Fetches {
		fillChain(o.Host.Fetches[i].TLS)
	}
	for i := range o.Host.Elsewhere {
		fillChain(o.Host.Elsewhere[i].TLS)
	}
	for _, h := range o.Hosts {
		for _, p := range h.Probes {
			fillChain(p.TLS)
			fillReplies(p.Greeting, p.EHLO, p.HELO, p.StartTLS, p.EHLOTLS)
		}
	}
}

func fillChain(tls *fact.TLS) {
	if tls == nil {
		return
	}
	for i, der := range tls.Chain {
		if der == nil {
			tls.Chain[i] = []byte{}
		}
	}
}

func fillReplies(replies ...*fact.Reply) {
	for _, r := range replies {
		if r != nil && r.Lines == nil {
			r.Lines = []fact.Text{}
		}
	}
}
