package tlsrpt

import "mtasts/internal/field"

// Problem is one fault that makes a record invalid. Its Field is "record", and these are its
// reasons: rua-missing, field-syntax, and rua-separator (a ";" stands between two URIs, where a
// comma belongs).
type Problem = field.Problem

// Field is one name with its value.
type Field = field.Field
