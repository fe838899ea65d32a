package engine

import (
	"errors"
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
)

// BatchNorm is the plan of a batch normalisation (Ioffe and Szegedy, 2015): every
// channel by itself, over the pixels of all images. With p pixels, n·H·W where n
// images have H×W, in elements:
//
//	src, dSrc, dst, dDst, dPre                   p × [C]
//	gamma, beta, mean, variance, dGamma, dBeta   [C]
//
//	dst = activation(gamma·(src − mean)/√(variance + ε) + beta)
//
// In training mean and variance are the batch's, the variance divided by p: Forward
// computes and writes them, Backward reads them and goes through both. Infer and
// BackwardFrozen take them as they are: running statistics, which UpdateRunning
// follows batch by batch with.
//
// dPre is the gradient to what the activation was applied to; without an activation
// it is dDst, otherwise BackwardActivation makes it. A nil gamma is 1, a nil beta 0.
//
// The variance is computed in a second pass, around the mean. Every 64 pixels are
// summed by themselves, and those sums in float64.
type BatchNorm[T Float] struct {
	channels int
	epsilon  float64
	options  options
	ops      *kernel.Vector[T]
	gradient activationGradient[T]
	labels   map[string]*work.Label
	jobs     jobs[batchNormCall[T], *batchNormCall[T]]
	kept     spare.List[batchNormSpace[T]]
}

// NewBatchNorm makes the plan for a number of channels; epsilon is what is added to
// the variance. Its error joins a [Fault] for each that they and the options have.
func NewBatchNorm[T Float](channels int, epsilon float64, opts ...Option) (*BatchNorm[T], error) {
	o, err := optionsOf("BatchNorm", normOptions, opts)
	if err := errors.Join(normFaults("BatchNorm", channels, epsilon), err); err != nil {
		return nil, err
	}
	b := &BatchNorm[T]{channels: channels, epsilon: epsilon, options: o, ops: kernel.VectorFor[T](o.set)}
	b.jobs.pool = work.PoolOf(o.workers)
	b.gradient.init(b.jobs.pool, b.ops, o.activation)
	b.labels = phaseLabels(o, "forward", "backward-activation", "backward-data", "update")
	return b, nil
}

// normFaults returns what is wrong with a normalisation's sizes.
func normFaults(plan string, channels int, epsilon float64) error {
	var errs []error
	if channels < 1 || channels > math.MaxInt32 {
		errs = append(errs, fault("channels of "+plan, fmt.Sprint(channels), fmt.Sprintf("1 to %d", math.MaxInt32)))
	}
	if !(epsilon >= 0 && epsilon <= math.MaxFloat32) {
		errs = append(errs, fault("epsilon of "+plan, fmt.Sprint(epsilon), "a number, at least 0"))
	}
	return errors.Join(errs...)
}

// Channels returns how many channels the plan normalises.
func (b *BatchNorm[T]) Channels() int { return b.channels }

// String names the plan's sizes.
func (b *BatchNorm[T]) String() string {
	return fmt.Sprintf("batchnorm %d channels, epsilon %g %T", b.channels, b.epsilon, *new(T))
}

const (
	badBatchNormSrc   = "engine: BatchNorm: src or its gradient is not a whole number of pixels of C channels"
	badBatchNormDst   = "engine: BatchNorm: dst or its gradient is not as long as src"
	badBatchNormScale = "engine: BatchNorm: gamma, beta or their gradients are neither nil nor C long"
	badBatchNormStats = "engine: BatchNorm: mean or variance is not C long"
)

func (b *BatchNorm[T]) check(src, dst, gamma, beta, mean, variance []T) (pixels int) {
	switch c := b.channels; {
	case len(src)%c != 0:
		panic(badBatchNormSrc)
	case len(dst) != len(src):
		panic(badBatchNormDst)
	case gamma != nil && len(gamma) != c || beta != nil && len(beta) != c:
		panic(badBatchNormScale)
	case len(mean) != c || len(variance) != c:
		panic(badBatchNormStats)
	}
	return len(src) / b.channels
}

// Forward computes dst, mean and variance of a batch in training. It refuses a
// batch of fewer than two pixels, whose variance says nothing, with an error, and
// writes nothing. dst may be src where no gradient is wanted.
func (b *BatchNorm[T]) Forward(dst, src, gamma, beta, mean, variance []T) error {
	pixels := b.check(src, dst, gamma, beta, mean, variance)
	if pixels < 2 {
		return fault("values of each channel of a batch in training", fmt.Sprint(pixels), "at least 2")
	}
	s := b.space(pixels)
	b.sums(s, batchMeans, "forward", batchNormCall[T]{src: src})
	for j := range mean {
		s.exact[j] = s.total(j) / float64(pixels)
		mean[j] = T(s.exact[j])
	}
	b.sums(s, batchSquares, "forward", batchNormCall[T]{src: src, mean: mean})
	for j, m := range mean {
		off := s.exact[j] - float64(m) // the squares are around what was rounded
		v := max(s.total(j)/float64(pixels)-off*off, 0)
		variance[j] = T(v)
		s.scale[j] = T(at(gamma, j, 1) / math.Sqrt(v+b.epsilon))
		s.shift[j] = T(at(beta, j, 0) - off*float64(s.scale[j]))
	}
	b.normalise(s, dst, src, mean)
	b.kept.Put(s)
	return nil
}

