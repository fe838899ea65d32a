package engine

import (
	"math"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
)

// groupNormCall is one call in flight. Parts are runs of images, or of the pixels of
// one where shared is what it needs.
type groupNormCall[T Float] struct {
	plan                        *GroupNorm[T]
	backward                    bool
	n                           int
	dSrc, dst, src              []T // dst is dPre backward
	gamma, beta, mean, variance []T
	totals                      []float64 // [parts][2·C], of dGamma and dBeta
	parts                       int
	shared                      *groupNormSpace[T]
	image                       int
	stage                       groupStage
}

type groupStage uint8

const (
	groupMeans     = groupStage(normMeans)
	groupSquares   = groupStage(normSquares)
	groupGradients = groupStage(normGradients)
	groupApply     = groupGradients + 1
)

// The stages of an image; backward, mean and variance are known.
var (
	groupForward  = []groupStage{groupMeans, groupSquares, groupApply}
	groupBackward = []groupStage{groupGradients, groupApply}
)

func (call *groupNormCall[T]) stages() []groupStage {
	if call.backward {
		return groupBackward
	}
	return groupForward
}

// groupNormSpace is what an image needs beside the tensors.
type groupNormSpace[T Float] struct {
	sums                      []float64 // [parts][2·C]
	exact                     []float64 // [C]: the mean of a channel's group
	totals                    []float64 // of a call
	mean, scale, slope, shift []T       // [C]
	few                       []T       // [2·C]
}

func (s *groupNormSpace[T]) grow(c, parts int) {
	s.sums, s.totals, s.exact = spare.Grow(s.sums, parts*2*c), spare.Grow(s.totals, parts*2*c), spare.Grow(s.exact, c)
	s.mean, s.scale = spare.Grow(s.mean, c)[:c], spare.Grow(s.scale, c)[:c]
	s.slope, s.shift = spare.Grow(s.slope, c)[:c], spare.Grow(s.shift, c)[:c]
	s.few = spare.Grow(s.few, 2*c)
}

func (call *groupNormCall[T]) Reserve(w *work.Worker) { work.Reserve[T](w, 2*call.plan.channels) }

func (call *groupNormCall[T]) Run(part int, w *work.Worker) {
	g := call.plan
	c := g.channels
	if s := call.shared; s != nil {
		lo, hi := cut.Units(part, call.parts, g.pixels, normRows)
		call.compute(s, call.stage, call.image, lo, hi, s.sums[part*2*c:(part+1)*2*c], work.Workspace[T](w, 2*c))
		return
	}
	s := g.kept.Get()
	s.grow(c, 1)
	var totals []float64
	if call.backward {
		totals = call.totals[part*2*c : (part+1)*2*c]
	}
	lo, hi := cut.Units(part, call.parts, call.n, 1)
	for image := lo; image < hi; image++ {
		call.begin(s, image)
		for _, stage := range call.stages() {
			call.compute(s, stage, image, 0, g.pixels, s.sums[:2*c], s.few)
			call.finish(s, stage, image, totals)
		}
	}
	g.kept.Put(s)
}

// compute computes a stage of pixels [lo, hi) of an image: sums, or what is made of
// them.
func (call *groupNormCall[T]) compute(s *groupNormSpace[T], stage groupStage, image, lo, hi int, sums []float64, few []T) {
	g := call.plan
	c := g.channels
	lo, hi = (image*g.pixels+lo)*c, (image*g.pixels+hi)*c
	x, d := call.src[lo:hi], call.dst[lo:hi]
	switch {
	case stage < groupApply:
		clear(sums[:2*c])
		normSums[T]{g.ops, c}.add(normStage(stage), sums, few, d, x, s.mean)
	case lo == hi:
	case !call.backward:
		g.ops.Normalise(d, x, s.mean, s.scale, s.shift)
		g.ops.BiasAct(d, hi-lo, 1, hi-lo, nil, kernel.Activation(g.options.activation))
	case call.dSrc != nil:
		g.ops.NormaliseGrad(call.dSrc[lo:hi], d, x, s.mean, s.scale, s.slope, s.shift)
	}
}

// begin takes an image's means as they are, where they are given.
func (call *groupNormCall[T]) begin(s *groupNormSpace[T], image int) {
	if !call.backward {
		return
	}
	g := call.plan
	for j := range g.channels {
		s.mean[j] = call.mean[image*g.groups+j/(g.channels/g.groups)]
	}
}

// finish makes of a stage's sums what the next needs.
func (call *groupNormCall[T]) finish(s *groupNormSpace[T], stage groupStage, image int, totals []float64) {
	if stage == groupApply {
		return
	}
	g := call.plan
	c, each := g.channels, g.channels/g.groups
	if call.shared != nil { // add the parts' sums, in order
		for part := 1; part < call.parts; part++ {
			for j, x := range s.sums[part*2*c : (part+1)*2*c] {
				s.sums[j] += x
			}
		}
	}
	for group := range g.groups {
		lo, at := group*each, image*g.groups+group
		switch elements := float64(g.pixels * each); stage {
		case groupMeans:
			call.means(s, lo, lo+each, at, elements)
		case groupSquares:
			call.squares(s, lo, lo+each, at, elements)
		case groupGradients:
			call.gradients(s, lo, lo+each, at, elements, totals)
		}
	}
}

// means, squares and gradients finish a group: channels [lo, hi), with the statistics
// number at.
func (call *groupNormCall[T]) means(s *groupNormSpace[T], lo, hi, at int, elements float64) {
	mean := sum64(s.sums[lo:hi]) / elements
	call.mean[at] = T(mean)
	for j := lo; j < hi; j++ {
		s.exact[j], s.mean[j] = mean, T(mean)
	}
}

func (call *groupNormCall[T]) squares(s *groupNormSpace[T], lo, hi, stat int, elements float64) {
	off := s.exact[lo] - float64(s.mean[lo]) // the squares are around what was rounded
	variance := max(sum64(s.sums[lo:hi])/elements-off*off, 0)
	call.variance[stat] = T(variance)
	inverse := 1 / math.Sqrt(variance+call.plan.epsilon)
	for j := lo; j < hi; j++ {
		s.scale[j] = T(at(call.gamma, j, 1) * inverse)
		s.shift[j] = T(at(call.beta, j, 0) - off*float64(s.scale[j]))
	}
}

func (call *groupNormCall[T]) gradients(s *groupNormSpace[T], lo, hi, stat int, elements float64, totals []float64) {
	c := call.plan.channels
	inverse := 1 / math.Sqrt(float64(call.variance[stat])+call.plan.epsilon)
	var sum, product float64
	for j := lo; j < hi; j++ {
		gamma, x := at(call.gamma, j, 1), s.sums[c+j]*inverse
		totals[j] += x
		totals[c+j] += s.sums[j]
		sum += gamma * s.sums[j]
		product += gamma * x
	}
	for j := lo; j < hi; j++ {
		s.scale[j] = T(at(call.gamma, j, 1) * inverse)
		s.slope[j] = T(inverse * inverse * product / elements)
		s.shift[j] = T(inverse * sum / elements)
	}
}

func sum64(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}
