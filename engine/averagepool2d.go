package engine

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// AveragePool2D is the plan of an average-pooling: each output is the mean of the
// inputs under its window, every channel by itself. With n images, in elements:
//
//	src, dSrc  n × [H][W][C]
//	dst, dDst  n × [OH][OW][C]
//
// An output is the sum of the inputs under its window, divided by how many these
// are; what of the window lies outside the image does not count, unless
// [WithPaddingCounted] says so. A window as large as the image makes the global
// average-pooling, which has an output a channel.
//
// Rows are summed first, then columns, and sums are multiplied by 1/count. An
// image's results do not depend on the other images.
type AveragePool2D[T Float] struct {
	g           im2col.Geometry
	options     options
	rows, cols  []int // what counts under the windows of each output row and column
	left, right int   // kernel columns that meet the image, where the stride is 1
	global      bool
	ops         *kernel.Vector[T]
	labels      map[string]*work.Label
	jobs        jobs[averageCall[T], *averageCall[T]]
	partials    spare.List[[]T]
}

// WithPaddingCounted makes an average-pooling count the padding as zeros, as
// PyTorch does by default and ONNX where count_include_pad is 1: above and at the
// left that of the geometry, and so many rows below and columns at the right. What
// a window reaches beyond them does not count, see [im2col.PaddedCeil].
func WithPaddingCounted(bottom, right int) Option {
	return option(paddingOption, func(o *options) { o.counted = &[2]int{bottom, right} })
}

// NewAveragePool2D makes the plan of the average-pooling that g describes, see
// [im2col.NewPool]. Its error joins a [Fault] for each that g and the options have.
func NewAveragePool2D[T Float](g im2col.Geometry, opts ...Option) (*AveragePool2D[T], error) {
	o, err := optionsOf("AveragePool2D", averageOptions, opts)
	if bad := g.Validate(); bad != nil {
		return nil, errors.Join(bad, err)
	}
	if err := errors.Join(poolFaults("AveragePool2D", &g), err); err != nil {
		return nil, err
	}
	rows, cols := g.Vertical(), g.Horizontal()
	p := &AveragePool2D[T]{g: g, options: o, ops: kernel.VectorFor[T](o.set)}
	p.global = coversAll(rows) && coversAll(cols)
	p.left, p.right = meeting(cols)
	if o.counted != nil {
		rows, cols = paddedAxis(rows, o.counted[0]), paddedAxis(cols, o.counted[1])
	}
	p.rows, p.cols = counts(rows), counts(cols)
	p.jobs.pool = work.PoolOf(o.workers)
	p.labels = phaseLabels(o, "forward", "backward-data")
	return p, nil
}

// poolFaults returns what keeps a valid geometry from being that of a pooling.
func poolFaults(plan string, g *im2col.Geometry) error {
	var errs []error
	if g.Groups != g.C || g.OC != g.C {
		errs = append(errs, fault("groups and filters of "+plan, fmt.Sprintf("%d, %d", g.Groups, g.OC), fmt.Sprintf("both equal to the %d channels", g.C)))
	}
	if row, col := g.Vertical().FirstOutside(), g.Horizontal().FirstOutside(); row >= 0 || col >= 0 {
		errs = append(errs, fault("windows of "+plan, g.String(), "every window to touch the image"))
	}
	return errors.Join(errs...)
}

// paddedAxis takes the padding of an axis, and so many elements behind, for
// inputs; at least what was input before.
func paddedAxis(a im2col.Axis, after int) im2col.Axis {
	return a.Within(min(0, -a.Pad), a.Size+max(0, after))
}

// counts returns how many kernel elements lie on inputs, for each output.
func counts(a im2col.Axis) []int {
	n := make([]int, a.Outputs)
	for o := range n {
		lo, hi := a.Elements(o)
		n[o] = hi - lo
	}
	return n
}

// meeting returns the kernel elements [lo, hi) among which those are that lie on
// an input for some output.
func meeting(a im2col.Axis) (lo, hi int) {
	last := a.Start(a.Outputs - 1)
	lo = cut.Ceil(max(0, -last), a.Dilation)
	return lo, min(a.Kernel, (a.Size-1+a.Pad)/a.Dilation+1)
}

