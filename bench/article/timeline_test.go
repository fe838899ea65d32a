package article

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

// smallTimeline times few steps of a small network, without Python.
func smallTimeline() TimelineOptions {
	o := ArticleTimeline()
	o.Network.Layers[3].Op = nn.Dense{Units: 30, Activation: engine.Sigmoid}
	o.Steps, o.Images, o.Python, o.Workers = 10, 3, "", 2
	return o
}

func TestMeasure(t *testing.T) {
	o := smallTimeline()
	o.Batch = 4
	tl, err := Measure(context.Background(), readImages(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(tl.Rows) != 3 || tl.Rows[0].Name != "Go, sliding" || tl.Rows[2].Name != "Go, the engine's choice" {
		t.Fatalf("rows %+v, want the sliding reference's and the engine's two", tl.Rows)
	}
	none := map[string]bool{"vector forward": true, "loss backward": true, "vector backward": true, between: true}
	for i, r := range tl.Rows {
		if want := 14 + min(i, 1); len(r.Bars) != want {
			t.Fatalf("%s: %d bars, want %d", r.Name, len(r.Bars), want)
		}
		if r.Bars[0].String() != "conv_1 forward" || r.Bars[6].String() != "loss forward" || r.Bars[13].String() != "conv_1 backward" {
			t.Errorf("%s: bars %v", r.Name, r.Bars)
		}
		shares := r.Share(between)
		for _, s := range naive.Steps {
			shares += r.Share(s)
		}
		if !(math.Abs(shares-1) <= 1e-9) {
			t.Errorf("%s: shares add up to %v", r.Name, shares)
		}
		if i > 0 {
			for _, b := range r.Bars {
				if (b.Time <= 0) != none[b.String()] && b.Layer != between {
					t.Errorf("%s: %v takes %v", r.Name, b, b.Time)
				}
			}
		}
	}
	if len(tl.Spans) == 0 {
		t.Error("no spans")
	}
}

func TestSumSpans(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(1_000_000 + int64(ms)) }
	got := sumSpans([]engine.Span{
		{Layer: "fc_1", Phase: "backward-data", Worker: 0, Start: at(10), End: at(14)},
		{Layer: "fc_1", Phase: "backward-data", Worker: 1, Start: at(9), End: at(15)}, // 9 to 15
		{Layer: "fc_1", Phase: "update", Worker: 0, Start: at(20), End: at(21)},
		{Layer: "fc_1", Phase: "forward", Worker: 0, Start: at(1), End: at(3)},
		{Layer: "softmax", Phase: "loss", Worker: 0, Start: at(4), End: at(5)},
	})
	want := map[Bar]time.Duration{
		{Layer: "fc_1"}:                7 * time.Millisecond,
		{Layer: "fc_1", Forward: true}: 2 * time.Millisecond,
		{Layer: "loss", Forward: true}: time.Millisecond,
	}
	if len(got) != len(want) {
		t.Errorf("%v, want %v", got, want)
	}
	for b, d := range want {
		if got[b] != d {
			t.Errorf("%v: %v, want %v", b, got[b], d)
		}
	}
}

// steps is a timeline with known times.
func steps() *Timeline {
	return &Timeline{
		Options: TimelineOptions{Batch: 2},
		Rows: []Row{
			{"slow", "1.0", "somehow", []Bar{{"conv_1", true, 600 * time.Millisecond}, {"fc_1", true, 0}, {"conv_1", false, 200 * time.Millisecond}}},
			{"fast", "2.0", "else", []Bar{{"conv_1", true, 3 * time.Millisecond}, {"fc_1", true, time.Millisecond}, {"conv_1", false, 4 * time.Millisecond}}},
		},
		NoPython: errors.New("numpy is missing"),
	}
}

func TestTimelineText(t *testing.T) {
	var out bytes.Buffer
	if err := steps().Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"slow: 800 ms a step (1.0, somehow)",
		"conv_1 forward       600 ms  75.0 %  " + strings.Repeat("█", 40) + "\n",
		"fc_1 forward           none\n",
		"conv_1 backward      200 ms  25.0 %  " + strings.Repeat("█", 13) + "▍\n",
		"fast: convolutions take 87.5 % of the step, dense layers 12.5 %; an epoch of 55000 images takes 3.67 min",
		"slow (somehow) → fast (else): 100× as fast",
		"not measured: numpy is missing",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("text lacks %q:\n%s", want, &out)
		}
	}
}

