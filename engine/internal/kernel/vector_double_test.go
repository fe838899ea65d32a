package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The float64 products agree with the portable ones up to rounding, exactly on
// integers, and wherever they are cut.
func TestDoubleProducts(t *testing.T) {
	portable := portableVector[float64]()
	for _, set := range Sets() {
		v := VectorFor[float64](set)
		t.Logf("float64 on %v", set)
		r := rand.New(rand.NewPCG(17, 18))
		for _, in := range []int{0, 1, 3, 4, 7, 8, 9, 17, 40} {
			for out := range 40 {
				for kind := range 3 {
					ld := out + kind
					fill := func(n int) []float64 {
						x := make([]float64, n)
						for i := range x {
							x[i] = float64(r.IntN(9) - 4)
							if kind > 0 {
								x[i] = r.NormFloat64()
							}
							if kind == 2 && r.IntN(40) == 0 {
								x[i] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
							}
						}
						return x
					}
					// The weights lie between guards; pads between the rows are kept.
					all := fill(guard + max(0, (in-1)*ld+out) + guard)
					w := all[guard : len(all)-guard]
					x, g, bias := fill(in), fill(out), fill(out)
					tol := float64(max(in, out)+3) * 0x1p-52 * 100
					same := func(what string, got, want []float64, tol float64) {
						t.Helper()
						for i := range want {
							near := math.Abs(got[i]-want[i]) <= tol || got[i] == want[i] || (got[i] != got[i] && want[i] != want[i])
							if !near {
								t.Fatalf("%v %d×%d kind %d: %s %d is %v, want %v", set, in, out, kind, what, i, got[i], want[i])
							}
						}
					}
					if kind == 0 {
						tol = 0
					}
					y, yWant := make([]float64, out), make([]float64, out)
					v.VecMat(y, x, w, ld, bias)
					portable.VecMat(yWant, x, w, ld, bias)
					same("output", y, yWant, tol)
					cut, at := make([]float64, out), out/3
					v.VecMat(cut[:at], x, w, ld, bias[:at])
					v.VecMat(cut[at:], x, w[min(at, len(w)):], ld, bias[at:])
					same("cut output", cut, y, 0)

					dx, dxWant := make([]float64, in), make([]float64, in)
					v.MatVec(dx, w, ld, g)
					portable.MatVec(dxWant, w, ld, g)
					same("gradient", dx, dxWant, tol)
					want, before := append([]float64(nil), all...), append([]float64(nil), all...)
					portable.MatVecUpdate(dxWant, want[guard:len(want)-guard], ld, x, g, 0.25)
					at = in / 3
					update := make([]float64, in)
					v.MatVecUpdate(update[:at], w, ld, x[:at], g, 0.25)
					v.MatVecUpdate(update[at:], w[min(at*ld, len(w)):], ld, x[at:], g, 0.25)
					same("gradient of the update", update, dx, 0)
					same("weight", all, want, tol)
					for i := range all {
						at := i - guard
						pad := at < 0 || at >= len(w) || at%max(ld, 1) >= out
						if pad && math.Float64bits(all[i]) != math.Float64bits(before[i]) {
							t.Fatalf("%v %d×%d: wrote beside the weights at %d", set, in, out, at)
						}
					}
				}
			}
		}
	}
}
