package work

import (
	"runtime"
	"sync/atomic"
	"time"
)

// sleeper lets one goroutine wait for a condition that others make true and
// then announce by wake.
type sleeper struct {
	parked atomic.Bool
	signal chan struct{}
	_      line
}

func (s *sleeper) init() { s.signal = make(chan struct{}, 1) }

// wait returns when ready does.
func (s *sleeper) wait(ready func() bool) {
	if spin(ready) {
		return
	}
	for {
		s.parked.Store(true)
		if ready() && s.parked.CompareAndSwap(true, false) {
			return
		}
		<-s.signal
		if ready() {
			return
		}
	}
}

// wake makes wait look again, if it is parked.
func (s *sleeper) wake() {
	if s.parked.Load() && s.parked.CompareAndSwap(true, false) {
		s.signal <- struct{}{}
	}
}

// spin reports whether ready became true within spinTime.
func spin(ready func() bool) bool {
	var start time.Time
	for i := 0; ; i++ {
		for range spinLooks {
			if ready() {
				return true
			}
		}
		switch {
		case i == 0:
			start = time.Now()
		case time.Since(start) > spinTime:
			return false
		}
		runtime.Gosched() // another goroutine may need this processor
	}
}

// spinLooks is how often a spinning worker looks before it offers its processor
// to others: most of a microsecond, for to do so takes the scheduler's lock.
const spinLooks = 256
