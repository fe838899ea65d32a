package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/unslide/unslide/im2col"
)

// Tuning is what [Tune] measured.
type Tuning struct {
	Batch   int
	Timings []Timing // by pass, the fastest first
}

// Timing is the time of one pass by one algorithm.
type Timing struct {
	Pass      Pass
	Algorithm Algorithm // never Auto
	Seconds   float64   // the best of several runs
}

// tuneTime is how long Tune measures one pass by one algorithm.
const tuneTime = 50 * time.Millisecond

// Tune measures on this machine, now, how long each pass of a convolution of n
// images takes by each algorithm, with the given options; [Winograd] only with
// [WithFastAlgorithms]. Measure on an idle machine: it takes about a tenth of a
// second for each pass. A plan takes the fastest with [Tuning.Options]:
//
//	tuning, err := engine.Tune[float32](g, 32)
//	…
//	conv, err := engine.NewConv2D[float32](g, tuning.Options()...)
//
// Algorithms differ in their last bits, so results depend on what was measured;
// keep the Tuning where they shall be repeatable.
func Tune[T Float](g im2col.Geometry, n int, opts ...Option) (Tuning, error) {
	o, err := optionsOf("Tune", convOptions&^(algorithmOption|passAlgorithmOption), opts)
	if err := errors.Join(g.Validate(), err); err != nil {
		return Tuning{}, err
	}
	if n < 1 || n > maxTuneElements/max(g.InputLen(), g.OutputLen()) || g.FilterLen() > maxTuneElements {
		return Tuning{}, fault("batch", fmt.Sprint(n), fmt.Sprintf("at least 1, at most %d elements in all", maxTuneElements))
	}
	var plans []*Conv2D[T]
	for _, a := range Algorithms() {
		if a == Auto || rowOf(a).fast && !o.fast {
			continue
		}
		p, err := NewConv2D[T](g, append(slices.Clone(opts), WithAlgorithm(a))...)
		if err != nil {
			return Tuning{}, err
		}
		plans = append(plans, p)
	}
	t := tuner[T]{
		src: make([]T, n*g.InputLen()), dst: make([]T, n*g.OutputLen()), dSrc: make([]T, n*g.InputLen()),
		filter: make([]T, g.FilterLen()), dFilter: make([]T, g.FilterLen()), bias: make([]T, g.OC),
	}
	// Not zeros, which some processors multiply faster.
	for _, x := range [][]T{t.src, t.dst, t.filter} {
		for i := range x {
			x[i] = T(i%7) - 3.25
		}
	}
	t.packed = map[*Conv2D[T]]*PackedFilter[T]{}
	for _, p := range plans {
		t.packed[p] = p.Pack(t.filter)
	}
	tuning := Tuning{Batch: n}
	for pass := range numPasses {
		tuning.Timings = append(tuning.Timings, t.measure(pass, plans)...)
	}
	return tuning, nil
}

// maxTuneElements bounds the tensors that Tune makes.
const maxTuneElements = 1 << 28

// Options returns the options of the fastest algorithm for each pass.
func (t Tuning) Options() []Option {
	var opts []Option
	var done [numPasses]bool
	for _, x := range t.Timings {
		if !done[x.Pass] {
			opts = append(opts, WithPassAlgorithm(x.Pass, x.Algorithm))
			done[x.Pass] = true
		}
	}
	return opts
}

type tuner[T Float] struct {
	src, dst, dSrc, filter, dFilter, bias []T
	packed                                map[*Conv2D[T]]*PackedFilter[T]
}

// measure times one pass of the plans in turn, so that a slow stretch of the
// machine meets them all. A plan that falls back to another's algorithm is left
// out.
func (t *tuner[T]) measure(pass Pass, plans []*Conv2D[T]) []Timing {
	var timings []Timing
	var measured []*Conv2D[T]
	for _, p := range plans {
		a := p.choices[pass].Algorithm
		if !slices.ContainsFunc(timings, func(x Timing) bool { return x.Algorithm == a }) {
			timings = append(timings, Timing{Pass: pass, Algorithm: a})
			measured = append(measured, p)
		}
	}
	for i, p := range measured {
		timings[i].Seconds = t.run(pass, p) // warms up as well
	}
	const runs = 3
	for start, i := time.Now(), 0; i < runs || time.Since(start) < tuneTime*time.Duration(len(measured)); i++ {
		for j, p := range measured {
			timings[j].Seconds = min(timings[j].Seconds, t.run(pass, p))
		}
	}
	slices.SortStableFunc(timings, func(a, b Timing) int {
		switch {
		case a.Seconds < b.Seconds:
			return -1
		case a.Seconds > b.Seconds:
			return 1
		}
		return 0
	})
	return timings
}

// run runs one pass and returns its time.
func (t *tuner[T]) run(pass Pass, p *Conv2D[T]) float64 {
	start := time.Now()
	switch pass {
	case PassForward:
		p.Forward(t.dst, t.src, t.filter, t.bias)
	case PassData:
		p.BackwardData(t.dSrc, t.dst, t.filter)
	case PassPacked:
		p.ForwardPacked(t.dst, t.src, t.packed[p], t.bias)
	case PassFilter:
		p.BackwardFilter(t.dFilter, t.bias, t.src, t.dst)
	}
	return time.Since(start).Seconds()
}
