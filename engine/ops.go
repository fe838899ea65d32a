package engine

import (
	"math"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
)

// ops are the loops that plans are made of, for one element type.
type ops[T Float] struct {
	// mul computes C = op(A)·op(B)·alpha + beta·C, C m×n, inner dimension k.
	mul func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	// biasAct computes x[i][j] = act(x[i][j] + bias[j]) for dense rows.
	biasAct func(x []T, rows, cols int, bias []T, act Activation)
	// columnSums computes sums[j] = Σᵢ x[i][j] for dense rows.
	columnSums func(sums, x []T, rows int)
	// add computes dst[i] += x[i].
	add func(dst, x []T)
	// gemv computes columns [j0, j1) of dst = src·weights + bias for one image
	// (bias may be nil); each column's sum has one fixed order.
	gemv func(dst, src, weights, bias []T, out, j0, j1 int)
	// update goes over rows [i0, i1) of the weights once: dSrc = weights·dPre
	// (unless dSrc is nil), then weights −= rate·src⊗dPre.
	update func(dSrc, weights, src, dPre []T, i0, i1 int, rate T)

	activations freeList[activationJob[T]]
}

func opsOf[T Float](b gemm.BLAS) *ops[T] {
	o := &ops[T]{
		biasAct: biasAct[T], columnSums: columnSums[T], add: add[T],
		gemv: gemv[T], update: update[T],
	}
	o.activations.make = func() *activationJob[T] { return new(activationJob[T]) }
	switch o := any(o).(type) {
	case *ops[float32]:
		o.mul = b.Sgemm
	case *ops[float64]:
		o.mul = b.Dgemm
	}
	return o
}

func biasAct[T Float](x []T, rows, cols int, bias []T, act Activation) {
	if bias != nil {
		for i := range rows {
			add(x[i*cols:(i+1)*cols], bias)
		}
	}
	x = x[:rows*cols]
	switch act {
	case ReLU:
		for i, v := range x {
			if v < 0 {
				x[i] = 0
			}
		}
	case Sigmoid:
		for i, v := range x {
			x[i] = T(1 / (1 + math.Exp(-float64(v))))
		}
	case Tanh:
		for i, v := range x {
			x[i] = T(math.Tanh(float64(v)))
		}
	}
}

func columnSums[T Float](sums, x []T, rows int) {
	clear(sums)
	for i := range rows {
		add(sums, x[i*len(sums):(i+1)*len(sums)])
	}
}

func add[T Float](dst, x []T) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] += v
	}
}

func gemv[T Float](dst, src, weights, bias []T, out, j0, j1 int) {
	dst = dst[j0:j1]
	if bias != nil {
		copy(dst, bias[j0:j1])
	} else {
		clear(dst)
	}
	for i, x := range src {
		w := weights[i*out+j0 : i*out+j1]
		for j := range dst {
			dst[j] += x * w[j]
		}
	}
}

func update[T Float](dSrc, weights, src, dPre []T, i0, i1 int, rate T) {
	out := len(dPre)
	for i := i0; i < i1; i++ {
		w, step, sum := weights[i*out:(i+1)*out], rate*src[i], T(0)
		for j, g := range dPre {
			sum += w[j] * g
			w[j] -= step * g
		}
		if dSrc != nil {
			dSrc[i] = sum
		}
	}
}

func sizeOf[T Float]() int { return int(unsafe.Sizeof(*new(T))) }

// cacheShare is the part of the second-level cache, in bytes, that a worker's
// block may fill.
var cacheShare = func() int {
	l2 := cpuid.CPU.Cache.L2
	if l2 <= 0 {
		l2 = 512 << 10 // unknown: what small machines have
	}
	return min(max(l2, 256<<10), 4<<20) / 2
}()
