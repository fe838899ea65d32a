package kernel

import (
	"math"
	"sync"
)

// loops are the float32 routines of a set. They take at least one element, or
// row and column, and trust their arguments: vector checks them.
type loops struct {
	lanes int // the set's

	exp     func(dst, src *float32, n int) // dst[i] = e^src[i], and so on
	sigmoid func(dst, src *float32, n int)
	tanh    func(dst, src *float32, n int)
	relu    func(dst, src *float32, n int)

	reluGrad, sigmoidGrad, tanhGrad func(dPre, dDst, dst *float32, n int)

	largest func(src *float32, n int) float32                   // NaN if one is NaN
	expSum  func(dst, src *float32, n int, max float32) float32 // dst[i] = e^(src[i]−max); their sum

	biasAct    [Tanh + 1]func(dst *float32, ld, rows, cols int, bias *float32)
	columnSums func(sums, x *float32, ld, rows, cols int) // added to sums

	add   func(dst, x *float32, n int)
	axpy  func(y, x *float32, n int, a float32)
	scale func(x *float32, n int, a float32)
	dot   func(x, y *float32, n int) float32
	adam  func(w, g, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32) // keep is 1−beta

	relu6, hardSigmoid, hardSwish, silu                 func(dst, src *float32, n int)
	relu6Grad, hardSigmoidGrad, hardSwishGrad, siluGrad func(dPre, dDst, of *float32, n int)

	leakyReLU     func(dst, src *float32, n int, slope float32)
	leakyReLUGrad func(dPre, dDst, dst *float32, n int, slope float32)

	normalise     func(dst, src, mean, scale, shift *float32, rows, cols int)
	normaliseGrad func(dSrc, dDst, src, mean, scale, slope, offset *float32, rows, cols int)
	addSquares    func(sums, x, mean *float32, rows, cols int)
	addProducts   func(sums, d, x, mean *float32, rows, cols int)

	maxPool func(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)

	vecMat       func(y, x, w *float32, ld, rows, cols int) // added to y
	matVec       matVecLoop
	matVecUpdate matVecUpdateLoop
}

// The two products whose rows are sums have a loop for rows of up to shortRow
// elements and one for longer ones.
type (
	matVecLoop struct {
		short, long func(dx, w *float32, ld, rows, cols int, g *float32)
	}
	matVecUpdateLoop struct {
		short, long func(dx, w *float32, ld, rows, cols int, x, g *float32, step float32)
		// dense is short for ld = cols and whole vectors of rows. repeated is g
		// as often as a vector has lanes, rowOf[i] is i/cols.
		dense func(dx, w *float32, rows, cols int, x, g, repeated *float32, rowOf *int32, step float32)
	}
)

const shortRow = 16

// vector returns the checked loops, nil where a routine is missing.
func (k *loops) vector() (v Vector[float32]) {
	v.Exp, v.Sigmoid, v.Tanh, v.ReLU = mapping(k.exp), mapping(k.sigmoid), mapping(k.tanh), mapping(k.relu)
	v.ReLUGrad, v.SigmoidGrad, v.TanhGrad = gradient(k.reluGrad), gradient(k.sigmoidGrad), gradient(k.tanhGrad)
	if k.largest != nil && k.expSum != nil && k.scale != nil {
		v.Softmax = k.softmaxChecked
	}
	if k.relu != nil && k.sigmoid != nil && k.tanh != nil && k.biasAct[None] != nil && k.biasAct[ReLU] != nil && k.biasAct[Sigmoid] != nil && k.biasAct[Tanh] != nil {
		v.BiasAct = k.biasActChecked
	}
	if k.columnSums != nil {
		v.ColumnSums = k.columnSumsChecked
	}
	if k.add != nil {
		v.Add = func(dst, x []float32) {
			checkPair(len(dst), len(x))
			pieces(len(x), longLoop, func(lo, hi int) { k.add(&dst[lo], &x[lo], hi-lo) })
		}
	}
	if k.axpy != nil {
		v.Axpy = func(y, x []float32, a float32) {
			checkPair(len(y), len(x))
			pieces(len(x), longLoop, func(lo, hi int) { k.axpy(&y[lo], &x[lo], hi-lo, a) })
		}
	}
	if k.scale != nil {
		v.Scale = func(x []float32, a float32) {
			pieces(len(x), longLoop, func(lo, hi int) { k.scale(&x[lo], hi-lo, a) })
		}
	}
	if k.dot != nil {
		v.Dot = func(x, y []float32) float32 {
			checkPair(len(x), len(y))
			var sum float32
			pieces(len(x), longWalk, func(lo, hi int) { sum += k.dot(&x[lo], &y[lo], hi-lo) })
			return sum
		}
	}
	if k.adam != nil {
		v.Adam = func(w, g, m, v []float32, s AdamStep[float32]) {
			checkAdam(len(w), len(g), len(m), len(v))
			pieces(len(w), longLoop, func(lo, hi int) {
				k.adam(&w[lo], &g[lo], &m[lo], &v[lo], hi-lo, s.Rate, s.Beta1, 1-s.Beta1, s.Beta2, 1-s.Beta2, s.Epsilon, s.Correct1, s.Correct2)
			})
		}
	}
	k.activations(&v)
	k.normalisation(&v)
	if k.maxPool != nil {
		v.MaxPool = func(dst []float32, arg []int32, src []float32, base, c int, table []int, taps int) {
			checkMaxPool(len(dst), len(arg), arg == nil, len(src), base, c, table, taps)
			if len(dst)*taps > longWalk {
				k.longMaxPool(dst, arg, src, base, c, table, taps)
			} else if len(dst) > 0 {
				k.maxPool(&dst[0], first(arg), first(src[base:]), c, &table[0], taps, len(dst)/c, base)
			}
		}
	}
	if k.vecMat != nil {
		v.VecMat = k.vecMatChecked
	}
	if k.matVec.short != nil && k.matVec.long != nil {
		v.MatVec = k.matVecChecked
	}
	if u := k.matVecUpdate; u.short != nil && u.long != nil && u.dense != nil {
		v.MatVecUpdate = k.matVecUpdateChecked
	}
	return v
}

