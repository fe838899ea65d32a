package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// depthwiseData computes the gradient to the data where every channel has one
// filter, pixel by pixel: for each the sum over the outputs that it meets, and
// no others, of their gradients times the kernel elements that meet it.
//
//	dSrc[h][w][c] = Σ_(oh,kh) Σ_(ow,kw) filter[kh][kw][c] · dDst[oh][ow][c]
//
// The kernel is that of the gradient to the filter, which sums products of two
// tensors' pixels, with the filter as the image. A part is a run of input rows.
type depthwiseData struct {
	g       im2col.Geometry
	isa     kernel.ISA
	rows    []meeting
	tapStep int // kernel rows from one output row that a pixel meets to the next
	outStep int
	most    int // output rows that a pixel meets
	groups  []pixelGroup
	spaces  spare.List[filterSpace]
}

// A pixelGroup is up to kernel.DepthwiseTaps columns beside each other that meet
// the same outputs, each at the kernel element after its neighbour's.
type pixelGroup struct {
	meeting
	w, pixels int
}

func newDepthwiseData(p *phases, o options) *depthwiseData {
	g := &p.g
	r := &depthwiseData{g: *g, isa: o.isa, rows: make([]meeting, g.H), tapStep: p.rows[0].step, outStep: p.rows[0].dilation}
	for _, a := range p.rows {
		for i := range a.size {
			m := a.meeting(i, g.OH)
			r.rows[a.phase+i*g.StrideH] = m
			r.most = max(r.most, m.n)
		}
	}
	cols := make([]meeting, g.W)
	for _, a := range p.cols {
		for i := range a.size {
			cols[a.phase+i*g.StrideW] = a.meeting(i, g.OW)
		}
	}
	r.groups = make([]pixelGroup, 0, g.W)
	for w, m := range cols {
		if k := len(r.groups) - 1; k >= 0 && r.groups[k].goesOnWith(m) {
			r.groups[k].pixels++
		} else {
			r.groups = append(r.groups, pixelGroup{meeting: m, w: w, pixels: 1})
		}
	}
	r.spaces.Keep = o.workers
	return r
}

func (p *pixelGroup) goesOnWith(m meeting) bool {
	return p.pixels < kernel.DepthwiseTaps && m.n == p.n && (m.n == 0 || m.out == p.out && m.tap == p.tap+p.pixels)
}

func (r *depthwiseData) String() string {
	return fmt.Sprintf("direct depthwise %v pixel by pixel", r.isa)
}

func (r *depthwiseData) prepared(int) (length, parts int) { return 0, 0 }

func (r *depthwiseData) prepare(int, []float32, []float32) {}

func (r *depthwiseData) parts(n int) int {
	if n == 0 {
		return 0
	}
	return max(1, min(directParts, n*r.g.H, int(float64(n)*r.g.FLOP()/directBlockFLOP)))
}

func (r *depthwiseData) scratch() int { return 0 }

func (r *depthwiseData) compute(part, n int, dSrc, dDst, filter, _, _ []float32) {
	g := &r.g
	space := r.spaces.Get()
	if space.runs == nil {
		space.runs = make([]kernel.Run, 0, r.most)
	}
	l0, l1 := partRange(part, r.parts(n), n*g.H)
	for l := l0; l < l1; l++ {
		image := l / g.H
		r.row(r.rows[l%g.H], dSrc[l*g.W*g.C:][:g.W*g.C], dDst[image*g.OutputLen():][:g.OutputLen()], filter, space)
	}
	space.depthwise = kernel.DepthwiseFilterArgs{}
	r.spaces.Put(space)
}

// row computes an input row that meets m.
func (r *depthwiseData) row(m meeting, dSrc, dDst, filter []float32, space *filterSpace) {
	g := &r.g
	// From one output column that a pixel meets to the next.
	div := gcd(g.StrideW, g.DilationW)
	tapCols, outCols := g.StrideW/div, g.DilationW/div
	turn := 1
	if g.Flip {
		turn = -1
	}
	a := &space.depthwise
	*a = kernel.DepthwiseFilterArgs{
		A: filter, B: dDst, Cols: g.C, DstStride: g.C,
		TapStep: turn * g.C, AStep: turn * tapCols * g.C, BStep: -outCols * g.C,
	}
	for _, p := range r.groups {
		dst := dSrc[p.w*g.C:][:p.pixels*g.C]
		if m.n == 0 || p.n == 0 {
			clear(dst)
			continue
		}
		a.Dst, a.Taps, a.Runs = dst, p.pixels, space.runs
		for j := range m.n {
			kh, kw := m.tap+j*r.tapStep, p.tap
			if g.Flip {
				kh, kw = g.KH-1-kh, g.KW-1-kw
			}
			a.Runs = append(a.Runs, kernel.Run{
				A:     (kh*g.KW + kw) * g.C,
				B:     ((m.out-j*r.outStep)*g.OW + p.out) * g.C,
				Count: p.n,
			})
		}
		kernel.DepthwiseFilter(r.isa, a)
	}
}
