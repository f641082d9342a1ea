package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(sys System) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, with that of Go and the platform",
		Example: "  mtasts version",
		Args:    noMoreThan(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(sys.Out, versionLine(sys))
			return err
		},
	}
}

func versionLine(sys System) string {
	return fmt.Sprintf("mtasts %s (%s, %s/%s)", sys.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// buildVersion is the version that the Go tool wrote into the program: the tag, or a
// pseudo-version with the commit, or "devel".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// buildDate is the day of the commit that the program was built from, where the Go tool knows it.
func buildDate() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if day, _, cut := strings.Cut(s.Value, "T"); s.Key == "vcs.time" && cut {
			return day
		}
	}
	return ""
}
