package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mtasts/internal/sts"
)

// Step is one thing to do.
type Step struct {
	Text     string   `json:"text"` // one or a few sentences
	Commands []string `json:"commands,omitempty"`
	// NotBefore is the earliest time for it, where it has to wait; reckoned as if the steps before it
	// were done at once.
	NotBefore time.Time `json:"not_before,omitzero"`
}

// reportTime is how long reports are read before a policy comes into force: two weeks, as Google's help
// for administrators has it too.
const reportTime = 14 * 24 * time.Hour

// refreshTime is how long senders are given to notice a new id, beyond the TTL of the record: some look
// only once a day.
const refreshTime = 24 * time.Hour

// addSteps is the order of things: the policy before the record with its id (RFC 8461 §8.1), and the
// waits that the caches of senders ask for.
func (d *draft) addSteps() {
	switch {
	case d.want.Mode == sts.None:
		d.removalSteps()
	case d.live.inForce():
		d.changeSteps()
	default:
		d.firstSteps()
	}
}

func (d *draft) step(text string, commands ...string) { d.stepAt(time.Time{}, text, commands...) }

func (d *draft) stepAt(t time.Time, text string, commands ...string) {
	if !t.IsZero() {
		t = t.UTC().Truncate(time.Second)
	}
	d.Steps = append(d.Steps, Step{Text: text, Commands: commands, NotBefore: t})
}

func (d *draft) checkStep(text string) { d.step(text, "mtasts check "+d.Domain) }

// firstSteps are for a domain that has no policy yet, or none that senders read.
func (d *draft) firstSteps() {
	d.publishSteps()
	d.checkStep("Look whether all is well:")
	d.comingStep(time.Time{})
	if d.want.Mode == sts.Testing {
		d.enforceStep()
	}
}

// publishSteps publish what senders do not know yet. A notation that is applied whole is applied for the
// host's sake, before there is a certificate: where nothing is served the record alone does no harm.
func (d *draft) publishSteps() {
	if d.DNS == Bind || !d.target().given() || d.live.Serving {
		d.hostStep()
		d.serverStep()
		d.policyStep()
		d.recordStep()
		return
	}
	d.step("Publish the records"+d.instead()+d.replacing()+". The _mta-sts record does no harm while there is no policy.", d.applying()...)
	d.serverStep()
	d.policyStep()
}

// hostStep has senders find the policy host.
func (d *draft) hostStep() {
	switch t := d.target(); {
	case t.given():
		only := ""
		if d.DNS != Bind {
			only = ", and the others not yet"
		}
		d.step("Publish the " + recordsOf(t) + " of " + d.host() + d.instead(d.host()) + only + ".")
	case len(d.live.host.types) == 0:
		d.step("Give " + d.host() + " an address: a CNAME record with the name of the web server that is to serve the policy, or A and AAAA records with its addresses. With --host NAME or --host ADDRESS they are printed here.")
	}
}

// recordsOf is "A and AAAA records".
func recordsOf(t Target) string {
	kinds := t.types()
	if len(kinds) == 1 {
		return kinds[0] + " record"
	}
	slices.Sort(kinds)
	return list(slices.Compact(kinds)) + " records"
}

func (d *draft) serverStep() {
	w := d.ways()
	switch {
	case w.content == "" && d.live.Serving:
	case w.content == "":
		d.step("Have a web server with a certificate for " + d.host() + " answer " + sts.PolicyURL(d.Domain) + " with 200 and Content-Type: text/plain, without any redirect.")
	case w.before == "":
		d.step("Put the lines for "+w.name+" into "+w.path+". It gets the certificate for "+d.host()+" by itself.", w.after)
	default:
		d.step("Get a certificate for "+d.host()+", for instance so:", w.before)
		d.step("Put the lines for "+w.name+" into "+w.path+".", w.after)
	}
}