// Infer computes dst with a mean and a variance that are given: running statistics.
// dst may be src.
func (b *BatchNorm[T]) Infer(dst, src, gamma, beta, mean, variance []T) {
	pixels := b.check(src, dst, gamma, beta, mean, variance)
	s := b.space(pixels)
	for j := range mean {
		s.scale[j] = T(at(gamma, j, 1) / math.Sqrt(float64(variance[j])+b.epsilon))
		s.shift[j] = T(at(beta, j, 0))
	}
	b.normalise(s, dst, src, mean)
	b.kept.Put(s)
}

// normalise computes dst = activation((src − mean)·scale + shift).
func (b *BatchNorm[T]) normalise(s *batchNormSpace[T], dst, src, mean []T) {
	call := batchNormCall[T]{plan: b, stage: batchNormalise, space: s, dst: dst, src: src, mean: mean}
	b.jobs.run(call, b.blocks(len(src)), b.labels["forward"])
}

// BackwardActivation computes dPre = dDst ⊙ activation′, where dst is what Forward
// or Infer computed. dPre may be dDst.
func (b *BatchNorm[T]) BackwardActivation(dPre, dDst, dst []T) {
	if len(dst)%b.channels != 0 || len(dPre) != len(dst) || len(dDst) != len(dst) {
		panic(badBatchNormDst)
	}
	b.gradient.run(dPre, dDst, dst, b.labels["backward-activation"])
}

// Backward computes the gradients in training, where x̂ = (src − mean)/√(variance + ε):
//
//	dBeta  = Σ dPre
//	dGamma = Σ dPre·x̂
//	dSrc   = gamma/√(variance + ε)·(dPre − dBeta/p − x̂·dGamma/p)
//
// Of the three, those that are nil are not wanted. dSrc may be dPre.
func (b *BatchNorm[T]) Backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance []T) {
	b.backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance, false)
}

// BackwardFrozen computes the gradients where mean and variance were given: dGamma
// and dBeta as Backward does, and dSrc = gamma/√(variance + ε)·dPre.
func (b *BatchNorm[T]) BackwardFrozen(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance []T) {
	b.backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance, true)
}

func (b *BatchNorm[T]) backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance []T, frozen bool) {
	pixels := b.check(src, dPre, gamma, nil, mean, variance)
	c := b.channels
	switch {
	case dSrc != nil && len(dSrc) != len(src):
		panic(badBatchNormSrc)
	case dGamma != nil && len(dGamma) != c || dBeta != nil && len(dBeta) != c:
		panic(badBatchNormScale)
	}
	s := b.space(pixels)
	b.sums(s, batchGradients, "backward-data", batchNormCall[T]{src: src, dst: dPre, mean: mean})
	for j := range c {
		inverse := 1 / math.Sqrt(float64(variance[j])+b.epsilon)
		sum, product := s.total(j), s.total(c+j)*inverse
		if dBeta != nil {
			dBeta[j] = T(sum)
		}
		if dGamma != nil {
			dGamma[j] = T(product)
		}
		scale := at(gamma, j, 1) * inverse
		s.scale[j], s.slope[j], s.shift[j] = T(scale), 0, 0
		if p := float64(pixels); !frozen && pixels > 0 {
			s.slope[j] = T(scale * product * inverse / p)
			s.shift[j] = T(scale * sum / p)
		}
	}
	if dSrc != nil {
		call := batchNormCall[T]{plan: b, stage: batchData, space: s, dSrc: dSrc, dst: dPre, src: src, mean: mean}
		if frozen {
			call.stage = batchFrozen
		}
		b.jobs.run(call, b.blocks(len(src)), b.labels["backward-data"])
	}
	b.kept.Put(s)
}

// Running says how running statistics follow those of the batches:
//
//	running = (1 − Share)·running + Share·batch
//
// PyTorch's momentum is Share, and its running variance divides by p − 1: Unbiased.
// Keras's momentum, ONNX's and TensorFlow's is 1 − Share; Keras and ONNX divide by p.
type Running struct {
	Share    float64
	Unbiased bool // the batch's variance times p/(p − 1)
}

