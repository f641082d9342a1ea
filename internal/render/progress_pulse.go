package render

import (
	"sync"
	"time"
)

// pulse does something at each tick, in a goroutine of its own, until it is stopped.
type pulse struct {
	once sync.Once
	quit chan struct{}
	done chan struct{}
}

func newPulse() pulse { return pulse{quit: make(chan struct{}), done: make(chan struct{})} }

func (p *pulse) start(every time.Duration, step func()) {
	ticks := time.NewTicker(every)
	go func() {
		defer ticks.Stop()
		p.run(ticks.C, step)
	}()
}

func (p *pulse) run(ticks <-chan time.Time, step func()) {
	defer close(p.done)
	for {
		select {
		case <-p.quit:
			return
		case <-ticks:
			step()
		}
	}
}

// stop returns when the goroutine has ended.
func (p *pulse) stop() {
	p.once.Do(func() { close(p.quit) })
	<-p.done
}
