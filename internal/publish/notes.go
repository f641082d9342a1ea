package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/sts"
)

// addNotes tells what is worth knowing before.
func (d *draft) addNotes() {
	d.delegationNotes()
	if d.live.Implicit && len(d.want.MX) == 0 {
		d.note("%s has no MX record, so that its mail goes to its address: the MX record says the same, and is what many senders expect.", d.Domain)
	}
	switch {
	case d.live.Policy == nil:
		d.unservedNotes()
	case d.PolicyText() == d.live.Policy.Render() && d.live.ID != "":
		d.sameNote()
	default:
		d.coverNotes()
	}
	d.ageNotes()
	for _, p := range d.Policy.MX {
		d.wildcardNote(p.Text)
	}
	if !d.looked {
		d.note("Nobody looked at what %s publishes now, since --mx says which hosts take its mail. If there is a policy already, leave --mx out: the steps then reckon with it.", d.Domain)
	}
}

// sameNote is about a policy that stays. The one record that there always is has the new id.
func (d *draft) sameNote() {
	if len(d.Records) > 1 {
		d.note("The policy that is served now says the same already, so that it may stay as it is; other records are to change.")
		return
	}
	d.note("The policy that is served now says the same already. There is nothing to change, unless you want a new id.")
}

// wildcardNote says where a wildcard comes from, as far as that is known: see providers.
func (d *draft) wildcardNote(pattern string) {
	zone, wild := strings.CutPrefix(pattern, "*.")
	_, who := patternOf(zone)
	switch {
	case !wild || who == "":
	case within(zone, "mx.microsoft"):
		d.note("mx: %s has the wildcard where Microsoft 365 puts your domain. It stands for one label only: *.mx.microsoft would match no host.", pattern)
	case within(zone, "aspmx.l.google.com"):
		d.note("mx: %s is what Google publishes for its own domain.", pattern)
	default:
		d.note("mx: %s is what %s has its customers write.", pattern, who)
	}
}

// delegationNotes tell where others have a part in it.
func (d *draft) delegationNotes() {
	if t := d.live.policy.alias; t != "" {
		name := policyRecord + d.Domain
		if d.own(d.live.policy) {
			d.note("%s is an alias (CNAME) of %s, so the record stands there.", name, t)
		} else {
			d.note("%s is an alias (CNAME) of %s. Where whoever runs that looks after the policy too, all this is for them; what is printed takes it over.", name, t)
		}
	}
	if t := d.live.host.alias; t != "" && !d.want.Host.given() && organisation(t) != organisation(d.Domain) {
		d.note("%s is an alias (CNAME) of %s, so it is whoever runs that who has to serve the policy.", d.host(), t)
	}
	if slices.Contains(d.Providers, "Cloudflare Email Routing") {
		d.note("Cloudflare documents another way for Email Routing: _mta-sts.%s as a CNAME of _mta-sts.mx.cloudflare.net, and a Worker at %s that hands out Cloudflare's policy. That one is in mode enforce at once.", d.Domain, d.host())
	}
}

// unservedNotes are about a policy that is not there, or cannot be read.
func (d *draft) unservedNotes() {
	switch {
	case d.live.ID != "" && d.live.Unserved != "":
		d.note("There is a record, but no policy could be fetched: %s. Senders that remember one go on with it.", d.live.Unserved)
	case d.live.Serving:
		d.note("The policy that is served now is not valid: mtasts check %s says why.", d.Domain)
	case d.want.Mode == sts.None && d.looked:
		d.note("No policy is served now. If none was for a year, there is nothing to take back.")
	case d.want.Mode == sts.Enforce:
		d.note("Mode enforce has senders refuse mail from the first day if anything is wrong. Mode testing refuses none: it has them report what they would refuse.")
	}
}

// coverNotes are about MX hosts that come and go.
func (d *draft) coverNotes() {
	if d.want.Mode == sts.None {
		return
	}
	var refused, left []string
	for _, host := range d.live.Hosts {
		if !d.live.covered(host) {
			refused = append(refused, host)
		}
	}
	for _, p := range d.live.Policy.MX {
		if !slices.ContainsFunc(d.names, p.Matches) {
			left = append(left, "mx: "+p.Text)
		}
	}
	if len(refused) > 0 && d.live.Policy.Mode == sts.Enforce {
		d.note("The policy that is served now does not name %s: senders that know it refuse to deliver there until they have the new one, most of them by %s.", list(refused), when(d.noticed()))
	}
	if len(left) > 0 {
		d.note("Left out of the new policy: %s, which no MX host matches.", list(left))
	}
}

// ageNotes are about a max_age that the checks would warn of.
func (d *draft) ageNotes() {
	age := d.Policy.MaxAge
	switch {
	case d.want.Mode == sts.None && age > goodbyeAge:
		d.note("In mode none a max_age of %s makes taking the policy away take as long: a day does.", Span(age))
	case d.want.Mode == sts.Enforce && age < 7*24*3600:
		d.note("A max_age of %s is short for mode enforce: who keeps senders from the policy for that long has won. Weeks are good.", Span(age))
	case age < goodbyeAge:
		d.note("A max_age of %s is short: a day is the least that is good.", Span(age))
	}
}

// when is a time for people.
func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func (d *draft) note(format string, a ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, a...))
}
