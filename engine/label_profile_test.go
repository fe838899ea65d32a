package engine

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
)

// The calling goroutine has its own labels again after a call.
func TestCallsLeaveTheCallersLabels(t *testing.T) {
	s, err := NewSoftmaxCrossEntropy[float32](4, WithName("softmax"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := NewUpdate[float32](WithName("update"), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewUpdate[float32](WithName("update"), WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	x, large := make([]float32, 4), make([]float32, 1<<16)
	pprof.Do(context.Background(), pprof.Labels("request", "1"), func(context.Context) {
		for name, call := range map[string]func(){
			"softmax":     func() { s.Forward(x, x) },
			"loss":        func() { s.Loss(x, make([]float64, 1), make([]int32, 1), x, make([]int32, 1)) },
			"one worker":  func() { u.SGD(x, x, 1) },
			"several":     func() { two.SGD(large, large, 1) },
			"a bad label": func() { recovered(func() { s.Loss(x, make([]float64, 1), make([]int32, 1), x, []int32{9}) }) },
		} {
			call()
			for _, got := range trial.GoroutineLabels(t, "TestCallsLeaveTheCallersLabels") {
				if got != `{"request":"1"}` {
					t.Errorf("after %s: labels %s, want the caller's", name, got)
				}
			}
		}
	})
}
