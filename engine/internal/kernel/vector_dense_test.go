package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// matrixCase is a dense layer for one image.
type matrixCase struct {
	in, out, ld int
	x, g, bias  []float32 // in, out, out; bias may be nil
	w           *guarded  // in×out, ld apart, canaries between the rows
}

func (c *matrixCase) String() string { return fmt.Sprintf("%d×%d ld %d", c.in, c.out, c.ld) }

func newMatrixCase(r *rand.Rand, in, out, pad, offset int, fill func(x []float32)) *matrixCase {
	c := &matrixCase{in: in, out: out, ld: out + pad}
	c.x, c.g = make([]float32, in), make([]float32, out)
	fill(c.x)
	fill(c.g)
	if r.IntN(2) == 0 {
		c.bias = make([]float32, out)
		fill(c.bias)
	}
	c.w = newGuarded(max(0, (in-1)*c.ld+out), offset)
	for i := range in {
		fill(c.w.x[i*c.ld : i*c.ld+out])
	}
	return c
}

// checkPads fails if something between the rows was written.
func (c *matrixCase) checkPads(t *testing.T) {
	t.Helper()
	c.w.check(t, c.String())
	for i := 0; i < c.in-1; i++ {
		for j := c.out; j < c.ld; j++ {
			if v := c.w.x[i*c.ld+j]; math.Float32bits(v) != math.Float32bits(canary) {
				t.Fatalf("%v: wrote %v between rows", c, v)
			}
		}
	}
}

// forward returns output j and the sum of the absolute products, in float64.
func (c *matrixCase) forward(j int) (sum, abs float64) {
	if c.bias != nil {
		sum = float64(c.bias[j])
	}
	abs = math.Abs(sum)
	for i, x := range c.x {
		p := float64(x) * float64(c.w.x[i*c.ld+j])
		sum += p
		abs += math.Abs(p)
	}
	return sum, abs
}

// backward returns the gradient to input i in the same way.
func (c *matrixCase) backward(i int) (sum, abs float64) {
	for j, g := range c.g {
		p := float64(g) * float64(c.w.x[i*c.ld+j])
		sum += p
		abs += math.Abs(p)
	}
	return sum, abs
}

// near reports whether got is sum, up to the rounding of terms additions whose
// absolute values add up to abs. Sums that are no number must match in kind.
func near(got float32, sum, abs float64, terms int) bool {
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return sameBits(got, float32(sum))
	}
	return math.Abs(float64(got)-sum) <= float64(terms+2)*0x1p-24*abs+0x1p-149
}

// eachMatrix runs f on layers of every width of tail and height of group: small
// integers, whose sums are exact, reals, and reals with NaN and infinities.
func eachMatrix(t *testing.T, f func(t *testing.T, v *Vector[float32], c *matrixCase, exact bool)) {
	t.Helper()
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(3, 4))
		ran := 0
		for _, kind := range []string{"integers", "reals", "specials"} {
			fill := func(x []float32) { someReals(r, x, false) }
			switch kind {
			case "integers":
				fill = func(x []float32) {
					for i := range x {
						x[i] = float32(r.IntN(9) - 4)
					}
				}
			case "specials":
				fill = func(x []float32) {
					someReals(r, x, false)
					for i := range x {
						if r.IntN(30) == 0 {
							x[i] = []float32{canary, float32(math.Inf(1)), float32(math.Inf(-1)), 0}[r.IntN(4)]
						}
					}
				}
			}
			for _, in := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33} {
				for out := range 71 {
					f(t, v, newMatrixCase(r, in, out, r.IntN(2)*(1+r.IntN(20)), r.IntN(5), fill), kind == "integers")
					ran++
				}
			}
			f(t, v, newMatrixCase(r, 100, 300, 0, 1, fill), kind == "integers")
			f(t, v, newMatrixCase(r, 300, 10, 0, 0, fill), kind == "integers")
		}
		if ran == 0 {
			t.Fatal("no case ran")
		}
	})
}

