package engine

import (
	"errors"
	"fmt"
	"math"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// MaxPool2D is the plan of a max-pooling: each output is the largest input
// under its window, every channel by itself. With n images, in elements:
//
//	src, dSrc  n × [H][W][C]
//	dst, dDst  n × [OH][OW][C]
//	argmax     n × [OH][OW][C], the chosen element's offset in its image
//
// Padding never wins. Of equal inputs the first wins, in the order of the window's
// rows and columns, which Flip turns: the article's convolution mode, where it is
// the last of the image's. A NaN wins over every number.
type MaxPool2D[T Float] struct {
	g       im2col.Geometry
	options options
	tables  spare.List[poolTables]
	whole   int // rows of windows up to which a table serves a whole row of outputs
	max     func(dst []T, argmax []int32, src []T, base, c int, table []int, taps int)
	labels  map[string]*work.Label
	jobs    jobs[maxPoolCall[T], *maxPoolCall[T]]
}

// NewMaxPool2D makes the plan of the max-pooling that g describes, see
// [im2col.NewPool]. Its error joins a [Fault] for each that g and the options have.
func NewMaxPool2D[T Float](g im2col.Geometry, opts ...Option) (*MaxPool2D[T], error) {
	o, err := optionsOf("MaxPool2D", elementOptions, opts)
	if bad := g.Validate(); bad != nil {
		return nil, errors.Join(bad, err)
	}
	errs := []error{err, poolFaults("MaxPool2D", &g)}
	if g.InputLen() > 1<<31-1 {
		errs = append(errs, fault("image of MaxPool2D", fmt.Sprintf("of %d elements", g.InputLen()), fmt.Sprintf("at most %d", 1<<31-1)))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	p := &MaxPool2D[T]{g: g, options: o, max: kernel.VectorFor[T](o.set).MaxPool}
	p.whole = poolTable / min(g.OW, poolTable+1) / min(g.KW, poolTable+1)
	p.jobs.pool, p.tables.Keep = work.PoolOf(o.workers), o.workers
	p.labels = phaseLabels(o, "forward", "backward-data")
	return p, nil
}

// Geometry returns what the plan computes.
func (p *MaxPool2D[T]) Geometry() im2col.Geometry { return p.g }

// String names the geometry.
func (p *MaxPool2D[T]) String() string { return fmt.Sprintf("maxpool2d %v %T", p.g, *new(T)) }

const (
	badPoolSrc    = "engine: MaxPool2D: src or its gradient is not a whole number of H×W×C images"
	badPoolDst    = "engine: MaxPool2D: dst or its gradient is not one OH×OW×C image for each of src"
	badPoolArgmax = "engine: MaxPool2D: argmax is not as long as dst"
)

func (p *MaxPool2D[T]) check(src, dst []T) (n int) {
	n = len(src) / p.g.InputLen()
	switch {
	case len(src) != n*p.g.InputLen():
		panic(badPoolSrc)
	case len(dst) != n*p.g.OutputLen():
		panic(badPoolDst)
	}
	return n
}

// Forward computes dst and, unless it is nil, argmax.
func (p *MaxPool2D[T]) Forward(dst, src []T, argmax []int32) {
	n := p.check(src, dst)
	if argmax != nil && len(argmax) != len(dst) {
		panic(badPoolArgmax)
	}
	p.run("forward", maxPoolCall[T]{dst: dst, src: src, argmax: argmax, rows: n * p.g.OH})
}

// Backward computes dSrc: each output's gradient goes to the input that it
// chose; where windows overlap, gradients add.
func (p *MaxPool2D[T]) Backward(dSrc, dDst []T, argmax []int32) {
	n := p.check(dSrc, dDst)
	if len(argmax) != len(dDst) {
		panic(badPoolArgmax)
	}
	p.run("backward-data", maxPoolCall[T]{dst: dDst, src: dSrc, argmax: argmax, rows: n, backward: true})
}

// maxPoolCall is one call in flight. Parts are runs of output rows forward and
// of images backward, where windows may overlap.
type maxPoolCall[T Float] struct {
	plan     *MaxPool2D[T]
	dst, src []T
	argmax   []int32
	rows     int
	backward bool
}

func (p *MaxPool2D[T]) run(phase string, args maxPoolCall[T]) {
	if args.rows == 0 {
		return
	}
	args.plan = p
	p.jobs.run(args, args.parts(), p.labels[phase])
}

// maxPoolPart is how many comparisons a part has about.
const maxPoolPart = 1 << 15

func (call *maxPoolCall[T]) parts() int {
	g := &call.plan.g
	perRow := float64(g.OW*g.C) * float64(min(g.KH, g.H)) * float64(min(g.KW, g.W))
	if call.backward {
		perRow = float64(g.InputLen())
	}
	return int(min(float64(call.rows), math.Ceil(float64(call.rows)*perRow/maxPoolPart)))
}

func (call *maxPoolCall[T]) Run(part int, _ *work.Worker) {
	lo, hi := cut.Range(part, call.parts(), call.rows)
	if call.backward {
		for image := lo; image < hi; image++ {
			call.scatter(image)
		}
		return
	}
	tables := call.plan.tables.Get()
	for row := lo; row < hi; row++ {
		call.maxima(row/call.plan.g.OH, row%call.plan.g.OH, tables)
	}
	call.plan.tables.Put(tables)
}

// scatter adds one image's gradients to where they belong.
func (call *maxPoolCall[T]) scatter(image int) {
	in, out := call.plan.g.InputLen(), call.plan.g.OutputLen()
	dSrc := call.src[image*in : (image+1)*in]
	work.Zero(dSrc)
	argmax := call.argmax[image*out : (image+1)*out]
	for i, d := range call.dst[image*out : (image+1)*out] {
		dSrc[argmax[i]] += d
	}
}

// maxima computes one row of an image's output: all at once where the table for
// that is short, else in runs of windows that lie inside the image, which share a
// table, and window by window at the borders.
func (call *maxPoolCall[T]) maxima(image, oh int, tables *poolTables) {
	g := &call.plan.g
	row := poolRow[T]{call: call, image: image, oh: oh}
	rows, cols := g.Vertical(), g.Horizontal()
	lo, hi := rows.Elements(oh)
	row.rows, row.base = hi-lo, (rows.Start(oh)+lo*g.DilationH)*g.W*g.C
	if row.rows <= call.plan.whole {
		row.maxima(tables.of(g, poolKey{row.rows, -g.PadLeft, g.KW, g.OW}), 0, g.OW, 0, g.KW)
		return
	}
	first, _ := cols.OutputsAt(0)
	_, end := cols.OutputsAt((g.KW - 1) * g.DilationW)
	for ow := 0; ow < g.OW; {
		w, pixels := cols.Start(ow), 1
		if ow < first || ow >= end {
			lo, hi := cols.Elements(ow)
			row.maxima(tables.of(g, poolKey{row.rows, 0, hi - lo, 1}), ow, 1, w+lo*g.DilationW, hi-lo)
		} else {
			run := max(1, min(poolTable/(row.rows*g.KW), end-first))
			pixels = min(run, end-ow)
			row.maxima(tables.of(g, poolKey{row.rows, 0, g.KW, run}), ow, pixels, w, g.KW)
		}
		ow += pixels
	}
}

// poolRow is one row of an image's output, whose windows have so many rows inside
// the image, from the image's element base on.
type poolRow[T Float] struct {
	call       *maxPoolCall[T]
	image, oh  int
	rows, base int
}

// maxima computes pixels pixels from ow on, with a table that counts from input
// column w, and so many kernel columns.
func (r *poolRow[T]) maxima(table []int, ow, pixels, w, cols int) {
	call, g := r.call, &r.call.plan.g
	at := ((r.image*g.OH+r.oh)*g.OW + ow) * g.C
	var argmax []int32
	if call.argmax != nil {
		argmax = call.argmax[at : at+pixels*g.C]
	}
	src := call.src[r.image*g.InputLen() : (r.image+1)*g.InputLen()]
	call.plan.max(call.dst[at:at+pixels*g.C], argmax, src, r.base+w*g.C, g.C, table, r.rows*cols)
}
