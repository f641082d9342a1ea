package render

import (
	"io"
	"time"
)

// Heartbeat is a line from time to time where there is no terminal, in a log, say: it tells that
// something is going on, and how far it is.
type Heartbeat struct{ pulse }

// StartHeartbeat writes a line to w at each interval until Stop is called: "mtasts: " and the label,
// which is escaped. The label is asked for from another goroutine.
func StartHeartbeat(w io.Writer, every time.Duration, label func() string) *Heartbeat {
	h := &Heartbeat{newPulse()}
	h.start(every, func() {
		_, _ = io.WriteString(w, "mtasts: "+cut(Escape(label()), labelWidth)+"\n") // nobody is left to be told
	})
	return h
}

// Stop ends the lines; when it returns nothing more is written and no goroutine is left. It may be
// called more than once.
func (h *Heartbeat) Stop() { h.stop() }