func TestVecMat(t *testing.T) {
	eachMatrix(t, func(t *testing.T, v *Vector[float32], c *matrixCase, exact bool) {
		y := newGuarded(c.out, 3)
		v.VecMat(y.x, c.x, c.w.x, c.ld, c.bias)
		y.check(t, c.String())
		c.checkPads(t)
		for j, got := range y.x {
			sum, abs := c.forward(j)
			if exact && float64(got) != sum || !near(got, sum, abs, c.in+1) {
				t.Fatalf("%v: output %d is %v, want %v", c, j, got, sum)
			}
		}
		// Columns cut in two give the same bits, and so does another set that fuses.
		cut := make([]float32, c.out)
		for at := 0; at <= c.out; at += 1 + c.out/7 {
			b0, b1 := c.bias, c.bias
			if c.bias != nil {
				b0, b1 = c.bias[:at], c.bias[at:]
			}
			v.VecMat(cut[:at], c.x, c.w.x, c.ld, b0)
			v.VecMat(cut[at:], c.x, c.w.x[min(at, len(c.w.x)):], c.ld, b1)
			for j := range cut {
				if !sameBits(cut[j], y.x[j]) {
					t.Fatalf("%v cut at %d: output %d is %v, else %v", c, at, j, cut[j], y.x[j])
				}
			}
		}
		if other := otherFused(v); other != nil {
			other.VecMat(cut, c.x, c.w.x, c.ld, c.bias)
			for j := range cut {
				if !sameBits(cut[j], y.x[j]) {
					t.Fatalf("%v: output %d is %v on another set, else %v", c, j, cut[j], y.x[j])
				}
			}
		}
	})
}

func TestMatVec(t *testing.T) {
	eachMatrix(t, func(t *testing.T, v *Vector[float32], c *matrixCase, exact bool) {
		dx := newGuarded(c.in, 1)
		v.MatVec(dx.x, c.w.x, c.ld, c.g)
		dx.check(t, c.String())
		c.checkPads(t)
		for i, got := range dx.x {
			sum, abs := c.backward(i)
			if exact && float64(got) != sum || !near(got, sum, abs, c.out) {
				t.Fatalf("%v: gradient %d is %v, want %v", c, i, got, sum)
			}
		}
		cut := make([]float32, c.in)
		if other := otherFused(v); other != nil && c.out > 16 {
			other.MatVec(cut, c.w.x, c.ld, c.g)
			for i := range cut {
				if !sameBits(cut[i], dx.x[i]) {
					t.Fatalf("%v: gradient %d is %v on another set, else %v", c, i, cut[i], dx.x[i])
				}
			}
		}
		for at := 0; at <= c.in; at++ {
			v.MatVec(cut[:at], c.w.x, c.ld, c.g)
			v.MatVec(cut[at:], c.w.x[min(at*c.ld, len(c.w.x)):], c.ld, c.g)
			for i := range cut {
				if !sameBits(cut[i], dx.x[i]) {
					t.Fatalf("%v cut at %d: gradient %d is %v, else %v", c, at, i, cut[i], dx.x[i])
				}
			}
		}
	})
}

