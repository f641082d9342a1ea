package render

import (
	"github.com/fatih/color"

	"mtasts/internal/rule"
)

// WantColor decides whether output is coloured. The flag (--color) wins where it is "always" or
// "never"; then NO_COLOR, set to anything (no-color.org); then CLICOLOR_FORCE, set to anything
// but "0"; then CLICOLOR=0 and TERM=dumb, which switch it off; else it is a terminal's privilege.
func WantColor(flag string, tty bool, getenv func(string) string) bool {
	force := getenv("CLICOLOR_FORCE")
	switch {
	case flag == "always" || flag == "never":
		return flag == "always"
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case getenv("CLICOLOR") == "0" || getenv("TERM") == "dumb":
		return false
	}
	return tty
}

// palette is the colours of a page. They repeat what the words say and never add to it.
type palette struct {
	status map[rule.Status]*color.Color
	strong *color.Color
	dim    *color.Color
	paste  *color.Color
}

func newPalette(on bool) palette {
	tint := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		// Said outright, for by itself the package looks at the process's environment.
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return palette{
		status: map[rule.Status]*color.Color{
			rule.Pass:    tint(color.FgGreen, color.Bold),
			rule.Info:    tint(color.FgBlue, color.Bold),
			rule.Warn:    tint(color.FgYellow, color.Bold),
			rule.Fail:    tint(color.FgRed, color.Bold),
			rule.Unknown: tint(color.FgMagenta, color.Bold),
		},
		strong: tint(color.Bold),
		dim:    tint(color.Faint),
		paste:  tint(color.FgCyan),
	}
}

// mark is a status as symbol and word.
func (p palette) mark(s rule.Status) span {
	return span{symbol(s) + " " + Escape(string(s)), p.status[s]}
}
