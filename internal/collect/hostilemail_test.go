package collect

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/smtp"
)

// A mailAttack is a mail server that means ill at some steps.
type mailAttack struct {
	name  string
	steps map[string]step
	forge *forgery // after the handshake
}

func (a mailAttack) stand(w *world, address, name string) {
	if a.forge != nil {
		w.forgeMail(address, name, a.forge)
	} else {
		w.mail(address, name, a.steps)
	}
}

// hostileMail are all of them.
func hostileMail() []mailAttack { return append(hostileReplies(), hostileHandshakes()...) }

// hostileReplies are those that turn on the client where it waits for a reply.
func hostileReplies() (list []mailAttack) {
	for _, stage := range []string{"220 greeting", "250 EHLO", "220 STARTTLS", "250 EHLO/TLS", "221 QUIT", "221 QUIT/TLS"} {
		code, at, _ := strings.Cut(stage, " ")
		for name, do := range badReplies(code) {
			steps := map[string]step{at: do}
			if at == "QUIT" {
				steps["EHLO"] = say("250 mx\r\n") // without TLS
			}
			list = append(list, mailAttack{name: name + " at " + at, steps: steps})
		}
	}
	slices.SortFunc(list, func(a, b mailAttack) int { return strings.Compare(a.name, b.name) })
	return list
}

// badReplies are what may come in place of a reply with that code.
func badReplies(code string) map[string]step {
	endless := func(text string) step { return last(func(c net.Conn) { forever(c, text) }) }
	dripping := func(text string) step { return last(func(c net.Conn) { drip(c, text) }) }
	return map[string]step{
		"silence":               silence,
		"hangup":                hangup,
		"reset":                 last(rst),
		"endless noise":         endless(kilo),
		"endless long lines":    endless(code + "-" + kilo + "\r\n"),
		"endless short lines":   endless(code + "-\r\n"),
		"endless replies":       endless(code + " a\r\n"),
		"endless line ends":     endless("\n"),
		"endless zeros":         endless("\x00"),
		"endless CRs":           endless(code + "-a\r"),
		"codes that contradict": say(code + "-a\r\n554 b\r\n"),
		"zeros and 8 bits":      say(code + "-\x00\xff\x1b[2J\r\n" + code + " \xc3\x28\r\n"),
		"dripping lines":        dripping(code + "-a\r\n"),
		"a dripping line":       dripping(code + " " + kilo),
		"dripping TLS":          dripping("\x16\x03\x03\x40\x00\x02\x00\x3f\xff"),
		"two replies":           say(code + "\r\n" + code + "\r\n"),
		"as much as is allowed": say(strings.Repeat(code+"-"+kilo+"\r\n", 31) + code + " a\r\n"),
	}
}

// hostileHandshakes are those that turn on it in the handshake.
func hostileHandshakes() (list []mailAttack) {
	for _, a := range hostileTLS() {
		list = append(list, mailAttack{name: a.name + " at TLS", steps: map[string]step{"TLS": last(a.open)}})
	}
	for _, f := range mailForgeries() {
		list = append(list, mailAttack{name: f.name + " over TLS", forge: &f})
	}
	return list
}

func hostileMailWorld(t *testing.T, attacks []mailAttack) *world {
	w := newWorld(t, "")
	w.until = serversEnd
	for i, a := range attacks {
		name := "mx" + strconv.Itoa(i/10) + ".example.com"
		address := fmt.Sprintf("2001:db8::%x", i+1)
		if i%10 == 0 {
			w.publish("example.com. MX 10 " + name + ".\n")
		}
		w.publish(name + ". AAAA " + address + "\n")
		a.stand(w, address, name)
	}
	return w
}

// TestHostileMailServers: whatever they do, a look ends in its time, each conversation with a
// bounded fact, and nothing is left running or open.
func TestHostileMailServers(t *testing.T) {
	for attacks := range slices.Chunk(hostileMail(), maxOfOne) { // at once
		w := hostileMailWorld(t, attacks)
		survive(t, w, func(t *testing.T, o *Observer, hasty bool) { checkHostileMail(t, o, hasty, len(attacks)) })
		for i, a := range attacks {
			if w.connections(fmt.Sprintf("[2001:db8::%x]:25", i+1)) == 0 {
				t.Errorf("%s: nobody came", a.name)
			}
		}
	}
}

func checkHostileMail(t *testing.T, o *Observer, hasty bool, attacks int) {
	seen := timely(t, o, hasty)
	if !hasty && len(probes(seen)) != attacks {
		t.Errorf("%d probes", len(probes(seen)))
	}
	for _, h := range seen.Hosts {
		for _, p := range h.Probes {
			if p.Skipped == fact.SkipLimit { // on a slow machine its turn does not come in time
				continue
			}
			if size := textOf(p); size > 4*smtp.MaxReply || p.Skipped != "" || p.Fault == nil && p.EHLO == nil {
				t.Errorf("%s: %d octets, skipped %q, fault %s", p.Address, size, p.Skipped, faultText(p.Fault))
			}
		}
	}
}

// textOf is how much of a server's words a probe keeps.
func textOf(p fact.Probe) int {
	size := len(p.Injected)
	if p.Fault != nil {
		size += len(p.Fault.Text)
	}
	for _, r := range []*fact.Reply{p.Greeting, p.EHLO, p.HELO, p.StartTLS, p.EHLOTLS} {
		if r != nil {
			for _, line := range r.Lines {
				size += len(line)
			}
		}
	}
	return size
}
