package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The loops of normalisations are their formulas, to what rounding at each step
// makes of them, and are the same wherever rows are cut.
func TestNormalisation(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(21, 22))
		for cols := 1; cols < 71; cols++ {
			for _, rows := range []int{0, 1, 2, 5, 40} {
				testNormalisation(t, r, v, rows, cols)
			}
		}
	})
}

func testNormalisation(t *testing.T, r *rand.Rand, v *Vector[float32], rows, cols int) {
	draw := func(n int) []float32 {
		x := newGuarded(n, r.IntN(5))
		someReals(r, x.x, false)
		return x.x
	}
	n := rows * cols
	x, d := draw(n), draw(n)
	mean, scale, shift, slope := draw(cols), draw(cols), draw(cols), draw(cols)
	at := 0
	if rows > 0 {
		at = r.IntN(rows) * cols
	}
	check := func(what string, n int, compute func(dst []float32), cut func(dst []float32), want func(i int) (value, size float64)) {
		t.Helper()
		dst := newGuarded(n, r.IntN(5))
		clear(dst.x)
		compute(dst.x)
		name := fmt.Sprintf("%s of %d×%d", what, rows, cols)
		dst.check(t, name)
		again := make([]float32, n)
		cut(again)
		for i, got := range dst.x {
			value, size := want(i)
			if !(math.Abs(float64(got)-value) <= size*0x1p-23) {
				t.Fatalf("%s: element %d is %v, want %v", name, i, got, value)
			}
			if !sameBits(got, again[i]) {
				t.Fatalf("%s: element %d is %v, where rows are cut %v", name, i, got, again[i])
			}
		}
	}
	check("Normalise", n,
		func(dst []float32) { v.Normalise(dst, x, mean, scale, shift) },
		func(dst []float32) {
			copy(dst, x) // in place
			v.Normalise(dst[:at], dst[:at], mean, scale, shift)
			v.Normalise(dst[at:], dst[at:], mean, scale, shift)
		},
		func(i int) (value, size float64) {
			j := i % cols
			value = (float64(x[i])-float64(mean[j]))*float64(scale[j]) + float64(shift[j])
			return value, 3 * ((math.Abs(float64(x[i]))+math.Abs(float64(mean[j])))*math.Abs(float64(scale[j])) + math.Abs(float64(shift[j])))
		})
	check("NormaliseGrad", n,
		func(dst []float32) { v.NormaliseGrad(dst, d, x, mean, scale, slope, shift) },
		func(dst []float32) {
			copy(dst, d)
			v.NormaliseGrad(dst[:at], dst[:at], x[:at], mean, scale, slope, shift)
			v.NormaliseGrad(dst[at:], dst[at:], x[at:], mean, scale, slope, shift)
		},
		func(i int) (value, size float64) {
			j := i % cols
			a := float64(d[i]) * float64(scale[j])
			b := (float64(x[i])-float64(mean[j]))*float64(slope[j]) + float64(shift[j])
			return a - b, 5 * (math.Abs(a) + (math.Abs(float64(x[i]))+math.Abs(float64(mean[j])))*math.Abs(float64(slope[j])) + math.Abs(float64(shift[j])))
		})
	sums := func(what string, d []float32, add func(sums, d, x []float32)) {
		t.Helper()
		check(what, cols,
			func(dst []float32) { copy(dst, shift); add(dst, d, x) },
			func(dst []float32) { copy(dst, shift); add(dst, d[:at], x[:at]); add(dst, d[at:], x[at:]) },
			func(j int) (value, size float64) {
				value, size = float64(shift[j]), math.Abs(float64(shift[j]))
				for i := j; i < n; i += cols {
					from := float64(x[i]) - float64(mean[j])
					factor := from
					if what == "AddProducts" {
						factor = float64(d[i])
					}
					value += factor * from
					size += math.Abs(factor) * (math.Abs(float64(x[i])) + math.Abs(float64(mean[j])))
				}
				return value, float64(rows+4) * size
			})
	}
	sums("AddSquares", x, func(sums, _, x []float32) { v.AddSquares(sums, x, mean) })
	sums("AddProducts", d, func(sums, d, x []float32) { v.AddProducts(sums, d, x, mean) })
}
