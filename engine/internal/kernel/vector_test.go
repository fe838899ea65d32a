package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// onEach runs a test on the float32 loops of every instruction set that this
// machine and build have.
func onEach(t *testing.T, f func(t *testing.T, v *Vector[float32])) {
	t.Helper()
	if len(Sets()) == 0 {
		t.Fatal("no instruction set to test")
	}
	for _, set := range Sets() {
		t.Run(set.String(), func(t *testing.T) {
			f(t, VectorFor[float32](set))
		})
	}
	t.Logf("vector loops tested: %v", Sets())
}

// otherFused returns the loops of another set that fuses multiply and add, nil
// if there is none or v's set does not.
func otherFused(v *Vector[float32]) (other *Vector[float32]) {
	fused := false
	for _, set := range Sets() {
		if loops := VectorFor[float32](set); loops == v {
			fused = set.Fused
		} else if set.Fused {
			other = loops
		}
	}
	if !fused {
		return nil
	}
	return other
}

// canary is a NaN that no arithmetic makes.
var canary = math.Float32frombits(0x7fa5a5a5)

// guarded is a vector at an odd place in memory, with canaries around it.
type guarded struct {
	x   []float32 // what a loop gets
	all []float32
}

const guard = 40

func newGuarded(n, offset int) *guarded {
	g := &guarded{all: make([]float32, guard+offset+n+guard)}
	for i := range g.all {
		g.all[i] = canary
	}
	g.x = g.all[guard+offset : guard+offset+n : guard+offset+n]
	return g
}

// check fails if something outside of x was written.
func (g *guarded) check(t *testing.T, name string) {
	t.Helper()
	from := len(g.all) - guard - len(g.x)
	for i, v := range g.all {
		if inside := i >= from && i < from+len(g.x); !inside && math.Float32bits(v) != math.Float32bits(canary) {
			t.Fatalf("%s: wrote %v at element %d of %d", name, v, i-from, len(g.x))
		}
	}
}

// specials are the values at which arithmetic turns.
var specials = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()),
	float32(math.Inf(1)), float32(math.Inf(-1)),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 1e-39, -1e-39, 0x1p-126, -0x1p-126,
	math.MaxFloat32, -math.MaxFloat32, 88.7, 88.72283, 88.72284, 89, 90, 104, -87.3, -87.34, -88, -103.9, -103.98, -104, -105, -1000, 1000,
	0.6, -0.6, 0.59999996, 9.0, -9.01, 17, 1e-4, -1e-4, 0x1p-24, 0x1p-12,
}

// someReals fills x with normal values, every fourth a special one if wanted.
func someReals(r *rand.Rand, x []float32, special bool) {
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if special && r.IntN(4) == 0 {
			x[i] = specials[r.IntN(len(specials))]
		}
	}
}

// ulps returns how far got is from want in units of want's last place.
func ulps(got float32, want float64) float64 {
	switch {
	case math.IsNaN(want) && got != got, float64(got) == want:
		return 0
	case math.IsNaN(want) || got != got:
		return math.Inf(1)
	case math.IsInf(float64(got), 0):
		// What rounds to the first number above the largest is infinite.
		if math.Abs(want) >= 0x1.ffffffp127 && (want > 0) == (got > 0) {
			return 0
		}
		return math.Inf(1)
	case math.IsInf(want, 0):
		return math.Inf(1)
	}
	_, exp := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(exp, -125)-24)
}

func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || (a != a && b != b)
}

// elementwise are the loops over vectors of equal length with what each
// element must be, in float64. With ulps 0 the result must be the formula's in
// float32, bit for bit, which want computes.
var elementwise = []struct {
	name string
	ulps float64
	run  func(v *Vector[float32], dst, a, b []float32)
	want func(dst, a, b float32) float64
}{
	{"Exp", 1, func(v *Vector[float32], dst, a, _ []float32) { v.Exp(dst, a) },
		func(_, a, _ float32) float64 { return math.Exp(float64(a)) }},
	{"Sigmoid", 2, func(v *Vector[float32], dst, a, _ []float32) { v.Sigmoid(dst, a) },
		func(_, a, _ float32) float64 { return sigmoid64(float64(a)) }},
	{"Tanh", 2, func(v *Vector[float32], dst, a, _ []float32) { v.Tanh(dst, a) },
		func(_, a, _ float32) float64 { return math.Tanh(float64(a)) }},
	{"ReLU", 0, func(v *Vector[float32], dst, a, _ []float32) { v.ReLU(dst, a) },
		func(_, a, _ float32) float64 {
			if a < 0 {
				return 0
			}
			return float64(a)
		}},
	{"ReLUGrad", 0, func(v *Vector[float32], dst, a, b []float32) { v.ReLUGrad(dst, a, b) },
		func(_, a, b float32) float64 {
			if b > 0 {
				return float64(a)
			}
			return 0
		}},
	{"SigmoidGrad", 0, func(v *Vector[float32], dst, a, b []float32) { v.SigmoidGrad(dst, a, b) },
		func(_, a, b float32) float64 { x := a * b; y := 1 - b; return float64(x * y) }},
	{"TanhGrad", 0, func(v *Vector[float32], dst, a, b []float32) { v.TanhGrad(dst, a, b) },
		func(_, a, b float32) float64 { x, y := 1-b, 1+b; z := x * y; return float64(a * z) }},
	{"ReLU6", 0, func(v *Vector[float32], dst, a, _ []float32) { v.Activate(dst, a, ReLU6) },
		func(_, a, _ float32) float64 { return float64(within(a, 6)) }},
	{"ReLU6Grad", 0, func(v *Vector[float32], dst, a, b []float32) { v.ActivateGrad(dst, a, b, ReLU6) },
		func(_, a, b float32) float64 {
			if inside(b, 0, 6) == 0 {
				return 0
			}
			return float64(a)
		}},
	{"HardSigmoid", 0, func(v *Vector[float32], dst, a, _ []float32) { v.Activate(dst, a, HardSigmoid) },
		func(_, a, _ float32) float64 { return float64(within(a+3, 6) * (1. / 6)) }},
	{"HardSwish", 0, func(v *Vector[float32], dst, a, _ []float32) { v.Activate(dst, a, HardSwish) },
		func(_, a, _ float32) float64 { h := within(a+3, 6) * (1. / 6); return float64(a * h) }},
	{"LeakyReLU", 0, func(v *Vector[float32], dst, a, _ []float32) { v.LeakyReLU(dst, a, 0.25) },
		func(_, a, _ float32) float64 {
			if a > 0 {
				return float64(a)
			}
			return float64(a * 0.25)
		}},
	{"LeakyReLUGrad", 0, func(v *Vector[float32], dst, a, b []float32) { v.LeakyReLUGrad(dst, a, b, 0.25) },
		func(_, a, b float32) float64 {
			if b > 0 {
				return float64(a)
			}
			return float64(a * 0.25)
		}},
	{"Add", 0, func(v *Vector[float32], dst, a, _ []float32) { v.Add(dst, a) },
		func(dst, a, _ float32) float64 { return float64(dst + a) }},
	{"Scale", 0, func(v *Vector[float32], dst, _, _ []float32) { v.Scale(dst, 1.7) },
		func(dst, _, _ float32) float64 { return float64(dst * 1.7) }},
}

