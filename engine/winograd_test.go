package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// winogradBound is what the doc comment of winograd states, in units of ε·S.
const winogradBound = 24

// worstErrors are the largest errors of the results, by their names.
type worstErrors map[string]float64

func (w worstErrors) String() string {
	return fmt.Sprintf("largest errors in ε·S: dst %.1f, dSrc %.1f, dFilter %.1f, dBias %.1f", w["dst"], w["dSrc"], w["dFilter"], w["dBias"])
}

func (w worstErrors) add(what string, x float64) { w[what] = max(w[what], x) }

// worstWinograd computes all passes of a plan on random values and returns the largest error of an element relative to ε·S,
// S being the largest sum of absolute values of an element's terms.
func worstWinograd(t *testing.T, r *rand.Rand, g im2col.Geometry, n int, opts ...Option) (worst worstErrors) {
	t.Helper()
	plan, err := NewConv2D[float32](g, append(opts, WithAlgorithm(Winograd))...)
	if err != nil {
		t.Fatal(err)
	}
	if !by(plan.forward.many, "winograd") {
		t.Fatalf("%v: not by Winograd", plan)
	}
	if !by(plan.backward[0].many, "winograd") {
		t.Fatalf("%v: backward not by Winograd", plan)
	}
	if !by(plan.filter.many, "winograd") {
		t.Fatalf("%v: gradient to the filter not by Winograd", plan)
	}
	normals := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	src, filter, bias, dDst := normals(n*g.InputLen()), normals(g.FilterLen()), normals(g.OC), normals(n*g.OutputLen())
	zeros := func(n int) []float64 { return make([]float64, n) }
	dst, dSrc, dFilter, dBias := zeros(len(dDst)), zeros(len(src)), zeros(len(filter)), zeros(len(bias))
	absDst, absSrc, absFilter, absBias := zeros(len(dDst)), zeros(len(src)), zeros(len(filter)), zeros(len(bias))
	for i := range dst {
		dst[i] = float64(bias[i%g.OC])
		absDst[i] = math.Abs(dst[i])
		dBias[i%g.OC] += float64(dDst[i])
		absBias[i%g.OC] += math.Abs(float64(dDst[i]))
	}
	trial.Reference(g, n, func(s, f, d int) {
		x := float64(src[s]) * float64(filter[f])
		dst[d] += x
		absDst[d] += math.Abs(x)
		x = float64(dDst[d]) * float64(filter[f])
		dSrc[s] += x
		absSrc[s] += math.Abs(x)
		x = float64(dDst[d]) * float64(src[s])
		dFilter[f] += x
		absFilter[f] += math.Abs(x)
	})
	worst = worstErrors{}
	check := func(what string, want, abs []float64, compute func(out []float32)) {
		t.Helper()
		got := trial.Destination[float32](len(want))
		compute(got.Data)
		unit := 0.
		for _, a := range abs {
			unit = max(unit, 0x1p-24*a)
		}
		for i, x := range got.Data {
			diff := math.Abs(float64(x) - want[i])
			if !(diff <= winogradBound*unit) {
				t.Fatalf("%v n=%d: %s[%d] = %v, want %v ± %g", g, n, what, i, x, want[i], winogradBound*unit)
			}
			if unit > 0 {
				worst.add(what, diff/unit)
			}
		}
		for i, x := range got.All {
			if (i < trial.Margin || i >= trial.Margin+len(got.Data)) && x == x {
				t.Fatalf("%v: %s: wrote outside, at %d", g, what, i-trial.Margin)
			}
		}
	}
	check("dst", dst, absDst, func(out []float32) { plan.Forward(out, src, filter, bias) })
	packed := plan.Pack(filter)
	check("dst of the packed filter", dst, absDst, func(out []float32) { plan.ForwardPacked(out, src, packed, bias) })
	check("dSrc", dSrc, absSrc, func(out []float32) { plan.BackwardData(out, dDst, filter) })
	check("dFilter", dFilter, absFilter, func(out []float32) { plan.BackwardFilter(out, nil, src, dDst) })
	check("dBias", dBias, absBias, func(out []float32) { plan.BackwardFilter(make([]float32, len(filter)), out, src, dDst) })
	return worst
}

func TestWinogradEveryInstructionSet(t *testing.T) {
	for _, isa := range ISAs() {
		if raceEnabled && isa != BestISA() {
			continue
		}
		t.Run(string(isa), func(t *testing.T) {
			r := rand.New(rand.NewPCG(15, 16))
			worst := worstErrors{}
			cases := 60
			if raceEnabled {
				cases = 15
			}
			for i := range cases {
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
				for what, x := range worstWinograd(t, r, g, r.IntN(4), WithISA(isa), WithWorkers(1+i%3)) {
					worst.add(what, x)
				}
			}
			t.Log(worst)
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
		{1, 56, 4, 8}, {2, 14, 64, 200}, {1, 14, 256, 96}, {1, 7, 512, 230},
	} {
		g, err := im2col.New(im2col.Input{H: c.size, W: c.size, C: c.channels}, im2col.Filter{KH: 3, KW: 3, OC: c.filters}, im2col.Same())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			t.Log(worstWinograd(t, r, g, c.n, WithWorkers(2)))
		})
	}
}

