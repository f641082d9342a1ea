package reports

// key is a name that members of a report have.
type key uint

const (
	keyOther key = iota
	keyDMARC     // one that DMARC reports have and TLS reports do not
	keyOrganization
	keyRange
	keyBegin
	keyEnd
	keyContact
	keyID
	keyPolicies
	keyPolicy
	keyType
	keyString
	keyDomain
	keyMXHost
	keySummary
	keySuccessful
	keyFailed
	keyDetails
	keyResult
	keySendingIP
	keyMX
	keyHELO
	keyReceivingIP
	keySessions
	keyInfo
	keyReason
)

// keySet is the keys that an object was seen to have; there are fewer than 32.
type keySet uint32

func (s keySet) has(k key) bool { return s&(1<<k) != 0 }

// member reads the name of a member, and notes what is odd about it.
func (c *cursor) member(seen *keySet) key {
	name := c.name()
	k := keyOf(name)
	if k == keyOther {
		k = c.misspelled(name)
	}
	if k == keyOther {
		return k // RFC 8460 §4: what is unknown is ignored
	}
	if seen.has(k) {
		c.notes.add(noteTwice)
	}
	*seen |= 1 << k
	return k
}

// keyOf knows the names of RFC 8460 §4.4.
func keyOf(name []byte) key {
	switch string(name) {
	case "organization-name":
		return keyOrganization
	case "date-range":
		return keyRange
	case "start-datetime":
		return keyBegin
	case "end-datetime":
		return keyEnd
	case "contact-info":
		return keyContact
	case "report-id":
		return keyID
	case "policies":
		return keyPolicies
	}
	return keyOfPolicy(name)
}

func keyOfPolicy(name []byte) key {
	switch string(name) {
	case "policy":
		return keyPolicy
	case "policy-type":
		return keyType
	case "policy-string":
		return keyString
	case "policy-domain":
		return keyDomain
	case "mx-host":
		return keyMXHost
	case "summary":
		return keySummary
	case "total-successful-session-count":
		return keySuccessful
	case "total-failure-session-count":
		return keyFailed
	case "failure-details":
		return keyDetails
	}
	return keyOfFailure(name)
}

func keyOfFailure(name []byte) key {
	switch string(name) {
	case "result-type":
		return keyResult
	case "sending-mta-ip":
		return keySendingIP
	case "receiving-mx-hostname":
		return keyMX
	case "receiving-mx-helo":
		return keyHELO
	case "receiving-ip":
		return keyReceivingIP
	case "failed-session-count":
		return keySessions
	case "additional-information":
		return keyInfo
	case "failure-reason-code":
		return keyReason
	}
	return keyOther
}

// longestKey is more than any known name has, however it is spelled.
const longestKey = 40

// misspelled knows names in other case, with underscores, or as one word, and those that only the prose
// of RFC 8460 and older drafts have.
func (c *cursor) misspelled(name []byte) key {
	if len(name) > longestKey {
		return keyOther
	}
	bare := make([]byte, 0, longestKey)
	for _, b := range name {
		if b != '-' && b != '_' && b != ' ' {
			bare = append(bare, lower(b))
		}
	}
	if k := keyOfProse(bare); k != keyOther {
		c.notes.add(noteAlias)
		return k
	}
	k := keyOfBare(bare)
	if k != keyOther && k != keyDMARC {
		c.notes.add(noteKeys)
	}
	return k
}

func keyOfProse(bare []byte) key {
	switch string(bare) {
	case "additionalinfouri":
		return keyInfo
	case "mxhostpattern":
		return keyMXHost
	case "failureerrorcode":
		return keyReason
	}
	return keyOther
}

// bareKeys are the names without hyphens.
var bareKeys = map[string]key{
	"organizationname":            keyOrganization,
	"daterange":                   keyRange,
	"startdatetime":               keyBegin,
	"enddatetime":                 keyEnd,
	"contactinfo":                 keyContact,
	"reportid":                    keyID,
	"policies":                    keyPolicies,
	"policy":                      keyPolicy,
	"policytype":                  keyType,
	"policystring":                keyString,
	"policydomain":                keyDomain,
	"mxhost":                      keyMXHost,
	"summary":                     keySummary,
	"totalsuccessfulsessioncount": keySuccessful,
	"totalfailuresessioncount":    keyFailed,
	"failuredetails":              keyDetails,
	"resulttype":                  keyResult,
	"sendingmtaip":                keySendingIP,
	"receivingmxhostname":         keyMX,
	"receivingmxhelo":             keyHELO,
	"receivingip":                 keyReceivingIP,
	"failedsessioncount":          keySessions,
	"additionalinformation":       keyInfo,
	"failurereasoncode":           keyReason,

	"feedback":        keyDMARC,
	"reportmetadata":  keyDMARC,
	"policypublished": keyDMARC,
	"authresults":     keyDMARC,
	"policyevaluated": keyDMARC,
}

func keyOfBare(bare []byte) key { return bareKeys[string(bare)] }
