package engine

import (
	"bytes"
	"context"
	"regexp"
	"runtime/pprof"
	"strings"
	"testing"
)

// goroutineLabelsIn returns the labels, as a profile of all goroutines has them,
// of those whose stacks show a function.
func goroutineLabelsIn(t *testing.T, function string) (labels []string) {
	t.Helper()
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		t.Fatal(err)
	}
	for _, group := range strings.Split(text.String(), "\n\n") {
		if !strings.Contains(group, function) {
			continue
		}
		label := "none"
		if m := labelLine.FindStringSubmatch(group); m != nil {
			label = m[1]
		}
		labels = append(labels, label)
	}
	return labels
}

var labelLine = regexp.MustCompile(`(?m)^# labels: (.*)$`)

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
			for _, got := range goroutineLabelsIn(t, "TestCallsLeaveTheCallersLabels") {
				if got != `{"request":"1"}` {
					t.Errorf("after %s: labels %s, want the caller's", name, got)
				}
			}
		}
	})
}
