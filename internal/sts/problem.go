package sts

import "mtasts/internal/field"

// Names of the groups of problems, see Problem.Field.
const (
	syntaxField  = "syntax"
	versionField = "version"
	modeField    = "mode"
	maxAgeField  = "max_age"
	mxField      = "mx"
)

// Problem is one fault that makes a record or policy invalid. These are its reasons, by Field:
//
//	record   id-missing, id-characters, id-length, field-syntax
//	syntax   empty, html, bom, utf-16, bare-cr, not-utf8, control-character, no-colon, bad-key,
//	         blank-line, leading-space, space-before-colon, comment, bad-value
//	version  missing, unsupported, case
//	mode     missing, unknown, case
//	max_age  missing, not-a-number, negative, too-long, over-maximum
//	mx       missing, bad-pattern
type Problem = field.Problem

// Field is one name with its value, of a record or a policy.
type Field = field.Field
