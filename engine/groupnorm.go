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

// GroupNorm is the plan of a group normalisation (Wu and He, 2018): every image by
// itself, over all pixels of the channels of a group. One group is layer
// normalisation, a group for each channel instance normalisation; with one pixel an
// image, one group is the layer normalisation of the channels of each pixel. With n
// images of P pixels, in elements:
//
//	src, dSrc, dst, dDst, dPre  n × [P][C]
//	gamma, beta, dGamma, dBeta  [C]
//	mean, variance              n × [groups]
//
//	dst = activation(gamma·(src − mean)/√(variance + ε) + beta)
//
// The variance is divided by the P·C/groups elements of a group. Forward writes mean
// and variance, which Backward reads, in training and else. dPre is the gradient to
// what the activation was applied to; without an activation it is dDst, otherwise
// BackwardActivation makes it. A nil gamma is 1, a nil beta 0.
//
// The sums are those of [BatchNorm]. An image's results do not depend on the others,
// but dGamma and dBeta.
type GroupNorm[T Float] struct {
	pixels, channels, groups int
	epsilon                  float64
	options                  options
	ops                      *kernel.Vector[T]
	gradient                 activationGradient[T]
	labels                   map[string]*work.Label
	jobs                     jobs[groupNormCall[T], *groupNormCall[T]]
	kept                     spare.List[groupNormSpace[T]]
}

