package article

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/nn"
)

// labelled reports whether a goroutine runs with just these labels.
func labelled(t *testing.T, labels string) bool {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(b.String(), "# labels: {"+labels+"}")
}

// TestReferenceLabelsItsSteps: while a step is computed the goroutine carries
// its name and direction beside the caller's labels, and between steps and
// afterwards the caller's alone.
func TestReferenceLabelsItsSteps(t *testing.T) {
	r, err := NewReference(fewUnits(nn.Article()), randomSet(2), nn.ArticleConfig())
	if err != nil {
		t.Fatal(err)
	}
	r.Init(1)
	const callers = `"caller":"test"`
	pprof.Do(t.Context(), pprof.Labels("caller", "test"), func(ctx context.Context) {
		steps := 0
		r.labels = newStepLabels(ctx)
		r.learner.network.Trace = func(step string, forward bool, d time.Duration) {
			phase := map[bool]string{true: "forward", false: "backward"}[forward]
			if !labelled(t, callers+`, "layer":"`+step+`", "phase":"`+phase+`"`) {
				t.Errorf("%s %s is not labelled so", step, phase)
			}
			steps++
			r.labels.done(step, forward, d)
		}
		r.Next()
		if steps != 14 || !labelled(t, callers) {
			t.Errorf("%d steps, want 14 and then the caller's labels", steps)
		}
		between := 0
		err := r.Run(ctx, nn.Hooks{Step: func(nn.Step) {
			between++
			if !labelled(t, callers) {
				t.Error("between steps: want the caller's labels")
			}
		}})
		if err != nil || between != 1 || !labelled(t, callers) || r.learner.network.Trace != nil {
			t.Errorf("%d steps, %v: want 1 and then the caller's labels", between, err)
		}
	})
}
