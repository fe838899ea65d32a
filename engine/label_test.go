package engine

import (
	"sync"
	"testing"
)

func TestTraceReportsEveryPhase(t *testing.T) {
	var mu sync.Mutex
	got := map[string]int{}
	trace := func(s Span) {
		mu.Lock()
		defer mu.Unlock()
		got[s.Phase]++
		if s.Layer != "fc" || s.Worker < 0 || s.Worker > 1 || s.End.Before(s.Start) {
			t.Errorf("span %+v: want layer fc, worker 0 or 1, an end after its start", s)
		}
	}
	d, err := NewDense[float32](1000, 1000, WithName("fc"), WithWorkers(2), WithTrace(trace), WithActivation(Sigmoid))
	if err != nil {
		t.Fatal(err)
	}
	x, y, w := make([]float32, 1000), make([]float32, 1000), make([]float32, 1000*1000)
	d.Forward(y, x, w, nil)
	d.BackwardActivation(y, y, y)
	d.BackwardUpdate(x, w, nil, x, y, 1)
	mu.Lock()
	defer mu.Unlock()
	for _, phase := range []string{"forward", "backward-activation", "backward-update"} {
		if n := got[phase]; n < 1 || n > 2 {
			t.Errorf("%s: %d spans, want one for each worker that took part", phase, n)
		}
	}
	if len(got) != 3 {
		t.Errorf("spans %v: want three phases", got)
	}
}
