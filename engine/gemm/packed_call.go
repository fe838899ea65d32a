package gemm

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
)

// Sizes of blocks, from measurements on Zen 4; they are flat around these.
const (
	// maxKC is the largest number of terms at a time: the sums of a tile are so
	// long that reading and writing C hardly counts.
	maxKC = 512
	// aBlockSize is the size of a packed block of A, in bytes: half of the
	// second-level cache of common machines.
	aBlockSize = 512 << 10
	// bBlockSize is the size of a packed block of B, in bytes, where several
	// blocks of A meet it: a share of the third-level cache.
	bBlockSize = 4 << 20
	// inPlacePanels is for how many panels of A a B whose rows are the terms is
	// read in place, and farPanels the same where its panel does not fit the
	// first-level cache or its rows, a multiple of farRows bytes apart, fall on
	// few lines of it.
	inPlacePanels = 12
	farPanels     = 5
	farRows       = 2 << 10
	nearTerms     = 256
)

// panels is a tile: it multiplies packed panels, and packs them.
type panels[T kernel.Float] interface {
	Outer(*kernel.OuterArgs[T])
	PackRows(dst []T, step int, src []T, ld, depth, cols int)
	PackColumns(dst []T, step int, src []T, ld, depth, cols int)
}

// packedCall is one product in flight and the buffers that it packs into.
type packedCall[T kernel.Float] struct {
	tile       panels[T]
	mr, nr     int // the tile's
	m, n, k    int
	alpha      T
	accumulate bool
	a, b       operand[T]
	c          []T
	ldc        int

	kc     int // terms at a time
	height int // rows of a panel of A, but for the last

	outer kernel.OuterArgs[T]
	run1  [1]kernel.Run

	aBlock []T // panels of A: [panel][term][MR]
	bBlock []T // panels of B: [panel][term][NR]
}

// An operand is a factor of the product as the caller stores it.
type operand[T kernel.Float] struct {
	data  []T
	ld    int
	trans bool
}

// set takes the arguments of a product, C = alpha·op(A)·op(B) + beta·C, and
// multiplies C by beta.
func (c *packedCall[T]) set(m, n, k int, alpha T, a, b operand[T], beta T, dst []T, ldc int) {
	if beta != 0 {
		scale(m, n, beta, dst, ldc)
	}
	c.m, c.n, c.k, c.alpha, c.accumulate = m, n, k, alpha, beta != 0
	c.a, c.b, c.c, c.ldc = a, b, dst, ldc
	// Equal steps, so that the last is no stub.
	c.kc = cut.Ceil(k, cut.Ceil(k, maxKC))
}

// release forgets the caller's matrices.
func (c *packedCall[T]) release() {
	c.a, c.b, c.c = operand[T]{}, operand[T]{}, nil
	c.outer = kernel.OuterArgs[T]{}
}

func (c *packedCall[T]) run() {
	panels := cut.Ceil(c.m, c.mr)
	perBlock := max(1, aBlockSize/cut.SizeOf[T]()/(c.kc*c.mr))
	perBlock = cut.Ceil(panels, cut.Ceil(panels, perBlock))
	c.height = cut.Ceil(c.m, panels)
	mc, nc := perBlock*c.height, c.n
	slivers := 1 // one after the other, where one block of A meets each once
	if mc < c.m {
		slivers = min(cut.Ceil(c.n, c.nr), max(1, bBlockSize/cut.SizeOf[T]()/(c.kc*c.nr)))
		nc = slivers * c.nr
	}
	c.aBlock = spare.Grow(c.aBlock, perBlock*c.kc*c.mr+kernel.PackSlack)
	c.bBlock = spare.Grow(c.bBlock, slivers*c.kc*c.nr+kernel.PackSlack)
	for j0 := 0; j0 < c.n; j0 += nc {
		for k0 := 0; k0 < c.k; k0 += c.kc {
			for i0 := 0; i0 < c.m; i0 += mc {
				c.block(i0, min(i0+mc, c.m), j0, min(j0+nc, c.n), k0, slivers)
			}
		}
	}
}

// block adds the terms from k0 on to rows [i0, i1), columns [j0, j1) of C.
func (c *packedCall[T]) block(i0, i1, j0, j1, k0, slivers int) {
	depth := min(c.kc, c.k-k0)
	mr, nr := c.mr, c.nr
	// A factor whose rows are the terms can be read where it is; that pays
	// where it is read once or a few times.
	inPlaceA := c.a.trans && c.n <= nr
	inPlaceB := c.fewMeetB(depth <= nearTerms)
	if !inPlaceA {
		c.packA(i0, i1, k0, depth)
	}
	c.run1[0].Count = depth
	o := &c.outer
	o.Runs, o.DstStride, o.Alpha = c.run1[:], c.ldc, c.alpha
	o.Accumulate = c.accumulate || k0 > 0
	for j := j0; j < j1; j += nr {
		o.Cols = min(nr, c.n-j)
		if inPlaceB {
			o.B, o.BStep = c.b.data[k0*c.b.ld+j:], c.b.ld
		} else {
			o.B, o.BStep = c.bBlock[(j-j0)/nr%slivers*depth*nr:], nr
			if i0 == 0 {
				c.packB(o.B, j, o.Cols, k0, depth)
			}
		}
		for i := i0; i < i1; i += c.height {
			if inPlaceA {
				o.A, o.AStep = c.a.data[k0*c.a.ld+i:], c.a.ld
			} else {
				o.A, o.AStep = c.aBlock[(i-i0)/c.height*depth*mr:], mr
			}
			o.Rows = min(c.height, i1-i)
			o.Dst = c.c[i*c.ldc+j:]
			c.tile.Outer(o)
		}
	}
}

// packA packs rows [i0, i1) of op(A) in panels.
func (c *packedCall[T]) packA(i0, i1, k0, depth int) {
	dst, mr := c.aBlock, c.mr
	for i := i0; i < i1; i += c.height {
		rows := min(c.height, i1-i)
		if c.a.trans {
			c.tile.PackRows(dst, mr, c.a.data[k0*c.a.ld+i:], c.a.ld, depth, rows)
		} else {
			c.tile.PackColumns(dst, mr, c.a.data[i*c.a.ld+k0:], c.a.ld, depth, rows)
		}
		dst = dst[depth*mr:]
	}
}

// packB packs the panel of columns [j, j+cols) of op(B).
func (c *packedCall[T]) packB(dst []T, j, cols, k0, depth int) {
	if c.b.trans {
		c.tile.PackColumns(dst, c.nr, c.b.data[j*c.b.ld+k0:], c.b.ld, depth, cols)
	} else {
		c.tile.PackRows(dst, c.nr, c.b.data[k0*c.b.ld+j:], c.b.ld, depth, cols)
	}
}

// fewMeetB reports whether the rows of B are the terms, and so few panels of A
// meet them that packing B would not pay.
func (c *packedCall[T]) fewMeetB(near bool) bool {
	panels := farPanels
	if near && c.b.ld*cut.SizeOf[T]()%farRows != 0 {
		panels = inPlacePanels
	}
	return !c.b.trans && c.m <= panels*c.mr
}
