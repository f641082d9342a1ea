package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// What the linker writes into a release (-X): its version without the "v", the commit, and the commit's time
// in RFC 3339. They are empty in every other build, which tells what the Go tool knows of it.
var releaseVersion, releaseCommit, releaseTime string

func newVersion(sys System) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, with that of Go and the platform",
		Example: "  mtasts version",
		Args:    noMoreThan(0),
		RunE:    func(*cobra.Command, []string) error { return printVersion(sys) },
	}
}

func printVersion(sys System) error {
	_, err := fmt.Fprintln(sys.Out, versionLine(sys.Version, thisBuild()))
	return err
}

// versionLine tells all that is known of a build: "mtasts 1.0.0 (commit 0123456789ab, 2026-11-23, go1.26.8, linux/amd64)".
func versionLine(version string, b build) string {
	var list []string
	if b.commit != "" {
		list = append(list, "commit "+b.commit[:min(len(b.commit), shortCommit)])
	}
	if b.day() != "" {
		list = append(list, b.day())
	}
	list = append(list, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return fmt.Sprintf("mtasts %s (%s)", version, strings.Join(list, ", "))
}

// shortCommit is as much of a commit's name as the Go tool has in its versions.
const shortCommit = 12

// build is where a program came from. What is not known is empty, but for the version: "devel".
type build struct{ version, commit, time string }

// day is the day of the commit.
func (b build) day() string {
	day, _, _ := strings.Cut(b.time, "T")
	return day
}

// thisBuild is what the linker was told, or else what the Go tool wrote into the program.
func thisBuild() build {
	if releaseVersion != "" {
		return build{releaseVersion, releaseCommit, releaseTime}
	}
	info, _ := debug.ReadBuildInfo()
	return builtFrom(info)
}

// builtFrom reads what the Go tool wrote. The version is the tag, or one that is made of the commit.
func builtFrom(info *debug.BuildInfo) build {
	b := build{version: "devel"}
	if info == nil {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = strings.TrimPrefix(v, "v")
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.time = s.Value
		}
	}
	return b
}
