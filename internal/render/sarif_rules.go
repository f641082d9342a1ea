package render

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mtasts/internal/rule"
)

type (
	sarifTool struct {
		Name     string      `json:"name"`
		Version  string      `json:"version,omitempty"`
		Semantic string      `json:"semanticVersion,omitempty"`
		Rules    []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string        `json:"id"`
		Short      sarifText     `json:"shortDescription"`
		Full       sarifText     `json:"fullDescription"`
		Help       sarifText     `json:"help"`
		HelpURI    string        `json:"helpUri,omitempty"`
		Default    sarifDefault  `json:"defaultConfiguration"`
		Properties sarifCategory `json:"properties"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifCategory struct {
		Tags     []string `json:"tags"`
		Group    string   `json:"group"`
		Severity string   `json:"problem.severity"` // GitHub's word
	}
)

// sarifDriver is this program with all its rules, whether they found fault or not.
func sarifDriver(version string) sarifTool {
	semver := semantic(version)
	tool := sarifTool{Name: "mtasts", Version: cmp.Or(semver, version), Semantic: semver}
	for _, e := range append(rule.Explain(), listRule()) {
		level := sarifLevel(worstReason(e))
		tool.Rules = append(tool.Rules, sarifRule{
			ID: e.ID, HelpURI: e.ReferenceURL, Default: sarifDefault{level},
			Short:      sarifText{Text: "Passes when " + e.Title + "."},
			Full:       sarifText{Text: e.More + " " + e.Why},
			Help:       sarifText{Text: helpText(e), Markdown: helpMarkdown(e)},
			Properties: sarifCategory{[]string{"email", "mta-sts", e.Group}, e.Group, sarifSeverity(level)},
		})
	}
	return tool
}

// listRule tells [lineRule] as the rules of the catalogue are told.
func listRule() rule.Explanation {
	return rule.Explanation{
		ID: lineRule, Group: "list", Title: "every line of the list names a domain",
		More: "A line has the name of a domain in front, or an e-mail address or a URL of it.",
		Why:  "Nothing is looked at where it is not known what.",
		Reasons: []rule.Explained{
			{Reason: "no-domain", Status: rule.Warn, Message: "The line names no domain."},
		},
	}
}

// worstReason is the worst that a rule can be answered with.
func worstReason(e rule.Explanation) rule.Status {
	for _, s := range []rule.Status{rule.Fail, rule.Warn} {
		if slices.ContainsFunc(e.Reasons, func(r rule.Explained) bool { return r.Status == s }) {
			return s
		}
	}
	return rule.Unknown
}

func sarifSeverity(level string) string {
	if level == "note" {
		return "recommendation"
	}
	return level
}

// semantic is a version by the rules of Semantic Versioning; empty where it is none.
func semantic(version string) string {
	const number = `(0|[1-9][0-9]*)`
	form := regexp.MustCompile(`^` + number + `\.` + number + `\.` + number + `(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	return form.FindString(strings.TrimPrefix(version, "v"))
}

// helpText is what there is to know of a rule but for the fixes: each result has its own.
func helpText(e rule.Explanation) string {
	text := fmt.Sprintf("Passes when %s. %s\n\nWhy: %s\n\nWhat can be wrong, told of example.com:\n", e.Title, e.More, e.Why)
	for _, r := range e.Reasons {
		text += fmt.Sprintf("- %s (%s): %s\n", r.Reason, r.Status, r.Message)
	}
	if e.Reference != "" {
		text += fmt.Sprintf("\nRead more: %s, %s\n", e.Reference, e.ReferenceURL)
	}
	return text
}

func helpMarkdown(e rule.Explanation) string {
	text := fmt.Sprintf("Passes when %s. %s\n\n**Why:** %s\n\n**What can be wrong**, told of example.com:\n\n",
		markdown(e.Title), markdown(e.More), markdown(e.Why))
	for _, r := range e.Reasons {
		text += fmt.Sprintf("- `%s` (%s): %s\n", r.Reason, r.Status, markdown(r.Message))
	}
	if e.Reference != "" {
		text += fmt.Sprintf("\n**Read more:** [%s](%s)\n", e.Reference, e.ReferenceURL)
	}
	return text
}
