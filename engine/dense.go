package engine

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
)

// Dense is the plan of a fully connected layer: dst = activation(src·weights +
// bias) and its gradients, for batches of any size. With n images, in elements:
//
//	src, dSrc           n × [in]
//	dst, dDst, dPre     n × [out]
//	weights, dWeights   [in][out]
//	bias, dBias         [out]
//
// dPre is the gradient to what the activation was applied to; without an
// activation it is dDst, otherwise BackwardActivation makes it.
//
// Every product of the sums is made, also with zeros: what is not finite comes
// out as arithmetic has it, on every [gemm.Backend] and for any number of images.
type Dense[T Float] struct {
	in, out  int
	options  options
	pool     *work.Pool
	blas     gemm.BLAS // for batches
	ops      *conv.Ops[T]
	gradient activationGradient[T]
	labels   map[string]*work.Label
	calls    spare.List[denseCall[T]]
}

// NewDense makes the plan of a fully connected layer with the given numbers of
// inputs and outputs. Its error joins a [Fault] for each that they and the options
// have.
func NewDense[T Float](in, out int, opts ...Option) (*Dense[T], error) {
	o, err := optionsOf("Dense", denseOptions, opts)
	if in < 1 || out < 1 || in > maxDense/out {
		err = errors.Join(fault("dense layer", fmt.Sprintf("%d×%d", in, out), fmt.Sprintf("at least 1×1, at most %d weights", maxDense)), err)
	}
	if err != nil {
		return nil, err
	}
	d := &Dense[T]{in: in, out: out, options: o, pool: work.PoolOf(o.workers), blas: o.blas}
	if ownProducts[T](&o) {
		d.blas = packed[o.isa]
	}
	d.ops = conv.NewOps[T](o.set, d.blas)
	d.gradient.init(d.pool, d.ops.Vector, o.activation)
	d.labels = phaseLabels(o, "forward", "backward-activation", "backward-data", "backward-weights", "backward-update")
	return d, nil
}

// maxDense bounds the number of weights, so that index arithmetic stays far
// from overflow.
const maxDense = 1 << 30

// Workers returns how many goroutines share a call's work.
func (d *Dense[T]) Workers() int { return d.options.workers }

// String names the layer's sizes and what computes it.
func (d *Dense[T]) String() string {
	return fmt.Sprintf("dense %d → %d %T: one image %v vector loops, a batch %s products",
		d.in, d.out, *new(T), d.options.set, gemm.NameOf(d.blas))
}

const (
	badDenseSrc     = "engine: Dense: src or its gradient is not a whole number of in-long images"
	badDenseDst     = "engine: Dense: dst or its gradient is not out long for each image of src"
	badDenseWeights = "engine: Dense: weights or their gradient are not in×out long"
	badDenseBias    = "engine: Dense: bias or its gradient is neither nil nor out long"
)

func (d *Dense[T]) check(src, dst, weights, bias []T) (n int) {
	n = len(src) / d.in
	switch {
	case len(src) != n*d.in:
		panic(badDenseSrc)
	case len(dst) != n*d.out:
		panic(badDenseDst)
	case len(weights) != d.in*d.out:
		panic(badDenseWeights)
	case bias != nil && len(bias) != d.out:
		panic(badDenseBias)
	}
	return n
}

// Forward computes dst = activation(src·weights + bias). A nil bias is zero.
func (d *Dense[T]) Forward(dst, src, weights, bias []T) {
	n := d.check(src, dst, weights, bias)
	d.run("forward", denseCall[T]{stage: denseForward, n: n, dst: dst, src: src, weights: weights, bias: bias})
}

// BackwardActivation computes dPre = dDst ⊙ activation′, where dst is what
// Forward computed. dPre may be dDst.
func (d *Dense[T]) BackwardActivation(dPre, dDst, dst []T) {
	if len(dst)%d.out != 0 || len(dPre) != len(dst) || len(dDst) != len(dst) {
		panic(badDenseDst)
	}
	d.gradient.run(dPre, dDst, dst, d.labels["backward-activation"])
}

// BackwardData computes dSrc, the gradient to the input: dPre·weightsᵀ.
func (d *Dense[T]) BackwardData(dSrc, dPre, weights []T) {
	n := d.check(dSrc, dPre, weights, nil)
	d.run("backward-data", denseCall[T]{stage: denseData, n: n, dst: dPre, src: dSrc, weights: weights})
}

