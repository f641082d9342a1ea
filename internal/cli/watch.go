package cli

import (
	"time"

	"mtasts/internal/render"
)

// heartbeat is how often a run says how far it is where nobody sits at a terminal.
const heartbeat = 30 * time.Second

// watch is how somebody who waits is told how far the run is.
type watch struct {
	add  func(render.Item) (after func()) // before an item is told; after is for when it is
	stop func()
}

// watching shows a person at a terminal what is waited for; elsewhere it says so from time to time, if
// that is asked for and there is a list to wait for.
func (s *session) watching(list *domainList, o *outputOptions) watch {
	pace := render.NewPace(s.sys.Net.Now, list.share)
	w := watch{
		add:  func(i render.Item) func() { pace.Add(i.Protection); return func() {} },
		stop: func() {},
	}
	switch {
	case s.sys.ErrTTY:
		p := render.StartProgress(s.sys.Err, s.label(list, pace), o.colored(s.sys, s.sys.ErrTTY))
		w.stop = p.Stop
		if s.sys.OutTTY { // both streams lead to one screen
			w.add = func(i render.Item) func() { pace.Add(i.Protection); p.Pause(); return p.Resume }
		}
	case o.verbose && list.streams():
		w.stop = render.StartHeartbeat(s.sys.Err, heartbeat, pace.Label).Stop
	}
	return w
}

// label says what is waited for.
func (s *session) label(list *domainList, pace *render.Pace) func() string {
	if !list.streams() && len(list.args) == 1 {
		return func() string { return "checking " + list.args[0].domain }
	}
	return pace.Label
}
