package work

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// The process forgets pools that are gone, and their goroutines end.
func TestPoolsAreForgotten(t *testing.T) {
	before := runtime.NumGoroutine()
	for workers := 2; workers <= 64; workers++ {
		j := &countJob{ran: make([]atomic.Int32, workers), workers: workers}
		PoolOf(workers).Run(j, workers, nil)
	}
	for range 200 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left of pools that are gone", n-before)
	}
	p := PoolOf(65) // to make one forgets those that are gone
	pools.Lock()
	defer pools.Unlock()
	for workers, left := range pools.bySize {
		if left.Value() == nil {
			t.Errorf("the process remembers a pool of %d workers that is gone", workers)
		}
	}
	runtime.KeepAlive(p)
}

// Pools that live keep their workers through garbage collections.
func TestPoolsKeepTheirWorkers(t *testing.T) {
	p := PoolOf(3)
	p.Run(&countJob{ran: make([]atomic.Int32, 3), workers: 3}, 3, nil)
	for range 5 {
		runtime.GC()
	}
	time.Sleep(10 * time.Millisecond)
	if p.crew.dismissed.Load() || p != PoolOf(3) {
		t.Error("the workers of a pool are gone")
	}
	runtime.KeepAlive(p)
}