// An image's results are the same bits in a batch, which transforms the filter
// beforehand, as alone, where blocks transform what they need of it.
func TestWinogradSameBitsHoweverCut(t *testing.T) {
	const n = 9
	g, err := im2col.New(im2col.Input{H: 11, W: 12, C: 150}, im2col.Filter{KH: 3, KW: 3, OC: 170}, im2col.Same(), im2col.Flip())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(23, 24))
	src, filter, bias := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OC)
	dPre := trial.Normals[float32](r, n*g.OutputLen())
	for _, isa := range ISAs() {
		plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd), WithISA(isa), WithWorkers(2), WithActivation(ReLU))
		if err != nil {
			t.Fatal(err)
		}
		w := plan.forward.many
		_, parts := w.Prepared(n) // of the transform beforehand
		if _, one := w.Prepared(1); !by(w, "winograd") || parts == 0 || one > 0 {
			t.Fatalf("%v: both ways to cut are the same", isa)
		}
		dst, dSrc := make([]float32, len(dPre)), make([]float32, len(src))
		plan.Forward(dst, src, filter, bias)
		plan.BackwardData(dSrc, dPre, filter)
		for i := range n {
			in, out := src[i*g.InputLen():][:g.InputLen()], dPre[i*g.OutputLen():][:g.OutputLen()]
			oneDst, oneSrc := trial.Destination[float32](g.OutputLen()), trial.Destination[float32](g.InputLen())
			plan.Forward(oneDst.Data, in, filter, bias)
			plan.BackwardData(oneSrc.Data, out, filter)
			oneDst.Check(t, fmt.Sprintf("%v: dst of image %d", isa, i), dst[i*g.OutputLen():][:g.OutputLen()])
			oneSrc.Check(t, fmt.Sprintf("%v: dSrc of image %d", isa, i), dSrc[i*g.InputLen():][:g.InputLen()])
		}
	}
}

// Activations and bias come after the transforms, at the edges too.
func TestWinogradActivations(t *testing.T) {
	g, err := im2col.New(im2col.Input{H: 9, W: 10, C: 20}, im2col.Filter{KH: 3, KW: 3, OC: 24}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(19, 20))
	src, filter, bias := trial.Integers[float32](r, 2*g.InputLen()), trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, g.OC)
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
		{false, nil}, {BestISA() != kernel.Portable, []Option{WithFastAlgorithms()}}, {true, []Option{WithAlgorithm(Winograd)}},
		{false, []Option{WithFastAlgorithms(), WithAlgorithm(GEMM)}},
	} {
		plan, err := NewConv2D[float32](g, c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		if is := by(plan.forward.many, "winograd"); is != c.want {
			t.Errorf("%d options: %v", len(c.opts), plan)
		}
	}
}

// What is not finite makes every sum that it has a part in not finite, and no
// sum of other images or, in the gradient to the filter, of other channels.
func TestWinogradNotFinite(t *testing.T) {
	g, err := im2col.New(im2col.Input{H: 9, W: 10, C: 20}, im2col.Filter{KH: 3, KW: 3, OC: 24}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	finite := func(x float32) bool { return x-x == 0 }
	const n, channel = 2, 7
	for _, isa := range ISAs() {
		plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd), WithISA(isa))
		if err != nil {
			t.Fatal(err)
		}
		for _, poison := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			r := rand.New(rand.NewPCG(21, 22))
			src, dPre := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, n*g.OutputLen())
			filter := trial.Normals[float32](r, g.FilterLen())
			src[(4*g.W+5)*g.C+channel] = float32(poison)
			dPre[(8*g.OW+9)*g.OC+channel] = float32(poison)
			dst, dSrc := make([]float32, len(dPre)), make([]float32, len(src))
			dFilter, dBias := make([]float32, len(filter)), make([]float32, g.OC)
			plan.Forward(dst, src, filter, nil)
			plan.BackwardData(dSrc, dPre, filter)
			plan.BackwardFilter(dFilter, dBias, src, dPre)
			touched := map[string][]bool{"dst": make([]bool, len(dst)), "dSrc": make([]bool, len(src)), "dFilter": make([]bool, len(filter))}
			trial.Reference(g, n, func(s, f, d int) {
				touched["dst"][d] = touched["dst"][d] || !finite(src[s])
				touched["dSrc"][s] = touched["dSrc"][s] || !finite(dPre[d])
				touched["dFilter"][f] = touched["dFilter"][f] || !finite(src[s]) || !finite(dPre[d])
			})
			for what, x := range map[string][]float32{"dst": dst, "dSrc": dSrc, "dFilter": dFilter} {
				for i := range x {
					apart := i >= len(x)/n // the second image
					if what == "dFilter" {
						apart = i/g.OC%g.C != channel && i%g.OC != channel
					}
					if touched[what][i] && finite(x[i]) || apart && !finite(x[i]) {
						t.Fatalf("%v, %v: %s[%d] = %v", isa, poison, what, i, x[i])
					}
				}
			}
			for oc, x := range dBias {
				if finite(x) != (oc != channel) {
					t.Fatalf("%v, %v: dBias[%d] = %v", isa, poison, oc, x)
				}
			}
		}
	}
}
