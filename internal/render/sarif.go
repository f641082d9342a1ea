package render

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"time"

	"mtasts/internal/rule"
)

// sarif writes a log of one run: its head, its results as they come, and its end.
type sarif struct {
	sink
	tracker

	about   About
	began   time.Time
	index   map[string]int // of a rule in the head
	written int            // results
	cut     bool           // a domain was not looked at to its end
}

// NewSARIF writes a SARIF 2.1.0 log: the rules of the catalogue, then each problem at a line of a file, as
// GitHub's code scanning demands it.
//
// A problem that the baseline has is unchanged. One that is gone is no result, although SARIF has a word
// for it: GitHub takes every result for an alert that is open, and closes those that come no more.
func NewSARIF(w io.Writer, a About) Writer {
	return &sarif{sink: sink{out: w}, about: a, began: a.Now()}
}

// longestResult is how many bytes a result's message has at most: a policy with all its MX hosts fits in.
const longestResult = 16 << 10

// sarifRoot is the name that readers know for the directory of the sources.
const sarifRoot = "%SRCROOT%"

type (
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    *int              `json:"ruleIndex,omitempty"` // not of a rule that only another version has
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Baseline     string            `json:"baselineState,omitempty"`
		Properties   map[string]string `json:"properties,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind,omitempty"`
	}
	sarifInvocation struct {
		Successful bool   `json:"executionSuccessful"`
		Start      string `json:"startTimeUtc"`
		End        string `json:"endTimeUtc"`
	}
)

func (s *sarif) Result(e Item) error {
	if err := s.open(); err != nil {
		return err
	}
	s.cut = s.cut || e.Interrupted
	for _, i := range s.issues(e) {
		text, err := marshal(s.result(i), "        ")
		if err != nil {
			return fmt.Errorf("encode a result of %s as SARIF: %w", Escape(e.Domain), err)
		}
		before := ",\n        "
		if s.written == 0 {
			before = "\n        "
		}
		s.written++
		if err := s.put(before + text); err != nil {
			return err
		}
	}
	return s.err
}

func (s *sarif) Close() error {
	if err := s.open(); err != nil {
		return err
	}
	end := "],\n"
	if s.written > 0 {
		end = "\n      ],\n"
	}
	text, err := marshal([]sarifInvocation{{!s.cut, sarifTime(s.began), sarifTime(s.about.Now())}}, "      ")
	if err != nil {
		return fmt.Errorf("encode the end of the SARIF log: %w", err)
	}
	return s.put(end + `      "invocations": ` + text + "\n    }\n  ]\n}\n")
}

// open writes the head, once.
func (s *sarif) open() error {
	if s.index != nil {
		return s.err
	}
	s.index = map[string]int{}
	driver := sarifDriver(s.about.Version)
	for i, r := range driver.Rules {
		s.index[r.ID] = i
	}
	text, err := marshal(map[string]any{"driver": driver}, "      ")
	if err != nil {
		return fmt.Errorf("encode the rules as SARIF: %w", err)
	}
	head := `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": ` + text + ",\n"
	if base := s.base(); base != "" {
		root, err := marshal(map[string]sarifArtifact{sarifRoot: {URI: base}}, "      ")
		if err != nil {
			return fmt.Errorf("encode the directory as SARIF: %w", err)
		}
		head += `      "originalUriBaseIds": ` + root + ",\n"
	}
	return s.put(head + `      "results": [`)
}

// base is the directory that relative paths are told from, as a URI; empty where it is not known.
func (s *sarif) base() string {
	if s.about.Dir == "" {
		return ""
	}
	return strings.TrimSuffix(uri(spot{file: s.about.Dir, named: true}.path("")), "/") + "/"
}

func (s *sarif) result(i issue) sarifResult {
	r := sarifResult{
		RuleID: said(i.Rule), Level: sarifLevel(i.Status),
		Message: sarifText{Text: unlinked(i.text(longestResult))},
		// GitHub knows an alert by the first of these alone, and works it out from the lines of the file
		// where it is missing: then a domain added to the list would be a change of its neighbours.
		Fingerprints: map[string]string{"primaryLocationLineHash": i.print, "mtasts/v1": i.print},
		Baseline:     sarifBaseline(i.Change),
		Properties:   map[string]string{"status": string(i.Status)},
	}
	if n, known := s.index[i.Rule]; known {
		r.RuleIndex = &n
	}
	if i.Reason != "" {
		r.Properties["reason"] = said(i.Reason)
	}
	at := sarifLocation{Physical: sarifPhysical{
		Artifact: sarifArtifact{URI: uri(i.at.path(s.about.Dir))},
		Region:   sarifRegion{Line: i.at.line, Column: i.at.column},
	}}
	if s.about.Dir != "" && !strings.HasPrefix(at.Physical.Artifact.URI, "file:") {
		at.Physical.Artifact.Base = sarifRoot
	}
	for _, l := range []sarifLogical{{said(i.domain), "domain"}, {said(i.Subject), "subject"}} {
		if l.Name != "" {
			at.Logical = append(at.Logical, l)
		}
	}
	r.Locations = []sarifLocation{at}
	return r
}

func sarifLevel(s rule.Status) string {
	switch s {
	case rule.Fail:
		return "error"
	case rule.Warn:
		return "warning"
	default:
		return "note"
	}
}

func sarifBaseline(c rule.Change) string {
	return map[rule.Change]string{rule.Fresh: "new", rule.Worse: "updated", rule.Known: "unchanged"}[c]
}

func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// unlinked keeps what a server said from being a link: in a message that is [text](target).
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }

// uri is a path as a URI reference (RFC 3986): a relative one, or file:///. The letter of a drive on
// Windows is no part of a path that the rest is relative to (RFC 8089, appendix E).
func uri(slashed string) string {
	if drive := filepath.VolumeName(slashed); len(drive) == len("C:") && filepath.IsAbs(slashed) {
		return "file:///" + drive + strings.TrimPrefix(uri(slashed[len(drive):]), "file://")
	}
	parts := strings.Split(slashed, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A") // a:b would be of a scheme a
	}
	text := strings.Join(parts, "/")
	if path.IsAbs(slashed) {
		return "file://" + text
	}
	return text
}