// NewGroupNorm makes the plan for images of so many pixels, channels and groups of
// channels; epsilon is what is added to the variance. Its error joins a [Fault] for
// each that they and the options have.
func NewGroupNorm[T Float](pixels, channels, groups int, epsilon float64, opts ...Option) (*GroupNorm[T], error) {
	o, err := optionsOf("GroupNorm", normOptions, opts)
	errs := []error{normFaults("GroupNorm", channels, epsilon), err}
	if pixels < 1 || channels > 0 && pixels > math.MaxInt32/channels {
		errs = append(errs, fault("pixels of GroupNorm", fmt.Sprint(pixels), fmt.Sprintf("at least 1, at most %d elements an image", math.MaxInt32)))
	}
	if groups < 1 || channels%groups != 0 {
		errs = append(errs, fault("groups of GroupNorm", fmt.Sprint(groups), fmt.Sprintf("a divisor of the %d channels", channels)))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	g := &GroupNorm[T]{
		pixels: pixels, channels: channels, groups: groups, epsilon: epsilon, options: o,
		ops: kernel.VectorFor[T](o.set),
	}
	g.jobs.pool = work.PoolOf(o.workers)
	g.kept.Keep = o.workers + 1
	g.gradient.init(g.jobs.pool, g.ops, o.activation)
	g.labels = phaseLabels(o, "forward", "backward-activation", "backward-data")
	return g, nil
}

// String names the plan's sizes.
func (g *GroupNorm[T]) String() string {
	return fmt.Sprintf("groupnorm %d pixels, %d channels in %d groups, epsilon %g %T", g.pixels, g.channels, g.groups, g.epsilon, *new(T))
}

const (
	badGroupNormSrc   = "engine: GroupNorm: src or its gradient is not a whole number of images"
	badGroupNormDst   = "engine: GroupNorm: dst or its gradient is not as long as src"
	badGroupNormScale = "engine: GroupNorm: gamma, beta or their gradients are neither nil nor C long"
	badGroupNormStats = "engine: GroupNorm: mean or variance is not one for each group of each image"
)

func (g *GroupNorm[T]) check(src, dst, gamma, beta, mean, variance []T) (n int) {
	size := g.pixels * g.channels
	n = len(src) / size
	switch c := g.channels; {
	case len(src) != n*size:
		panic(badGroupNormSrc)
	case len(dst) != len(src):
		panic(badGroupNormDst)
	case gamma != nil && len(gamma) != c || beta != nil && len(beta) != c:
		panic(badGroupNormScale)
	case len(mean) != n*g.groups || len(variance) != n*g.groups:
		panic(badGroupNormStats)
	}
	return n
}

// Forward computes dst, mean and variance. dst may be src where no gradient is
// wanted.
func (g *GroupNorm[T]) Forward(dst, src, gamma, beta, mean, variance []T) {
	n := g.check(src, dst, gamma, beta, mean, variance)
	call := groupNormCall[T]{plan: g, n: n, dst: dst, src: src, gamma: gamma, beta: beta, mean: mean, variance: variance}
	g.images(call, "forward")
}

// BackwardActivation computes dPre = dDst ⊙ activation′, where dst is what Forward
// computed. dPre may be dDst.
func (g *GroupNorm[T]) BackwardActivation(dPre, dDst, dst []T) {
	if len(dst)%(g.pixels*g.channels) != 0 || len(dPre) != len(dst) || len(dDst) != len(dst) {
		panic(badGroupNormDst)
	}
	g.gradient.run(dPre, dDst, dst, g.labels["backward-activation"])
}

// Backward computes the gradients, where x̂ = (src − mean)/√(variance + ε) and ⟨⟩ is
// the mean over a group's elements:
//
//	dBeta  = Σ dPre
//	dGamma = Σ dPre·x̂
//	dSrc   = (gamma·dPre − ⟨gamma·dPre⟩ − x̂·⟨gamma·dPre·x̂⟩)/√(variance + ε)
//
// Of the three, those that are nil are not wanted. dSrc may be dPre.
func (g *GroupNorm[T]) Backward(dSrc, dGamma, dBeta, src, dPre, gamma, mean, variance []T) {
	n, c := g.check(src, dPre, gamma, nil, mean, variance), g.channels
	switch {
	case dSrc != nil && len(dSrc) != len(src):
		panic(badGroupNormSrc)
	case dGamma != nil && len(dGamma) != c || dBeta != nil && len(dBeta) != c:
		panic(badGroupNormScale)
	}
	s := g.kept.Get()
	parts := g.gradientParts(n)
	s.grow(c, parts)
	clear(s.totals[:parts*2*c])
	call := groupNormCall[T]{plan: g, backward: true, n: n, dSrc: dSrc, dst: dPre, src: src, gamma: gamma, mean: mean, variance: variance, totals: s.totals}
	g.images(call, "backward-data")
	for j := range c {
		var product, sum float64
		for part := range parts {
			product += s.totals[part*2*c+j]
			sum += s.totals[part*2*c+c+j]
		}
		if dGamma != nil {
			dGamma[j] = T(product)
		}
		if dBeta != nil {
			dBeta[j] = T(sum)
		}
	}
	g.kept.Put(s)
}

// chunks returns into how many runs of pixels an image is cut; one by itself is left
// to one worker.
func (g *GroupNorm[T]) chunks() int {
	return normParts(g.pixels, g.channels)
}

// gradientParts returns into how many parts the images of a backward pass are cut,
// each of which has sums for gamma and beta.
func (g *GroupNorm[T]) gradientParts(n int) int {
	if g.chunks() > 1 {
		return 1
	}
	return max(1, min(n, mostNormParts, n*g.pixels*g.channels/normPart))
}

// images computes a call: images side by side, or large ones one after another.
func (g *GroupNorm[T]) images(call groupNormCall[T], phase string) {
	if g.chunks() == 1 {
		parts := min(call.n, cut.Ceil(call.n*g.pixels*g.channels, normPart))
		if call.backward && call.n > 0 {
			parts = g.gradientParts(call.n)
		}
		call.parts = parts
		g.jobs.run(call, parts, g.labels[phase])
		return
	}
	s := g.kept.Get()
	s.grow(g.channels, g.chunks())
	call.shared, call.parts = s, g.chunks()
	for call.image = 0; call.image < call.n; call.image++ {
		call.begin(s, call.image)
		for _, call.stage = range call.stages() {
			g.jobs.run(call, call.parts, g.labels[phase])
			call.finish(s, call.stage, call.image, call.totals)
		}
	}
	g.kept.Put(s)
}