// within returns x between 0 and top; NaN stays.
func within(x, top float32) float32 {
	if x < 0 {
		return 0
	}
	if x > top {
		return top
	}
	return x
}

// inside returns 1 where lo < x < hi, else 0.
func inside(x, lo, hi float32) float64 {
	if x > lo && x < hi {
		return 1
	}
	return 0
}

func sigmoid64(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func TestElementwise(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(1, 2))
		for n := range 71 {
			for _, offset := range []int{0, 1, 7} {
				for _, c := range elementwise {
					name := fmt.Sprintf("%s n=%d offset=%d", c.name, n, offset)
					dst, a, b := newGuarded(n, offset), newGuarded(n, offset/2), newGuarded(n, 0)
					someReals(r, a.x, true)
					someReals(r, b.x, true)
					someReals(r, dst.x, true)
					before := append([]float32(nil), dst.x...)
					c.run(v, dst.x, a.x, b.x)
					dst.check(t, name)
					// In place: the destination is the first source.
					inPlace := append([]float32(nil), a.x...)
					if c.name != "Add" && c.name != "Scale" {
						c.run(v, inPlace, inPlace, b.x)
					}
					for i, got := range dst.x {
						want := c.want(before[i], a.x[i], b.x[i])
						if !(ulps(got, want) <= c.ulps) || (c.ulps == 0 && !sameBits(got, float32(want))) {
							t.Fatalf("%s: element %d of %v, %v, %v is %v, want %v", name, i, before[i], a.x[i], b.x[i], got, want)
						}
						if c.name != "Add" && c.name != "Scale" && !sameBits(inPlace[i], got) {
							t.Fatalf("%s: element %d in place is %v, else %v", name, i, inPlace[i], got)
						}
					}
				}
			}
		}
	})
}

// The functions are within their bounds at every exponent, and sets that
// fuse multiply and add give the same bits.
func TestFunctionsAreAccurate(t *testing.T) {
	stride := uint64(509)
	if testing.Short() || raceEnabled {
		stride = 50021
	}
	const chunk = 1 << 12
	src := make([]float32, 0, chunk)
	got := map[*Set][]float32{}
	var fused *Set // the first that fuses multiply and add
	for _, set := range Sets() {
		got[set] = make([]float32, chunk)
		if set.Fused && fused == nil {
			fused = set
		}
	}
	for _, c := range elementwise[:3] {
		worst := map[*Set]float64{}
		at := map[*Set]float32{}
		tested := 0
		flush := func() {
			for _, set := range Sets() {
				dst := got[set][:len(src)]
				c.run(VectorFor[float32](set), dst, src, nil)
				for j, x := range src {
					// The zero of tanh has the sign of its argument.
					if c.name == "Tanh" && x == 0 && math.Signbit(float64(dst[j])) != math.Signbit(float64(x)) {
						t.Fatalf("%v: tanh(%v) = %v", set, x, dst[j])
					}
					if u := ulps(dst[j], c.want(0, x, 0)); !(u <= worst[set]) {
						worst[set], at[set] = u, x
					}
					if set.Fused && !sameBits(dst[j], got[fused][j]) {
						t.Fatalf("%s(%v) is %v on %v, %v on %v", c.name, x, dst[j], set, got[fused][j], fused)
					}
				}
			}
			tested += len(src)
			src = src[:0]
		}
		src = append(src, specials...)
		for u := uint64(0); u < 1<<32; u += stride {
			src = append(src, math.Float32frombits(uint32(u)))
			if len(src) == chunk {
				flush()
			}
		}
		flush()
		for _, set := range Sets() {
			t.Logf("%-7s %-8v %d values, worst %.3f ulp at %v", c.name, set, tested, worst[set], at[set])
			if !(worst[set] <= c.ulps) {
				t.Errorf("%s on %v: %v ulp at %v, want at most %v", c.name, set, worst[set], at[set], c.ulps)
			}
		}
	}
}
