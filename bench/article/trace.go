package article

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/internal/wholefile"
)

// traceEvent is an event of the Chrome trace format: a complete event (X) with
// its begin and length in microseconds, or a lane's name (M).
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Time     float64        `json:"ts"`
	Duration float64        `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// WriteTrace writes spans as a file in the Chrome trace format, which Perfetto
// and chrome://tracing open: one lane a worker.
func WriteTrace(file string, spans []engine.Span) error {
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false)
	trace := struct {
		Events []traceEvent `json:"traceEvents"`
		Unit   string       `json:"displayTimeUnit"`
	}{traceEvents(spans), "ns"}
	if err := e.Encode(trace); err != nil {
		return err
	}
	if err := wholefile.Write(file, data.Bytes()); err != nil {
		return fmt.Errorf("article: %w", err)
	}
	return nil
}

// process is the id of the one process. Ids begin at 1, for Perfetto takes
// process 0 and thread 0 for the idle ones of the kernel.
const process = 1

func threadOf(worker int) int { return worker + 1 }

func traceEvents(spans []engine.Span) []traceEvent {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b engine.Span) int { return a.Start.Compare(b.Start) })
	events := []traceEvent{{Name: "process_name", Phase: "M", Process: process, Args: map[string]any{"name": "unslide"}}}
	workers := 0
	for _, s := range spans {
		workers = max(workers, s.Worker+1)
	}
	for i := range workers {
		events = append(events, traceEvent{Name: "thread_name", Phase: "M", Process: process, Thread: threadOf(i), Args: map[string]any{"name": fmt.Sprintf("worker %d", i)}})
	}
	micro := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	for _, s := range spans {
		events = append(events, traceEvent{
			Name: s.Layer + " " + s.Phase, Category: s.Phase, Phase: "X",
			Time: micro(s.Start.Sub(spans[0].Start)), Duration: micro(s.End.Sub(s.Start)), Process: process, Thread: threadOf(s.Worker),
			Args: map[string]any{"layer": s.Layer, "phase": s.Phase},
		})
	}
	return events
}
