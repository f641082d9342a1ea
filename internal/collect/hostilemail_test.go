package collect

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"mtasts/internal/fact"
	"mtasts/internal/smtp"
)

// hostileMail are mail servers that mean ill at some step.
func hostileMail() []map[string]step {
	endless := func(text string) step { return last(func(c net.Conn) { forever(c, text) }) }
	dripping := func(text string) step { return last(func(c net.Conn) { drip(c, text) }) }
	kilo := strings.Repeat("x", 1<<10)
	var list []map[string]step
	for _, stage := range []string{"220 greeting", "250 EHLO", "220 STARTTLS", "250 EHLO/TLS", "221 QUIT/TLS"} {
		code, at, _ := strings.Cut(stage, " ")
		for _, do := range []step{
			silence, hangup, last(rst),
			endless(kilo), endless(code + "-" + kilo + "\r\n"), endless(code + "-\r\n"), endless(code + " a\r\n"), endless("\n"), endless("\x00"),
			dripping(code + "-a\r\n"), dripping(code + " " + kilo), dripping("\x16\x03\x03\x40\x00\x02\x00\x3f\xff"),
			say(code + "\r\n" + code + "\r\n"), say(strings.Repeat(code+"-"+kilo+"\r\n", 31) + code + " a\r\n"),
		} {
			list = append(list, map[string]step{at: do})
		}
	}
	for _, do := range []step{
		endless(kilo),
		endless("250-a\r\n"),
		endless("\x16\x03\x03\x40\x00" + strings.Repeat("\x0b\x00\x3f\xff", 1<<12)),
		endless("\x15\x03\x03\x00\x02\x01\x5a"),
		endless("\x14\x03\x03\x00\x01\x01"),
		endless("\x16\x03\x03\x00\x00"),
		dripping("\x16\x03\x03\x40\x00\x02\x00\x3f\xff"),
	} {
		list = append(list, map[string]step{"TLS": do})
	}
	return list
}

func hostileMailWorld(t *testing.T) *world {
	w := newWorld(t, "")
	for i, steps := range hostileMail() {
		name := "mx" + strconv.Itoa(i/10) + ".example.com"
		address := fmt.Sprintf("2001:db8::%x", i+1)
		if i%10 == 0 {
			w.publish("example.com. MX 10 " + name + ".\n")
		}
		w.publish(name + ". AAAA " + address + "\n")
		w.mail(address, name, steps)
	}
	return w
}

// TestHostileMailServers: whatever they do, a look ends in its time, each conversation with a
// bounded fact, and nothing is left running or open.
func TestHostileMailServers(t *testing.T) {
	survive(t, hostileMailWorld(t), checkHostileMail)
}

func checkHostileMail(t *testing.T, o *Observer, hasty bool) {
	seen := timely(t, o, hasty)
	if !hasty && len(probes(seen)) != len(hostileMail()) {
		t.Errorf("%d probes", len(probes(seen)))
	}
	for _, h := range seen.Hosts {
		for _, p := range h.Probes {
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
