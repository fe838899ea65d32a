package article

import (
	"cmp"
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/unslide/unslide/internal/needs"
	"github.com/unslide/unslide/naive"
)

// TestPythonArticle compares the article's method in Python with the article's
// own program.
func TestPythonArticle(t *testing.T) {
	losses, correct := readTrace(t)
	r := trainInPython(t, naive.Article(), 3)
	for i, l := range r.Losses {
		if !(math.Abs(l-losses[i]) <= 1e-9*losses[i]) || r.Correct[i] != correct[i] {
			t.Errorf("step %d: loss %v, %v, want %v, %v", i, l, r.Correct[i], losses[i], correct[i])
		}
	}
	for _, step := range naive.Steps {
		for _, direction := range []string{" forward", " backward"} {
			if n := len(r.Seconds[step+direction]); n != 3 {
				t.Errorf("%s%s: timed %d times, want 3", step, direction, n)
			}
		}
	}
}

// TestPythonExperiment compares it with the sliding reference in Go, on the
// article's experiment with windows that overlap.
func TestPythonExperiment(t *testing.T) {
	s := naive.Experiment()
	s.Pool.KH, s.Pool.KW, s.Pool.Add = 3, 3, true
	s.Hidden.Neurons = 20
	r := trainInPython(t, s, 3)
	n, err := naive.New(s)
	if err != nil {
		t.Fatal(err)
	}
	l := &naiveLearner{n, make([]float64, s.Rows*s.Cols)}
	goldenStart(n)
	set, pixels := readImages(t), make([]float32, s.Rows*s.Cols)
	for i, loss := range r.Losses {
		if err := set.Read(pixels, i); err != nil {
			t.Fatal(err)
		}
		want, _ := l.step(pixels, set.Label(i))
		if !(math.Abs(loss-want) <= 1e-9*want) {
			t.Errorf("step %d: loss %v, want %v", i, loss, want)
		}
	}
}

// goldenStart sets the initial weights of seed 1.
func goldenStart(n *naive.Network) {
	state := uint64(1)
	next := func() float64 {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		return float64((z ^ z>>31) >> 40)
	}
	for _, p := range n.Tensors() {
		for i := range p.Values {
			p.Values[i] = float64(float32(0.1))
		}
		for i := 0; len(p.Shape) > 1 && i < len(p.Values); {
			if t := (next() + next() + next() + next() - (1 << 25)) / (1 << 24); math.Abs(t) <= 1.1547 {
				p.Values[i] = float64(float32(t * 0.1732050807568877))
				i++
			}
		}
		n.SetTensor(p.Name, p.Values)
	}
}

// trainInPython trains by $UNSLIDE_PYTHON, which scripts/numpy finds, else by python3.
func trainInPython(t *testing.T, s naive.Settings, steps int) *pythonResult {
	t.Helper()
	interpreter := cmp.Or(os.Getenv("UNSLIDE_PYTHON"), "python3")
	r, err := pythonTrain(context.Background(), interpreter, s, 1, readImages(t).Slice(0, steps))
	if errors.Is(err, ErrNoPython) {
		needs.Skipf(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNoPython hides the interpreter: the timeline goes on without it.
func TestNoPython(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	o := smallTimeline()
	o.Steps, o.Images, o.Python = 2, 1, "python3"
	tl, err := Measure(context.Background(), readImages(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(tl.NoPython, ErrNoPython) || len(tl.Rows) != 3 {
		t.Errorf("%d rows, %v", len(tl.Rows), tl.NoPython)
	}
	if s := tl.NoPython.Error(); !strings.Contains(s, "python3") || strings.Contains(s, "\n") {
		t.Errorf("reason %q: want one line that names python3", s)
	}
}