func (d *draft) policyStep() {
	instead := ""
	if d.live.Serving {
		instead = ", in place of the one there"
	}
	const form = ". It has no blank line, not at its end either. To see it as senders do:"
	look := "curl -i " + sts.PolicyURL(d.Domain)
	if d.ways().content == "" {
		d.step("Serve the policy as "+sts.PolicyURL(d.Domain)+instead+form, look)
		return
	}
	d.step("Put the policy into "+d.root()+sts.PolicyPath+instead+form, look)
}

// recordStep brings the policy to the notice of senders.
func (d *draft) recordStep() {
	var names []string
	for _, r := range d.changes() {
		if name := strings.TrimSuffix(r.Name, "."); name != d.host() || d.DNS != Bind {
			names = append(names, name)
		}
	}
	names = slices.Compact(names)
	text := "Then publish the TXT record of " + list(names)
	if len(names) > 1 {
		text = "Then publish the records of " + list(names) + ", that one last"
	}
	d.step(text+d.instead(names...)+d.replacing()+". From then on senders fetch the policy.", d.applying()...)
}

// instead says which records have to go before those of these names, or of any, can be published.
func (d *draft) instead(names ...string) string {
	var gone []string
	for _, r := range d.removals() {
		if name := strings.TrimSuffix(r.Name, "."); len(names) == 0 || slices.Contains(names, name) {
			gone = append(gone, "the "+r.Type+" record of "+name)
		}
	}
	if len(gone) == 0 {
		return ""
	}
	return ", after removing " + list(gone)
}

// replacing says how the notation is applied where that takes words, and how the record that is there
// makes room for the new one.
func (d *draft) replacing() string {
	there := d.there()
	switch {
	case d.DNS == Cloudflare && len(there) > 0:
		return ". Delete " + list(there) + " first: an import adds another one beside it, and of two records senders follow none" + cloudflareImport
	case d.DNS == Cloudflare:
		return cloudflareImport
	case d.DNS == Terraform && len(there) > 0:
		return ". A record that Terraform does not know yet has to be imported, or needs allow_overwrite = true"
	case len(there) > 1:
		return ", in place of those there"
	case len(there) > 0:
		return ", in place of the one there"
	}
	return ""
}

// there are the TXT records that stand already where new ones belong, "the TXT record of NAME". What a
// CNAME that goes leads to is none of them.
func (d *draft) there() []string {
	var names []string
	for _, r := range d.changes() {
		found := d.live.policy
		if strings.HasPrefix(r.Value, `"v=TLSRPTv1;`) {
			found = d.live.reports
		}
		if r.Type == "TXT" && found.found && (found.alias == "" || d.own(found)) {
			names = append(names, "the TXT record of "+strings.TrimSuffix(r.Name, "."))
		}
	}
	return names
}

const cloudflareImport = ". In the dashboard: DNS, Records, Import and Export, without \"Proxy imported DNS records\""

// applying is the command for a notation that has one.
func (d *draft) applying() []string {
	sheet := d.RecordSheet().Name
	switch d.DNS {
	case Route53:
		return []string{"aws route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch file://" + sheet}
	case Terraform:
		return []string{"terraform apply -var zone_id=ZONE"}
	default:
		return nil // there is a text to paste or to import
	}
}

func (d *draft) enforceStep() {
	d.stepAt(d.want.Now.Add(reportTime), "Read the TLS-RPT reports of two weeks. When they show no failure, and the first command finds nothing, go on with the second:",
		"mtasts check --assume enforce "+d.Domain, d.again(sts.Enforce))
}

// again is the command for the next change, in the notation of this one.
func (d *draft) again(mode sts.Mode) string {
	command := fmt.Sprintf("mtasts generate %s --mode %s", d.Domain, mode)
	if d.DNS != Bind {
		command += " --dns " + string(d.DNS)
	}
	return command
}

// comingStep is the move of the MX, once senders know the policy that covers the hosts to come.
func (d *draft) comingStep(notBefore time.Time) {
	if len(d.want.Coming) == 0 {
		return
	}
	d.stepAt(notBefore, "Add "+list(d.want.Coming)+" to the MX records.")
	d.step("When the hosts that leave are out of the MX records, and the TTL of those has passed, have the policy name the others alone:",
		d.again(d.want.Mode))
}
