package sender

import (
	"math"
	"sync"
	"time"
)

const (
	longestScan = 65535    // bytes of a line that Go's bufio.Scanner takes
	kilobytes64 = 64 << 10 // the limit that RFC 8461 §3.3 suggests
	year        = 31557600 // the most that max_age can be, RFC 8461 §3.2
)

// dialects is the table of senders. What was looked at, and what it means, is told in the package
// comment.
var dialects = sync.OnceValue(func() []dialect {
	return []dialect{
		chasquid(), maddy(), mox(), tlspol(), resolver(), kumoMTA(), stalwart(), mailauth(), halon(),
	}
})

func chasquid() dialect {
	return dialect{
		name: "chasquid", version: "source of 2023-07-28", how: Run,
		record: recordHabits{begins: withField, count: oneOrMore, form: unread},
		http:   httpHabits{contentType: typeParsed, part: 10 << 10},
		text: textHabits{
			ends: lfEndsLoose, colonless: colonlessSkip,
			blanks: unicodeBlanks, trimNames: true, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: lastOnly, mode: modeExact, age: ageHabits{form: ageNanos, least: 1, most: year}},
		hosts:  hostHabits{always: true, valid: anyPattern, finalDot: true, uLabels: true, untested: true},
	}
}

func maddy() dialect {
	return dialect{
		name: "maddy", version: "go-mtasts at 6cf8b82", how: Run,
		record: recordHabits{begins: anyBegin, form: pairs, everyV: true, strict: true},
		http:   httpHabits{contentType: typeParsed, total: time.Minute},
		text: textHabits{
			ends: lfEndsLoose, longest: longestScan, oneColon: true,
			blanks: unicodeBlanks, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: lastOfGood, mode: modeExact, age: ageHabits{form: ageInt64, least: math.MinInt64}},
		hosts:  hostHabits{valid: anyPattern, finalDot: true, uLabels: true},
	}
}

func mox() dialect {
	return dialect{
		name: "mox", version: "source at bc38693", how: Run,
		record: recordHabits{begins: withDelim, form: grammar, names: looseNames},
		http:   httpHabits{contentType: typeAny, total: time.Minute, most: kilobytes64},
		text:   textHabits{ends: lfEnds, blanks: wsp, names: looseNames, extension: extensionText},
		values: valueHabits{repeated: firstOfGood, mode: modeExact, age: ageHabits{form: ageInt32}},
		hosts:  hostHabits{valid: lookupPattern},
	}
}

func tlspol() dialect {
	return dialect{
		name: "postfix-tlspol", version: "source of 2026", how: Run,
		record: recordHabits{begins: withDelim, form: grammar, repeatID: true},
		http:   httpHabits{contentType: typeParsed, total: 2 * time.Second, most: kilobytes64},
		text:   textHabits{ends: lfEndsLoose, blanks: wsp},
		values: valueHabits{repeated: firstOnly, mode: modeExact, age: ageHabits{form: ageDigits, top: year}},
		hosts:  hostHabits{valid: dnsPattern, wildcard: postfix},
	}
}

func resolver() dialect {
	return dialect{
		name: "postfix-mta-sts-resolver", version: "1.1.2", how: ReadInSource,
		record: recordHabits{begins: withTag, form: pairs, emptyID: true, equalless: colonlessName},
		http:   httpHabits{contentType: typeFolded, total: 4 * time.Second, most: kilobytes64},
		text: textHabits{
			encoding: byCharset, ends: pythonEnds, colonless: colonlessName,
			blanks: pythonBlanks, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: lastOnly, mode: modeExact, age: ageHabits{form: agePython, most: year}},
		hosts:  hostHabits{valid: anyPattern, wildcard: postfix},
	}
}

func kumoMTA() dialect {
	return dialect{
		name: "KumoMTA", version: "source at 7bd6f3a", how: ReadInSource,
		record: recordHabits{begins: anyBegin, count: joined, form: pairs, emptyID: true, bare: true, strays: true},
		http:   httpHabits{contentType: typeExact, total: 20 * time.Second},
		text: textHabits{
			ends: lfEnds, empty: true,
			blanks: unicodeBlanks, trimNames: true, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: repeatBad, mode: modeExact, age: ageHabits{form: ageUint64}},
		hosts:  hostHabits{valid: anyPattern},
	}
}

func stalwart() dialect {
	return dialect{
		name: "Stalwart", version: "source at 7dc95c7", how: ReadInSource,
		record: recordHabits{
			begins: wellFormed, count: oneOrMore, form: pairs, emptyID: true,
			fold: true, everyV: true, bare: true, equalless: colonlessSkip,
		},
		http: httpHabits{contentType: typeAny, most: 1 << 20},
		text: textHabits{encoding: utf8Only, ends: melting, blanks: unicodeBlanks, trimNames: true},
		values: valueHabits{
			repeated: lastOfGood, foldVersion: true, needless: true, mode: modeElseNone,
			age: ageHabits{form: ageUint64, least: 3600, most: year - 1, otherwise: 86400},
		},
		hosts: hostHabits{always: true, dropEmpty: true, valid: anyPattern},
	}
}

func mailauth() dialect {
	return dialect{
		name: "mailauth", version: "4.13.3", how: Run,
		record: recordHabits{
			begins: withWord, form: pairs,
			fold: true, bare: true, equalless: colonlessSkip, header: true,
		},
		http: httpHabits{contentType: typeAny, silence: 15 * time.Second},
		text: textHabits{
			ends: lfEnds, colonless: colonlessSkip,
			blanks: jsBlanks, trimNames: true, foldNames: true, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: lastOnly, mode: modeFolded, age: ageHabits{form: ageJS, most: year}},
		hosts:  hostHabits{valid: anyPattern, wildcard: anyDepth},
	}
}

func halon() dialect {
	return dialect{
		name: "Halon", version: "source at fd2df98", how: ReadInSource,
		record: recordHabits{begins: withField, form: unread},
		http:   httpHabits{contentType: typeAny, total: 5 * time.Second, most: kilobytes64},
		text: textHabits{
			ends: lfEnds, colonless: colonlessSkip,
			blanks: unicodeBlanks, trimNames: true, names: anyNames, extension: extensionAny,
		},
		values: valueHabits{repeated: lastOnly, mode: modeNotEnforce, age: ageHabits{form: ageUnread}},
		hosts:  hostHabits{valid: anyPattern, wildcard: notKnown, untested: true},
	}
}
