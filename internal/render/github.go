package render

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/rule"
)

// annotations are commands to the runner of a GitHub workflow, one a line.
type annotations struct {
	sink
	tracker

	digest *digest // nil: none is wanted
}

// NewGitHub writes each problem as an annotation of a GitHub workflow; and to summary, if there is one, a
// summary in Markdown. GitHub shows ten annotations of a kind for a step, and the others in the log only:
// that is what the summary is for.
func NewGitHub(w, summary io.Writer) Writer {
	a := &annotations{sink: sink{out: w}}
	if summary != nil {
		a.digest = &digest{sink: sink{out: summary}}
	}
	return a
}

// longestAnnotation is less than the 4096 characters that the runner cuts a message at.
const longestAnnotation = 4000

func (a *annotations) Result(e Item) error {
	list := a.issues(e)
	var b strings.Builder
	for _, i := range list {
		b.WriteString("::" + i.command() + "::" + commandData(i.text(longestAnnotation)) + "\n")
	}
	if a.digest != nil {
		a.digest.add(e, list)
	}
	if b.Len() == 0 {
		return a.err
	}
	return a.put(b.String())
}

func (a *annotations) Close() error {
	if a.digest == nil {
		return a.err
	}
	err := a.digest.write()
	if a.err != nil {
		return a.err
	}
	return err
}

// command is an annotation but for its message: "error file=domains.txt,line=3,title=...".
func (i issue) command() string {
	title := "title=" + commandProperty(i.title())
	if !i.at.named {
		return level(i.Finding) + " " + title // there is no file that it could stand at
	}
	at := fmt.Sprintf("file=%s,line=%d,", commandProperty(Escape(i.at.path(""))), i.at.line)
	if i.at.column > 0 {
		at += fmt.Sprintf("col=%d,", i.at.column)
	}
	return level(i.Finding) + " " + at + title
}

// level is the command for a problem. That something could not be found out is no mere note: nobody is
// to take it for a pass.
func level(f rule.Finding) string {
	switch {
	case f.Change == rule.Known:
		return "notice"
	case f.Status == rule.Fail:
		return "error"
	}
	return "warning"
}

// commandData spells what stands behind the second "::" of a command. A newline would end it.
func commandData(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, "%", "%25"), "\r", "%0D"), "\n", "%0A")
}

// commandProperty spells the value of a property, which a comma or a colon would end.
func commandProperty(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(commandData(s), ":", "%3A"), ",", "%2C")
}