// coversAll reports whether there is one output, whose window has every input.
func coversAll(a im2col.Axis) bool {
	lo, hi := a.Elements(0)
	return a.Outputs == 1 && hi-lo == a.Size && (a.Dilation == 1 || a.Size == 1)
}

// Geometry returns what the plan computes.
func (p *AveragePool2D[T]) Geometry() im2col.Geometry { return p.g }

// String names the geometry.
func (p *AveragePool2D[T]) String() string { return fmt.Sprintf("averagepool2d %v %T", p.g, *new(T)) }

const (
	badAverageSrc = "engine: AveragePool2D: src or its gradient is not a whole number of H×W×C images"
	badAverageDst = "engine: AveragePool2D: dst or its gradient is not one OH×OW×C image for each of src"
)

func (p *AveragePool2D[T]) check(src, dst []T) (n int) {
	n = len(src) / p.g.InputLen()
	switch {
	case len(src) != n*p.g.InputLen():
		panic(badAverageSrc)
	case len(dst) != n*p.g.OutputLen():
		panic(badAverageDst)
	}
	return n
}

// Forward computes dst.
func (p *AveragePool2D[T]) Forward(dst, src []T) {
	n := p.check(src, dst)
	if p.global {
		p.means(dst, src, n)
		return
	}
	call := averageCall[T]{plan: p, stage: averageRows, dst: dst, src: src, units: n * p.g.OH, each: p.rowCost()}
	p.jobs.run(call, call.parts(), p.labels["forward"])
}

// Backward computes dSrc: each output's gradient, divided as the output was, goes
// to all inputs under its window.
func (p *AveragePool2D[T]) Backward(dSrc, dDst []T) {
	n := p.check(dSrc, dDst)
	call := averageCall[T]{plan: p, stage: averageGradients, dst: dDst, src: dSrc, units: n * p.g.H, each: p.rowCost()}
	if p.global {
		call.stage, call.units, call.each = averageSpread, n*p.g.H, p.g.W*p.g.C
	}
	p.jobs.run(call, call.parts(), p.labels["backward-data"])
}

// rowCost is about how many additions a row takes, of outputs or of inputs.
func (p *AveragePool2D[T]) rowCost() int {
	return min((min(p.g.KH, p.g.H)*p.g.W+min(p.g.KW, p.g.W)*p.g.OW)*p.g.C, averagePart)
}

const (
	// averagePart is how many additions a part has about.
	averagePart = 1 << 15
	// averageImages is of how many images at a time partial sums are kept.
	averageImages = 16
)

// means computes a global pooling. An image is cut into chunks of its pixels, of
// which all but the first have partial sums, added in order.
func (p *AveragePool2D[T]) means(dst, src []T, n int) {
	in, c := p.g.InputLen(), p.g.C
	chunks := min(p.g.H*p.g.W, cut.Ceil(in, averagePart))
	if chunks == 1 {
		call := averageCall[T]{plan: p, stage: averageMeans, dst: dst, src: src, units: n, each: in}
		p.jobs.run(call, call.parts(), p.labels["forward"])
		return
	}
	kept := p.partials.Get()
	more := (chunks - 1) * c
	*kept = spare.Grow(*kept, min(n, averageImages)*more)
	for at := 0; at < n; at += averageImages {
		images := min(averageImages, n-at)
		partials := (*kept)[:images*more]
		call := averageCall[T]{
			plan: p, stage: averageChunks, units: images * chunks, each: averagePart,
			dst: dst[at*c : (at+images)*c], src: src[at*in : (at+images)*in], partials: partials, chunks: chunks,
		}
		p.jobs.run(call, call.units, p.labels["forward"])
		for i := range images {
			mean := call.dst[i*c : (i+1)*c]
			for ; len(partials) > (images-i-1)*more; partials = partials[c:] {
				p.ops.Add(mean, partials[:c])
			}
			p.ops.Scale(mean, p.share(p.rows[0], 0))
		}
	}
	p.partials.Put(kept)
}

// share returns what an element contributes to an output, under whose window so many
// rows count.
func (p *AveragePool2D[T]) share(rows, ow int) T { return 1 / (T(rows) * T(p.cols[ow])) }
