package render

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hand is a Progress whose clock is moved by hand. A tick is taken only when the one before it
// has been drawn.
func hand(t *testing.T, w io.Writer) (p *Progress, ticks func(n int)) {
	p = newProgress(w, func() string { return "example.com\x1b[2J" }, false)
	clock := make(chan time.Time)
	go p.run(clock, p.step)
	t.Cleanup(p.Stop)
	return p, func(n int) {
		for range n {
			clock <- time.Time{}
		}
	}
}

func TestProgressKeepsQuietForASecond(t *testing.T) {
	var b bytes.Buffer
	p, ticks := hand(t, &b)
	ticks(quietFrames)
	p.Stop()
	p.Stop()
	if b.Len() > 0 {
		t.Errorf("drew %q", b.String())
	}
}

func TestProgressDrawsAndErases(t *testing.T) {
	var b bytes.Buffer
	p, ticks := hand(t, &b)
	ticks(quietFrames + 3)
	p.Stop()
	got := b.String()
	if n := strings.Count(got, `example.com\x1b[2J`); n != 3 {
		t.Errorf("drew %d frames: %q", n, got)
	}
	if !strings.HasSuffix(got, mayBreak+eraseLine) {
		t.Errorf("not erased: %q", got)
	}
}

// On a terminal the output and the spinner share a screen.
func TestProgressMakesRoom(t *testing.T) {
	var screen bytes.Buffer
	p, ticks := hand(t, &screen)
	ticks(quietFrames + 2)
	p.Pause()
	screen.WriteString("RESULT\n")
	p.Resume()
	ticks(2)
	p.Stop()
	if got := screen.String(); !strings.Contains(got, mayBreak+eraseLine+"RESULT\n"+eraseLine) {
		t.Errorf("output mixes with the spinner: %q", got)
	}
}

func TestProgressPauses(t *testing.T) {
	var b bytes.Buffer
	p, ticks := hand(t, &b)
	ticks(quietFrames + 2)
	p.Pause()
	p.Pause()
	p.Resume()
	before := b.Len()
	ticks(5)
	p.Pause() // so that the last tick is done with
	if b.Len() != before {
		t.Errorf("drew while paused: %q", b.String()[before:])
	}
}

func TestProgressOfAGoneTerminal(t *testing.T) {
	p, ticks := hand(t, &full{})
	ticks(quietFrames + 3)
	p.Stop()
}

func TestStartProgressStops(_ *testing.T) {
	StartProgress(io.Discard, func() string { return "" }, true).Stop()
}

func TestCut(t *testing.T) {
	for in, want := range map[string]string{"": "", "abcd": "abcd", "abcde": "abcd", "日本語": "日本", "a日本": "a日"} {
		if got := cut(in, 4); got != want {
			t.Errorf("cut(%q, 4) = %q, want %q", in, got, want)
		}
	}
}
