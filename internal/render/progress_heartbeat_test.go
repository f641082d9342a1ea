package render

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		begun := time.Now()
		h := StartHeartbeat(&b, 30*time.Second, func() string { return fmt.Sprintf("after %s\x1b[2J\n", time.Since(begun)) })
		time.Sleep(91 * time.Second)
		h.Stop()
		h.Stop()
		time.Sleep(time.Hour)
		want := "mtasts: after 30s\\x1b[2J\\n\n" + "mtasts: after 1m0s\\x1b[2J\\n\n" + "mtasts: after 1m30s\\x1b[2J\\n\n"
		if got := b.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestHeartbeatOfAClosedPipe(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		h := StartHeartbeat(&full{}, time.Second, func() string { return "" })
		time.Sleep(10 * time.Second)
		h.Stop()
	})
}
