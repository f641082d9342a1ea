package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionLine(t *testing.T) {
	of := " (" + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	known := " (commit 0123456789ab, 2026-11-23, " + of[2:]
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for want, info := range map[string]*debug.BuildInfo{
		"mtasts devel" + of: nil,
		"mtasts 1.2.3" + of: {Main: debug.Module{Version: "v1.2.3"}},
		"mtasts 1.2.4-0.20261123204512-0123456789ab" + known: {
			Main: debug.Module{Version: "v1.2.4-0.20261123204512-0123456789ab"},
			Settings: []debug.BuildSetting{
				setting("vcs.revision", "0123456789abcdef0123456789abcdef01234567"), setting("vcs.time", "2026-11-23T20:45:12Z"),
			},
		},
	} {
		b := builtFrom(info)
		if got := versionLine(b.version, b); got != want {
			t.Errorf("of %+v it says %q, want %q", info, got, want)
		}
	}
}
