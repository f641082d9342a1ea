package publish

import (
	"net/netip"
	"slices"
	"strings"

	"mtasts/internal/rule"
	"mtasts/internal/sts"
	"mtasts/internal/tlsrpt"
)

// longestString is how many bytes one character-string of a TXT record holds (RFC 1035 §3.3).
const longestString = 255

// Target is where mta-sts.DOMAIN is to lead: to addresses, or to a name that has some.
type Target struct {
	Addresses []netip.Addr
	Name      string // A-labels, no final dot
}

func (t Target) given() bool { return t.Name != "" || len(t.Addresses) > 0 }

// types are those of the records that lead to the target.
func (t Target) types() []string {
	if t.Name != "" {
		return []string{"CNAME"}
	}
	var list []string
	for _, a := range t.Addresses {
		list = append(list, typeOf(a))
	}
	return list
}

func typeOf(a netip.Addr) string {
	if a.Is4() {
		return "A"
	}
	return "AAAA"
}

// addRecords puts what does not need the policy first, and the _mta-sts record last: it is what has
// senders look for the policy (RFC 8461 §8.1).
func (d *draft) addRecords() {
	d.addMX()
	d.addHost()
	if d.want.Mode != sts.None || len(d.want.RUA) > 0 {
		d.addReports()
	}
	d.addTXT(policyRecord+d.Domain, "v=STSv1; id="+d.ID, d.live.policy)
}

func (d *draft) add(name, kind, value string) {
	d.Records = append(d.Records, rule.Record{Name: name + ".", Type: kind, TTL: d.want.TTL, Value: value})
}

func (d *draft) remove(name, kind string) {
	d.Records = append(d.Records, rule.Record{Name: name + ".", Type: kind})
}

// addMX says who takes the mail where only the domain's address does (RFC 5321 §5.1).
func (d *draft) addMX() {
	if d.live.Implicit && len(d.want.MX) == 0 {
		d.add(d.Domain, "MX", "10 "+d.Domain+".")
	}
}

// target is where the policy host is to lead; none where it leads somewhere already, or nobody knows
// where to.
func (d *draft) target() Target {
	switch {
	case d.want.Host.given():
		return d.want.Host
	case len(d.live.host.types) > 0 || !d.live.apex || d.want.Mode == sts.None:
		return Target{}
	}
	return Target{Name: d.Domain} // the domain's own web server
}

func (d *draft) addHost() {
	t := d.target()
	if !t.given() {
		return
	}
	for _, kind := range d.live.host.inTheWay(t.types()) {
		d.remove(d.host(), kind)
	}
	if t.Name != "" {
		d.add(d.host(), "CNAME", t.Name+".")
	}
	for _, a := range distinct(t.Addresses) {
		d.add(d.host(), typeOf(a), a.String())
	}
}

// distinct are the addresses once each, those of one type together: a set of records has no two that
// are the same (RFC 2181 §5), and the notations write each set once.
func distinct(list []netip.Addr) []netip.Addr {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, netip.Addr.Compare)
	return slices.Compact(sorted)
}

// inTheWay are the types of the records there that are not among the new ones: what stays would lead
// senders elsewhere, and nothing stands beside a CNAME.
func (p place) inTheWay(types []string) []string {
	there := p.types
	if p.alias != "" {
		there = []string{"CNAME"}
	}
	return slices.DeleteFunc(slices.Clone(there), func(t string) bool { return slices.Contains(types, t) })
}

// addReports is the TLSRPT record, unless there is a sound one and the user has no other wish.
func (d *draft) addReports() {
	if d.live.reported && len(d.want.RUA) == 0 {
		return
	}
	d.addTXT(reportRecord+d.Domain, "v=TLSRPTv1; rua="+strings.Join(d.rua(), ","), d.live.reports)
}

func (d *draft) rua() []string {
	var uris []string
	for _, uri := range d.want.RUA {
		if !slices.Contains(uris, uri) {
			uris = append(uris, uri)
		}
	}
	if len(uris) == 0 {
		return []string{"mailto:tlsrpt@" + d.Domain}
	}
	return uris
}

// addTXT puts a TXT record where it belongs: at its name, or, where a CNAME there leads to such a
// record that the same people run, at the target. Any other CNAME has to go, for nothing stands
// beside one.
func (d *draft) addTXT(name, text string, there delegation) {
	switch {
	case there.alias == "":
	case d.own(there):
		name = there.alias
	default:
		d.remove(name, "CNAME")
	}
	d.add(name, "TXT", quoted(text))
}

// own tells that a CNAME leads to a record that the same people run, at a name that can be written down.
func (d *draft) own(there delegation) bool {
	return there.sound && plain(there.alias) && organisation(there.alias) == organisation(d.Domain)
}

// plain tells that a name can stand in any notation as it is.
func plain(name string) bool {
	return strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// quoted is a text as character-strings in master-file form. Neither record has quotes or backslashes
// in it: their grammars know none.
func quoted(text string) string {
	var parts []string
	for len(text) > longestString {
		parts, text = append(parts, text[:longestString]), text[longestString:]
	}
	return `"` + strings.Join(append(parts, text), `" "`) + `"`
}

// unquoted are the character-strings of a TXT record's value.
func unquoted(value string) []string {
	return strings.Split(strings.Trim(value, `"`), `" "`)
}

// Usable tells that a sender can report to a URI: by mail or by HTTPS, to a host (RFC 8460 §3).
func Usable(u tlsrpt.URI) bool {
	return (u.Scheme == "mailto" || u.Scheme == "https") && u.Host != ""
}

// changes are the records to publish, without those to remove.
func (p *Plan) changes() []rule.Record {
	return slices.DeleteFunc(slices.Clone(p.Records), func(r rule.Record) bool { return r.Value == "" })
}

// removals are the records to remove.
func (p *Plan) removals() []rule.Record {
	return slices.DeleteFunc(slices.Clone(p.Records), func(r rule.Record) bool { return r.Value != "" })
}
