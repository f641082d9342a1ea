package rule

import (
	"fmt"
	"slices"
	"strconv"
)

// mergeHits makes one hit of those with the same reason and subject: the first, with the
// evidence of all.
func mergeHits(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	var merged []Hit
	others := map[int]int{}
	for _, h := range hits {
		i := slices.IndexFunc(merged, func(m Hit) bool { return m.Reason == h.Reason && m.Subject == h.Subject })
		if i < 0 {
			merged = append(merged, h)
			continue
		}
		if text, ok := merged[i].Vars["text"]; ok && text != h.Vars["text"] {
			others[i]++
		}
		merged[i].Hides = append(merged[i].Hides, h.Hides...)
		for _, e := range h.Evidence {
			if !slices.Contains(merged[i].Evidence, e) {
				merged[i].Evidence = append(merged[i].Evidence, e)
			}
		}
	}
	for i, n := range others {
		merged[i].Vars["text"] += fmt.Sprintf(" (and %d more, listed below)", n)
	}
	return merged
}

// onlyFaults leaves passes out where something does not pass.
func onlyFaults(hits []Hit) []Hit {
	if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Reason != "" }) {
		return hits
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h Hit) bool { return h.Reason == "" })
}

// onePass makes one pass of many, and leaves passes out where something does not pass.
func onePass(c *Case, hits []Hit) []Hit {
	hits = onlyFaults(hits)
	if len(hits) == 0 || hits[0].Reason != "" {
		return hits
	}
	pass := Hit{Subject: c.whole()}
	for _, h := range hits {
		pass.Evidence = append(pass.Evidence, h.Evidence...)
	}
	return []Hit{pass}
}

// column is where a problem is, as evidence; what is missing is nowhere.
func column(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{"column " + strconv.Itoa(n)}
}

// place is where in the policy something stands, to be followed by what; what is missing is nowhere.
func place(line, column int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d, column %d: ", line, column)
}
