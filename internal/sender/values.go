package sender

import "slices"

// policy is what a sender understands.
type policy struct {
	mode   string
	modeAt int // line, 0: it is a default
	age    int64
	ageAt  int
	// ageRead tells that the sender looks at max_age.
	ageRead bool
	mx      []entry
}

// judge reads the values of the fields, or tells why there is no policy in them.
func (d dialect) judge(fields []entry) (policy, *cause) {
	var p policy
	for _, read := range []func(*policy, []entry) *cause{d.values.version, d.values.readMode, d.values.readAge} {
		if why := read(&p, fields); why != nil {
			return p, why
		}
	}
	p.mx = d.hosts.patterns(fields)
	for _, f := range p.mx {
		if !d.hosts.valid.allow(f.value) {
			return p, bad(f)
		}
	}
	if len(p.mx) == 0 && (p.mode != modeNone || d.hosts.always) && d.hosts.wildcard != notKnown {
		return p, missing("mx", fields)
	}
	return p, nil
}

// The modes, RFC 8461 §5.
const (
	modeEnforce = "enforce"
	modeTesting = "testing"
	modeNone    = "none"
)

func isMode(s string) bool { return s == modeEnforce || s == modeTesting || s == modeNone }

// counted gives the field of that name that counts, after judging all that are judged. It gives
// false where there is none.
func (h valueHabits) counted(name string, fields []entry, fault func(entry) *cause) (entry, bool, *cause) {
	list := slices.Collect(named(name, fields))
	if len(list) == 0 {
		return entry{}, false, nil
	}
	if h.repeated == repeatBad && len(list) > 1 {
		return entry{}, false, because(list[1].line, "a second %s", name)
	}
	counts := list[0]
	if h.repeated == lastOnly || h.repeated == lastOfGood {
		counts = list[len(list)-1]
	}
	if h.repeated != firstOfGood && h.repeated != lastOfGood {
		list = []entry{counts}
	}
	for _, f := range list {
		if why := fault(f); why != nil {
			return f, false, why
		}
	}
	return counts, true, nil
}

// named are the fields of a name.
func named(name string, fields []entry) func(yield func(entry) bool) {
	return func(yield func(entry) bool) {
		for _, f := range fields {
			if f.name == name && !yield(f) {
				return
			}
		}
	}
}

func (h valueHabits) version(_ *policy, fields []entry) *cause {
	_, found, why := h.counted("version", fields, func(f entry) *cause {
		if f.value == "STSv1" || h.foldVersion && lower(f.value) == "stsv1" {
			return nil
		}
		return bad(f)
	})
	if why == nil && !found && !h.needless {
		why = missing("version", fields)
	}
	return why
}

func (h valueHabits) readMode(p *policy, fields []entry) *cause {
	f, found, why := h.counted("mode", fields, func(f entry) *cause {
		if isMode(h.word(f.value)) {
			return nil
		}
		return bad(f)
	})
	switch {
	case why != nil:
		return why
	case found:
		p.mode, p.modeAt = h.word(f.value), f.line
	case h.mode == modeExact:
		return missing("mode", fields)
	default:
		p.mode = modeNone
	}
	return nil
}

// word is a mode as a sender understands it.
func (h valueHabits) word(mode string) string {
	switch {
	case h.mode == modeFolded:
		return lower(mode)
	case h.mode == modeNotEnforce && !isMode(mode):
		return modeNone
	}
	return mode
}

func (h valueHabits) readAge(p *policy, fields []entry) *cause {
	if h.age.form == ageUnread {
		return nil
	}
	if h.age.otherwise != 0 {
		// What cannot be read is passed over.
		fields = slices.DeleteFunc(slices.Clone(fields), func(f entry) bool {
			_, ok := h.age.form.seconds(f.value)
			return f.name == "max_age" && !ok
		})
	}
	p.ageRead = true
	f, found, why := h.counted("max_age", fields, h.age.fault)
	switch {
	case why != nil:
		return why
	case found:
		seconds, _ := h.age.form.seconds(f.value)
		p.age, p.ageAt = h.age.understood(seconds), f.line
	case h.age.otherwise == 0:
		return missing("max_age", fields)
	default:
		p.age = h.age.otherwise
	}
	return nil
}

// fault tells why a max_age is refused.
func (h ageHabits) fault(f entry) *cause {
	seconds, ok := h.form.seconds(f.value)
	if !ok || h.otherwise == 0 && !h.within(seconds) {
		return bad(f)
	}
	return nil
}

func (h ageHabits) within(seconds int64) bool {
	return h.least <= seconds && (h.most == 0 || seconds <= h.most)
}

func (h ageHabits) understood(seconds int64) int64 {
	if h.otherwise != 0 && !h.within(seconds) {
		return h.otherwise
	}
	if h.top != 0 {
		return min(seconds, h.top)
	}
	return seconds
}
