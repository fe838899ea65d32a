package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

func TestActivateGolden(t *testing.T) {
	t.Run("float32", testActivateGolden[float32])
	t.Run("float64", testActivateGolden[float64])
}

func testActivateGolden[T Float](t *testing.T) {
	seen := map[Activation]bool{None: true}
	for _, a := range goldenPlans(t, "activation") {
		act, err := ParseActivation(a.Activation)
		if err != nil {
			t.Fatal(err)
		}
		seen[act] = true
		for _, isa := range ISAs() {
			p, err := NewActivate[T](act, WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			src, dst, dSrc := converted[T](a.X), trial.Destination[T](len(a.X)), trial.Destination[T](len(a.X))
			p.Forward(dst.Data, src)
			near(t, a.Activation, dst, a.Y, 16*epsilon[T](), 1) // PyTorch cancels in gelu
			kept := dst.Data
			if act.NeedsInput() {
				kept = src
			}
			ones := make([]T, len(src))
			for i := range ones {
				ones[i] = 1
			}
			p.Backward(dSrc.Data, ones, kept)
			bound := 16 * epsilon[T]()
			if act == HardSigmoid {
				bound = 0x1p-24 // PyTorch's 1/6 is of float32
			}
			near(t, a.Activation+"'s gradient", dSrc, a.DX, bound, 1)
		}
	}
	if len(seen) != int(numActivations) {
		t.Errorf("%d activations are compared, want %d", len(seen), numActivations)
	}
}

func TestActivateGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(47, 1))
	for act := range numActivations {
		for _, opts := range [][]Option{nil, {WithSlope(0.3)}} {
			if opts != nil && act != LeakyReLU {
				continue
			}
			p, err := NewActivate[float64](act, opts...)
			if err != nil {
				t.Fatal(err)
			}
			src, dDst := trial.Normals[float64](r, 50), trial.Normals[float64](r, 50)
			for i := range src {
				src[i] *= 3
			}
			dst, dSrc := make([]float64, 50), make([]float64, 50)
			p.Forward(dst, src)
			kept := dst
			if act.NeedsInput() {
				kept = src
			}
			p.Backward(dSrc, dDst, kept)
			quotients(t, dst, dDst, func() { p.Forward(dst, src) }, map[string]gradientOf{act.String(): {src, dSrc}})
		}
	}
}

func TestActivateFaults(t *testing.T) {
	for what, make := range map[string]func() error{
		"a slope of relu":         func() error { _, err := NewActivate[float32](ReLU, WithSlope(0.1)); return err },
		"a slope of 0":            func() error { _, err := NewActivate[float32](LeakyReLU, WithSlope(0)); return err },
		"an unknown activation":   func() error { _, err := NewActivate[float32](numActivations); return err },
		"an activation as option": func() error { _, err := NewActivate[float32](ReLU, WithActivation(ReLU)); return err },
	} {
		if make() == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}

// A plan's Forward fuses every activation; where the gradient needs the input, it
// says so.
func TestEveryActivationIsFused(t *testing.T) {
	r := rand.New(rand.NewPCG(47, 2))
	g := trial.Same(t, 9, 9, 20, 3, 24)
	depthwise := trial.Same(t, 9, 9, 20, 3, 20, im2col.Groups(20))
	for _, g := range []im2col.Geometry{g, depthwise} {
		src, filter, bias := trial.Normals[float32](r, 2*g.InputLen()), trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OC)
		for act := range numActivations {
			for way, opts := range everyWay() {
				plain, err := NewConv2D[float32](g, opts...)
				if err != nil {
					t.Fatal(err)
				}
				fused, err := NewConv2D[float32](g, append(opts, WithActivation(act))...)
				if err != nil {
					t.Fatal(err)
				}
				activate, err := NewActivate[float32](act, WithISA(fused.options.isa))
				if err != nil {
					t.Fatal(err)
				}
				want, got := make([]float32, 2*g.OutputLen()), make([]float32, 2*g.OutputLen())
				plain.Forward(want, src, filter, bias)
				activate.Forward(want, want)
				fused.Forward(got, src, filter, bias)
				sameBits(t, way+" "+act.String(), got, want)
				panicked := func() (value any) {
					defer func() { value = recover() }()
					fused.BackwardActivation(got, got, got)
					return nil
				}()
				if (panicked == needsInput) != act.NeedsInput() {
					t.Errorf("%v: BackwardActivation panics with %v", act, panicked)
				}
			}
		}
	}
}
