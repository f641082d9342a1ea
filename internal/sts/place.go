package sts

// PolicyPath is where the policy stands on the policy host, RFC 8461 §3.3.
const PolicyPath = "/.well-known/mta-sts.txt"

// PolicyHost is the name of the host that serves the domain's policy, RFC 8461 §3.3.
func PolicyHost(domain string) string { return "mta-sts." + domain }

// PolicyURL is where senders fetch the domain's policy, RFC 8461 §3.3. The domain is in A-labels,
// without a final dot.
func PolicyURL(domain string) string { return "https://" + PolicyHost(domain) + PolicyPath }
