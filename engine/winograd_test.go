package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// winogradBound is what the doc comment of winograd states, in units of ε·S.
const winogradBound = 24

// worstWinograd computes a plan's forward pass and gradient to the data on
// random values and returns the largest error of an element relative to ε·S,
// S being the largest sum of absolute values of an element's terms.
func worstWinograd(t *testing.T, r *rand.Rand, g im2col.Geometry, n int, opts ...Option) float64 {
	t.Helper()
	plan, err := NewConv2D[float32](g, append(opts, WithAlgorithm(Winograd))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := plan.forward.many.(*winograd); !ok {
		t.Fatalf("%v: not by Winograd", plan)
	}
	if _, ok := plan.backward[0].many.(*winograd); !ok {
		t.Fatalf("%v: backward not by Winograd", plan)
	}
	normals := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	src, filter, bias, dDst := normals(n*g.InputLen()), normals(g.FilterLen()), normals(g.OC), normals(n*g.OutputLen())
	dst, dSrc := make([]float64, len(dDst)), make([]float64, len(src))
	absDst, absSrc := make([]float64, len(dDst)), make([]float64, len(src))
	for i := range dst {
		dst[i] = float64(bias[i%g.OC])
		absDst[i] = math.Abs(dst[i])
	}
	reference(g, n, func(s, f, d int) {
		x := float64(src[s]) * float64(filter[f])
		dst[d] += x
		absDst[d] += math.Abs(x)
		x = float64(dDst[d]) * float64(filter[f])
		dSrc[s] += x
		absSrc[s] += math.Abs(x)
	})
	worst := 0.
	check := func(what string, want, abs []float64, compute func(out []float32)) {
		t.Helper()
		got := guarded[float32](len(want))
		compute(got.data)
		unit := 0.
		for _, a := range abs {
			unit = max(unit, 0x1p-24*a)
		}
		for i, x := range got.data {
			diff := math.Abs(float64(x) - want[i])
			if !(diff <= winogradBound*unit) {
				t.Fatalf("%v n=%d: %s[%d] = %v, want %v ± %g", g, n, what, i, x, want[i], winogradBound*unit)
			}
			if unit > 0 {
				worst = max(worst, diff/unit)
			}
		}
		for i, x := range got.all {
			if (i < guard || i >= guard+len(got.data)) && x == x {
				t.Fatalf("%v: %s: wrote outside, at %d", g, what, i-guard)
			}
		}
	}
	check("dst", dst, absDst, func(out []float32) { plan.Forward(out, src, filter, bias) })
	packed := plan.Pack(filter)
	check("dst of the packed filter", dst, absDst, func(out []float32) { plan.ForwardPacked(out, src, packed, bias) })
	check("dSrc", dSrc, absSrc, func(out []float32) { plan.BackwardData(out, dDst, filter) })
	return worst
}

func TestWinogradEveryInstructionSet(t *testing.T) {
	for _, isa := range kernel.Available() {
		t.Run(isa.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(15, 16))
			worst := 0.
			for i := range 60 {
				p := []im2col.Padding{
					im2col.Same(), im2col.Valid(), im2col.Centred(r.IntN(3), r.IntN(3)),
					im2col.Padded(r.IntN(7)-1, r.IntN(7)-1, r.IntN(7)-1, r.IntN(7)-1),
				}[r.IntN(4)]
				var opts []im2col.Option
				if r.IntN(2) == 0 {
					opts = append(opts, im2col.Flip())
				}
				g, err := im2col.New(im2col.Input{H: 4 + r.IntN(14), W: 4 + r.IntN(14), C: 1 + r.IntN(40)},
					im2col.Filter{KH: 3, KW: 3, OC: 1 + r.IntN(50)}, p, opts...)
				if err != nil {
					t.Fatal(err)
				}
				worst = max(worst, worstWinograd(t, r, g, r.IntN(4), WithISA(isa), WithWorkers(1+i%3)))
			}
			t.Logf("largest error %.1f·ε·S", worst)
		})
	}
}

// With many channels, several chunks of them and several blocks of tiles.
func TestWinogradErrorBound(t *testing.T) {
	if raceEnabled {
		t.Skip("a reference of 600 million multiplications")
	}
	r := rand.New(rand.NewPCG(17, 18))
	for _, c := range []struct{ n, size, channels, filters int }{
		{1, 56, 4, 8}, {2, 14, 64, 200}, {1, 14, 256, 96}, {1, 7, 512, 160},
	} {
		g, err := im2col.New(im2col.Input{H: c.size, W: c.size, C: c.channels}, im2col.Filter{KH: 3, KW: 3, OC: c.filters}, im2col.Same())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			t.Logf("largest error %.1f·ε·S", worstWinograd(t, r, g, c.n, WithWorkers(2)))
		})
	}
}

// Activations and bias come after the transforms, at the edges too.
func TestWinogradActivations(t *testing.T) {
	g, err := im2col.New(im2col.Input{H: 9, W: 10, C: 20}, im2col.Filter{KH: 3, KW: 3, OC: 24}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(19, 20))
	src, filter, bias := integers[float32](r, 2*g.InputLen()), integers[float32](r, g.FilterLen()), integers[float32](r, g.OC)
	for act := range numActivations {
		want, got := make([]float32, 2*g.OutputLen()), make([]float32, 2*g.OutputLen())
		for algorithm, dst := range map[Algorithm][]float32{GEMM: want, Winograd: got} {
			plan, err := NewConv2D[float32](g, WithAlgorithm(algorithm), WithActivation(act))
			if err != nil {
				t.Fatal(err)
			}
			plan.Forward(dst, src, filter, bias)
		}
		for i := range want {
			// Sums of at most 180 products of at most 16, and a bias.
			if diff := math.Abs(float64(got[i] - want[i])); !(diff <= winogradBound*0x1p-24*(180*16+4)) {
				t.Fatalf("%v: dst[%d] = %v, want %v", act, i, got[i], want[i])
			}
		}
	}
}

// Auto takes Winograd with leave only.
func TestWinogradNeedsLeave(t *testing.T) {
	g, err := im2col.New(im2col.Input{H: 14, W: 14, C: 64}, im2col.Filter{KH: 3, KW: 3, OC: 64}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want bool
		opts []Option
	}{
		// Without assembly Auto is GEMM all the same.
		{false, nil}, {kernel.Best() != kernel.Portable, []Option{WithFastAlgorithms()}}, {true, []Option{WithAlgorithm(Winograd)}},
		{false, []Option{WithFastAlgorithms(), WithAlgorithm(GEMM)}},
	} {
		plan, err := NewConv2D[float32](g, c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		if _, is := plan.forward.many.(*winograd); is != c.want {
			t.Errorf("%d options: %v", len(c.opts), plan)
		}
	}
}