func (k *loops) longMaxPool(dst []float32, arg []int32, src []float32, base, c int, table []int, taps int) {
	pieces(len(dst)/c, rowsOf(longWalk, c*taps, 1), func(lo, hi int) {
		k.maxPool(&dst[lo*c], first(arg[min(lo*c, len(arg)):]), first(src[base:]), c, &table[lo*taps], taps, hi-lo, base)
	})
}

// first returns the address of the first element, nil if there is none.
func first[E any](s []E) *E {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}

// larger is max with a NaN before all numbers.
func larger(a, b float32) float32 {
	if b > a || b != b {
		return b
	}
	return a
}

func mapping(loop func(dst, src *float32, n int)) func(dst, src []float32) {
	if loop == nil {
		return nil
	}
	return func(dst, src []float32) {
		checkPair(len(dst), len(src))
		pieces(len(src), longLoop, func(lo, hi int) { loop(&dst[lo], &src[lo], hi-lo) })
	}
}

func gradient(loop func(dPre, dDst, dst *float32, n int)) func(dPre, dDst, dst []float32) {
	if loop == nil {
		return nil
	}
	return func(dPre, dDst, dst []float32) {
		checkTriple(len(dPre), len(dDst), len(dst))
		pieces(len(dst), longLoop, func(lo, hi int) { loop(&dPre[lo], &dDst[lo], &dst[lo], hi-lo) })
	}
}

func (k *loops) softmaxChecked(dst, src []float32) (max, sum float32) {
	checkPair(len(dst), len(src))
	if len(src) == 0 {
		return float32(math.Inf(-1)), 0
	}
	if len(src) > longWalk {
		return k.longSoftmax(dst, src)
	}
	max = k.largest(&src[0], len(src))
	sum = k.expSum(&dst[0], &src[0], len(src), max)
	k.scale(&dst[0], len(dst), 1/sum)
	return max, sum
}

func (k *loops) longSoftmax(dst, src []float32) (max, sum float32) {
	max = float32(math.Inf(-1))
	pieces(len(src), longWalk, func(lo, hi int) { max = larger(max, k.largest(&src[lo], hi-lo)) })
	pieces(len(src), longWalk, func(lo, hi int) { sum += k.expSum(&dst[lo], &src[lo], hi-lo, max) })
	pieces(len(dst), longWalk, func(lo, hi int) { k.scale(&dst[lo], hi-lo, 1/sum) })
	return max, sum
}

// narrow is up to how many columns BiasAct takes several rows as one, so that
// its vectors are full.
const narrow = 64

func (k *loops) biasActChecked(dst []float32, ld, rows, cols int, bias []float32, act Activation) {
	checkBiasAct(len(dst), ld, rows, cols, len(bias), bias == nil, act)
	if rows == 0 || cols == 0 || (bias == nil && act == None) {
		return
	}
	if act > Tanh { // after the bias, if there is one
		if bias != nil {
			k.biasActChecked(dst, ld, rows, cols, bias, None)
		}
		if ld == cols {
			rows, cols = 1, rows*cols
		}
		for i := range rows {
			k.activateChecked(dst[i*ld:i*ld+cols], dst[i*ld:i*ld+cols], act)
		}
		return
	}
	if bias == nil {
		if ld == cols {
			rows, cols = 1, rows*cols
		}
		loop := [...]func(dst, src *float32, n int){ReLU: k.relu, Sigmoid: k.sigmoid, Tanh: k.tanh}[act]
		for i := range rows {
			pieces(cols, longLoop, func(lo, hi int) { loop(&dst[i*ld+lo], &dst[i*ld+lo], hi-lo) })
		}
		return
	}
	if ld == cols && cols < narrow && rows > 1 {
		k.biasActNarrow(dst[:rows*cols], bias, act)
		return
	}
	k.biasActRows(dst, ld, rows, cols, bias, act)
}

