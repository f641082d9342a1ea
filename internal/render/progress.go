package render

import (
	"io"
	"sync"
	"time"
)

const (
	frameTime   = 100 * time.Millisecond
	quietFrames = 10 // a check that takes less than a second shows nothing
	labelWidth  = 200

	eraseLine = "\r\x1b[K"
	// A line that the terminal breaks could not be erased, so it is cut at the edge instead.
	noBreak  = "\x1b[?7l"
	mayBreak = "\x1b[?7h"
)

// Progress is a line on a terminal that shows that something is going on. It draws nothing in
// its first second. All its methods may be called from several goroutines.
type Progress struct {
	pulse
	out   io.Writer
	label func() string
	tint  palette

	mu     sync.Mutex // held while anything is drawn or erased
	frame  int
	paused int
	drawn  bool
}

// StartProgress draws on w, which is a terminal, until Stop is called. The label says what is
// waited for; it is asked ten times a second from another goroutine, and escaped.
func StartProgress(w io.Writer, label func() string, color bool) *Progress {
	p := newProgress(w, label, color)
	p.start(frameTime, p.step)
	return p
}

func newProgress(w io.Writer, label func() string, color bool) *Progress {
	return &Progress{pulse: newPulse(), out: w, label: label, tint: newPalette(color)}
}

// step draws the next frame, when it is time and nobody else writes.
func (p *Progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frame++
	if p.frame <= quietFrames || p.paused > 0 {
		return
	}
	frames := []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	spinner := p.tint.strong.Sprint(frames[p.frame%len(frames)])
	label := cut(Escape(p.label()), labelWidth)
	_, err := io.WriteString(p.out, eraseLine+noBreak+spinner+" "+p.tint.dim.Sprint(label)+mayBreak)
	p.drawn = err == nil
}

// cut is the first n columns of a text, escaped already.
func cut(s string, n int) string {
	for i, r := range s {
		if n -= columns(string(r)); n < 0 {
			return s[:i]
		}
	}
	return s
}

// Pause erases the line and draws no more until Resume. When it returns the terminal is free to
// be written to. Pauses may be nested.
func (p *Progress) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused++
	p.clear()
}

// Resume ends a Pause.
func (p *Progress) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused--
}

// clear erases what is drawn; the lock is held.
func (p *Progress) clear() {
	if p.drawn {
		_, _ = io.WriteString(p.out, eraseLine) // a terminal that is gone needs no erasing
		p.drawn = false
	}
}

// Stop erases the line and ends the drawing; when it returns nothing more is written and no
// goroutine is left. It may be called more than once.
func (p *Progress) Stop() {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
