package depthwise

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/im2col"
)

// pixels computes a convolution where every channel has one filter, or
// its gradient to the data, pixel by pixel: for each the sum of what it meets,
// and of nothing else.
//
//	dst[oh][ow][c] = Σ_(h,kh) Σ_(w,kw) src[h][w][c] · filter[kh][kw][c]
//	dSrc[h][w][c] = Σ_(kh,oh) Σ_(kw,ow) filter[kh][kw][c] · dDst[oh][ow][c]
//
// The kernel is that of the gradient to the filter, which sums products of two
// tensors' pixels: a, of which pixels beside each other meet pixels as far apart
// as each other, and b, of which they meet the same. It needs no tables, and
// takes no time for padding. A part is a run of rows.
type pixels struct {
	act            kernel.Activation
	set            *kernel.Set
	ops            *conv.Ops[float32]
	channels       int
	flop           float64
	rows, cols     meetings
	aWidth, bWidth int // pixels of a row
	aImage, bImage int // elements from image to image; 0 for the filter
	data           bool
	groups         []pixelGroup
	spaces         spare.List[space]
}

// meetings are what the pixels along one axis meet.
type meetings struct {
	of           []meeting
	aStep, bStep int // from one that a pixel meets to the next
	apart        int // of a, from one pixel's to its neighbour's
}

// A meeting is what a pixel meets along rows or columns: n rows or columns of
// each of two tensors, from a and b on.
type meeting struct{ a, b, n int }

// A pixelGroup is up to kernel.DepthwiseTaps columns beside each other that meet
// the same of b, and of a what is as far apart as each other.
type pixelGroup struct {
	meeting
	w, pixels int
}

// newForward returns the runner of the convolution itself.
func newForward(g *im2col.Geometry, c conv.Config[float32]) conv.Runner[float32] {
	r := &pixels{
		act: c.Activation, set: c.Set, ops: c.Ops, channels: g.C, flop: g.FLOP(),
		rows:   outputMeetings(g.Vertical(), g.Flip),
		cols:   outputMeetings(g.Horizontal(), g.Flip),
		aWidth: g.W, bWidth: g.KW, aImage: g.InputLen(),
	}
	return r.group(c.Workers)
}

// RaiseFrom is how many times the multiplications of the forward pass the phases of
// the stride may take, padding included, before it is better to compute each pixel
// by itself.
const RaiseFrom = 2.5

// NewData returns the runner of the gradient to the data.
func NewData(p *conv.Phases, c conv.Config[float32]) conv.Runner[float32] {
	g := &p.G
	r := &pixels{
		set: c.Set, ops: c.Ops, channels: g.C, flop: g.FLOP(), data: true,
		rows:   inputMeetings(p.Rows, g.Vertical(), g.Flip),
		cols:   inputMeetings(p.Cols, g.Horizontal(), g.Flip),
		aWidth: g.KW, bWidth: g.OW, bImage: g.OutputLen(),
	}
	return r.group(c.Workers)
}

// outputMeetings returns which inputs, a, and kernel elements, b, the outputs
// along an axis meet.
func outputMeetings(x im2col.Axis, flip bool) meetings {
	m := meetings{of: make([]meeting, x.Outputs), aStep: x.Dilation, bStep: 1, apart: x.Stride}
	if flip {
		m.bStep = -1
	}
	for o := range m.of {
		lo, hi := x.Elements(o)
		at := meeting{a: x.Start(o) + lo*x.Dilation, b: lo, n: hi - lo}
		if flip {
			at.b = x.Kernel - 1 - lo
		}
		m.of[o] = at
	}
	return m
}

