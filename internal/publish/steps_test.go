package publish_test

import (
	"strings"
	"testing"
	"time"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/sts"
)

// inOrder complains unless the steps say these things in this order, the date of each first where it has
// one: "2026-02-14 read the".
func inOrder(t *testing.T, steps []publish.Step, want ...string) {
	t.Helper()
	var lines []string
	at := 0
	for _, s := range steps {
		line := s.Text + " " + strings.Join(s.Commands, " ")
		if !s.NotBefore.IsZero() {
			line = s.NotBefore.Format(time.DateOnly) + " " + line
		}
		lines = append(lines, line)
		if at < len(want) && contains(line, want[at]) {
			at++
		}
	}
	if at < len(want) {
		t.Errorf("no step, or not in its place: %q\n%s", want[at], strings.Join(lines, "\n"))
	}
}

// contains tells that a line has every one of the words, in order.
func contains(line, words string) bool {
	for _, w := range strings.Split(words, " ... ") {
		_, after, ok := strings.Cut(line, w)
		if !ok {
			return false
		}
		line = after
	}
	return true
}

const enforced = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 2592000\n"

func TestSteps(t *testing.T) {
	tests := []struct {
		name string
		seen *fact.Observation
		wish func(*publish.Wish)
		want []string
	}{
		{"first", bare(), nil, []string{
			"Publish the CNAME record of mta-sts.example.com", "certbot certonly --nginx -d mta-sts.example.com", "systemctl reload nginx", "curl -i https://mta-sts.example.com/.well-known/mta-sts.txt",
			"_smtp._tls.example.com and _mta-sts.example.com, that one last", "mtasts check example.com", "2026-02-14 Read ... mtasts generate example.com --mode enforce",
		}},
		{"first, in a notation applied whole", bare(), func(w *publish.Wish) { w.DNS = publish.Route53 }, []string{
			"aws route53 change-resource-record-sets ... file://route53.json", "certbot", "curl", "mtasts check",
		}},
		{"first, by Caddy and Terraform", bare(), func(w *publish.Wish) { w.DNS, w.Server = publish.Terraform, publish.Caddy }, []string{
			"terraform apply", "by itself ... systemctl reload caddy", "Put the policy into /var/www/mta-sts.example.com/.well-known/mta-sts.txt",
		}},
		{"first, by a server of one's own", bare(), func(w *publish.Wish) { w.Server = publish.NoServer }, []string{
			"without any redirect", "Serve the policy as https://mta-sts.example.com",
		}},
		{"to enforce", sound(), func(w *publish.Wish) { w.Mode = sts.Enforce }, []string{
			"Be sure ... mtasts check --assume enforce example.com", "Serve the policy ... in place of the one there", "TXT record of _mta-sts.example.com, in place of the one there", "mtasts check",
		}},
		{"back to testing", serving(enforced), func(w *publish.Wish) { w.Mode = sts.Testing }, []string{
			"Serve", "publish", "mtasts check", "2026-03-02 12:00 UTC at the latest: until then mail may still be refused",
		}},
		{"to enforce by an import", sound(), func(w *publish.Wish) { w.Mode, w.DNS = sts.Enforce, publish.Cloudflare }, []string{
			"Be sure", "Serve", "Delete the TXT record of _mta-sts.example.com first",
		}},
		{"MX hosts to come", serving(enforced), func(w *publish.Wish) { w.Mode, w.Coming = sts.Enforce, []string{"mx.example.net"} }, []string{
			"Serve", "publish", "2026-02-01 Add mx.example.net", "mtasts generate example.com --mode enforce", "on 2026-03-02 12:00 UTC at the latest, and refuses ... 2026-02-01 12:05 UTC",
		}},
		{"taken back", serving(enforced), func(w *publish.Wish) { w.Mode = sts.None }, []string{
			"Serve", "publish", "the mode is none", "2026-03-02 Remove _mta-sts.example.com first ... may be remembered for 30 days",
		}},
		{"taken back where nothing can be read", bare(), func(w *publish.Wish) { w.Mode = sts.None }, []string{
			"Put the policy", "publish", "a year at most",
		}},
		{"taken back, with a host to do so", bare(), func(w *publish.Wish) { w.Mode, w.Host.Name = sts.None, "www.example.net" }, []string{
			"Publish the CNAME record of mta-sts.example.com", "Put the policy", "publish the TXT record of _mta-sts.example.com",
		}},
		{"taken back, with a host to do so, in a notation applied whole", bare(), func(w *publish.Wish) { w.Mode, w.Host.Name, w.DNS = sts.None, "www.example.net", publish.Route53 }, []string{
			"file://route53.json", "certbot", "Put the policy", "the mode is none",
		}},
		{"another host, in a notation applied whole", serving(enforced), func(w *publish.Wish) { w.Host.Name, w.DNS = "www.example.net", publish.Route53 }, []string{
			"Publish the CNAME record of mta-sts.example.com, after removing the A record of mta-sts.example.com, and the others not yet", "Serve the policy", "file://route53.json",
		}},
		{"replaced by an import, where an alias leads", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"sts.example.com"} }), func(w *publish.Wish) { w.DNS = publish.Cloudflare }, []string{
			"Delete the TXT record of sts.example.com first", "mtasts generate example.com --mode enforce --dns cloudflare",
		}},
		{"taken back already", serving("version: STSv1\nmode: none\nmx: mx1.example.com\nmax_age: 86400\n"), func(w *publish.Wish) { w.Mode = sts.None }, []string{
			"Serve", "publish", "a year at most",
		}},
		{"taken back, a delegation", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"_mta-sts.example.net"} }), func(w *publish.Wish) { w.Mode = sts.None }, []string{
			"Serve", "after removing the CNAME record of _mta-sts.example.com. From then on",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := wish()
			if tt.wish != nil {
				tt.wish(&w)
			}
			inOrder(t, plan(t, tt.seen, w).Steps, tt.want...)
		})
	}
}

