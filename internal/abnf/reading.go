package abnf

// A Difference is one way in which a parser, for a reason, refuses what its grammar accepts.
type Difference struct {
	// Name is a word for it, Why the reason, with the section of the document.
	Name, Why string
	// Case is a text that shows it: the grammar accepts it, and nothing but this is wrong with it.
	Case string
	// Applies judges a text that the grammar accepts.
	Applies func(text string) bool
}

// Reading is a grammar with all that its document says beside it. A parser and it agree when the
// parser finds no fault in just those texts that it does not refuse.
type Reading struct {
	Rule        *Rule
	Differences []Difference
}

// Refuses names all for which a text is refused: "grammar", or the differences that apply.
func (r Reading) Refuses(text string) (why []string) {
	if !r.Rule.Matches(text) {
		return []string{"grammar"}
	}
	for _, d := range r.Differences {
		if d.Applies(text) {
			why = append(why, d.Name)
		}
	}
	return why
}