// UpdateRunning follows a batch's mean and variance, as Forward wrote them, of so
// many pixels with the running ones.
func (b *BatchNorm[T]) UpdateRunning(runningMean, runningVariance, mean, variance []T, pixels int, r Running) {
	c := b.channels
	if len(runningMean) != c || len(runningVariance) != c || len(mean) != c || len(variance) != c {
		panic(badBatchNormStats)
	}
	l := b.labels["update"]
	defer work.Restore(l.Set())
	start := l.Begin()
	factor := 1.0
	if r.Unbiased && pixels > 1 {
		factor = float64(pixels) / float64(pixels-1)
	}
	for j := range c {
		runningMean[j] = T((1-r.Share)*float64(runningMean[j]) + r.Share*float64(mean[j]))
		runningVariance[j] = T((1-r.Share)*float64(runningVariance[j]) + r.Share*factor*float64(variance[j]))
	}
	l.End(0, start)
}

// batchNormSpace is what a call needs beside the tensors.
type batchNormSpace[T Float] struct {
	parts, width        int
	sums                []float64 // [parts][2·C], of the pixels of each part
	exact               []float64 // [C]
	scale, shift, slope []T       // [C]
}

// space returns the space for a call.
func (b *BatchNorm[T]) space(pixels int) *batchNormSpace[T] {
	s, c := b.kept.Get(), b.channels
	s.parts, s.width = normParts(pixels, c), 2*c
	s.sums, s.exact = spare.Grow(s.sums, s.parts*s.width), spare.Grow(s.exact, c)
	s.scale, s.shift, s.slope = spare.Grow(s.scale, c)[:c], spare.Grow(s.shift, c)[:c], spare.Grow(s.slope, c)[:c]
	return s
}

// total adds the parts' sums of a column, in order.
func (s *batchNormSpace[T]) total(column int) (sum float64) {
	for part := range s.parts {
		sum += s.sums[part*s.width+column]
	}
	return sum
}

// blocks returns into how many parts what is computed pixel by pixel is cut.
func (b *BatchNorm[T]) blocks(elements int) int {
	return min(elements/b.channels, cut.Ceil(elements, normPart))
}

// sums computes sums of all parts.
func (b *BatchNorm[T]) sums(s *batchNormSpace[T], stage batchStage, phase string, call batchNormCall[T]) {
	call.plan, call.stage, call.space = b, stage, s
	b.jobs.run(call, s.parts, b.labels[phase])
}

type batchStage uint8

const (
	batchMeans     = batchStage(normMeans)
	batchSquares   = batchStage(normSquares)
	batchGradients = batchStage(normGradients)
	batchNormalise = batchGradients + 1
	batchData      = batchGradients + 2
	batchFrozen    = batchGradients + 3
)

// batchNormCall is one call in flight. Parts are runs of pixels.
type batchNormCall[T Float] struct {
	plan                 *BatchNorm[T]
	stage                batchStage
	space                *batchNormSpace[T]
	dSrc, dst, src, mean []T // dst is dPre backward
}

func (call *batchNormCall[T]) length() int {
	if call.stage <= batchGradients {
		return 2 * call.plan.channels
	}
	return 0
}

func (call *batchNormCall[T]) Reserve(w *work.Worker) { work.Reserve[T](w, call.length()) }

func (call *batchNormCall[T]) Run(part int, w *work.Worker) {
	b := call.plan
	c, pixels := b.channels, len(call.src)/b.channels
	if call.stage <= batchGradients {
		lo, hi := cut.Units(part, call.space.parts, pixels, normRows)
		total := call.space.sums[part*2*c : (part+1)*2*c]
		clear(total)
		few, sums := work.Workspace[T](w, 2*c), normSums[T]{b.ops, c}
		var d []T
		if call.stage == batchGradients {
			d = call.dst[lo*c : hi*c]
		}
		sums.add(normStage(call.stage), total, few, d, call.src[lo*c:hi*c], call.mean)
		return
	}
	lo, hi := cut.Units(part, b.blocks(len(call.src)), pixels, 1)
	lo, hi = lo*c, hi*c
	if lo == hi {
		return
	}
	s := call.space
	switch call.stage {
	case batchNormalise:
		b.ops.Normalise(call.dst[lo:hi], call.src[lo:hi], call.mean, s.scale, s.shift)
		b.ops.BiasAct(call.dst[lo:hi], hi-lo, 1, hi-lo, nil, kernel.Activation(b.options.activation))
	case batchData:
		b.ops.NormaliseGrad(call.dSrc[lo:hi], call.dst[lo:hi], call.src[lo:hi], call.mean, s.scale, s.slope, s.shift)
	case batchFrozen:
		b.ops.Normalise(call.dSrc[lo:hi], call.dst[lo:hi], s.slope, s.scale, s.shift)
	}
}
