package reports

// note is a deviation from RFC 8460 §4.4 that is read all the same. They are few and fixed, so that they
// can be counted over many reports.
type note uint

const (
	noteMark note = iota
	noteUTF8
	noteControl
	noteTrailing
	noteArray
	noteKeys
	noteTwice
	noteType
	noteCut
	noteLong
	noteOrganization
	noteID
	noteContact
	noteZone
	noteOffset
	noteDate
	noteEpoch
	noteTime
	noteOneTime
	noteBackwards
	noteMidnight
	noteSpan
	noteObject
	noteEmpty
	noteEntry
	noteFlat
	noteNoPolicy
	notePolicyType
	noteNoDomain
	noteDomain
	noteNoLines
	noteOneLine
	noteNested
	noteProse
	noteNoMX
	noteOneMX
	notePrefix
	noteAlias
	noteSummary
	noteSuccesses
	noteFailures
	noteCountText
	noteFraction
	noteNegative
	noteCount
	noteOneDetail
	noteResultType
	noteNoSessions
	noteSendingIP
	noteNoSendingIP
	noteNoHost
	noteSum
	noteEnd // behind the last
)

// noteTexts are the notes in words.
var noteTexts = [noteEnd]string{
	noteMark:         "a byte order mark stands before the report",
	noteUTF8:         "a text is not UTF-8",
	noteControl:      "a text holds bare control characters",
	noteTrailing:     "something follows the report",
	noteArray:        "the report stands in an array",
	noteKeys:         "keys are not spelled as RFC 8460 has them",
	noteTwice:        "a key stands twice in one object; the last counts",
	noteType:         "a value is of another JSON type than RFC 8460 has it",
	noteCut:          "there are more policies or failures than are read; the rest is left out",
	noteLong:         "a text is longer than is kept",
	noteOrganization: "organization-name is missing",
	noteID:           "report-id is missing",
	noteContact:      "contact-info is missing or null",
	noteZone:         "a time has no zone; it was read as UTC",
	noteOffset:       "a time is in another zone than UTC",
	noteDate:         "a date stands for a time",
	noteEpoch:        "a number of seconds stands for a time",
	noteTime:         "a time is not written as in RFC 3339",
	noteOneTime:      "one end of date-range is missing or unreadable; a day was assumed",
	noteBackwards:    "date-range is empty or ends before it begins; a day was assumed",
	noteMidnight:     "date-range ends at the next midnight, not at 23:59:59",
	noteSpan:         "date-range is longer than a day; it counts on its first day",
	noteObject:       "policies is an object and no array",
	noteEmpty:        "there is no policy in policies",
	noteEntry:        "an entry of policies or failure-details is no object",
	noteFlat:         "the parts of a policy are not in the objects policy and summary",
	noteNoPolicy:     "policy-type is missing",
	notePolicyType:   "a policy-type is none of RFC 8460",
	noteNoDomain:     "policy-domain is missing",
	noteDomain:       "a policy-domain is not written in A-labels, lower case, without final dot",
	noteNoLines:      "policy-string is missing from a policy of type sts or tlsa",
	noteOneLine:      "policy-string is a string and no array",
	noteNested:       "policy-string is an array within a string",
	noteProse:        "policy-string is one text with semicolons or line breaks",
	noteNoMX:         "mx-host is missing from a policy of type sts",
	noteOneMX:        "mx-host is a string and no array",
	notePrefix:       "mx-host has the prefix \"mx:\"",
	noteAlias:        "a key has another name than in RFC 8460 §4.4: additional-info-uri, mx-host-pattern or failure-error-code",
	noteSummary:      "summary is missing",
	noteSuccesses:    "total-successful-session-count is missing",
	noteFailures:     "total-failure-session-count is missing",
	noteCountText:    "a count is a string",
	noteFraction:     "a count is written with a fraction or an exponent",
	noteNegative:     "a count is negative; it was read as 0",
	noteCount:        "a count cannot be read or is too large to be true; it was read as 0",
	noteOneDetail:    "failure-details is an object and no array",
	noteResultType:   "a result-type is none of RFC 8460",
	noteNoSessions:   "failed-session-count is missing",
	noteSendingIP:    "sending-mta-ip is empty",
	noteNoSendingIP:  "sending-mta-ip is missing",
	noteNoHost:       "receiving-mx-hostname is missing from a failure at an MX host",
	noteSum:          "the failures in the details do not add up to those of the summary",
}

// notes is a set of them; there are fewer than 64.
type notes uint64

func (n *notes) add(one note) { *n |= 1 << one }

// texts are the notes in words, in a fixed order.
func (n notes) texts() []string {
	var list []string
	for one := range noteEnd {
		if n&(1<<one) != 0 {
			list = append(list, noteTexts[one])
		}
	}
	return list
}
