package publish

import (
	"fmt"
	"strings"

	"mtasts/internal/sts"
)

// textWidth is how long the lines of notes and steps are.
const textWidth = 80

// Text is all of the plan for a person: notes, records, policy, server, steps. What is no part of a
// block to paste begins with the block's own sign of a comment, or with #.
func (p *Plan) Text() string {
	records := p.RecordSheet()
	blocks := []string{heading(records.Comment, "DNS records of "+p.Domain) + records.Text}
	if records.Comment == "" {
		blocks[0] = heading("#", "DNS records of "+p.Domain+": "+records.Name) + "\n" + records.Text
	}
	if len(p.Notes) > 0 {
		blocks = append([]string{commented("#", p.noteLines())}, blocks...)
	}
	blocks = append(blocks, heading("#", "The policy, "+sts.PolicyURL(p.Domain))+"\n"+p.PolicyText())
	if server, ok := p.ServerSheet(); ok {
		blocks = append(blocks, heading(server.Comment, p.ways().name+", "+p.ways().path)+server.Text)
	}
	blocks = append(blocks, commented("#", p.stepLines()))
	return strings.Join(blocks, "\n")
}

func heading(sign, text string) string { return sign + " " + text + "\n" }

func commented(sign string, lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(sign+" "+line, " ") + "\n")
	}
	return b.String()
}

// StepText is the notes and the steps alone.
func (p *Plan) StepText() string {
	lines := p.stepLines()
	if len(p.Notes) > 0 {
		lines = append(append(p.noteLines(), ""), lines...)
	}
	return strings.Join(lines, "\n") + "\n"
}

func (p *Plan) noteLines() []string {
	var lines []string
	for _, note := range p.Notes {
		lines = append(lines, hung("- ", note)...)
	}
	return lines
}

func (p *Plan) stepLines() []string {
	lines := []string{"What to do, in order:"}
	for i, s := range p.Steps {
		text := s.Text
		if !s.NotBefore.IsZero() {
			text = "Not before " + when(s.NotBefore) + ": " + text
		}
		lines = append(lines, hung(fmt.Sprintf("%2d. ", i+1), text)...)
		for _, command := range s.Commands {
			lines = append(lines, "        "+command)
		}
	}
	return lines
}

// hung sets a text behind a sign, its further lines below its first.
func hung(sign, text string) []string {
	lines := Wrapped(text, textWidth-2-len(sign))
	for i := range lines {
		if i == 0 {
			lines[i] = sign + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", len(sign)) + lines[i]
		}
	}
	return lines
}

// Files are the plan as files of a directory: the policy where a web server looks for it below its
// root, the records, the server's configuration, and the steps.
func (p *Plan) Files() []Sheet {
	files := []Sheet{{Name: strings.TrimPrefix(sts.PolicyPath, "/"), Text: p.PolicyText()}, p.RecordSheet()}
	if server, ok := p.ServerSheet(); ok {
		files = append(files, server)
	}
	return append(files, Sheet{Name: "steps.txt", Text: p.StepText()})
}