func TestMatVecUpdate(t *testing.T) {
	const rate = 0.3125
	eachMatrix(t, func(t *testing.T, v *Vector[float32], c *matrixCase, exact bool) {
		before := append([]float32(nil), c.w.x...)
		want := make([]float32, c.in)
		v.MatVec(want, c.w.x, c.ld, c.g)
		dx := newGuarded(c.in, 2)
		v.MatVecUpdate(dx.x, c.w.x, c.ld, c.x, c.g, rate)
		dx.check(t, c.String())
		c.checkPads(t)
		after := append([]float32(nil), c.w.x...)
		for i := range want {
			if !sameBits(dx.x[i], want[i]) {
				t.Fatalf("%v: gradient %d is %v, MatVec's is %v", c, i, dx.x[i], want[i])
			}
			for j, g := range c.g {
				old, step := float64(before[i*c.ld+j]), float64(-rate*c.x[i])*float64(g)
				got := after[i*c.ld+j]
				if exact && float64(got) != old+step || !near(got, old+step, math.Abs(old)+math.Abs(step), 1) {
					t.Fatalf("%v: weight %d,%d is %v, want %v%+v", c, i, j, got, old, step)
				}
			}
		}
		// Rows cut in two; then without the gradient, and with it in place of x.
		for at := 0; at <= c.in; at += 1 + c.in/5 {
			copy(c.w.x, before)
			rest := c.w.x[min(at*c.ld, len(c.w.x)):]
			x := append([]float32(nil), c.x...)
			switch at % 3 {
			case 0:
				v.MatVecUpdate(nil, c.w.x, c.ld, x[:at], c.g, rate)
				v.MatVecUpdate(nil, rest, c.ld, x[at:], c.g, rate)
				copy(x, want)
			case 1:
				v.MatVecUpdate(x[:at], c.w.x, c.ld, x[:at], c.g, rate)
				v.MatVecUpdate(x[at:], rest, c.ld, x[at:], c.g, rate)
			default:
				old := append([]float32(nil), x...)
				v.MatVecUpdate(x[:at], c.w.x, c.ld, old[:at], c.g, rate)
				v.MatVecUpdate(x[at:], rest, c.ld, old[at:], c.g, rate)
			}
			for i := range want {
				if !sameBits(x[i], want[i]) {
					t.Fatalf("%v cut at %d: gradient %d is %v, else %v", c, at, i, x[i], want[i])
				}
			}
			for i := range after {
				if !sameBits(c.w.x[i], after[i]) {
					t.Fatalf("%v cut at %d: weight %d is %v, else %v", c, at, i, c.w.x[i], after[i])
				}
			}
		}
	})
}

func TestColumnSums(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, rows := range []int{0, 1, 2, 63, 64, 65, 128, 255, 256, 257, 320, 600} {
			for _, cols := range []int{0, 1, 5, 7, 8, 9, 10, 15, 16, 17, 20, 31, 32, 33, 63, 64, 65, 100, 130, 300} {
				for _, special := range []bool{false, true} {
					c := newMatrixCase(r, rows, cols, r.IntN(2)*3, r.IntN(4), func(x []float32) { someReals(r, x, false) })
					if special && rows > 0 && cols > 0 {
						c.w.x[(rows/2)*c.ld+cols/2] = specials[r.IntN(len(specials))]
					}
					sums := newGuarded(cols, 1)
					v.ColumnSums(sums.x, c.w.x, c.ld, rows)
					sums.check(t, c.String())
					c.checkPads(t)
					twin := make([]float32, cols)
					columnSumsGo(twin, c.w.x, c.ld, rows)
					for j, got := range sums.x {
						var sum, abs float64
						for i := range rows {
							x := float64(c.w.x[i*c.ld+j])
							sum += x
							abs += math.Abs(x)
						}
						if !near(got, sum, abs, min(rows, sumBlock)+rows/sumBlock) {
							t.Fatalf("%v: sum %d is %v, want %v", c, j, got, sum)
						}
						if !sameBits(got, twin[j]) {
							t.Fatalf("%v: sum %d is %v, in Go %v", c, j, got, twin[j])
						}
					}
				}
			}
		}
	})
}

func TestDotAndAxpy(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		r := rand.New(rand.NewPCG(7, 8))
		for n := range 300 {
			x, y := newGuarded(n, n%4), newGuarded(n, n%3)
			someReals(r, x.x, false)
			someReals(r, y.x, false)
			if n > 50 && n%5 == 0 {
				x.x[n/2] = []float32{canary, float32(math.Inf(1)), float32(math.Inf(-1))}[n%3]
			}
			var sum, abs float64
			for i := range x.x {
				p := float64(x.x[i]) * float64(y.x[i])
				sum += p
				abs += math.Abs(p)
			}
			if got := v.Dot(x.x, y.x); !near(got, sum, abs, n) {
				t.Fatalf("dot of %d is %v, want %v", n, got, sum)
			}
			before := append([]float32(nil), y.x...)
			v.Axpy(y.x, x.x, -0.7)
			y.check(t, "Axpy")
			for i, got := range y.x {
				a, b := float64(before[i]), float64(float32(-0.7))*float64(x.x[i])
				if !near(got, a+b, math.Abs(a)+math.Abs(b), 1) {
					t.Fatalf("axpy of %d: element %d is %v, want %v", n, i, got, a+b)
				}
			}
		}
	})
}
