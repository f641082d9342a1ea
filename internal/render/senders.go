package render

import (
	"fmt"
	"strings"

	"mtasts/internal/rule"
	"mtasts/internal/sender"
)

const sendersFoot = "How each reads is known of the version in brackets, whose parser was run or whose source was read; " +
	"others may read otherwise. What Google, Microsoft, Yahoo and other closed senders do cannot be told."

// senders is what each sender known by name makes of the policy: its name in the first column, beside
// it the verdict, or below it on a narrow terminal.
func (p *page) senders(all []rule.SenderReading) {
	if all == nil {
		return
	}
	p.blank()
	p.para(indent, body, words(p.tint.strong, "What senders known by name make of the policy"))
	if len(all) == 0 {
		p.small("There was no policy to read.")
		return
	}
	first := 0
	for _, s := range all {
		first = max(first, columns(said(s.Sender)))
	}
	for _, s := range all {
		name := said(s.Sender)
		lead, hang := body+name+strings.Repeat(" ", first-columns(name)+len(indent)), len(body)+first+len(indent)
		if 2*hang > p.width {
			lead, hang = body+name+": ", len(body+indent)
		}
		version := words(p.tint.dim, fmt.Sprintf("(%s, %s)", said(s.Version), said(s.How)))
		p.para(lead, strings.Repeat(" ", hang), words(p.tint.status[senderStatus(s)], senderVerdict(s)), []span{{}}, version)
	}
	p.small(sendersFoot)
}

// senderVerdict is a verdict in words, with line and cause.
func senderVerdict(s rule.SenderReading) string {
	line := ""
	if s.Line > 0 {
		line = fmt.Sprintf(" (line %d)", s.Line)
	}
	switch {
	case strings.HasPrefix(s.Because, "gave up "):
		return said(s.Because)
	case s.Verdict == sender.Refuses:
		return "refuses: " + said(s.Because) + line
	case s.Verdict == sender.Unknown:
		return "not known: " + said(s.Because) + line
	case s.Verdict == sender.RefusesMX:
		text := "accepts, but refuses "
		if s.Mode == "testing" {
			text = "accepts, but under enforce would refuse "
		}
		text += said(refusedHosts(s.RefusedMX))
		if s.Line > 0 { // else that no mx matches them is all there is to say
			text += ": " + said(s.Because) + line
		}
		if s.Misread != "" {
			text += "; reads " + said(s.Misread)
		}
		return text
	case s.Misread != "":
		return "accepts, but reads " + said(s.Misread) + line
	}
	return "accepts"
}

// mostRefused is how many hosts are counted out; JSON has them all.
const mostRefused = 3

func refusedHosts(hosts []string) string {
	text := strings.Join(hosts[:min(mostRefused, len(hosts))], ", ")
	if n := len(hosts) - mostRefused; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// senderStatus is the status in whose colour a verdict is shown.
func senderStatus(s rule.SenderReading) rule.Status {
	switch {
	case s.Verdict == sender.Unknown:
		return rule.Unknown
	case s.Verdict == sender.Refuses:
		return rule.Fail
	case s.Verdict == sender.RefusesMX || s.Misread != "":
		return rule.Warn
	}
	return rule.Pass
}
