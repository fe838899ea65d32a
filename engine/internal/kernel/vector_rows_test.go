package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestSoftmax(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(9, 10))
		for n := range 71 {
			for _, scale := range []float32{1, 30} {
				src, dst := newGuarded(n, n%3), newGuarded(n, n%5)
				someReals(r, src.x, false)
				for i := range src.x {
					src.x[i] *= scale
				}
				if n > 2 && n%7 == 0 {
					src.x[n/2] = float32(math.Inf(-1)) // a class that is ruled out
				}
				max, sum := v.Softmax(dst.x, src.x)
				dst.check(t, "Softmax")
				top, total := math.Inf(-1), 0.0
				for _, x := range src.x {
					top = math.Max(top, float64(x))
				}
				for _, x := range src.x {
					total += math.Exp(float64(x) - top)
				}
				if float64(max) != top || !(math.Abs(float64(sum)-total) <= float64(n+2)*0x1p-23*total) {
					t.Fatalf("softmax of %d: max %v and sum %v, want %v and %v", n, max, sum, top, total)
				}
				for i, got := range dst.x {
					// The subtraction of max rounds, which e^x turns into a
					// relative error of |x−max|·2^−24.
					shift := float64(src.x[i]) - top
					want := math.Exp(shift) / total
					tol := (float64(n+6) + 2*math.Abs(shift)) * 0x1p-24 * want
					if math.IsInf(shift, -1) {
						tol = 0
					}
					if !(math.Abs(float64(got)-want) <= tol+0x1p-148) {
						t.Fatalf("softmax of %d: element %d is %v, want %v", n, i, got, want)
					}
				}
				inPlace := append([]float32(nil), src.x...)
				v.Softmax(inPlace, inPlace)
				for i := range inPlace {
					if !sameBits(inPlace[i], dst.x[i]) {
						t.Fatalf("softmax of %d in place: element %d is %v, else %v", n, i, inPlace[i], dst.x[i])
					}
				}
			}
		}
	})
}

// Where the formula has no value, every element says so.
func TestSoftmaxOfNoNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		for n := 1; n < 71; n++ {
			for at := range n {
				for _, bad := range [][]float32{{nan}, {inf}, {nan, inf}, {inf, nan}, {-inf}} {
					src := make([]float32, n)
					for i := range src {
						src[i] = float32(i % 5)
						if bad[0] == -inf {
							src[i] = -inf
						}
					}
					copy(src[at:], bad)
					dst := make([]float32, n)
					max, sum := v.Softmax(dst, src)
					var wantMax float32 = bad[0]
					for _, b := range src {
						if b != b {
							wantMax = b
						}
					}
					if !sameBits(max, wantMax) || sum == sum {
						t.Fatalf("%v at %d of %d: max %v, sum %v", bad, at, n, max, sum)
					}
					for i, got := range dst {
						if got == got {
							t.Fatalf("%v at %d of %d: element %d is %v, want NaN", bad, at, n, i, got)
						}
					}
				}
			}
		}
	})
}

// BiasAct is the addition of the bias followed by the activation's own loop,
// bit for bit, wherever its rows are cut.
func TestBiasAct(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		acts := map[Activation]func(dst, src []float32){
			None: func(dst, src []float32) { copy(dst, src) }, ReLU: v.ReLU, Sigmoid: v.Sigmoid, Tanh: v.Tanh,
		}
		for act := Tanh + 1; act < numActivations; act++ {
			acts[act] = func(dst, src []float32) { v.Activate(dst, src, act) }
		}
		r := rand.New(rand.NewPCG(11, 12))
		for cols := range 71 {
			for _, rows := range []int{0, 1, 2, 3, 5, 40} {
				for act, f := range acts {
					c := newMatrixCase(r, rows, cols, r.IntN(2)*(1+r.IntN(5)), r.IntN(4), func(x []float32) { someReals(r, x, true) })
					name := fmt.Sprintf("BiasAct %v act %d bias %t", c, act, c.bias != nil)
					before := append([]float32(nil), c.w.x...)
					v.BiasAct(c.w.x, c.ld, rows, cols, c.bias, act)
					c.checkPads(t)
					want := make([]float32, cols)
					for i := range rows {
						for j := range want {
							want[j] = before[i*c.ld+j]
							if c.bias != nil {
								want[j] += c.bias[j]
							}
						}
						f(want, want)
						for j := range want {
							if got := c.w.x[i*c.ld+j]; !sameBits(got, want[j]) {
								t.Fatalf("%s: element %d,%d is %v, want %v", name, i, j, got, want[j])
							}
						}
					}
					if rows < 2 {
						continue
					}
					at := 1 + r.IntN(rows-1)
					v.BiasAct(before, c.ld, at, cols, c.bias, act)
					v.BiasAct(before[at*c.ld:], c.ld, rows-at, cols, c.bias, act)
					for i := range before {
						if !sameBits(before[i], c.w.x[i]) {
							t.Fatalf("%s cut at %d: element %d is %v, else %v", name, at, i, before[i], c.w.x[i])
						}
					}
				}
			}
		}
	})
}

