package engine

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/lowered"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// Conv2D is the plan of one convolution: dst = activation(src ∗ filter + bias)
// and its gradients, for batches of any size. With n images, in elements:
//
//	src, dSrc        n × [H][W][C]
//	dst, dDst, dPre  n × [OH][OW][OC]
//	filter, dFilter  [KH][KW][C/Groups][OC]
//	bias, dBias      [OC]
//
// dPre is the gradient to what the activation was applied to; without an
// activation it is dDst, otherwise BackwardActivation makes it.
//
// Every product of two elements of tensors is made, also with zeros: what is not
// finite comes out as arithmetic has it, on every [gemm.Backend]. By Winograd an
// infinity may come out as NaN, and what is not finite may reach all results of
// the tile that it meets.
//
// Padding is zeros, but not all products with it are made: where an element of
// filter or dPre that is not finite meets padding, the result may become NaN or
// not. What meets nothing else may hold anything: input pixels that no window
// reaches, and the gradients of outputs whose windows lie wholly in padding, which
// count for dBias alone.
type Conv2D[T Float] struct {
	g       im2col.Geometry
	options options
	pool    *work.Pool

	forward  byBatch[conv.Runner[T]]
	packed   conv.Runner[T]            // forward, its filter packed beforehand
	backward []byBatch[conv.Runner[T]] // the phases of the gradient to the data
	covered  bool                      // they write all of dSrc
	filter   byBatch[conv.Gradient[T]]
	sums     conv.Sums[T] // of its shards
	choices  [numPasses]Choice

	gradient activationGradient[T]
	labels   map[string]*work.Label
	calls    spare.List[convCall[T]]
}

// NewConv2D makes the plan of the convolution that g describes. Its error
// joins a [Fault] for each that g and the options have.
func NewConv2D[T Float](g im2col.Geometry, opts ...Option) (*Conv2D[T], error) {
	o, err := newOptions(opts)
	if err := errors.Join(g.Validate(), err); err != nil {
		return nil, err
	}
	c := &Conv2D[T]{g: g, options: o, pool: work.PoolOf(o.workers)}
	cfg := conv.Config[T]{Ops: conv.NewOps[T](o.set, o.blas), Set: o.set, Workers: o.workers}
	c.gradient.init(c.pool, cfg.Ops.Vector, o.activation)
	g = conv.Folded(g)
	forward := cfg
	forward.Activation = kernel.Activation(o.activation)
	c.forward, c.choices[PassForward] = newRunner(PassForward, conv.Forward(g), o, forward)
	c.packed, c.choices[PassPacked] = newPackedRunner(g, c.forward.many, o, forward)
	c.backward, c.covered, c.choices[PassData] = newDataRunners(g, o, cfg)
	c.filter, c.choices[PassFilter] = newFilterRunner(g, o, cfg)
	c.sums = conv.NewSums(&g, cfg.Ops.Vector)
	c.labels = phaseLabels(o, "forward", "pack", "backward-activation", "backward-data", "backward-filter")
	return c, nil
}

// Geometry returns what the plan computes.
func (c *Conv2D[T]) Geometry() im2col.Geometry { return c.g }

// Workers returns how many goroutines share a call's work.
func (c *Conv2D[T]) Workers() int { return c.options.workers }

// String names the convolution and the algorithm of each pass.
func (c *Conv2D[T]) String() string {
	return fmt.Sprintf("conv2d %v %T: forward %s, backward-data %s, backward-filter %s",
		c.g, *new(T), c.choices[PassForward].How, c.choices[PassData].How, c.choices[PassFilter].How)
}

// Choices says how each pass is computed, and why.
func (c *Conv2D[T]) Choices() []Choice { return append([]Choice(nil), c.choices[:]...) }

const (
	badConvSrc    = "engine: Conv2D: src is not a whole number of H×W×C images"
	badConvDst    = "engine: Conv2D: dst or its gradient is not one OH×OW×OC image for each of src"
	badConvFilter = "engine: Conv2D: filter or its gradient is not KH×KW×C/Groups×OC long"
	badConvBias   = "engine: Conv2D: bias or its gradient is neither nil nor OC long"
)