// inputMeetings returns which kernel elements, a, and outputs, b, the inputs along
// an axis meet.
func inputMeetings(phases []im2col.Phase, x im2col.Axis, flip bool) meetings {
	m := meetings{of: make([]meeting, x.Size), aStep: phases[0].Step, bStep: -phases[0].Dilation, apart: 1}
	if flip {
		m.aStep, m.apart = -m.aStep, -1
	}
	for _, p := range phases {
		for i := range p.Size {
			var at meeting
			at.a, at.b, at.n = p.Meeting(i, x.Outputs)
			if flip {
				at.a = x.Kernel - 1 - at.a
			}
			m.of[p.First+i*x.Stride] = at
		}
	}
	return m
}

// group puts columns together.
func (r *pixels) group(workers int) *pixels {
	r.groups = make([]pixelGroup, 0, len(r.cols.of))
	for w, m := range r.cols.of {
		if k := len(r.groups) - 1; k >= 0 && r.groups[k].goesOnWith(m, r.cols.apart) {
			r.groups[k].pixels++
		} else {
			r.groups = append(r.groups, pixelGroup{meeting: m, w: w, pixels: 1})
		}
	}
	r.spaces.Keep = workers
	return r
}

func (p *pixelGroup) goesOnWith(m meeting, apart int) bool {
	return p.pixels < kernel.DepthwiseTaps && m.n == p.n && (m.n == 0 || m.b == p.b && m.a == p.a+p.pixels*apart)
}

func (r *pixels) String() string {
	return fmt.Sprintf("depthwise %v pixel by pixel", r.set)
}

func (r *pixels) Prepared(int) (length, parts int) { return 0, 0 }

func (r *pixels) Prepare(int, []float32, []float32) {}

// mostParts is how many parts a call's work is cut into at most.
const mostParts = 64

func (r *pixels) Parts(n int) int {
	if n == 0 {
		return 0
	}
	return max(1, min(mostParts, n*len(r.rows.of), int(float64(n)*r.flop/cut.MinPartFLOP)))
}

func (r *pixels) Scratch() int { return 0 }

func (r *pixels) Compute(part, n int, dst, src, filter, bias, _ []float32) {
	a, b := src, filter
	if r.data {
		a, b = filter, src
	}
	space := r.spaces.Get()
	width := len(r.cols.of) * r.channels
	l0, l1 := cut.Range(part, r.Parts(n), n*len(r.rows.of))
	for l := l0; l < l1; l++ {
		image := l / len(r.rows.of)
		row := dst[l*width:][:width]
		r.row(r.rows.of[l%len(r.rows.of)], row, a[image*r.aImage:], b[image*r.bImage:], space)
		r.ops.BiasAct(row, r.channels, len(r.cols.of), r.channels, bias, r.act)
	}
	space.args = kernel.DepthwiseFilterArgs{}
	r.spaces.Put(space)
}

// row computes a row that meets m.
func (r *pixels) row(m meeting, dst, x, y []float32, space *space) {
	const most = 4e6 // multiply-adds of a call
	a, c := &space.args, r.channels
	*a = kernel.DepthwiseFilterArgs{
		A: x, B: y, Cols: c, DstStride: c,
		TapStep: r.cols.apart * c, AStep: r.cols.aStep * c, BStep: r.cols.bStep * c,
	}
	for _, p := range r.groups {
		a.Dst = dst[p.w*c:][:p.pixels*c]
		if m.n == 0 || p.n == 0 {
			clear(a.Dst)
			continue
		}
		a.Taps, a.Accumulate = p.pixels, false
		step := max(1, most/(p.pixels*p.n*c))
		for j0 := 0; j0 < m.n; j0 += step {
			a.Runs = space.runs[:0]
			for j := j0; j < min(j0+step, m.n); j++ {
				a.Runs = append(a.Runs, kernel.Run{
					A:     ((m.a+j*r.rows.aStep)*r.aWidth + p.a) * c,
					B:     ((m.b+j*r.rows.bStep)*r.bWidth + p.b) * c,
					Count: p.n,
				})
			}
			r.set.DepthwiseFilter(a)
			space.runs, a.Accumulate = a.Runs, true
		}
	}
}
