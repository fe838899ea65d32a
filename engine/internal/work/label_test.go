package work

import (
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/internal/trial"
)

const workerFunction = "work.(*crew).work"

func TestLabelsAreThoseOfTheWork(t *testing.T) {
	const workers = 3
	p := newPool(workers)
	named := NewLabel(pprof.Labels("layer", "conv1", "phase", "forward"), nil)
	// inside runs a job and returns the labels while all workers are in it.
	inside := func(l *Label) (labels []string) {
		gate := &gateJob{entered: make(chan int, workers), open: make(chan bool)}
		look := func(part int, w *Worker) {
			gate.entered <- w.number
			if w.number > 0 {
				<-gate.open
				return
			}
			for len(gate.entered) < workers {
				time.Sleep(time.Microsecond)
			}
			labels = trial.GoroutineLabels(t, "TestLabelsAreThoseOfTheWork")
			close(gate.open)
		}
		p.Run(jobFunc(look), workers, l)
		return labels
	}
	// after returns the workers' labels while they have no work, awake or not.
	after := func() []string {
		labels := trial.GoroutineLabels(t, workerFunction)
		time.Sleep(5 * spinTime)
		return append(labels, trial.GoroutineLabels(t, workerFunction)...)
	}
	check := func(what string, got []string, want string) {
		t.Helper()
		if len(got) == 0 {
			t.Errorf("%s: no goroutine", what)
		}
		for _, g := range got {
			if g != want {
				t.Errorf("%s: a goroutine has the labels %s, want %s", what, g, want)
			}
		}
	}
	idle := func(what string) {
		t.Helper()
		var got []string
		for range 200 { // a worker may be on its way out of the job
			got = after()
			if !strings.Contains(strings.Join(got, ""), "{") {
				break
			}
		}
		check(what+", idle", got, "none")
	}
	const conv, request, both = `{"layer":"conv1", "phase":"forward"}`, `{"request":"1"}`, `{"inner":"2", "request":"1"}`

	pprof.Do(context.Background(), pprof.Labels("request", "1"), func(ctx context.Context) {
		check("the first call, within a request", inside(nil), request)
		check("a named plan, within a request", inside(named), conv)
		check("then an unnamed one", inside(nil), request)
		pprof.Do(ctx, pprof.Labels("inner", "2"), func(context.Context) {
			check("a named plan, further within", inside(named), conv)
			check("then an unnamed one", inside(nil), both)
		})
		check("back in the request", inside(nil), request)
	})
	idle("after a request")
	check("an unnamed plan after it", inside(nil), "none")
	check("a named plan", inside(named), conv)
	idle("after a named plan")
	check("an unnamed plan after it", inside(nil), "none")
	recovered(func() { p.Run(newFailingJob(workers, 0, failInAPart), workers, named) })
	idle("after a panic")
	check("an unnamed plan after a panic", inside(nil), "none")
}
