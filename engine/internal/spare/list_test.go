package spare

import (
	"runtime"
	"testing"
	"time"
)

type item [1 << 10]byte

func TestListKeepsWhatOneCallerNeeds(t *testing.T) {
	var l List[item]
	e := l.Get()
	l.Put(e)
	for range 5 {
		runtime.GC()
	}
	if l.Get() != e {
		t.Error("the item of a single caller is gone after garbage collections")
	}
}

func TestListGivesBackWhatABurstNeeded(t *testing.T) {
	for _, keep := range []int{0, 1, 3} {
		const callers = 50
		l := List[item]{Keep: keep}
		var items [callers]*item
		freed := make(chan struct{}, callers)
		for i := range items {
			items[i] = l.Get()
			runtime.AddCleanup(items[i], func(struct{}) { freed <- struct{}{} }, struct{}{})
		}
		for i, e := range items {
			l.Put(e)
			items[i] = nil
		}
		deadline := time.Now().Add(5 * time.Second)
		for len(freed) < callers-max(1, keep) && time.Now().Before(deadline) {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		if n := callers - len(freed); n != max(1, keep) {
			t.Errorf("keep %d: %d of %d items are left", keep, n, callers)
		}
		runtime.KeepAlive(&l)
	}
}

func TestListAllocatesNothing(t *testing.T) {
	l := List[item]{Keep: 2}
	if n := testing.AllocsPerRun(100, func() {
		a, b := l.Get(), l.Get()
		l.Put(a)
		l.Put(b)
	}); n != 0 {
		t.Errorf("%v allocations for each pair, want 0", n)
	}
}