func TestTimelinePictures(t *testing.T) {
	dir := t.TempDir()
	real := []RealTimes{{
		RealLayer: RealLayer{Name: "layer"},
		Sliding:   [3]time.Duration{time.Second, time.Minute, time.Second},
		GEMM:      [3]time.Duration{time.Millisecond, time.Millisecond, time.Millisecond},
		Engine:    [3]time.Duration{time.Microsecond, time.Millisecond, time.Millisecond},
	}}
	if err := steps().Draw(filepath.Join(dir, "t.svg"), filepath.Join(dir, "t.png")); err != nil {
		t.Fatal(err)
	}
	if err := DrawReal(real, filepath.Join(dir, "r.svg"), filepath.Join(dir, "r.png")); err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		"t.svg": {"slow: 800 ms for a step of 2 images (1.0, somehow)", "conv_1 backward", "600 ms, 75.0 %", "none", "time [ms]"},
		"r.svg": {"layer, gradient to the data", "60 s", "1 ms", "time [s]", "1e-5"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(data), want) {
				t.Errorf("%s lacks %q", file, want)
			}
		}
	}
}

func TestWriteTrace(t *testing.T) {
	start := time.Now()
	file := filepath.Join(t.TempDir(), "trace.json")
	err := WriteTrace(file, []engine.Span{
		{Layer: "fc_1", Phase: "forward", Worker: 1, Start: start.Add(5 * time.Microsecond), End: start.Add(9 * time.Microsecond)},
		{Layer: "conv_1", Phase: "forward", Worker: 0, Start: start, End: start.Add(1500 * time.Nanosecond)},
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var trace struct{ TraceEvents []traceEvent }
	if err := json.Unmarshal(data, &trace); err != nil {
		t.Fatal(err)
	}
	lanes, events := 0, []traceEvent{}
	for _, e := range trace.TraceEvents {
		if e.Process < 1 || e.Thread < 1 && e.Name != "process_name" {
			t.Errorf("event %+v: ids begin at 1", e)
		}
		switch {
		case e.Name == "thread_name":
			lanes++
		case e.Phase == "X":
			events = append(events, e)
		}
	}
	if lanes != 2 || len(events) != 2 {
		t.Fatalf("%d lanes, %d events, want 2 and 2:\n%s", lanes, len(events), data)
	}
	if e := events[0]; e.Name != "conv_1 forward" || e.Time != 0 || e.Duration != 1.5 || e.Thread != 1 {
		t.Errorf("first event %+v", e)
	}
	if e := events[1]; e.Name != "fc_1 forward" || e.Time != 5 || e.Duration != 4 || e.Thread != 2 {
		t.Errorf("second event %+v", e)
	}
}

func TestMeasureRefused(t *testing.T) {
	images := readImages(t)
	for _, c := range []struct {
		change func(*TimelineOptions)
		want   string
	}{
		{func(o *TimelineOptions) { o.Batch = 0 }, "batch 0: want 1 to 1000"},
		{func(o *TimelineOptions) { o.Steps = 0 }, "steps 0: want"},
		{func(o *TimelineOptions) { o.Images = 2000 }, "images 2000: want 1 to 1000"},
		{func(o *TimelineOptions) { o.PythonImages = 0 }, "python-images 0: want 1"},
		{func(o *TimelineOptions) { o.Network = nn.Strong() }, "for the sliding reference"},
	} {
		o := smallTimeline()
		c.change(&o)
		if _, err := Measure(context.Background(), images, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, images, smallTimeline()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
