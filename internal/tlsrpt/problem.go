package tlsrpt

// MaxProblems is how many problems are given for one record at most; the first ones are kept, and
// a missing rua is always told. It bounds the answer to a hostile text.
const MaxProblems = 100

// Problem is one fault that makes a record invalid.
type Problem struct {
	// Field is what the fault is about: always "record".
	Field string
	// Reason is a stable word: rua-missing, field-syntax, or rua-separator (a ";" stands between
	// two URIs, where a comma belongs).
	Reason string
	// Line is 1, and Column counts its bytes from 1; both are 0 when the rua is missing altogether.
	Line, Column int
	// Text says in one clause what is wrong; what is quoted from the input is escaped.
	Text string
	// Near is what was evidently meant: the whole field, or for a fault of one URI that URI, as it
	// should read. Empty when it is not evident.
	Near string
}

// Field is one name with its value as written, and the place of its name.
type Field struct {
	Name, Value  string
	Line, Column int
}