// check panics on slices that do not fit the plan and returns the batch.
func (c *Conv2D[T]) check(src, dst, bias []T) (n int) {
	n = len(src) / c.g.InputLen()
	switch {
	case len(src) != n*c.g.InputLen():
		panic(badConvSrc)
	case len(dst) != n*c.g.OutputLen():
		panic(badConvDst)
	case bias != nil && len(bias) != c.g.OC:
		panic(badConvBias)
	}
	return n
}

func (c *Conv2D[T]) checkFilter(filter []T) {
	if len(filter) != c.g.FilterLen() {
		panic(badConvFilter)
	}
}

// Forward computes dst = activation(src ∗ filter + bias). A nil bias is zero.
func (c *Conv2D[T]) Forward(dst, src, filter, bias []T) {
	n := c.check(src, dst, bias)
	c.checkFilter(filter)
	call := c.call()
	call.product(c.forward.at(n), "forward", n, dst, src, filter, bias)
	c.release(call)
}

// BackwardActivation computes dPre = dDst ⊙ activation′, where dst is what
// Forward computed. dPre may be dDst.
func (c *Conv2D[T]) BackwardActivation(dPre, dDst, dst []T) {
	n := len(dst) / c.g.OutputLen()
	if len(dst) != n*c.g.OutputLen() || len(dPre) != len(dst) || len(dDst) != len(dst) {
		panic(badConvDst)
	}
	c.gradient.run(dPre, dDst, dst, c.labels["backward-activation"])
}

// BackwardData computes dSrc, the gradient to the input, from dPre.
func (c *Conv2D[T]) BackwardData(dSrc, dPre, filter []T) {
	n := c.check(dSrc, dPre, nil)
	c.checkFilter(filter)
	call := c.call()
	if !c.covered && n > 0 {
		call.clear(dSrc)
	}
	for _, r := range c.backward {
		call.product(r.at(n), "backward-data", n, dSrc, dPre, filter, nil)
	}
	c.release(call)
}

// BackwardFilter computes dFilter and dBias, the gradients to the filter and
// the bias summed over the batch, from dPre. A nil dBias is not computed.
func (c *Conv2D[T]) BackwardFilter(dFilter, dBias, src, dPre []T) {
	n := c.check(src, dPre, dBias)
	c.checkFilter(dFilter)
	call := c.call()
	call.gradient(n, dFilter, dBias, src, dPre)
	c.release(call)
}

func (c *Conv2D[T]) call() *convCall[T] {
	call := c.calls.Get()
	call.plan = c
	return call
}

func (c *Conv2D[T]) release(call *convCall[T]) {
	call.dst, call.src, call.filter, call.bias = nil, nil, nil, nil
	call.runner = nil
	c.calls.Put(call)
}

// byBatch is a runner, and another one for calls of fewer than from images.
type byBatch[R fmt.Stringer] struct {
	many, few R
	from      int
}

func (b *byBatch[R]) at(n int) R {
	if n < b.from {
		return b.few
	}
	return b.many
}

// String describes the runners.
func (b *byBatch[R]) String() string {
	if b.from == 0 {
		return b.many.String()
	}
	return fmt.Sprintf("%v from %d images on, below that %v", b.many, b.from, b.few)
}

// newRunner chooses the algorithm of a product.
func newRunner[T Float](pass Pass, p conv.Product, o options, cfg conv.Config[T]) (byBatch[conv.Runner[T]], Choice) {
	p.Prepacked = pass == PassPacked
	return chosen(pass, choose[T](pass, &p.G, &o), whyTables, func(a Algorithm) (conv.Runner[T], Algorithm) {
		if r := passesOf[T](rowOf(a)).product(p, cfg); r != nil {
			return r, a
		}
		return lowered.NewProduct(p, cfg), GEMM
	})
}

// newFilterRunner chooses the algorithm of the gradient to the filter.
func newFilterRunner[T Float](g im2col.Geometry, o options, cfg conv.Config[T]) (byBatch[conv.Gradient[T]], Choice) {
	return chosen(PassFilter, choose[T](PassFilter, &g, &o), whyForwardAlone, func(a Algorithm) (conv.Gradient[T], Algorithm) {
		if filter := passesOf[T](rowOf(a)).filter; filter != nil {
			return filter(g, cfg), a
		}
		return lowered.NewFilter(g, cfg), GEMM
	})
}

