package measure

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestMeasure(t *testing.T) {
	if raceEnabled {
		t.Skip("figures under the race detector mean nothing")
	}
	seen := map[string]bool{}
	r, err := Run(context.Background(), Options{
		Lists: []string{TrainingList, "article"}, Threads: []int{1}, Rounds: 1, Seconds: 1e-6, Naive: true,
		Progress: func(work string, done, total int) {
			seen[work] = true
			if done >= total {
				t.Errorf("%s is number %d of %d", work, done+1, total)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := r.Rows()
	if want := 2 + 2*3; len(rows) != want || len(seen) != want {
		t.Fatalf("%d rows, %d works: want %d", len(rows), len(seen), want)
	}
	for _, w := range rows {
		if w.Exact == nil || w.Fast == nil || w.List != TrainingList && (w.Sgemm == nil || w.Naive == nil) {
			t.Errorf("%s %s %s: a program is missing: %+v", w.List, w.Layer, w.Pass, w)
			continue
		}
		if (w.Packed != nil) != (w.Pass == Forward) || w.Auto == nil {
			t.Errorf("%s %s %s: the filter packed in the call %v, beforehand %v: want beforehand forward only", w.List, w.Layer, w.Pass, w.Auto, w.Packed)
		}
		if s := w.Exact.Seconds; !(s.Low > 0 && s.Low <= s.Median && s.Median <= s.High) {
			t.Errorf("%s %s %s: spread %+v", w.List, w.Layer, w.Pass, s)
		}
	}
	if rows[0].Traffic == nil || rows[1].Traffic != nil {
		t.Error("the weights' traffic: want it beside the step at batch 1 alone")
	}
	if !(r.Peak(1) > 0) || r.Peak(2) != 0 {
		t.Errorf("peaks %v, %v: want one, of 1 thread", r.Peak(1), r.Peak(2))
	}
	file := filepath.Join(t.TempDir(), "r.json")
	if err := r.Save(file); err != nil {
		t.Fatal(err)
	}
	again, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := errors.Join(r.WriteTable(&a), again.WriteTable(&b)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("the table of the saved results differs:\n%s\n%s", &a, &b)
	}
	for _, c := range r.Charts() {
		file := filepath.Join(t.TempDir(), c.File())
		if err := r.WriteChart(file, c.List, c.Threads); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) {
			t.Errorf("%s is no picture: %v", file, err)
		}
	}
	if err := r.WriteChart(file, "vgg", 1); err == nil {
		t.Error("a chart without figures is no error")
	}
}

func TestMeasureRefuses(t *testing.T) {
	for _, o := range []Options{
		{},
		{Lists: []string{"alexnet"}},
		{Lists: []string{"article"}, Threads: []int{0}},
		{Lists: []string{"article"}, Match: regexp.MustCompile("^vgg")},
		{Lists: []string{"article"}, Rounds: -1},
		{Lists: []string{"article"}, Seconds: math.NaN()},
	} {
		if _, err := Run(context.Background(), o); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
	r, err := Run(cancelled(), Options{Lists: []string{"article"}})
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Errorf("cancelled: %v, %v", r, err)
	}
}

// Ratios and means of figures made up so that they are known.
func TestSummary(t *testing.T) {
	figure := func(layer, program, form string, seconds float64) Figure {
		return Figure{List: "vgg", Layer: layer, Pass: Forward, FLOP: 1e9, Threads: 1, Program: program, Form: form,
			Seconds: NewSpread([]float64{seconds})}
	}
	r := Results{
		Peaks: []Figure{{FLOP: 1e9, Threads: 1, Seconds: NewSpread([]float64{0.005})}},
		Figures: []Figure{
			figure("a", Unslide, AutoForm, 0.010), figure("a", Unslide, FastForm, 0.005), figure("a", Unslide, "direct", 0.001), figure("a", Sgemm, "openblas", 0.009),
			figure("a", "JAX", "jit", 0.040), figure("a", "PyTorch", "NCHW", 0.020),
			figure("b", Unslide, AutoForm, 0.010), figure("b", Unslide, "im2col", 0.012), figure("b", "JAX", "jit", 0.005),
			figure("c", Unslide, AutoForm, 0.010),
			figure("d", Unslide, AutoForm, 0.010), figure("d", Unslide, PackedForm, 0.008), figure("d", Unslide, PackedFastForm, 0.002), figure("d", Unslide, FastForm, 0.003),
			figure("d", "PyTorch", "channels-last, packed weights", 0.004), figure("d", "PyTorch", "NCHW", 0.015), figure("d", "JAX", "jit", 0.012),
		},
	}
	rows := r.Rows()
	if len(rows) != 4 || rows[0].Peak != 200 {
		t.Fatalf("rows %+v", rows)
	}
	v := Compare(rows[:3], func(w Row) *Figure { return w.Exact }, func(w Row) *Figure { return w.Peer })
	if v.Layers != 2 || v.Missing != 1 || v.BelowOne != 1 || v.WorstRow.Layer != "b" ||
		!(math.Abs(v.Worst-0.5) < 1e-12) || !(math.Abs(v.Mean-1) < 1e-12) {
		t.Errorf("%+v: want means of 2 and 0.5, worst b", v)
	}
	if f := rows[0].Fast; f == nil || f.Form != FastForm || !(math.Abs(Ratio(f, rows[0].Peer)-4) < 1e-12) {
		t.Errorf("fastest form of a: %+v", f)
	}
	// The engine's best against the others' best, and like against like.
	d := rows[3]
	for _, c := range []struct {
		what string
		a, b *Figure
		want float64
	}{
		{"unslide/peer", d.Exact, d.Peer, 0.5}, {"fast/peer", d.Fast, d.Peer, 2}, {"auto/peer", d.Auto, d.PeerAuto, 1.2},
	} {
		if got := Ratio(c.a, c.b); !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("%s of d is %v, want %v", c.what, got, c.want)
		}
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PyTorch, NCHW", "2.00×", "4.00×", "0.50×", "50 %", "PyTorch, channels-last, packed weights", "125.0", "1.20×"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, &table)
		}
	}
}

func TestSpread(t *testing.T) {
	var samples []float64
	for i := 100; i >= 0; i-- {
		samples = append(samples, float64(i))
	}
	if got, want := NewSpread(samples), (Spread{50, 10, 90, 101}); got != want {
		t.Errorf("%+v: want %+v", got, want)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
