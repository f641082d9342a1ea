package rule

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"mtasts/internal/fact"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

func policyFetch() Rule {
	reason := func(word, message, fix string) Reason {
		return Reason{Word: word, Status: Fail, TLSRPT: tlsrpt.STSPolicyFetchError, Hides: contents(), Message: message, Fix: fix}
	}
	return Rule{
		ID: "policy-fetch", Group: "host", Ref: "RFC 8461 §3.3",
		Title: "a GET of {url} is answered with 200 and the whole policy",
		Why:   "Senders take nothing but a 200 from this very URL: no redirect, no other status. Whatever else comes, to them there is no policy.",
		More:  `A GET is the request by which a browser loads a page, and 200 is the status "here it is". The URL is the same for every domain but for the name: nobody can choose another one.`,
		Reasons: []Reason{
			reason("redirect", "{url} redirects to {location}. Senders must not follow a redirect, not even to the same host.",
				"Answer this path with 200 and the policy itself, before any rule that redirects. For nginx (where a `return` of the server block comes first: move it into its `location /`):").
				more("A server that sends every visitor on to www, to another host or to a login does so here too. A redirect could lead to what somebody else controls, so senders do not follow any."),
			reason("http-status", "{url} answers {status}{elsewhere}.{wall}", "{advice}").
				more("404 means that there is no such file, 403 that the server does not hand it out, 500 and more that it failed. Products that keep robots out take senders for such: a browser gets the file and senders do not."),
			reason("too-large", "The answer is larger than 64 KiB, which is where senders stop reading.",
				"Serve the policy alone at this path, a file of a few lines.").
				more("A policy of a few hosts has less than 1 KiB. As a rule a whole web page comes in its place."),
			reason("timeout", "The policy did not come within {limit}. The RFC has senders give up after a minute, and many do much earlier.",
				"Serve the policy as a plain file, from a server that answers at once.").
				more("The connection and TLS were there, and the answer did not come, or not to its end: as a rule an application behind the web server hangs."),
			reason("http-error", "The answer is broken: {cause}.", "{advice}").
				more("What came is no whole answer by the rules of HTTP, so senders cannot tell whether they have all of the policy."),
		},
		Check: checkFetch,
	}
}

func checkFetch(c *Case) []Hit {
	var hits []Hit
	for _, o := range outcomes(c.fetched, fetchWord) {
		word, _, _ := strings.Cut(o.word, " ")
		h := Hit{Subject: c.subject(o), Partial: c.partial()}
		for _, f := range o.fetches {
			h.Evidence = append(h.Evidence, f.Address+": "+fetchState(f))
		}
		if word != "pass" {
			h = c.fetchFault(h, word, o.fetches[0])
		}
		hits = append(hits, h)
	}
	return onlyFaults(hits)
}

// fetchWord is the reason word of a fetch, with what else tells root causes apart.
func fetchWord(f *fact.Fetch) string {
	switch {
	case f.TLS == nil:
		return ""
	case f.Status >= 300 && f.Status < 400 && f.Status != 304:
		return "redirect"
	case f.Status != 0 && f.Status != 200:
		return fmt.Sprintf("http-status %d", f.Status)
	case f.Fault != nil && f.Fault.Timeout:
		return "timeout"
	case f.Fault != nil || encoded(f) != "":
		return "http-error"
	case f.TooLarge:
		return "too-large"
	}
	return "pass"
}

// encoded is the Content-Encoding of an answer, "" for none. None was asked for, and a sender takes
// the bytes as they come.
func encoded(f *fact.Fetch) string {
	value, _ := f.Get("Content-Encoding")
	if strings.EqualFold(strings.TrimSpace(value), "identity") {
		return ""
	}
	return value
}

func fetchState(f *fact.Fetch) string {
	var parts []string
	if f.Status != 0 {
		parts = append(parts, "HTTP "+statusText(f.Status))
	}
	if location, ok := f.Get("Location"); ok {
		parts = append(parts, "Location: "+location)
	}
	if server, ok := f.Get("Server"); ok {
		parts = append(parts, "Server: "+server)
	}
	if encoded(f) != "" {
		parts = append(parts, "Content-Encoding: "+encoded(f))
	}
	if f.Fault != nil {
		parts = append(parts, f.Fault.Text)
	}
	return strings.Join(parts, ", ")
}

// statusText is a status with its words, for those that web servers give in earnest.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + statusWords[status])
}

var statusWords = map[int]string{
	200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
	304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
	403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 410: "Gone", 421: "Misdirected Request",
	429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}

// fetchFault completes a hit with the particulars of its reason.
func (c *Case) fetchFault(h Hit, word string, f *fact.Fetch) Hit {
	location, _ := f.Get("Location")
	h.Reason = word
	h.Vars = Vars{"location": cmp.Or(location, "(no Location)"), "limit": c.limit(), "cause": faultText(f.Fault)}
	h.Vars["advice"] = "Look at the web server's error log, and at what stands in front of it. Serve the policy as a plain file."
	if f.Fault == nil && encoded(f) != "" {
		h.Vars["cause"] = "it is compressed (Content-Encoding: " + encoded(f) + "), which nobody asked for"
		h.Vars["advice"] = "Switch off compression for this path; a client that does not ask for it must not get it."
	}
	switch word {
	case "redirect":
		h.Lines = nginxLocation(c)
		if target, err := url.Parse(location); err == nil && target.Scheme == "http" {
			h.Evidence = append(h.Evidence, "the redirect leads away from HTTPS")
		}
	case "http-status":
		return c.statusFault(h, f)
	}
	return h
}

func nginxLocation(c *Case) []string {
	return []string{
		"location = " + sts.PolicyPath + " {",
		"    root /var/www/" + c.Host.Name + ";",
		"    types { }",
		"    default_type text/plain;",
		"}",
	}
}

// statusFault tells where the policy was found instead, or which product keeps senders out.
func (c *Case) statusFault(h Hit, f *fact.Fetch) Hit {
	h.Vars["status"] = statusText(f.Status)
	h.Vars["elsewhere"], h.Vars["wall"] = "", ""
	switch {
	case f.Status >= 500:
		h.Vars["advice"] = "The web server fails: look at its error log. Serve the policy as a plain file."
	case f.Status != 404 && f.Status != 410:
		h.Vars["advice"] = "Have the web server answer this path with 200 and the policy itself, whoever asks."
	case c.seemsPolicy():
		h.Vars["advice"], h.File = "Serve the policy there as well:", c.asItIs()
	case c.found != nil:
		h.Vars["elsewhere"] = "; a policy was found at " + c.found.URL + ", where no sender looks"
		h.Vars["advice"], h.File = "Serve it at the right path:", c.asItIs()
	default:
		h.Vars["advice"] = "Serve the policy at exactly this path. If you have none yet, this one, with a new id in the record:"
		h = c.policyFix(h, c.firstPolicy())
	}
	if w, ok := wallOf(f); ok {
		h.Vars["wall"] = " " + w.name + " stands in the way: it takes senders for robots, while a browser gets the file."
		h.Vars["advice"], h.File, h.Records = w.cure, nil, nil
	}
	return h
}

func (c *Case) foundElsewhere() *fact.Fetch {
	for i := range c.Host.Elsewhere {
		f := &c.Host.Elsewhere[i]
		if p, _ := sts.ParsePolicy([]byte(f.Body)); complete(f) && p.Version != "" {
			return f
		}
	}
	return nil
}
