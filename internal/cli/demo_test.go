package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"

	"mtasts/internal/cli"
	"mtasts/internal/collect"
	"mtasts/internal/lab"
)

// Every scene shows what it says, without the network of the system.
func TestEveryScene(t *testing.T) {
	t.Parallel()
	for _, scene := range lab.Scenes() {
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			var out, complaints bytes.Buffer
			sys := cli.System{
				Net: collect.Network{
					Now: noon,
					Dial: func(context.Context, string, string) (net.Conn, error) {
						return nil, errors.New("the demo has no business here")
					},
				},
				Out: &out, Err: &complaints, Getenv: func(string) string { return "" }, Version: "test",
			}
			if code := cli.Run(t.Context(), sys, []string{"demo", scene.Name}); code != 0 {
				t.Errorf("exit code %d: %s%s", code, complaints.String(), out.String())
			}
		})
	}
}