// biasActRows is biasAct in pieces.
func (k *loops) biasActRows(dst []float32, ld, rows, cols int, bias []float32, act Activation) {
	pieces(rows, rowsOf(longLoop, cols, 1), func(top, bottom int) {
		pieces(cols, longLoop, func(lo, hi int) {
			k.biasAct[act](&dst[top*ld+lo], ld, bottom-top, hi-lo, &bias[lo])
		})
	})
}

var stretches = sync.Pool{New: func() any { return new([16 * narrow]float32) }}

// biasActNarrow applies a short bias to dense rows: a stretch of as many of
// them as fill whole vectors is one row to the loop.
func (k *loops) biasActNarrow(dst, bias []float32, act Activation) {
	stretch := stretches.Get().(*[16 * narrow]float32)
	defer stretches.Put(stretch)
	n := len(bias)
	for n%k.lanes != 0 {
		n += len(bias)
	}
	n = min(n, len(dst))
	for i := 0; i < n; i += len(bias) {
		copy(stretch[i:n], bias)
	}
	rows := len(dst) / n
	k.biasActRows(dst, n, rows, n, stretch[:n], act)
	if rest := dst[rows*n:]; len(rest) > 0 {
		k.biasAct[act](&rest[0], len(rest), 1, len(rest), &stretch[0])
	}
}

func (k *loops) columnSumsChecked(sums, x []float32, ld, rows int) {
	checkMatrix(len(x), ld, rows, len(sums))
	clear(sums)
	if len(sums) == 0 {
		return
	}
	pieces(rows, rowsOf(longWalk, max(len(sums), 64), sumBlock), func(lo, hi int) {
		k.columnSums(&sums[0], &x[lo*ld], ld, hi-lo, len(sums))
	})
}

func (k *loops) vecMatChecked(y, x, w []float32, ld int, bias []float32) {
	checkVecMat(len(y), len(x), len(w), ld, len(bias), bias == nil)
	if bias != nil {
		copy(y, bias)
	} else {
		clear(y)
	}
	pieces(len(y), longWalk/sumRows, func(left, right int) {
		pieces(len(x), rowsOf(longWalk, right-left, sumRows), func(lo, hi int) {
			k.vecMat(&y[left], &x[lo], &w[lo*ld+left], ld, hi-lo, right-left)
		})
	})
}

func (k *loops) matVecChecked(dx, w []float32, ld int, g []float32) {
	checkMatrix(len(w), ld, len(dx), len(g))
	if len(g) == 0 || len(dx) == 0 {
		clear(dx)
		return
	}
	loop := k.matVec.long
	if len(g) <= shortRow {
		loop = k.matVec.short
	}
	pieces(len(dx), rowsAbout(longWalk, len(g)), func(lo, hi int) {
		loop(&dx[lo], &w[lo*ld], ld, hi-lo, len(g), &g[0])
	})
}

func (k *loops) matVecUpdateChecked(dx, w []float32, ld int, x, g []float32, rate float32) {
	checkMatVecUpdate(len(dx), dx == nil, len(w), ld, len(x), len(g))
	if len(g) == 0 || len(x) == 0 {
		clear(dx)
		return
	}
	if len(g) > shortRow {
		k.updateRows(k.matVecUpdate.long, dx, w, ld, x, g, rate)
		return
	}
	if whole := len(x) / k.lanes * k.lanes; ld == len(g) && whole > 0 {
		k.updateDense(dx, w, x[:whole], g, rate)
		x, w = x[whole:], w[whole*ld:]
		if dx != nil {
			dx = dx[whole:]
		}
	}
	k.updateRows(k.matVecUpdate.short, dx, w, ld, x, g, rate)
}

// updateRows is matVecUpdate in pieces.
func (k *loops) updateRows(loop func(dx, w *float32, ld, rows, cols int, x, g *float32, step float32), dx, w []float32, ld int, x, g []float32, rate float32) {
	pieces(len(x), rowsAbout(longWalk, len(g)), func(lo, hi int) {
		loop(first(dx[min(lo, len(dx)):]), &w[lo*ld], ld, hi-lo, len(g), &x[lo], &g[0], -rate)
	})
}

func (k *loops) updateDense(dx, w, x, g []float32, rate float32) {
	repeated := stretches.Get().(*[16 * narrow]float32)
	defer stretches.Put(repeated)
	for i := range k.lanes {
		copy(repeated[i*len(g):], g)
	}
	pieces(len(x), rowsOf(longWalk, len(g), k.lanes), func(lo, hi int) {
		k.matVecUpdate.dense(first(dx[min(lo, len(dx)):]), &w[lo*len(g)], hi-lo, len(g), &x[lo], &g[0], &repeated[0], &rowOf[len(g)][0], -rate)
	})
}

// rowOf[cols][i] is the row of element i of a dense matrix of short rows.
var rowOf = func() (t [shortRow + 1][shortRow * 16]int32) {
	for cols := 1; cols <= shortRow; cols++ {
		for i := range t[cols] {
			t[cols][i] = int32(i / cols)
		}
	}
	return t
}()
