package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// mixedGeometry returns a convolution some passes or phases of which fast
// algorithms compute, and some of which they do not.
func mixedGeometry(r *rand.Rand) im2col.Geometry {
	for {
		k := []int{3, 5, 6, 7}[r.IntN(4)]
		opts := []im2col.Option{im2col.Stride(1+r.IntN(2), 1+r.IntN(2))}
		if k == 3 {
			opts = nil
		}
		if r.IntN(2) == 0 {
			opts = append(opts, im2col.Flip())
		}
		p := []im2col.Padding{im2col.Same(), im2col.Valid(), im2col.Padded(r.IntN(4), r.IntN(4), r.IntN(4), r.IntN(4))}[r.IntN(3)]
		in := im2col.Input{H: 6 + r.IntN(9), W: 6 + r.IntN(9), C: 14 + r.IntN(8)}
		g, err := im2col.New(in, im2col.Filter{KH: k, KW: k, OC: 14 + r.IntN(8)}, p, opts...)
		if err == nil {
			return g
		}
	}
}

// What Choices says is what runs: sums of integers are exact where no Winograd is
// named, in every phase and for every batch, it runs where it is named, and the
// forward passes by the same algorithm have the same bits.
func TestChoicesAreWhatRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	ran := map[string]int{}
	count := 32
	if testing.Short() || raceEnabled {
		count = 16
	}
	for i := range count {
		g, n := mixedGeometry(r), 1+r.IntN(3)
		sums := newIntegerSums(r, g, n)
		for _, isa := range ISAs() {
			if isa == kernel.Portable && isa != BestISA() && i%8 > 0 {
				continue // slow
			}
			ways := map[string][]Option{
				"fast":          {WithFastAlgorithms()},
				"told Winograd": {WithAlgorithm(Winograd)},
				"exact":         nil,
				"told by pass":  {WithFastAlgorithms(), WithPassAlgorithm(PassForward, GEMM), WithPassAlgorithm(PassFilter, Direct)},
			}
			for way, opts := range ways {
				plan, err := NewConv2D[float32](g, append(opts, WithISA(isa), WithWorkers(2))...)
				if err != nil {
					t.Fatal(err)
				}
				checkChoices(t, fmt.Sprintf("%v n=%d, %s on %v", g, n, way, isa), plan, sums, ran)
			}
		}
	}
	t.Log(ran)
	for _, pass := range []Pass{PassForward, PassData, PassFilter, PassPacked} {
		if ran[pass.String()+" exact"] == 0 || ran[pass.String()+" winograd"] == 0 {
			t.Errorf("%v: %v: want some exact and some by Winograd", pass, ran)
		}
	}
	if ran["same bits"] == 0 || BestISA() != kernel.Portable && (ran["other algorithms"] == 0 || ran["mixed phases"] == 0) {
		t.Errorf("%v", ran)
	}
}

// integerSums are small integers for n images and what a convolution makes of
// them.
type integerSums struct {
	n                   int
	src, filter, dDst   []float32
	dst, dSrc, dFilter  []float32
	realSrc, realFilter []float32 // of the same lengths
}

func newIntegerSums(r *rand.Rand, g im2col.Geometry, n int) *integerSums {
	s := &integerSums{
		n: n, src: trial.Integers[float32](r, n*g.InputLen()), filter: trial.Integers[float32](r, g.FilterLen()), dDst: trial.Integers[float32](r, n*g.OutputLen()),
		realSrc: trial.Normals[float32](r, n*g.InputLen()), realFilter: trial.Normals[float32](r, g.FilterLen()),
	}
	s.dst, s.dSrc, s.dFilter = make([]float32, len(s.dDst)), make([]float32, len(s.src)), make([]float32, len(s.filter))
	trial.Reference(g, n, func(src, f, dst int) {
		s.dst[dst] += s.src[src] * s.filter[f]
		s.dSrc[src] += s.dDst[dst] * s.filter[f]
		s.dFilter[f] += s.dDst[dst] * s.src[src]
	})
	return s
}

func checkChoices(t *testing.T, what string, plan *Conv2D[float32], s *integerSums, ran map[string]int) {
	t.Helper()
	g, n := plan.Geometry(), s.n
	choices := plan.Choices()
	byWinograd := [numPasses]int{PassForward: winograds(plan.forward.at(n)), PassPacked: winograds(plan.packed), PassFilter: winograds(plan.filter.at(n))}
	for _, phase := range plan.backward {
		byWinograd[PassData] += winograds(phase.at(n))
	}
	if phases := byWinograd[PassData]; phases > 0 && phases < len(plan.backward) {
		ran["mixed phases"]++
		if how := choices[PassData].How; !strings.Contains(how, "winograd") || !strings.Contains(how, "direct") {
			t.Errorf("%s: %d of %d phases by Winograd, and it says %q", what, phases, len(plan.backward), how)
		}
	}
	check := func(pass Pass, want []float32, terms int, compute func(out []float32)) (got []float32) {
		t.Helper()
		said, bound := choices[pass].For(n), 0.
		if (said == Winograd) != (byWinograd[pass] > 0) {
			t.Fatalf("%s: %v says %v, and %d products are by Winograd", what, pass, said, byWinograd[pass])
		}
		if said == Winograd {
			bound = winogradBound * 0x1p-24 * 16 * float64(terms)
			ran[pass.String()+" winograd"]++
		} else {
			ran[pass.String()+" exact"]++
		}
		out := trial.Destination[float32](len(want))
		compute(out.Data)
		for i, x := range out.Data {
			if diff := math.Abs(float64(x - want[i])); !(diff <= bound) {
				t.Fatalf("%s: by %v, %v[%d] = %v, want %v ± %g", what, said, pass, i, x, want[i], bound)
			}
		}
		return out.Data
	}
	check(PassForward, s.dst, g.Depth(), func(out []float32) { plan.Forward(out, s.src, s.filter, nil) })
	packed := plan.Pack(s.filter)
	check(PassPacked, s.dst, g.Depth(), func(out []float32) { plan.ForwardPacked(out, s.src, packed, nil) })
	check(PassData, s.dSrc, g.Taps()*g.OC, func(out []float32) { plan.BackwardData(out, s.dDst, s.filter) })
	check(PassFilter, s.dFilter, n*g.Rows(), func(out []float32) { plan.BackwardFilter(out, nil, s.src, s.dDst) })

	if choices[PassForward].For(n) != choices[PassPacked].For(n) {
		ran["other algorithms"]++
		return
	}
	ran["same bits"]++
	one, other := make([]float32, len(s.dst)), make([]float32, len(s.dst))
	plan.Forward(one, s.realSrc, s.realFilter, nil)
	plan.PackInto(packed, s.realFilter)
	plan.ForwardPacked(other, s.realSrc, packed, nil)
	if !slices.Equal(one, other) {
		t.Fatalf("%s: Forward and ForwardPacked, both by %v, have other bits", what, choices[PassForward].For(n))
	}
}

// winograds is 1 for a runner of Winograd's, else 0.
func winograds(runner fmt.Stringer) int {
	if by(runner, "winograd") {
		return 1
	}
	return 0
}

// by reports whether a runner is an algorithm's.
func by(runner fmt.Stringer, algorithm string) bool {
	return strings.HasPrefix(runner.String(), algorithm+" ")
}
