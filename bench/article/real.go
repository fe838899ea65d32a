package article

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/naive"
)

// RealLayer is a convolution to time by itself, one image of it.
type RealLayer struct {
	Name     string
	Geometry im2col.Geometry
}

// FindLayers looks layers up by name, each as [shapes.FindLayer] does. Its error
// names every one that is not there, or that the sliding reference cannot be.
func FindLayers(names ...string) (layers []RealLayer, err error) {
	for _, name := range names {
		l, e := shapes.FindLayer(name)
		if e == nil {
			_, e = slideConv("layer", name, l.Geometry)
		}
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		layers = append(layers, RealLayer{name, l.Geometry})
	}
	return layers, err
}

// Passes are the three passes of a convolution, in the order of their times.
var Passes = [3]string{"forward", "gradient to the data", "gradient to the filter"}

// RealTimes is how long one layer's passes take, measured in several ways.
type RealTimes struct {
	RealLayer
	// Python and Sliding are of one pair of maps, times the number of pairs:
	// the kernel slides over each pair by itself. Python is zero where it was
	// not measured.
	Python, Sliding [3]time.Duration
	GEMM            [3]time.Duration // im2col and BLAS
	Engine          [3]time.Duration // the algorithm that the engine chooses
	Algorithm       string           // what it chose
	EngineHow       string           // precision and workers of GEMM and Engine
}

// MeasureReal times layers of real networks, in Python too unless the
// interpreter's name is empty. An error that is ErrNoPython leaves the other
// times good.
func MeasureReal(ctx context.Context, layers []RealLayer, workers int, interpreter string, progress func(what string)) ([]RealTimes, error) {
	times := make([]RealTimes, len(layers))
	slides := make([]naive.Slide, len(layers))
	for i, l := range layers {
		var err error
		if slides[i], err = slideConv("layer", l.Name, l.Geometry); err != nil {
			return nil, err
		}
		times[i].RealLayer = l
	}
	for i := range times {
		if progress != nil {
			progress(times[i].Name)
		}
		if err := times[i].measure(ctx, slides[i], workers); err != nil {
			return nil, err
		}
	}
	if interpreter == "" {
		return times, nil
	}
	if progress != nil {
		progress("Python")
	}
	err := pythonLayers(ctx, interpreter, times, slides)
	if err != nil && !errors.Is(err, ErrNoPython) {
		return nil, err
	}
	return times, err
}

// pairs returns how many pairs of an input map and an output map there are.
func (l RealLayer) pairs() int { return l.Geometry.C * l.Geometry.OC }

func (r *RealTimes) measure(ctx context.Context, s naive.Slide, workers int) error {
	g, rng := r.Geometry, rand.New(rand.NewPCG(1, 1))
	x := naive.MapOf(g.H, g.W, normal[float64](rng, g.H*g.W))
	w := naive.MapOf(g.KH, g.KW, normal[float64](rng, g.Taps()))
	dy := naive.MapOf(g.OH, g.OW, normal[float64](rng, g.Rows()))
	for pass, f := range []func(){
		func() { s.Convolve(x, w) },
		func() { s.InputGradient(dy, w, g.H, g.W) },
		func() { s.KernelGradient(x, dy) },
	} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.Sliding[pass] = timeOf(f) * time.Duration(r.pairs())
	}

	r.EngineHow = engineHow[float32](workers)
	src, filter := normal[float32](rng, g.InputLen()), normal[float32](rng, g.FilterLen())
	dst, bias := make([]float32, g.OutputLen()), make([]float32, g.OC)
	dSrc, dFilter, dBias := make([]float32, g.InputLen()), make([]float32, g.FilterLen()), make([]float32, g.OC)
	dDst := normal[float32](rng, g.OutputLen())
	for _, a := range []struct {
		algorithm engine.Algorithm
		times     *[3]time.Duration
	}{{engine.GEMM, &r.GEMM}, {engine.Auto, &r.Engine}} {
		plan, err := engine.NewConv2D[float32](g, engine.WithWorkers(workers), engine.WithAlgorithm(a.algorithm))
		if err != nil {
			return err
		}
		r.Algorithm = plan.String()
		for pass, f := range []func(){
			func() { plan.Forward(dst, src, filter, bias) },
			func() { plan.BackwardData(dSrc, dDst, filter) },
			func() { plan.BackwardFilter(dFilter, dBias, src, dDst) },
		} {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			a.times[pass] = timeOf(f)
		}
	}
	return nil
}

// timeOf returns the median time of a call, over a tenth of a second or three
// calls, whichever is longer; a call of over a second is made once.
func timeOf(f func()) time.Duration {
	var times []time.Duration
	begin := time.Now()
	for len(times) < 3 || time.Since(begin) < time.Second/10 {
		start := time.Now()
		f()
		times = append(times, time.Since(start))
		if times[0] > time.Second {
			break
		}
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func normal[T engine.Float](rng *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(rng.NormFloat64())
	}
	return v
}

func pythonLayers(ctx context.Context, interpreter string, times []RealTimes, slides []naive.Slide) error {
	var layers []pythonSlide
	for i, s := range slides {
		p := newPythonSlide(s)
		p.Image = [2]int{times[i].Geometry.H, times[i].Geometry.W}
		layers = append(layers, p)
	}
	argument, err := json.Marshal(layers)
	if err != nil {
		return err
	}
	r, err := python(ctx, interpreter, "--layers", string(argument))
	if err != nil {
		return err
	}
	if len(r.Layers) != len(times) {
		return fmt.Errorf("sliding.py: %d layers: want %d", len(r.Layers), len(times))
	}
	for i := range times {
		for pass, seconds := range r.Layers[i] {
			times[i].Python[pass] = time.Duration(seconds * float64(times[i].pairs()) * float64(time.Second))
		}
	}
	return nil
}
