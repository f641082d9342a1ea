package publish

import (
	"slices"
	"time"

	"mtasts/internal/sts"
)

// changeSteps are for a domain that has a policy already, and is to have another one.
func (d *draft) changeSteps() {
	if d.want.Mode == sts.Enforce && d.live.Policy.Mode != sts.Enforce {
		d.step("Be sure that senders would refuse nothing: this finds nothing, and the TLS-RPT reports of the last two weeks show no failure.",
			"mtasts check --assume enforce "+d.Domain)
	}
	d.replaceSteps()
	d.checkStep("Look whether all is well:")
	d.comingStep(d.noticed())
	d.cacheStep()
	if d.want.Mode == sts.Testing && d.live.Policy.Mode != sts.Enforce {
		d.enforceStep()
	}
}

// replaceSteps put a policy in place of the one that is served: the file before the id (RFC 8461 §8.1).
func (d *draft) replaceSteps() {
	if d.want.Host.given() {
		d.hostStep()
	}
	d.serverStep()
	d.policyStep()
	d.recordStep()
}

// noticed is when most senders have noticed a new id: they look again when the TTL of the record that
// they know has passed (RFC 8461 §3.1, §8.1).
func (d *draft) noticed() time.Time {
	return d.want.Now.Add(time.Duration(d.live.TTL)*time.Second + refreshTime)
}

// forgotten is when the last sender has forgotten the policy that is served now.
func (d *draft) forgotten() time.Time {
	return d.want.Now.Add(time.Duration(d.live.Policy.MaxAge) * time.Second)
}

// cacheStep says how long the policy before goes on to have effect, where that matters.
func (d *draft) cacheStep() {
	until := "A sender that cannot fetch the new policy goes on with the one before until it has forgotten it, on " + when(d.forgotten()) + " at the latest"
	switch {
	case d.live.Policy.Mode != sts.Enforce:
	case d.want.Mode != sts.Enforce:
		d.step(until + ": until then mail may still be refused under it.")
	case d.moved():
		d.step(until + ", and refuses the hosts that it does not name. Keep those that it names in service until most have noticed, on " + when(d.noticed()) + ", and better until then.")
	}
}

// moved tells that the policy before does not name all hosts of the new one.
func (d *draft) moved() bool {
	return slices.ContainsFunc(d.names, func(host string) bool { return !d.live.covered(host) })
}

// removalSteps take a policy back: who only deletes it leaves senders bound to what they remember
// (RFC 8461 §8.3).
func (d *draft) removalSteps() {
	if d.live.Policy == nil && (d.looked || d.want.Host.given()) {
		d.publishSteps()
	} else {
		d.replaceSteps()
	}
	d.checkStep("Look whether it is seen: the mode is none.")
	what := policyRecord + d.Domain + " first, then the policy and " + d.host()
	const why = "A sender that found nothing in its place would go on with the policy that it remembers."
	// Where the mode is none already, the policy before counts, which nobody can see any more.
	if d.live.Policy == nil || d.live.Policy.Mode == sts.None {
		d.step("Keep both up until the largest max_age that was ever served has run out, counted from the last time that it was served (a year at most). Then remove " + what + ". " + why)
		return
	}
	age := max(d.live.Policy.MaxAge, d.Policy.MaxAge)
	d.stepAt(d.want.Now.Add(time.Duration(age)*time.Second), "Remove "+what+". Not earlier: the policy served now may be remembered for "+Span(age)+". Where a larger max_age was served before, wait for that. "+why)
}