// BackwardWeights computes dWeights = srcᵀ·dPre and dBias, the column sums of
// dPre: the gradients summed over the batch. A nil dBias is not computed.
func (d *Dense[T]) BackwardWeights(dWeights, dBias, src, dPre []T) {
	n := d.check(src, dPre, dWeights, dBias)
	d.run("backward-weights", denseCall[T]{stage: denseWeights, n: n, dst: dPre, src: src, weights: dWeights, bias: dBias})
}

// BackwardUpdate is BackwardData followed by a step of gradient descent, in one
// pass over the weights: dSrc = dPre·weightsᵀ from the weights as they were
// (unless dSrc is nil), then weights −= rate·srcᵀ·dPre and bias −= rate·Σ dPre.
// The rate includes what averages over the batch.
func (d *Dense[T]) BackwardUpdate(dSrc, weights, bias, src, dPre []T, rate T) {
	n := d.check(src, dPre, weights, bias)
	if dSrc != nil && len(dSrc) != len(src) {
		panic(badDenseSrc)
	}
	d.run("backward-update", denseCall[T]{
		stage: denseUpdate, n: n, dst: dPre, src: src, weights: weights, bias: bias, dSrc: dSrc, rate: rate,
	})
}

// denseCall is one call in flight. Parts are runs of rows of the weights where
// there is a single image: the same for every pass, so that each worker's cache
// keeps its share of the weights from pass to pass and from step to step. Forward
// they give partial sums, which whoever computes the last of them adds in the
// order of the parts. For a batch, parts are runs of columns in the forward pass
// and runs of rows backward, so that no sums are shared.
type denseCall[T Float] struct {
	plan                    *Dense[T]
	stage                   denseStage
	n                       int
	dst, src, weights, bias []T
	dSrc                    []T
	rate                    T
	sums                    []T   // [out], column sums for the bias
	partials                []T   // [parts][out] of the forward pass of one image
	left                    int32 // parts that are not yet computed
}

type denseStage uint8

const (
	denseForward denseStage = iota
	denseData
	denseWeights
	denseUpdate
)

func (d *Dense[T]) run(phase string, args denseCall[T]) {
	call, l := d.calls.Get(), d.labels[phase]
	args.plan, args.sums, args.partials = d, call.sums, call.partials
	*call = args
	parts := call.parts()
	if call.stage == denseForward && call.n == 1 && parts > 1 {
		call.partials = spare.Grow(call.partials, parts*d.out)
		call.left = int32(parts)
	}
	d.pool.Run(call, parts, l)
	*call = denseCall[T]{plan: d, sums: call.sums, partials: call.partials}
	d.calls.Put(call)
}

// densePart is how many weights a part has at least: enough that walking over
// them takes longer than waking a worker.
const densePart = 64 << 10

// lanes is what the bounds of a part are rounded to: a cache line of float32.
const lanes = 16

// axis returns how many columns or rows there are to cut.
func (call *denseCall[T]) axis() int {
	if call.stage == denseForward && call.n != 1 {
		return call.plan.out
	}
	return call.plan.in
}

func (call *denseCall[T]) parts() int {
	most := 8 // a product packs its other factor for each part
	if call.n == 1 {
		most = 16 // partial sums of the forward pass
	}
	weights := call.plan.in * call.plan.out * max(1, call.n)
	return max(1, min(weights/densePart, most, call.axis()/(2*lanes)))
}

func (call *denseCall[T]) Run(part int, _ *work.Worker) {
	d, n := call.plan, call.n
	lo, hi := cut.Units(part, call.parts(), call.axis(), lanes)
	if part == 0 {
		call.gradBias()
	}
	switch {
	case n == 0:
		if call.stage == denseWeights {
			work.Zero(call.weights[lo*d.out : hi*d.out])
		}
	case call.stage == denseForward && n == 1:
		call.forwardOne(part, lo, hi)
	case lo == hi:
	case call.stage == denseForward:
		call.forward(lo, hi)
	case call.stage == denseUpdate && n == 1:
		call.updateOne(lo, hi)
	case call.stage == denseUpdate:
		call.update(lo, hi)
	case call.stage == denseData:
		call.gradData(call.src, lo, hi)
	case call.stage == denseWeights:
		call.gradWeights(1, 0, lo, hi)
	}
}

