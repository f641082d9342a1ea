// Package memo remembers answers, and has what many ask at once asked for once.
package memo
