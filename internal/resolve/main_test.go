package resolve

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(responderEnv) != "" {
		respond() // this process is the other side of a benchmark
		return
	}
	goleak.VerifyTestMain(m)
}
