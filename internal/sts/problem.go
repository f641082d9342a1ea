package sts

// Names of the groups of problems, see Problem.Field.
const (
	recordField  = "record"
	syntaxField  = "syntax"
	versionField = "version"
	modeField    = "mode"
	maxAgeField  = "max_age"
	mxField      = "mx"
)

// MaxProblems is how many problems are given for one text at most; the first ones are kept, and
// what is missing is always told. It bounds the answer to a hostile file.
const MaxProblems = 100

// Problem is one fault that makes a record or policy invalid.
type Problem struct {
	// Field is what the fault is about: "record", and for the policy "syntax", "version", "mode",
	// "max_age" or "mx".
	Field string
	// Reason is a stable word within Field.
	//
	//	record   id-missing, id-characters, id-length, field-syntax
	//	syntax   empty, html, bom, utf-16, bare-cr, not-utf8, control-character, no-colon, bad-key,
	//	         blank-line, leading-space, space-before-colon, comment, bad-value
	//	version  missing, unsupported, case
	//	mode     missing, unknown, case
	//	max_age  missing, not-a-number, negative, too-long, over-maximum
	//	mx       missing, bad-pattern
	Reason string
	// Line and Column count from 1, columns in bytes. Line 0 (then Column 0 as well) stands for
	// the text as a whole: something is missing. A record is one line, whatever it holds. In a
	// policy a bare CR ends a line too; in one that came as UTF-16 the places are those of the
	// text as UTF-8.
	Line, Column int
	// Text says in one clause what is wrong; what is quoted from the input is escaped.
	Text string
	// Near is what was evidently meant, in the place of the faulty part: an id, a value, a pattern
	// (several of them separated by LF), or for "record"/"syntax" problems and missing fields the
	// whole field as it should read. Empty when it is not evident.
	Near string
}

// Field is one name with its value as written, without the white space around them, and the place
// of its name.
type Field struct {
	Name, Value  string
	Line, Column int
}
