package measure

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
)

// Form is one way to do a piece of work, ready to be called again and again.
type Form struct {
	Program string // unslide, sgemm, naive, or another framework
	Name    string // which of the program's ways
	Call    func()
}

// The programs in this process.
const (
	Unslide = "unslide" // the engine
	Sgemm   = "sgemm"   // a bare matrix product of the convolution's M, N, K
	Naive   = "naive"   // the sliding reference, float64, one goroutine
)

// Forms of the engine. The filter is packed within the call, as training needs
// it, or for the forward pass beforehand, as a network with fixed weights can.
const (
	AutoForm       = "auto"        // what a user gets who asks for nothing
	PackedForm     = "packed"      // the same with a filter packed beforehand
	FastForm       = "auto-fast"   // who allows fast algorithms, where that is another one
	PackedFastForm = "packed-fast" // who allows them and packs beforehand
	Im2colForm     = "im2col"      // lowering, with OpenBLAS
)

// layerData are a layer's tensors.
type layerData struct {
	src, filter, bias, dst, dSrc, dFilter, dBias []float32
}

func newLayerData(l shapes.Layer) *layerData {
	g, r := &l.Geometry, rand.New(rand.NewPCG(1, 1))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		return x
	}
	return &layerData{
		src: random(l.Batch * g.InputLen()), filter: random(g.FilterLen()), bias: random(g.OC),
		dst:  random(l.Batch * g.OutputLen()),
		dSrc: make([]float32, l.Batch*g.InputLen()), dFilter: make([]float32, g.FilterLen()), dBias: make([]float32, g.OC),
	}
}

// LayerForms returns this process's ways to do a pass of a layer, but for the
// sliding reference: the engine's, and a bare product of the same M, N, K.
func LayerForms(l shapes.Layer, p Pass, workers int) ([]Form, error) {
	forms, err := engineForms(l, p, workers, newLayerData(l))
	if err != nil {
		return nil, err
	}
	return append(forms, sgemmForm(l, p, workers)), nil
}

// engineForms returns the engine's ways to do a pass of a layer: what Auto
// chooses, with fast algorithms allowed and without, the filter packed in the
// call and beforehand, lowering with each BLAS, and each further algorithm that
// offers it.
func engineForms(l shapes.Layer, p Pass, workers int, d *layerData) ([]Form, error) {
	var forms []Form
	add := func(name string, opts ...engine.Option) error {
		plan, err := engine.NewConv2D[float32](l.Geometry, append(opts, engine.WithWorkers(workers))...)
		if err != nil {
			return fmt.Errorf("measure: %s: %s: %w", l.Name, name, err)
		}
		call := func() { plan.Forward(d.dst, d.src, d.filter, d.bias) }
		switch {
		case name == PackedForm || name == PackedFastForm:
			packed := plan.Pack(d.filter)
			call = func() { plan.ForwardPacked(d.dst, d.src, packed, d.bias) }
		case p == BackwardData:
			call = func() { plan.BackwardData(d.dSrc, d.dst, d.filter) }
		case p == BackwardFilter:
			call = func() { plan.BackwardFilter(d.dFilter, d.dBias, d.src, d.dst) }
		}
		forms = append(forms, Form{Unslide, name, call})
		return nil
	}
	exact, err1 := engine.NewConv2D[float32](l.Geometry, engine.WithWorkers(workers))
	fast, err2 := engine.NewConv2D[float32](l.Geometry, engine.WithWorkers(workers), engine.WithFastAlgorithms())
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	addAuto := func(name, fastName string, pass engine.Pass) error {
		if err := add(name); err != nil || exact.Choices()[pass].How == fast.Choices()[pass].How {
			return err
		}
		return add(fastName, engine.WithFastAlgorithms())
	}
	if err := addAuto(AutoForm, FastForm, enginePass[p]); err != nil {
		return nil, err
	}
	if p == Forward {
		if err := addAuto(PackedForm, PackedFastForm, engine.PassPacked); err != nil {
			return nil, err
		}
	}
	for _, b := range gemm.Backends() {
		if err := add(im2colName(b), engine.WithAlgorithm(engine.GEMM), engine.WithBLAS(b)); err != nil {
			return nil, err
		}
	}
	for _, a := range engine.Algorithms() {
		if a == engine.Auto || a == engine.GEMM {
			continue
		}
		plan, err := engine.NewConv2D[float32](l.Geometry, engine.WithWorkers(workers), engine.WithAlgorithm(a))
		if err != nil || a == engine.Depthwise && plan.Choices()[enginePass[p]].Algorithm != a {
			continue // the algorithm does not offer the layer
		}
		if err := add(a.String(), engine.WithAlgorithm(a)); err != nil {
			return nil, err
		}
	}
	return forms, nil
}

var enginePass = map[Pass]engine.Pass{
	Forward: engine.PassForward, BackwardData: engine.PassData, BackwardFilter: engine.PassFilter,
}

// im2colName names lowering with a BLAS: im2col with OpenBLAS, im2col-gonum.
func im2colName(b gemm.Backend) string {
	if name := b.Info().Name; name != "openblas" {
		return Im2colForm + "-" + name
	}
	return Im2colForm
}