// chosen makes the runners of a choice. Where of makes them by another algorithm,
// the reason is lacking.
func chosen[R fmt.Stringer](pass Pass, c choice, lacking string, of func(Algorithm) (R, Algorithm)) (byBatch[R], Choice) {
	r, a := of(c.algorithm)
	if a != c.algorithm {
		c.why = lacking
	}
	b := byBatch[R]{many: r}
	choice := Choice{Pass: pass, Algorithm: a, Why: c.why}
	if c.from > 1 {
		b.few, choice.Few = of(c.few)
		b.from, choice.From = c.from, c.from
	}
	choice.How = b.String()
	return b, choice
}

// convCall is one call in flight: the job that the pool runs.
type convCall[T Float] struct {
	plan   *Conv2D[T]
	stage  stage
	runner conv.Runner[T]
	n      int
	dst    []T
	src    []T
	filter []T
	bias   []T
	shared []T // prepared filter or partial sums, which the next call takes over
}

type stage uint8

const (
	stagePrepare stage = iota
	stageCompute
	stageClear
	stageGradient
	stageReduce
)

// product prepares the filter, where the runner wants it so, and computes.
func (call *convCall[T]) product(r conv.Runner[T], phase string, n int, dst, src, filter, bias []T) {
	if length, parts := r.Prepared(n); parts > 0 && n > 0 {
		call.shared = spare.Grow(call.shared, length)
		call.prepare(r, phase, n, call.shared[:length], filter)
		filter = call.shared[:length]
	}
	call.compute(r, phase, n, dst, src, filter, bias)
}

func (call *convCall[T]) prepare(r conv.Runner[T], phase string, n int, dst, filter []T) {
	_, parts := r.Prepared(n)
	call.runner, call.dst, call.filter, call.stage = r, dst, filter, stagePrepare
	call.plan.pool.Run(call, parts, call.plan.labels[phase])
}

func (call *convCall[T]) compute(r conv.Runner[T], phase string, n int, dst, src, filter, bias []T) {
	call.runner, call.n, call.stage = r, n, stageCompute
	call.dst, call.src, call.filter, call.bias = dst, src, filter, bias
	if parts := r.Parts(n); parts > 0 {
		call.plan.pool.Run(call, parts, call.plan.labels[phase])
	}
}

// clear zeroes the gradient to the data before some of it is computed.
func (call *convCall[T]) clear(dSrc []T) {
	call.dst, call.stage = dSrc, stageClear
	call.plan.pool.Run(call, cut.Ceil(len(dSrc), work.MemoryPart), call.plan.labels["backward-data"])
}

func (call *convCall[T]) gradient(n int, dFilter, dBias, src, dPre []T) {
	pool, labels, f, sums := call.plan.pool, call.plan.labels["backward-filter"], call.plan.filter.at(n), &call.plan.sums
	if n == 0 {
		work.Zero(dFilter)
		work.Zero(dBias)
		return
	}
	call.n = n
	call.filter, call.bias, call.src, call.dst = dFilter, dBias, src, dPre
	shards := f.Shards(n)
	call.shared = spare.Grow(call.shared, sums.Length(shards))
	call.stage = stageGradient
	pool.Run(call, f.Parts(n), labels)
	call.stage = stageReduce
	if parts := sums.ReduceParts(shards); parts > 0 {
		pool.Run(call, parts, labels)
	}
}

// space returns the length of the workspace of each worker.
func (call *convCall[T]) space() int {
	switch call.stage {
	case stageCompute:
		return call.runner.Scratch()
	case stageGradient:
		return call.plan.filter.at(call.n).Scratch()
	}
	return 0
}

func (call *convCall[T]) Reserve(w *work.Worker) { work.Reserve[T](w, call.space()) }

func (call *convCall[T]) Run(part int, w *work.Worker) {
	switch f := call.plan.filter.at(call.n); call.stage {
	case stagePrepare:
		call.runner.Prepare(part, call.dst, call.filter)
	case stageCompute:
		call.runner.Compute(part, call.n, call.dst, call.src, call.filter, call.bias, work.Workspace[T](w, call.space()))
	case stageClear:
		clear(call.dst[part*work.MemoryPart : min((part+1)*work.MemoryPart, len(call.dst))])
	case stageGradient:
		f.Compute(part, call.n, call.filter, call.bias, call.src, call.dst, call.shared, work.Workspace[T](w, call.space()))
	case stageReduce:
		call.plan.sums.Reduce(part, f.Shards(call.n), call.filter, call.bias, call.shared)
	}
}