func TestMaxPool(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(13, 14))
		for c := 1; c <= 40; c++ {
			for _, taps := range []int{1, 2, 4, 9} {
				for _, kind := range []string{"ties", "specials", "padding"} {
					const points = 30
					src, pixels := newGuarded(points*c, r.IntN(4)), 1+r.IntN(9)
					someReals(r, src.x, kind == "specials")
					if kind == "ties" {
						for i := range src.x {
							src.x[i] = []float32{0, float32(math.Copysign(0, -1)), 1, float32(math.Inf(-1))}[r.IntN(4)]
						}
					}
					base := r.IntN(3) * c
					table := make([]int, pixels*taps)
					for i := range table {
						table[i] = r.IntN(points*c - c - base + 1)
						if kind == "padding" && r.IntN(2) == 0 {
							table[i] = -1 - r.IntN(9)
						}
					}
					name := fmt.Sprintf("MaxPool c=%d taps=%d %s", c, taps, kind)
					dst, alone := newGuarded(pixels*c, r.IntN(3)), newGuarded(pixels*c, 0)
					const mark = -77
					args := make([]int32, pixels*c+2*guard)
					for i := range args {
						args[i] = mark
					}
					v.MaxPool(dst.x, args[guard:guard+pixels*c], src.x, base, c, table, taps)
					v.MaxPool(alone.x, nil, src.x, base, c, table, taps)
					dst.check(t, name)
					alone.check(t, name)
					for i, a := range args {
						if (i < guard || i >= guard+pixels*c) && a != mark {
							t.Fatalf("%s: argmax wrote element %d", name, i-guard)
						}
					}
					for i := range dst.x {
						want, at := float32(math.Inf(-1)), -1
						for _, off := range table[i/c*taps : i/c*taps+taps] {
							if off < 0 {
								continue
							}
							off += base + i%c
							x := src.x[off]
							if at < 0 || (want == want && (x > want || x != x)) {
								want, at = x, off
							}
						}
						if !sameBits(dst.x[i], want) || !sameBits(alone.x[i], want) || args[guard+i] != int32(at) {
							t.Fatalf("%s: element %d is %v (alone %v) from %d, want %v from %d", name, i, dst.x[i], alone.x[i], args[guard+i], want, at)
						}
					}
				}
			}
		}
	})
}

func TestAdam(t *testing.T) {
	s := AdamStep[float32]{Rate: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Correct1: 1 / (1 - 0.9*0.9), Correct2: 1 / (1 - 0.999*0.999)}
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(15, 16))
		for n := range 71 {
			w, m, u, g := newGuarded(n, 1), newGuarded(n, 2), newGuarded(n, 3), newGuarded(n, 0)
			for _, x := range []*guarded{w, m, u, g} {
				someReals(r, x.x, false)
			}
			for i := range u.x {
				u.x[i] *= u.x[i] // second moments are not negative
			}
			w0, m0, u0 := append([]float32(nil), w.x...), append([]float32(nil), m.x...), append([]float32(nil), u.x...)
			v.Adam(w.x, g.x, m.x, u.x, s)
			for _, x := range []*guarded{w, m, u, g} {
				x.check(t, "Adam")
			}
			for i := range n {
				d := float64(g.x[i])
				m1 := float64(s.Beta1)*float64(m0[i]) + (1-float64(s.Beta1))*d
				u1 := float64(s.Beta2)*float64(u0[i]) + (1-float64(s.Beta2))*d*d
				step := float64(s.Rate) * m1 * float64(s.Correct1) / (math.Sqrt(u1*float64(s.Correct2)) + float64(s.Epsilon))
				w1 := float64(w0[i]) - step
				// 1−beta is exact only to beta's last place.
				absM := math.Abs(float64(m0[i])) + math.Abs(d)
				relative := 0x1p-22 * absM / math.Abs(m1)
				if !(math.Abs(float64(m.x[i])-m1) <= 0x1p-22*absM) ||
					!(math.Abs(float64(u.x[i])-u1) <= 0x1p-22*(float64(u0[i])+d*d)) ||
					!(math.Abs(float64(w.x[i])-w1) <= 0x1p-23*math.Abs(float64(w0[i]))+math.Abs(step)*(0x1p-20+relative)) {
					t.Fatalf("element %d of %d: w %v m %v v %v, want %v %v %v", i, n, w.x[i], m.x[i], u.x[i], w1, m1, u1)
				}
			}
		}
	})
}
