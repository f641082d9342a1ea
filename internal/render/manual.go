package render

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Manual is a page of the manual, section 1. Its texts are plain; [ManPage] escapes them.
type Manual struct {
	Name        string // "mtasts-check"
	Source      string // the program with its version, for the foot of the page
	Date        string // of the version, "2026-01-31"; empty: not known
	Short       string // what it does, in half a sentence
	Synopsis    string // behind the name of the program: "check DOMAIN... [flags]"
	Description []string
	Commands    []Entry // those below it
	Options     []Entry
	Exit        []Entry
	Environment []Entry
	Examples    []Entry  // a command line, and what it is for
	SeeAlso     []string // pages, and RFCs
}

// Entry is a word, in all its spellings, and what there is to say about it.
type Entry struct {
	Terms []string
	Value string // what stands behind it, such as FILE
	Text  string
}

// ManPage writes a page in the language of man(7). It is the same at each run.
func ManPage(w io.Writer, m Manual) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"%s\" \"%s\" \"User Commands\"\n", roff(strings.ToUpper(m.Name)), m.Date, roff(m.Source))
	b.WriteString(".nh\n.ad l\n") // a command that is broken by a hyphen is another one
	b.WriteString(".SH NAME\n" + folded(roff(m.Name)+" \\- "+roff(m.Short)))
	b.WriteString(".SH SYNOPSIS\n" + synopsis(m.Synopsis) + "\n")
	section(&b, "DESCRIPTION", len(m.Description))
	for i, p := range m.Description {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(folded(roff(p)))
	}
	entries(&b, "COMMANDS", m.Commands)
	entries(&b, "OPTIONS", m.Options)
	entries(&b, "EXIT STATUS", m.Exit)
	entries(&b, "ENVIRONMENT", m.Environment)
	examples(&b, m.Examples)
	section(&b, "SEE ALSO", len(m.SeeAlso))
	for i, page := range m.SeeAlso {
		end := ",\n"
		if i == len(m.SeeAlso)-1 {
			end = "\n"
		}
		b.WriteString(seeAlso(page) + end)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, title string, n int) {
	if n > 0 {
		b.WriteString(".SH " + title + "\n")
	}
}

func entries(b *strings.Builder, title string, list []Entry) {
	section(b, title, len(list))
	for _, e := range list {
		b.WriteString(".TP\n" + term(e) + "\n" + folded(roff(e.Text)))
	}
}

// examples are command lines that nothing wraps, each with what it is for behind it.
func examples(b *strings.Builder, list []Entry) {
	section(b, "EXAMPLES", len(list))
	for i, e := range list {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(".nf\n" + term(e) + "\n.fi\n")
		if e.Text != "" {
			b.WriteString(".RS 4\n" + folded(roff(e.Text)) + ".RE\n")
		}
	}
}

// synopsis has the words that are typed in bold, and those that stand for something in italics.
func synopsis(usage string) string {
	standIn := regexp.MustCompile(`[A-Z]{2,}|^\[flags]$`)
	words := strings.Fields(usage)
	for i, w := range words {
		if !standIn.MatchString(w) {
			words[i] = "\\fB" + roff(w) + "\\fR"
			continue
		}
		words[i] = regexp.MustCompile(`[A-Z]{2,}|flags`).ReplaceAllString(roff(w), `\fI$0\fR`)
	}
	return strings.Join(words, " ")
}

// term sets what is typed in bold, and what it stands for in italics.
func term(e Entry) string {
	var spellings []string
	for _, t := range e.Terms {
		spellings = append(spellings, "\\fB"+roff(t)+"\\fR")
	}
	text := strings.Join(spellings, ", ")
	if e.Value != "" {
		text += " \\fI" + roff(e.Value) + "\\fR"
	}
	return text
}

// seeAlso sets the name of a page in bold, and leaves what is no page as it is.
func seeAlso(page string) string {
	if name, section, ok := strings.Cut(page, "("); ok && !strings.Contains(name, " ") {
		return "\\fB" + roff(name) + "\\fR(" + roff(section)
	}
	return roff(page)
}

// longestLine is what a line of a page's source has at most, by the manual.
const longestLine = 79

// folded breaks a paragraph into lines. None begins with a point, which would make a command of it.
func folded(text string) string {
	var b strings.Builder
	column := 0
	for _, w := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(w) > longestLine:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		if column == 0 && strings.HasPrefix(w, ".") {
			w = "\\&" + w
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String() + "\n"
}

// roff escapes a text: what roff would act on, and the signs that it would print as others than those
// that are to be typed (groff_char(7)).
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(s)
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\[u%04X]", r)
		}
	}
	return b.String()
}
