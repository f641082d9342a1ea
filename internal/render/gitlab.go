package render

import (
	"fmt"
	"io"
	"strings"

	"mtasts/internal/rule"
)

type gitlab struct {
	sink
	tracker

	dir   string
	begun bool
}

// NewGitLab writes a report of GitLab's Code Quality: one JSON array of problems, each as soon as it is
// there. Paths are relative to About.Dir. GitLab takes of problems with one fingerprint the last.
func NewGitLab(w io.Writer, a About) Writer { return &gitlab{sink: sink{out: w}, dir: a.Dir} }

type (
	gitlabIssue struct {
		Description string         `json:"description"`
		Check       string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
	}
	gitlabLocation struct {
		Path  string      `json:"path"`
		Lines gitlabLines `json:"lines"`
	}
	gitlabLines struct {
		Begin int `json:"begin"`
	}
)

func (g *gitlab) Result(e Item) error {
	for _, i := range g.issues(e) {
		text, err := marshal(gitlabIssue{
			Description: i.text(longestResult), Check: said(strings.TrimSuffix(i.Rule+":"+i.Reason, ":")),
			Fingerprint: i.print, Severity: gitlabSeverity(i.Finding),
			Location: gitlabLocation{Path: said(i.at.path(g.dir)), Lines: gitlabLines{i.at.line}},
		}, "  ")
		if err != nil {
			return fmt.Errorf("encode a problem of %s for GitLab: %w", Escape(e.Domain), err)
		}
		before := ",\n  "
		if !g.begun {
			before = "[\n  "
		}
		g.begun = true
		if err := g.put(before + text); err != nil {
			return err
		}
	}
	return g.err
}

func (g *gitlab) Close() error {
	if !g.begun {
		return g.put("[]\n")
	}
	return g.put("\n]\n")
}

// gitlabSeverity keeps blocker and critical for others: no mail is read by strangers because a policy is
// wrong. What the baseline knows is one step milder.
func gitlabSeverity(f rule.Finding) string {
	words := []string{"major", "minor", "info", "info"}
	step := map[rule.Status]int{rule.Fail: 0, rule.Warn: 1, rule.Unknown: 2}[f.Status]
	if f.Change == rule.Known {
		step++
	}
	return words[step]
}
