package sender

import "time"

// dialect is how one sender reads: a row of habits, which package comment and table explain. The
// zero value of each habit is said first, and is no tolerance.
type dialect struct {
	name, version, how string

	record recordHabits
	http   httpHabits
	text   textHabits
	values valueHabits
	hosts  hostHabits
}

// recordHabits are about the TXT records at _mta-sts.DOMAIN.
type recordHabits struct {
	begins beginHabit
	count  countHabit
	form   formHabit
	// Of the grammar:
	names    nameHabit
	repeatID bool // a second id does not count
	// Of pairs:
	emptyID   bool           // an id without a value will do
	fold      bool           // "V=stsv1" will do
	everyV    bool           // each "v=" must be good; else the last
	strict    bool           // white space inside a pair is an error, and so is a second "="
	bare      bool           // white space around "=" does not count
	strays    bool           // a piece of white space alone is not passed over
	equalless colonlessHabit // what a piece without "=" is
	header    bool           // what stands before a colon does not count
}

// httpHabits are about the answer of the policy host. That no redirect is followed is common to all.
type httpHabits struct {
	contentType typeHabit
	total       time.Duration // it gives up after that; 0: not known
	silence     time.Duration // it gives up after that without a byte
	most        int           // a longer policy is refused; 0: no limit
	part        int           // it reads so much of the policy, and no more; 0: all
}

// textHabits are about lines and names.
type textHabits struct {
	encoding  encodingHabit
	ends      endHabit
	longest   int  // a longer line is an error; 0: no limit
	empty     bool // an empty line is let pass
	colonless colonlessHabit
	oneColon  bool // a second colon in a line is an error
	blanks    blankHabit
	trimNames bool // white space around a name does not count
	foldNames bool // "Mode" is "mode"
	names     nameHabit
	extension extensionHabit // values of fields that it does not know
}

// valueHabits are about version, mode and max_age.
type valueHabits struct {
	repeated    repeatHabit
	foldVersion bool // "stsv1" will do
	needless    bool // version may be missing
	mode        modeHabit
	age         ageHabits
}

// ageHabits are about max_age.
type ageHabits struct {
	form        ageForm
	least, most int64 // outside of that it is refused; a most of 0: no limit
	top         int64 // more counts as that; 0: no such limit
	// otherwise counts where max_age is missing, out of bounds or unreadable; 0: the policy is refused.
	otherwise int64
}

// hostHabits are about mx, and about the MX hosts.
type hostHabits struct {
	always    bool // an mx is needed in mode none too
	dropEmpty bool // an mx without a name does not count
	valid     patternHabit
	wildcard  wildcardHabit
	finalDot  bool // the final dot of an mx does not count
	uLabels   bool // U-labels of an mx match the A-labels of a host
	untested  bool // in mode testing it does not look at the hosts
}

// beginHabit is which TXT records count as records of MTA-STS.
type beginHabit int

const (
	anyBegin   beginHabit = iota // all
	withTag                      // those that begin "v=STSv1"
	withField                    // those that begin "v=STSv1;"
	withDelim                    // those that begin "v=STSv1", white space, ";"
	withWord                     // those that begin "v=STSv1" in any case, behind which a word ends
	wellFormed                   // those that it can read
)

// countHabit is how many of those there may be.
type countHabit int

const (
	exactlyOne countHabit = iota
	oneOrMore             // one will do
	joined                // all are joined to one text
)

// formHabit is how a record is read.
type formHabit int

const (
	grammar formHabit = iota // as in RFC 8461 §3.1
	pairs                    // pieces between ";", each a name, "=" and a value; the last of a name counts
	unread                   // it is not
)

// typeHabit is what is asked of Content-Type.
type typeHabit int

const (
	typeParsed typeHabit = iota // text/plain in any case, and well-formed parameters
	typeFolded                  // what stands before ";" is text/plain, in any case
	typeExact                   // what stands before ";" is text/plain
	typeAny                     // nothing
)

// encodingHabit is which bytes may stand in the file.
type encodingHabit int

const (
	anyBytes  encodingHabit = iota
	utf8Only                // no others than UTF-8 allows
	byCharset               // those of the charset of Content-Type, which is ASCII unless it says otherwise
)

// endHabit is what ends a line.
type endHabit int

const (
	lfEnds      endHabit = iota // LF or CRLF
	lfEndsLoose                 // the same, and a CR at the end of the file
	pythonEnds                  // all that Python's splitlines knows: CR, form feed and others too
	melting                     // nothing but LF behind a colon: a line without one melts into the next name
)

// colonlessHabit is what a line without a colon is.
type colonlessHabit int

const (
	colonlessBad  colonlessHabit = iota // an error
	colonlessSkip                       // nothing
	colonlessName                       // a name without a value
)

// blankHabit is which characters are white space around names and values.
type blankHabit int

const (
	wsp           blankHabit = iota // blank and tab
	unicodeBlanks                   // those of Unicode
	pythonBlanks                    // the same, and U+001C to U+001F
	jsBlanks                        // the same less U+0085, and the byte order mark
)

// nameHabit is which names may stand there.
type nameHabit int

const (
	rfcNames   nameHabit = iota // a letter or digit, then up to 31 of those, "_", "-" and "."
	looseNames                  // the same, and "-" and "." may begin
	anyNames
)

// extensionHabit is which values unknown fields may have.
type extensionHabit int

const (
	extensionUTF8 extensionHabit = iota // some characters of UTF-8, no controls
	extensionText                       // some bytes, no controls of ASCII
	extensionAny
)

// repeatHabit is what becomes of a field that stands twice.
type repeatHabit int

const (
	repeatBad   repeatHabit = iota // an error
	firstOfGood                    // the first counts, and all must be good
	firstOnly                      // the first counts, and the others are not looked at
	lastOfGood                     // the last counts, and all must be good
	lastOnly                       // the last counts, and the others are not looked at
)

// modeHabit is which modes it knows.
type modeHabit int

const (
	modeExact      modeHabit = iota // the three, and one must be there
	modeElseNone                    // the three; none where there is no mode
	modeFolded                      // the three in any case; none where there is no mode
	modeNotEnforce                  // enforce and testing; everything else is as good as none
)

// ageForm is how max_age is written.
type ageForm int

const (
	ageDigits ageForm = iota // 1 to 10 digits
	ageInt32                 // 1 to 10 digits, at most 2147483647
	ageInt64                 // digits with a sign or none, of 64 bits
	ageNanos                 // the same, counted in nanoseconds, of which 64 bits hold 292 years: beyond it starts anew
	ageUint64                // digits, with a plus or without, of 64 bits without a sign
	agePython                // what Python's int reads
	ageJS                    // what JavaScript's Number reads: 604800.0, 6e5, 0x93a80; nothing is 0
	ageUnread                // anything
)

// patternHabit is what may stand in an mx.
type patternHabit int

const (
	dnsPattern    patternHabit = iota // "*." or nothing, and a host name of 253 characters that is no address
	lookupPattern                     // "*." or nothing, and a name that IDNA 2008 can look up
	anyPattern
)

// wildcardHabit is what a pattern with "*." matches.
type wildcardHabit int

const (
	oneLabel wildcardHabit = iota // one label in place of "*"
	anyDepth                      // one label and more
	postfix                       // the same, as match= in Postfix: "*" goes, and what begins with a dot matches
	notKnown                      // it is not known
)
