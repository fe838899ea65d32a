//go:build unix

package work

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A pool without work takes no processor time.
func TestPoolParksWhenIdle(t *testing.T) {
	p := newPool(4)
	j := &countJob{ran: make([]atomic.Int32, 8), workers: 4}
	p.Run(j, len(j.ran), nil)
	time.Sleep(20 * spinTime)
	const idle = 300 * time.Millisecond
	before := processorTime(t)
	time.Sleep(idle)
	if spent := processorTime(t) - before; spent > idle/3 {
		t.Errorf("%v of processor time in %v without work", spent, idle)
	}
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
