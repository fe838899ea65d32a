package depthwise

import (
	"fmt"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// product computes a product by a kernel that multiplies the channels of pixels and
// of kernel elements one by one, for all channels of a block of output pixels. Every
// output is one chain of multiply-adds in the order of the kernel elements.
type product struct {
	conv.Product
	ops    *conv.Ops[float32]
	act    kernel.Activation
	set    *kernel.Set
	grid   cut.Grid
	tables []conv.Table
	zero   []float32
}

const (
	blockTiles    = 16 // tiles of pixels in a block, about
	minBlockTiles = 4
)

// NewProduct returns the runner of a product. Where the offset tables would be large
// beside the caller's tensors, the forward pass is computed pixel by pixel, and for a
// phase of the gradient to the data the runner is nil.
func NewProduct(p conv.Product, c conv.Config[float32]) conv.Runner[float32] {
	r := &product{Product: p, ops: c.Ops, act: c.Activation, set: c.Set}
	g, mr := &r.G, c.Set.TileFor(p.G.OC).MR
	// Fewer pixels where the source of so many would not fit half of the
	// second-level cache.
	tiles := min(max(cut.CacheShare/4/g.C/mr, minBlockTiles), blockTiles)
	l := conv.Layout{
		Product: &r.Product, Taps: g.Taps(), Least: mr,
		Alone:     func(b cut.Block) im2col.Geometry { return conv.Alone(*g, b) },
		SourceLen: func(cut.Block) int { return g.InputLen() },
		Key:       func(b cut.Block) conv.TableKey { return conv.KeyOf(g, b) },
		Segments:  allPixels,
	}
	var ok bool
	if r.tables, r.grid, ok = l.Tables(cut.NewGrid(g, tiles*mr)); !ok {
		if p.Transposed == nil {
			return newForward(g, c)
		}
		return nil
	}
	r.zero = make([]float32, g.C)
	return r
}

// allPixels is one segment: the kernel takes no time for padding.
func allPixels(g *im2col.Geometry, _ int) [][]int {
	pixels := make([]int, g.Rows())
	for i := range pixels {
		pixels[i] = i
	}
	return [][]int{pixels}
}

func (r *product) String() string {
	return fmt.Sprintf("depthwise %v in blocks of %d rows", r.set, r.grid.Rows())
}

// ForPacked returns r: the kernel reads the filter as it is.
func (r *product) ForPacked() conv.Runner[float32] { return r }

// Prepared: the gradient's filter is the forward filter with its elements in
// another order.
func (r *product) Prepared(int) (length, parts int) {
	if r.Transposed == nil {
		return 0, 0
	}
	return r.G.FilterLen(), 1
}

func (r *product) Prepare(_ int, dst, filter []float32) {
	for tap, from := range r.Transposed {
		copy(dst[tap*r.G.OC:][:r.G.OC], filter[from*r.G.OC:])
	}
}

func (r *product) Parts(n int) int {
	if n == 0 {
		return 0
	}
	return max(1, min(r.grid.Blocks(n), int(float64(n)*r.G.FLOP()/cut.MinPartFLOP)))
}

func (r *product) Scratch() int { return 0 }

func (r *product) Compute(part, n int, dst, src, filter, bias, _ []float32) {
	lo, hi := cut.Range(part, r.Parts(n), r.grid.Blocks(n))
	for i := lo; i < hi; i++ {
		r.block(r.grid.Block(&r.G, i, n), dst, src, filter, bias)
	}
}

func (r *product) block(b cut.Block, dst, src, filter, bias []float32) {
	g, table := &r.G, r.tables[b.At].Of(b.Images)
	dst = dst[b.Image*r.ImageStep+r.Offset+b.OH*r.RowStep+b.OW*r.ColStep:]
	a := kernel.ConvArgs{
		Dst: dst, Src: src[b.Image*g.InputLen()+b.Source(g):], Zero: r.zero,
		SrcOffsets: table.Src, DstOffsets: table.Dst, TapStride: table.Rows, Cold: true,
		Rows: b.Images * b.BH * b.BW, Cols: g.OC, Taps: g.Taps(),
		Filter: filter, FilterStride: g.OC, Bias: bias, ReLU: r.act == kernel.ReLU,
	}
	r.set.Depthwise(&a)
	if r.act > kernel.ReLU {
		r.ops.BiasAct(dst, g.OC, a.Rows, g.OC, nil, r.act)
	}
}
