package lowered

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// raised computes the gradient to the data as the forward pass computes
// its products, the other way round: rows of the patch matrix's gradient by
// BLAS, which are then raised, added to the pixels that they were lowered from.
//
//	for each slice of the kernel's depth               about as deep as a GEMM blocks
//	    for each block of the output rows that meet the band
//	        patches = dDst · sliceᵀ                     fit in L2/2
//	        dSrc += patches, raised
//
// It takes as many multiplications as the forward pass whatever the geometry,
// where products for the phases of the stride take as many for each input pixel
// as the phase has kernel elements, and overhead for each phase.
//
// A part is a band of the input rows of some images. An element of dSrc is
// summed over the slices in order, of each over the output pixels in order, so
// its bits do not depend on who computes which part.
type raised[T im2col.Float] struct {
	g     im2col.Geometry
	ops   *conv.Ops[T]
	slice patchSlice
	rows  int // rows of a block, at most
}

// RaiseFrom is how many times the multiplications of the forward pass the phases of
// the stride may take, padding included, before raising is the better way.
const RaiseFrom = 2.5

// NewRaised returns the runner of the gradient to the data, all phases at once.
func NewRaised[T im2col.Float](p *conv.Phases, c conv.Config[T]) conv.Runner[T] {
	g := p.G
	// Of few rows a slice is a whole kernel row, for fewer products.
	few := cut.CacheShare / 2 / cut.SizeOf[T]() / min(max(g.Rows(), 16), matmulRows)
	r := &raised[T]{g: g, ops: c.Ops, slice: newPatchSlice(g, max(sliceDepth, min(g.KW*g.GroupC(), few)), false)}
	r.rows = cut.BlockRows[T](r.slice.depth())
	return r
}

func (r *raised[T]) String() string {
	return fmt.Sprintf("gemm by %s, raised from blocks of %d rows × %d", r.ops.BLAS, r.rows, r.slice.depth())
}

func (r *raised[T]) Prepared(int) (length, parts int) { return 0, 0 }

func (r *raised[T]) Prepare(int, []T, []T) {}

// cut returns how many images a part has, at most, and into how many bands each
// of them is cut. Every product packs its slice of the filter, so images of few
// output pixels go together, and there are no more bands than cost little more
// than one: a slice meets as many bands as there are output rows, or as these
// span.
func (r *raised[T]) cut(n int) (images, bands int) {
	g := &r.g
	parts := max(1, min(cut.EnoughParts, int(float64(n)*g.FLOP()/cut.MinPartFLOP)))
	images = max(cut.Ceil(n, parts), min(n, cut.Ceil(matmulRows, g.Rows())))
	limit := min(g.H, parts/cut.Ceil(n, images))
	rows, span := float64(images*g.Rows()), float64((g.OH-1)*g.StrideH)
	cost := func(bands int) float64 {
		met := min(1+span*float64(bands)/float64(g.H), float64(min(g.OH, bands)))
		return 1 + cut.PackCost/rows*met
	}
	for bands = max(1, limit); bands > 1 && cost(bands) > 1.25*cost(1); {
		bands--
	}
	return images, bands
}

func (r *raised[T]) Parts(n int) int {
	if n == 0 {
		return 0
	}
	images, bands := r.cut(n)
	return cut.Ceil(n, images) * bands
}

func (r *raised[T]) Scratch() int { return r.rows * r.slice.depth() }

func (r *raised[T]) Compute(part, n int, dSrc, dDst, filter, _, scratch []T) {
	images, bands := r.cut(n)
	first := part / bands * images
	images = min(images, n-first)
	b := band[T]{
		raised: r, images: images,
		dSrc: dSrc[first*r.g.InputLen():][:images*r.g.InputLen()],
		dDst: dDst[first*r.g.OutputLen():][:images*r.g.OutputLen()],
		cols: scratch,
	}
	b.h0, b.h1 = cut.Units(part%bands, bands, r.g.H, 1)
	b.compute(filter)
}

// A band is the input rows [h0, h1) of some images.
type band[T im2col.Float] struct {
	*raised[T]
	images, h0, h1   int
	dSrc, dDst, cols []T
}

func (b *band[T]) compute(filter []T) {
	g := &b.g
	for i := range b.images {
		work.Zero(b.dSrc[(i*g.H+b.h0)*g.W*g.C : (i*g.H+b.h1)*g.W*g.C])
	}
	for group := range g.Groups {
		for slice := range b.slice.count() {
			oh0, oh1 := b.outputRows(slice)
			if oh0 >= oh1 {
				continue
			}
			if oh1-oh0 == g.OH {
				b.block(group, slice, 0, b.images*g.Rows(), filter)
				continue
			}
			for i := range b.images {
				b.block(group, slice, (i*g.OH+oh0)*g.OW, (i*g.OH+oh1)*g.OW, filter)
			}
		}
	}
}

// outputRows returns the output rows [oh0, oh1) of which a slice's kernel
// elements meet the band.
func (b *band[T]) outputRows(slice int) (oh0, oh1 int) {
	g := &b.g
	t0, t1, _, _ := b.slice.at(slice)
	top, bottom := g.TapRow(t0/g.KW), g.TapRow((t1-1)/g.KW)
	if top > bottom {
		top, bottom = bottom, top
	}
	rows := g.Vertical().Within(b.h0, b.h1)
	oh0, _ = rows.OutputsAt(bottom)
	_, oh1 = rows.OutputsAt(top)
	if 2*(oh1-oh0) >= g.OH && g.Rows() < matmulRows {
		return 0, g.OH // all images in one product
	}
	return oh0, oh1
}

// block adds to the band what a slice gives for rows [r0, r1) of the images'
// patches.
func (b *band[T]) block(group, slice, r0, r1 int, filter []T) {
	g := &b.g
	t0, t1, c0, c1 := b.slice.at(slice)
	depth, j := (t1-t0)*(c1-c0), group*g.GroupOC()
	factor := filter[(t0*g.GroupC()+c0)*g.OC+j:]
	for ; r0 < r1; r0 += b.rows {
		rows := min(b.rows, r1-r0)
		b.ops.Mul(blas.NoTrans, blas.Trans, rows, depth, g.GroupOC(), 1,
			b.dDst[r0*g.OC+j:], g.OC, factor, g.OC, 0, b.cols, depth)
		b.raise(group, slice, r0, rows)
	}
}

// raise adds the patches of rows from r0 on, which may begin and end inside
// images.
func (b *band[T]) raise(group, slice, r0, rows int) {
	s, cols := &b.slice, b.cols
	t0, t1, _, _ := s.at(slice)
	block := im2col.Block{Group: group*s.split + slice%s.split, Tap0: t0, Tap1: t1}
	for rows > 0 {
		image, row := r0/b.g.Rows(), r0%b.g.Rows()
		n := min(rows, b.g.Rows()-row)
		block.Row0, block.Row1 = row, row+n
		size := n * (t1 - t0) * s.g.GroupC()
		im2col.RaiseRows(b.dSrc[image*b.g.InputLen():][:b.g.InputLen()], cols[:size], &s.g, block, b.h0, b.h1)
		cols = cols[size:]
		r0 += n
		rows -= n
	}
}
