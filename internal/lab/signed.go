package lab

import "fmt"

// zones tells which names have been said to be signed, and which not any more: what is said of a
// name holds for all names below it, up to the next of which something is said.
type zones map[string]bool

// hold tells that a name lies in a signed zone. The root does as soon as anything is signed, for
// there is no chain of trust without it.
func (z zones) hold(name string) bool {
	for n := name; ; n = parent(n) {
		if signed, ok := z[n]; ok {
			return signed
		}
		if n == "." {
			return name == "." && z.some()
		}
	}
}

func (z zones) some() bool {
	for _, signed := range z {
		if signed {
			return true
		}
	}
	return false
}

// signed reads both words.
func (p *parser) signed(signed bool, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("a domain is missing")
	}
	for _, s := range args {
		name, err := parseZone(s)
		switch {
		case err != nil:
			return err
		case name == "." && !signed:
			return fmt.Errorf("the root is signed or nothing is: leave the other words out")
		case signed && name != "." && p.scene.signed.hold(name), p.scene.signed["."] && name == ".":
			return fmt.Errorf("%s is signed already", name)
		case !signed && !p.scene.signed.hold(name):
			return fmt.Errorf("%s is not signed", name)
		}
		p.scene.signed[name] = signed
	}
	return nil
}