// forwardOne sums rows [lo, hi) for a single image.
func (call *denseCall[T]) forwardOne(part, lo, hi int) {
	d, parts := call.plan, call.parts()
	weights := call.weights[lo*d.out : hi*d.out]
	act := kernel.Activation(d.options.activation)
	if parts == 1 {
		d.ops.VecMat(call.dst, call.src, weights, d.out, call.bias)
		d.ops.BiasAct(call.dst, d.out, 1, d.out, nil, act)
		return
	}
	d.ops.VecMat(call.partials[part*d.out:(part+1)*d.out], call.src[lo:hi], weights, d.out, nil)
	if atomic.AddInt32(&call.left, -1) > 0 {
		return
	}
	copy(call.dst, call.partials)
	for p := 1; p < parts; p++ {
		d.ops.Add(call.dst, call.partials[p*d.out:(p+1)*d.out])
	}
	d.ops.BiasAct(call.dst, d.out, 1, d.out, call.bias, act)
}

func (call *denseCall[T]) forward(lo, hi int) {
	d, n := call.plan, call.n
	bias := call.bias
	if bias != nil {
		bias = bias[lo:hi]
	}
	d.ops.Mul(blas.NoTrans, blas.NoTrans, n, hi-lo, d.in, 1, call.src, d.in, call.weights[lo:], d.out, 0, call.dst[lo:], d.out)
	d.ops.BiasAct(call.dst[lo:], d.out, n, hi-lo, bias, kernel.Activation(d.options.activation))
}

// gradData computes columns [lo, hi) of dPre·weightsᵀ.
func (call *denseCall[T]) gradData(dSrc []T, lo, hi int) {
	d := call.plan
	if call.n == 1 {
		d.ops.MatVec(dSrc[lo:hi], call.weights[lo*d.out:], d.out, call.dst)
		return
	}
	d.ops.Mul(blas.NoTrans, blas.Trans, call.n, hi-lo, d.out, 1, call.dst, d.out, call.weights[lo*d.out:], d.out, 0, dSrc[lo:], d.in)
}

// gradWeights computes rows [lo, hi) of weights = alpha·srcᵀ·dPre + beta·weights.
func (call *denseCall[T]) gradWeights(alpha, beta T, lo, hi int) {
	d := call.plan
	d.ops.Mul(blas.Trans, blas.NoTrans, hi-lo, d.out, call.n, alpha, call.src[lo:], d.in, call.dst, d.out, beta, call.weights[lo*d.out:], d.out)
}

// updateOne is update for a single image: one pass over the weights.
func (call *denseCall[T]) updateOne(lo, hi int) {
	d, dSrc := call.plan, call.dSrc
	if dSrc != nil {
		dSrc = dSrc[lo:hi]
	}
	d.ops.MatVecUpdate(dSrc, call.weights[lo*d.out:hi*d.out], d.out, call.src[lo:hi], call.dst, call.rate)
}

func (call *denseCall[T]) update(lo, hi int) {
	if call.dSrc != nil {
		call.gradData(call.dSrc, lo, hi)
	}
	if call.rate != 0 {
		call.gradWeights(-call.rate, 1, lo, hi)
		return
	}
	// A BLAS does not read factors of alpha = 0, but 0 times a gradient that is
	// not finite is no number.
	d := call.plan
	for i := range call.n {
		src, dPre := call.src[i*d.in:(i+1)*d.in], call.dst[i*d.out:(i+1)*d.out]
		d.ops.MatVecUpdate(nil, call.weights[lo*d.out:hi*d.out], d.out, src[lo:hi], dPre, 0)
	}
}

// gradBias computes the bias's gradient or steps the bias by it.
func (call *denseCall[T]) gradBias() {
	if call.bias == nil || call.stage == denseForward || call.stage == denseData {
		return
	}
	if call.stage == denseWeights {
		call.plan.ops.ColumnSums(call.bias, call.dst, call.plan.out, call.n)
		return
	}
	call.sums = spare.Grow(call.sums, call.plan.out)[:call.plan.out]
	call.plan.ops.ColumnSums(call.sums, call.dst, call.plan.out, call.n)
	call.plan.ops.Axpy(call.bias, call.sums, -call.rate)
}
