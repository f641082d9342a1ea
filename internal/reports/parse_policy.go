package reports

// draft is a policy that is being read.
type draft struct {
	Policy

	inner, counted, seen keySet // keys of policy, of summary, and of the entry itself
}

// has tells that a key was there, in its place or beside it.
func (d *draft) has(k key) bool { return (d.inner | d.counted | d.seen).has(k) }

// policy reads one entry of policies, which is an object.
func (r *reader) policy() {
	var d draft
	for more := r.open('}'); more; more = r.more('}') {
		switch k := r.member(&d.seen); {
		case k == keyPolicy && r.peek() == '{':
			d.Type, d.Domain, d.String, d.MX, d.inner = "", "", nil, nil, 0
			for more := r.open('}'); more; more = r.more('}') {
				r.policyMember(r.member(&d.inner), &d)
			}
		case k == keySummary && r.peek() == '{':
			d.Successful, d.Failed, d.counted = 0, 0, 0
			for more := r.open('}'); more; more = r.more('}') {
				r.summaryMember(r.member(&d.counted), &d)
			}
		case k == keyDetails:
			r.details(&d.Policy)
		case k == keySuccessful || k == keyFailed:
			r.notes.add(noteFlat)
			r.summaryMember(k, &d)
		default:
			r.flatMember(k, &d)
		}
	}
	if r.err == nil {
		r.finishPolicy(&d)
	}
}

// flatMember reads what belongs into policy, where a sender has it beside that.
func (r *reader) flatMember(k key, d *draft) {
	if k == keyType || k == keyDomain || k == keyString || k == keyMXHost {
		r.notes.add(noteFlat)
		r.policyMember(k, d)
		return
	}
	r.skip()
}

func (r *reader) policyMember(k key, d *draft) {
	switch k {
	case keyType:
		d.Type = r.words(maxName)
	case keyDomain:
		d.Domain = r.words(maxName)
	case keyString:
		d.String = r.list(noteOneLine)
	case keyMXHost:
		d.MX = r.list(noteOneMX)
	default:
		r.skip()
	}
}

func (r *reader) summaryMember(k key, d *draft) {
	switch k {
	case keySuccessful:
		d.Successful = r.count()
	case keyFailed:
		d.Failed = r.count()
	default:
		r.skip()
	}
}

// finishPolicy brings what was read into one form.
func (r *reader) finishPolicy(d *draft) {
	p := &d.Policy
	p.Type = r.policyType(p.Type)
	domain := hostName(p.Domain)
	if domain != p.Domain {
		r.notes.add(noteDomain)
	}
	p.Domain = domain
	p.String = r.lines(p.String, p.Type)
	p.MX = r.patterns(p.MX)
	r.missing(d)
	if r.err == nil {
		r.out.Policies = append(r.out.Policies, *p)
	}
}

// missing notes what a policy should have.
func (r *reader) missing(d *draft) {
	if d.Domain == "" {
		r.notes.add(noteNoDomain)
	}
	if len(d.String) == 0 && (d.Type == "sts" || d.Type == "tlsa") {
		r.notes.add(noteNoLines)
	}
	if len(d.MX) == 0 && d.Type == "sts" {
		r.notes.add(noteNoMX)
	}
	switch {
	case !d.has(keySuccessful) && !d.has(keyFailed):
		r.notes.add(noteSummary)
	case !d.has(keySuccessful):
		r.notes.add(noteSuccesses)
	case !d.has(keyFailed):
		r.notes.add(noteFailures)
	}
	var sum int64
	for _, f := range d.Failures {
		sum = plus(sum, f.Sessions)
	}
	if sum != d.Failed {
		r.notes.add(noteSum)
	}
}

// details reads failure-details: of the last key of that name, if there are several.
func (r *reader) details(p *Policy) {
	p.Failures = nil
	switch r.peek() {
	case '[':
		for more := r.open(']'); more; more = r.more(']') {
			r.detail(p)
		}
	case '{':
		r.notes.add(noteOneDetail)
		r.detail(p)
	case 'n':
		r.skip()
	default:
		r.notes.add(noteType)
		r.skip()
	}
}

func (r *reader) detail(p *Policy) {
	switch {
	case r.peek() != '{':
		r.notes.add(noteEntry)
		r.skip()
	case r.failures >= maxFailures:
		r.notes.add(noteCut)
		r.skip()
	default:
		r.failures++
		f := r.failure()
		p.Failures = append(p.Failures, f)
	}
}

// failure reads one entry of failure-details, which is an object.
func (r *reader) failure() Failure {
	var f Failure
	var seen keySet
	for more := r.open('}'); more; more = r.more('}') {
		switch r.member(&seen) {
		case keyResult:
			f.ResultType = r.resultType()
		case keySendingIP:
			f.SendingIP = r.words(maxName)
		case keyReceivingIP:
			f.ReceivingIP = r.words(maxName)
		case keyMX:
			f.MX = hostName(r.words(maxName))
		case keyHELO:
			f.HELO = r.words(maxName)
		case keySessions:
			f.Sessions = r.count()
		case keyInfo:
			f.Info = r.words(maxText)
		case keyReason:
			f.Reason = r.words(maxText)
		default:
			r.skip()
		}
	}
	r.missingDetails(&f, seen)
	return f
}

// missingDetails notes what a failure should have. What is wrong with the policy of MTA-STS is found
// before there is an MX host.
func (r *reader) missingDetails(f *Failure, seen keySet) {
	switch {
	case !seen.has(keySendingIP):
		r.notes.add(noteNoSendingIP)
	case f.SendingIP == "":
		r.notes.add(noteSendingIP)
	}
	if f.ResultType == "" {
		r.notes.add(noteResultType)
	}
	if f.MX == "" && !ofPolicy(f.ResultType) {
		r.notes.add(noteNoHost)
	}
	if !seen.has(keySessions) {
		r.notes.add(noteNoSessions)
	}
}
