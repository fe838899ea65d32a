//go:build unix

package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/internal/fence"
)

func TestVectorLoopsStayInTheirSlices(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		t.Run("float32", func(t *testing.T) { fencedVectors(t, VectorFor[float32](set)) })
		t.Run("float64", func(t *testing.T) { fencedVectors(t, VectorFor[float64](set)) })
	})
}

// fractions returns a slice in m, of numbers between −2 and 2.
func fractions[T Float](m *fence.Memory, r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.IntN(65)-32) / 16
	}
	return fence.Place(m, x)
}

func fencedVectors[T Float](t *testing.T, v *Vector[T]) {
	f := newFence(t)
	draw := func(n, m int) *rand.Rand { return rand.New(rand.NewPCG(uint64(n), uint64(m))) }
	upTo := func(n int, more ...int) []int {
		for i := range n {
			more = append(more, i)
		}
		return more
	}
	for _, n := range upTo(70, 127, 128, 129, 191, 257, 1000) {
		check := func(what string, call func(m *fence.Memory, r *rand.Rand) []T) {
			fence.Check(t, f, fmt.Sprintf("%s of %d", what, n), func(m *fence.Memory) []T { return call(m, draw(n, 0)) })
		}
		for what, of := range map[string]func(dst, src []T){
			"Exp": v.Exp, "Sigmoid": v.Sigmoid, "Tanh": v.Tanh, "ReLU": v.ReLU, "Add": v.Add,
			"Softmax": func(dst, src []T) { v.Softmax(dst, src) },
			"Axpy":    func(y, x []T) { v.Axpy(y, x, 3) },
			"Scale":   func(x, _ []T) { v.Scale(x, 3) },
			"ReLU6":   func(dst, src []T) { v.Activate(dst, src, ReLU6) }, "HardSigmoid": func(dst, src []T) { v.Activate(dst, src, HardSigmoid) },
			"HardSwish": func(dst, src []T) { v.Activate(dst, src, HardSwish) }, "SiLU": func(dst, src []T) { v.Activate(dst, src, SiLU) },
			"LeakyReLU": func(dst, src []T) { v.LeakyReLU(dst, src, 0.25) },
			"Dot": func(x, y []T) {
				if sum := v.Dot(x, y); n > 0 {
					x[0] = sum
				}
			},
		} {
			check(what, func(m *fence.Memory, r *rand.Rand) []T {
				dst, src := fractions[T](m, r, n), fractions[T](m, r, n)
				of(dst, src)
				return dst
			})
		}
		for what, of := range map[string]func(dPre, dDst, dst []T){
			"ReLU6Grad":       func(dPre, dDst, of []T) { v.ActivateGrad(dPre, dDst, of, ReLU6) },
			"HardSigmoidGrad": func(dPre, dDst, of []T) { v.ActivateGrad(dPre, dDst, of, HardSigmoid) },
			"HardSwishGrad":   func(dPre, dDst, of []T) { v.ActivateGrad(dPre, dDst, of, HardSwish) },
			"SiLUGrad":        func(dPre, dDst, of []T) { v.ActivateGrad(dPre, dDst, of, SiLU) },
			"LeakyReLUGrad":   func(dPre, dDst, of []T) { v.LeakyReLUGrad(dPre, dDst, of, 0.25) },
			"ReLUGrad":        v.ReLUGrad, "SigmoidGrad": v.SigmoidGrad, "TanhGrad": v.TanhGrad,
		} {
			check(what, func(m *fence.Memory, r *rand.Rand) []T {
				dPre, dDst, dst := fractions[T](m, r, n), fractions[T](m, r, n), fractions[T](m, r, n)
				of(dPre, dDst, dst)
				return dPre
			})
		}
		check("Adam", func(m *fence.Memory, r *rand.Rand) []T {
			w, g, first, second := fractions[T](m, r, n), fractions[T](m, r, n), fractions[T](m, r, n), fence.Place(m, make([]T, n))
			v.Adam(w, g, first, second, AdamStep[T]{0.01, 0.9, 0.999, 1e-8, 2, 3})
			return append(append(append([]T{}, w...), first...), second...)
		})
	}
	for _, cols := range upTo(70, 96, 128, 131, 257) {
		if cols == 0 {
			continue
		}
		for _, rows := range []int{1, 2, 3, 8, 9, 16, 37, 70}[cols%3 : 4+cols%5] {
			check := func(what string, call func(m *fence.Memory, r *rand.Rand, ld int, w []T) []T) {
				fence.Check(t, f, fmt.Sprintf("%s of %d×%d", what, rows, cols), func(m *fence.Memory) []T {
					r := draw(rows, cols)
					ld := cols + r.IntN(2)*r.IntN(5)
					return call(m, r, ld, fractions[T](m, r, (rows-1)*ld+cols))
				})
			}
			for act := range numActivations {
				check(fmt.Sprintf("BiasAct %d", act), func(m *fence.Memory, r *rand.Rand, ld int, dst []T) []T {
					var bias []T
					if r.IntN(3) > 0 {
						bias = fractions[T](m, r, cols)
					}
					v.BiasAct(dst, ld, rows, cols, bias, act)
					return dst
				})
			}
			check("ColumnSums", func(m *fence.Memory, r *rand.Rand, ld int, x []T) []T {
				sums := fractions[T](m, r, cols)
				v.ColumnSums(sums, x, ld, rows)
				return sums
			})
			dense := func(m *fence.Memory, r *rand.Rand) []T { return fractions[T](m, r, rows*cols) }
			row := func(m *fence.Memory, r *rand.Rand) []T { return fractions[T](m, r, cols) }
			check("Normalise", func(m *fence.Memory, r *rand.Rand, _ int, _ []T) []T {
				dst := dense(m, r)
				v.Normalise(dst, dense(m, r), row(m, r), row(m, r), row(m, r))
				return dst
			})
			check("NormaliseGrad", func(m *fence.Memory, r *rand.Rand, _ int, _ []T) []T {
				dSrc := dense(m, r)
				v.NormaliseGrad(dSrc, dense(m, r), dense(m, r), row(m, r), row(m, r), row(m, r), row(m, r))
				return dSrc
			})
			check("AddSquares", func(m *fence.Memory, r *rand.Rand, _ int, _ []T) []T {
				sums := row(m, r)
				v.AddSquares(sums, dense(m, r), row(m, r))
				return sums
			})
			check("AddProducts", func(m *fence.Memory, r *rand.Rand, _ int, _ []T) []T {
				sums := row(m, r)
				v.AddProducts(sums, dense(m, r), dense(m, r), row(m, r))
				return sums
			})
			check("VecMat", func(m *fence.Memory, r *rand.Rand, ld int, w []T) []T {
				y := fractions[T](m, r, cols)
				v.VecMat(y, fractions[T](m, r, rows), w, ld, fractions[T](m, r, cols))
				return y
			})
			check("MatVec", func(m *fence.Memory, r *rand.Rand, ld int, w []T) []T {
				dx := fractions[T](m, r, rows)
				v.MatVec(dx, w, ld, fractions[T](m, r, cols))
				return dx
			})
			for _, into := range []bool{true, false} {
				check("MatVecUpdate", func(m *fence.Memory, r *rand.Rand, ld int, w []T) []T {
					var dx []T
					if into {
						dx = fractions[T](m, r, rows)
					}
					v.MatVecUpdate(dx, w, ld, fractions[T](m, r, rows), fractions[T](m, r, cols), 0.5)
					return append(append([]T{}, dx...), w...)
				})
			}
			check("MaxPool", func(m *fence.Memory, r *rand.Rand, _ int, _ []T) []T { return fencedPool(m, r, v, rows, cols) })
		}
	}
}

// fencedPool pools pixels of c channels whose first and last are both read.
func fencedPool[T Float](m *fence.Memory, r *rand.Rand, v *Vector[T], pixels, c int) []T {
	taps, last := 1+r.IntN(9), r.IntN(40)
	table := make([]int, pixels*taps)
	for i := range table {
		table[i] = r.IntN(last+2) - 1
	}
	table[r.IntN(len(table))] = 0
	table[r.IntN(len(table))] = last
	dst, src := fractions[T](m, r, pixels*c), fractions[T](m, r, last+c)
	var arg []int32
	if r.IntN(2) == 0 {
		arg = fence.Place(m, make([]int32, pixels*c))
	}
	v.MaxPool(dst, arg, src, 0, c, fence.Place(m, table), taps)
	got := append([]T{}, dst...)
	for _, a := range arg {
		got = append(got, T(a))
	}
	return got
}
