package lab

import (
	"cmp"
	"embed"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Demo is a built-in scene in two forms: a domain with something wrong, and the same repaired.
type Demo struct {
	Name   string // one word: "tour"
	Title  string // one line, no full stop
	Domain string // the one to look at
	Broken string // scripts
	Fixed  string
}

// defaultScene is the name of the scene that shows the most.
const defaultScene = "tour"

//go:embed scenes/*.txtar
var sceneFiles embed.FS

// Scenes are the built-in scenes: the default one, then the others by name. Each is a file
// scenes/NAME.txtar whose head has the lines "title: ..." and "domain: ...", and whose parts
// are named broken and fixed.
func Scenes() []Demo {
	var list []Demo
	entries, _ := sceneFiles.ReadDir("scenes") // embedded: there is no error to be had
	for _, e := range entries {
		text, _ := sceneFiles.ReadFile("scenes/" + e.Name())
		list = append(list, readDemo(strings.TrimSuffix(e.Name(), ".txtar"), text))
	}
	slices.SortStableFunc(list, func(a, b Demo) int {
		return cmp.Compare(rank(a), rank(b))
	})
	return list
}

func rank(d Demo) int {
	if d.Name == defaultScene {
		return 0
	}
	return 1
}

func readDemo(name string, text []byte) Demo {
	archive := txtar.Parse(text)
	d := Demo{Name: name}
	for l := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), ": ")
		switch key {
		case "title":
			d.Title = value
		case "domain":
			d.Domain = value
		}
	}
	for _, f := range archive.Files {
		switch f.Name {
		case "broken":
			d.Broken = string(f.Data)
		case "fixed":
			d.Fixed = string(f.Data)
		}
	}
	return d
}
