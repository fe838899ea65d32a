package kernel

// Float is an element type of the vector kernels.
type Float interface{ float32 | float64 }

// Activation is a function applied to each output of a layer.
type Activation uint8

const (
	None    Activation = iota // x
	ReLU                      // x where x > 0, else 0; NaN stays NaN
	Sigmoid                   // 1/(1+e⁻ˣ)
	Tanh                      // (eˣ−e⁻ˣ)/(eˣ+e⁻ˣ)

	ReLU6       // min(max(x, 0), 6)
	LeakyReLU   // x where x > 0, else LeakySlope·x
	HardSigmoid // min(max(x+3, 0), 6)/6
	HardSwish   // x·min(max(x+3, 0), 6)/6
	SiLU        // x/(1+e⁻ˣ)
	GELU        // x·(1+erf(x/√2))/2

	numActivations
)

// LeakySlope is the slope of LeakyReLU where no other is given.
const LeakySlope = 0.01

// NeedsInput reports whether the derivative cannot be computed from the output.
func (a Activation) NeedsInput() bool { return a == HardSwish || a == SiLU || a == GELU }

// Vector is one instruction set's loops over dense rows: activations,
// reductions, pooling, matrix-vector products for one image, optimiser steps.
//
// A destination may be the same slice as a source, or not overlap it at all.
// Functions panic with a constant message, before anything is touched, where
// lengths do not fit. NaN and infinities behave as the formulas say. A result
// depends on the shape and the values alone, never on how the caller cuts a
// call into ranges where the function's comment says that it may be cut.
//
// The float32 kernels for AVX2 and AVX-512 give the same bits as each other
// except in Dot, in Softmax, and in MatVec and MatVecUpdate of up to 16
// columns, whose sums have as many lanes as the registers. Bounds in ulp are
// stated for float32; the float64 versions are plain Go over package math, but
// for VecMat, MatVec and MatVecUpdate, which are what a step on one image in
// float64 waits for.
type Vector[T Float] struct {
	// Exp computes dst[i] = e^src[i], to 1 ulp.
	Exp func(dst, src []T)
	// Sigmoid computes dst[i] = 1/(1+e^−src[i]), to 2 ulp.
	Sigmoid func(dst, src []T)
	// Tanh computes dst[i] = tanh(src[i]), to 2 ulp. The sign of zero is kept.
	Tanh func(dst, src []T)
	// ReLU computes dst[i] = 0 where src[i] < 0, else src[i]: NaN and −0 stay.
	ReLU func(dst, src []T)

	// ReLUGrad computes dPre[i] = dDst[i] where dst[i] > 0, else 0. dst is the
	// layer's output, in this and the next two; dPre may be dDst.
	ReLUGrad func(dPre, dDst, dst []T)
	// SigmoidGrad computes dPre[i] = dDst[i]·dst[i]·(1−dst[i]).
	SigmoidGrad func(dPre, dDst, dst []T)
	// TanhGrad computes dPre[i] = dDst[i]·((1−dst[i])·(1+dst[i])).
	TanhGrad func(dPre, dDst, dst []T)

	// Activate computes dst[i] = act(src[i]).
	Activate func(dst, src []T, act Activation)
	// ActivateGrad computes dPre[i] = dDst[i]·act′, from the output act(x), or from
	// the input x where act.NeedsInput. dPre may be dDst.
	ActivateGrad func(dPre, dDst, of []T, act Activation)
	// LeakyReLU computes dst[i] = src[i] where src[i] > 0, else slope·src[i].
	LeakyReLU func(dst, src []T, slope T)
	// LeakyReLUGrad computes dPre[i] = dDst[i] where dst[i] > 0, else slope·dDst[i],
	// from the output. dPre may be dDst.
	LeakyReLUGrad func(dPre, dDst, dst []T, slope T)

	// Softmax computes dst[i] = e^(src[i]−max)/sum, where max is the largest
	// src[i] and sum is Σ e^(src[i]−max), and returns both: the cross-entropy
	// of class k is log(sum) + max − src[k]. A NaN, a +Inf or nothing but −Inf
	// in src makes every dst[i] NaN, as the formula does.
	Softmax func(dst, src []T) (max, sum T)

	// BiasAct computes dst[i·ld+j] = act(dst[i·ld+j] + bias[j]) for i < rows and
	// j < cols; the elements between cols and ld stay as they are. bias has cols
	// elements, or is nil for none. Rows may be cut anywhere.
	BiasAct func(dst []T, ld, rows, cols int, bias []T, act Activation)
	// ColumnSums computes sums[j] = Σᵢ x[i·ld+j] over rows rows, j < len(sums).
	// Every 64 rows are summed by themselves in order, then added to the total
	// in order: the error is at most (64+rows/64)·ε·Σᵢ|x[i][j]|.
	ColumnSums func(sums, x []T, ld, rows int)

	// Add computes dst[i] += x[i].
	Add func(dst, x []T)
	// Axpy computes y[i] += a·x[i]. With a = −rate it is a step of SGD.
	Axpy func(y, x []T, a T)
	// Scale computes x[i] *= a.
	Scale func(x []T, a T)
	// Dot returns Σ x[i]·y[i].
	Dot func(x, y []T) T
	// Adam computes one step of Adam; see AdamStep.
	Adam func(w, g, m, v []T, s AdamStep[T])

	// Normalise computes dst[i][j] = (src[i][j]−mean[j])·scale[j] + shift[j] over
	// dense rows of len(mean) elements. Rows may be cut anywhere, here and below.
	Normalise func(dst, src, mean, scale, shift []T)
	// NormaliseGrad computes
	//
	//	dSrc[i][j] = dDst[i][j]·scale[j] − ((src[i][j]−mean[j])·slope[j] + offset[j])
	//
	// dSrc may be dDst.
	NormaliseGrad func(dSrc, dDst, src, mean, scale, slope, offset []T)
	// AddSquares computes sums[j] += Σᵢ (x[i][j]−mean[j])², row after row.
	AddSquares func(sums, x, mean []T)
	// AddProducts computes sums[j] += Σᵢ d[i][j]·(x[i][j]−mean[j]), row after row.
	AddProducts func(sums, d, x, mean []T)

	// MaxPool computes len(dst)/c output pixels of c channels each. Row m of
	// table holds the element offsets, from base on, in src of the taps pixels
	// under output pixel m, in the order in which ties are decided; a negative
	// offset is a pixel outside the image:
	//
	//	dst[m·c+j] = max over t of src[base+table[m·taps+t]+j]
	//	arg[m·c+j] = base+table[m·taps+t]+j of the maximum
	//
	// The first of equal values wins and the first NaN wins over everything. A
	// pixel whose taps are all outside gets −Inf and −1. arg may be nil.
	MaxPool func(dst []T, arg []int32, src []T, base, c int, table []int, taps int)

	// VecMat computes one image's dense layer, a vector times a matrix that is
	// read once:
	//
	//	y[j] = bias[j] + Σᵢ x[i]·w[i·ld+j]    j < len(y), i < len(x)
	//
	// bias has len(y) elements, or is nil for none. Every 8 rows are summed by
	// themselves in order, then added to y[j] in order, so columns may be cut
	// anywhere: pass y[j0:j1], w[j0:], bias[j0:j1].
	VecMat func(y, x, w []T, ld int, bias []T)
	// MatVec computes dx[i] = Σⱼ w[i·ld+j]·g[j], i < len(dx), j < len(g). Rows
	// may be cut anywhere: pass dx[i0:i1], w[i0*ld:].
	MatVec func(dx, w []T, ld int, g []T)
	// MatVecUpdate computes MatVec from the weights as they were and in the same
	// pass a step of SGD on them, for i < len(x), j < len(g):
	//
	//	dx[i] = Σⱼ w[i·ld+j]·g[j]
	//	w[i·ld+j] += (−rate·x[i])·g[j]
	//
	// dx has len(x) elements, or is nil where it is not wanted; it may be x.
	// Rows may be cut anywhere.
	MatVecUpdate func(dx, w []T, ld int, x, g []T, rate T)
}

// AdamStep holds the numbers of one step of Adam (Kingma and Ba, 2015), which
// computes for every weight w with gradient g and moments m and v:
//
//	m = Beta1·m + (1−Beta1)·g
//	v = Beta2·v + (1−Beta2)·g·g
//	w = w − Rate·(m·Correct1)/(√(v·Correct2) + Epsilon)
type AdamStep[T Float] struct {
	Rate, Beta1, Beta2, Epsilon T
	// Correct1 is 1/(1−Beta1ᵗ), Correct2 is 1/(1−Beta2ᵗ), t counting steps from 1.
	Correct1, Correct2 T
}

// VectorFor returns a set's loops. They are the set's own: only to be called.
func VectorFor[T Float](s *Set) *Vector[T] {
	switch any(*new(T)).(type) {
	case float32:
		return any(&s.vector32).(*Vector[T])
	case float64:
		return any(&s.vector64).(*Vector[T])
	default:
		panic("kernel: VectorFor: element type without loops")
	}
}