func TestNotes(t *testing.T) {
	moved := edit(serving(enforced), func(o *fact.Observation) { o.Hosts[0].Name = "in.example.net" })
	tests := []struct {
		name string
		seen *fact.Observation
		wish func(*publish.Wish)
		want string // empty: no note at all
	}{
		{"nothing there", bare(), nil, ""},
		{"nothing to change", sound(), nil, "says the same already. There is nothing to change"},
		{"nothing to change but the reports", sound(), func(w *publish.Wish) { w.RUA = []string{"mailto:a@example.com"} }, "says the same already, so that it may stay as it is; other records are to change"},
		{"refused now", moved, func(w *publish.Wish) { w.Mode = sts.Enforce }, "does not name in.example.net: senders that know it refuse"},
		{"left out", moved, func(w *publish.Wish) { w.Mode = sts.Enforce }, "Left out of the new policy: mx: mx1.example.com"},
		{"enforce at once", bare(), func(w *publish.Wish) { w.Mode = sts.Enforce }, "from the first day"},
		{"short", sound(), func(w *publish.Wish) { w.Mode, w.MaxAge = sts.Enforce, 86400 }, "1 day is short for mode enforce"},
		{"very short", sound(), func(w *publish.Wish) { w.MaxAge = 90 }, "90 seconds is short"},
		{"long for none", sound(), func(w *publish.Wish) { w.Mode, w.MaxAge = sts.None, 604800 }, "7 days makes taking the policy away"},
		{"nothing to take back", bare(), func(w *publish.Wish) { w.Mode = sts.None }, "nothing to take back"},
		{"implicit", edit(bare(), func(o *fact.Observation) {
			o.MX.Records, o.Hosts = nil, []fact.MailHost{{Name: "example.com", Implicit: true}}
		}), nil, "no MX record"},
		{"not fetched", edit(sound(), func(o *fact.Observation) {
			o.Host.Fetches[0] = fact.Fetch{Address: "192.0.2.10", Fault: &fact.Fault{Text: "connection refused"}}
		}), nil, "no policy could be fetched: connection refused"},
		{"not there", edit(sound(), func(o *fact.Observation) { o.Host.Fetches[0] = fact.Fetch{Address: "192.0.2.10", Status: 404} }), nil, "the server answers 404"},
		{"not valid", serving("version: STSv1\nmode: enforced\n"), nil, "is not valid: mtasts check example.com"},
		{"a host of others", edit(sound(), func(o *fact.Observation) { o.Host.A.Aliases = []string{"sts.example.net"} }), nil, "who has to serve the policy"},
		{"a record of one's own elsewhere", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"sts.example.com"} }), nil, "so the record stands there"},
		{"a record at a name that no file can hold", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"a;b\n.example.com"} }), nil, "takes it over"},
		{"a record of others", edit(sound(), func(o *fact.Observation) { o.STS.Aliases = []string{"sts.example.net"} }), nil, "takes it over"},
		{"Microsoft", edit(bare(), func(o *fact.Observation) { o.Hosts[0].Name = "a.mail.protection.outlook.com" }), nil, "mx: *.mail.protection.outlook.com is what Microsoft 365"},
		{"Microsoft with DNSSEC", edit(bare(), func(o *fact.Observation) { o.Hosts[0].Name = "a.h-v1.mx.microsoft" }), nil, "mx: *.h-v1.mx.microsoft has the wildcard where Microsoft 365 puts your domain"},
		{"Google", edit(bare(), func(o *fact.Observation) { o.Hosts[0].Name = "alt1.aspmx.l.google.com" }), nil, "mx: *.aspmx.l.google.com is what Google publishes for its own domain"},
		{"Cloudflare", edit(bare(), func(o *fact.Observation) { o.Hosts[0].Name = "route1.mx.cloudflare.net" }), nil, "_mta-sts.mx.cloudflare.net"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := wish()
			if tt.wish != nil {
				tt.wish(&w)
			}
			notes := plan(t, tt.seen, w).Notes
			if tt.want == "" && len(notes) > 0 || !mentions(notes, tt.want) {
				t.Errorf("notes %q; want one with %q", notes, tt.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	tests := map[int64]string{0: "0 seconds", 1: "1 second", 90: "90 seconds", 120: "2 minutes", 86400: "1 day", 90000: "25 hours", 1209600: "14 days"}
	for n, want := range tests {
		if got := publish.Span(n); got != want {
			t.Errorf("%d: %s; want %s", n, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	lines := publish.Wrapped("a bb ccc dddd eeeeeeeeee f", 6)
	if got, want := strings.Join(lines, "|"), "a bb|ccc|dddd|eeeeeeeeee|f"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}
