package gemm

import "github.com/unslide/unslide/engine/internal/kernel"

// Sizes of blocks, from measurements on Zen 4; they are flat around these.
const (
	// maxKC is the largest number of terms at a time: the sums of a tile are so
	// long that reading and writing C hardly counts.
	maxKC = 512
	// aBlockLen is the size of a packed block of A, in elements: half of the
	// second-level cache of common machines.
	aBlockLen = 128 << 10
	// bBlockLen is the size of a packed block of B, in elements, where several
	// blocks of A meet it: a share of the third-level cache.
	bBlockLen = 1 << 20
	// inPlacePanels is for how many panels of A a B whose rows are the terms is
	// read in place, and farPanels the same where its panel does not fit the
	// first-level cache or its rows, a multiple of farRows elements apart, fall on
	// few lines of it.
	inPlacePanels = 12
	farPanels     = 5
	farRows       = 512
	nearTerms     = 256
	// inPlaceCols is for how many columns an A whose rows are C's is read in
	// place, and inPlaceRows how many rows of it in a row of calls.
	inPlaceCols = 256
	inPlaceRows = 112
)

// packedCall is one product in flight and the buffers that it packs into.
type packedCall struct {
	tile       kernel.Tile
	m, n, k    int
	alpha      float32
	accumulate bool
	a, b       operand
	c          []float32
	ldc        int

	kc     int // terms at a time
	height int // rows of a panel of A, but for the last

	outer      kernel.OuterArgs
	run1       [1]kernel.Run
	conv       kernel.ConvArgs
	srcOffsets [inPlaceRows]int32
	dstOffsets [inPlaceRows]int32

	aBlock []float32 // panels of A: [panel][term][MR]
	bBlock []float32 // panels of B: [panel][term][NR]
}

// An operand is a factor of the product as the caller stores it.
type operand struct {
	data  []float32
	ld    int
	trans bool
}

func (c *packedCall) run() {
	// Equal steps, so that the last is no stub.
	c.kc = ceilDiv(c.k, ceilDiv(c.k, maxKC))
	if c.n <= inPlaceCols && !c.a.trans && c.alpha == 1 && max(c.a.ld, c.ldc) < 1<<24 {
		c.runInPlace()
		return
	}
	panels := ceilDiv(c.m, c.tile.MR)
	perBlock := max(1, aBlockLen/(c.kc*c.tile.MR))
	perBlock = ceilDiv(panels, ceilDiv(panels, perBlock))
	c.height = ceilDiv(c.m, panels)
	mc, nc := perBlock*c.height, c.n
	slivers := 1 // one after the other, where one block of A meets each once
	if mc < c.m {
		slivers = min(ceilDiv(c.n, c.tile.NR), max(1, bBlockLen/(c.kc*c.tile.NR)))
		nc = slivers * c.tile.NR
	}
	c.aBlock = grow(c.aBlock, perBlock*c.kc*c.tile.MR+kernel.PackSlack)
	c.bBlock = grow(c.bBlock, slivers*c.kc*c.tile.NR+kernel.PackSlack)
	for j0 := 0; j0 < c.n; j0 += nc {
		for k0 := 0; k0 < c.k; k0 += c.kc {
			for i0 := 0; i0 < c.m; i0 += mc {
				c.block(i0, min(i0+mc, c.m), j0, min(j0+nc, c.n), k0, slivers)
			}
		}
	}
}

// block adds the terms from k0 on to rows [i0, i1), columns [j0, j1) of C.
func (c *packedCall) block(i0, i1, j0, j1, k0, slivers int) {
	depth := min(c.kc, c.k-k0)
	mr, nr := c.tile.MR, c.tile.NR
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
func (c *packedCall) packA(i0, i1, k0, depth int) {
	dst, mr := c.aBlock, c.tile.MR
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
func (c *packedCall) packB(dst []float32, j, cols, k0, depth int) {
	if c.b.trans {
		c.tile.PackColumns(dst, c.tile.NR, c.b.data[j*c.b.ld+k0:], c.b.ld, depth, cols)
	} else {
		c.tile.PackRows(dst, c.tile.NR, c.b.data[k0*c.b.ld+j:], c.b.ld, depth, cols)
	}
}

// zeros stands for padding, of which a matrix has none.
var zeros [maxKC]float32

// runInPlace reads the rows of A where they are, as pixels of a 1×1
// convolution: the few columns would not pay for packing A.
func (c *packedCall) runInPlace() {
	nr := c.tile.NR
	for r := range min(inPlaceRows, c.m) {
		c.srcOffsets[r], c.dstOffsets[r] = int32(r*c.a.ld), int32(r*c.ldc)
	}
	c.bBlock = grow(c.bBlock, ceilDiv(c.n, nr)*c.kc*nr+kernel.PackSlack)
	v := &c.conv
	v.SrcOffsets, v.DstOffsets, v.Zero = c.srcOffsets[:], c.dstOffsets[:], zeros[:]
	v.Taps, v.Inside = 1, true
	for k0 := 0; k0 < c.k; k0 += c.kc {
		v.Depth = min(c.kc, c.k-k0)
		v.Accumulate = c.accumulate || k0 > 0
		panel := nr * v.Depth
		for j := 0; j < c.n; j += nr {
			if !c.readable(j, k0, v.Depth) {
				c.packB(c.bBlock[j/nr*panel:], j, min(nr, c.n-j), k0, v.Depth)
			}
		}
		for i := 0; i < c.m; i += inPlaceRows {
			v.Rows = min(inPlaceRows, c.m-i)
			v.Src = c.a.data[i*c.a.ld+k0:]
			for j := 0; j < c.n; j += nr {
				v.Cols = min(nr, c.n-j)
				v.Filter, v.FilterStride = c.bBlock[j/nr*panel:], nr
				if c.readable(j, k0, v.Depth) {
					v.Filter, v.FilterStride = c.b.data[k0*c.b.ld+j:], c.b.ld
				}
				v.Dst = c.c[i*c.ldc+j:]
				c.tile.Conv(v)
			}
		}
	}
}

// fewMeetB reports whether the rows of B are the terms, and so few panels of A
// meet them that packing B would not pay.
func (c *packedCall) fewMeetB(near bool) bool {
	panels := farPanels
	if near && c.b.ld%farRows != 0 {
		panels = inPlacePanels
	}
	return !c.b.trans && c.m <= panels*c.tile.MR
}

// readable reports whether runInPlace reads the panel of B from column j on
// where it is: the kernel needs all columns of a panel.
func (c *packedCall) readable(j, k0, depth int) bool {
	return c.fewMeetB(true) && len(c.b.data) >= (k0+depth-1)*c.b.ld+j+c.tile.NR
}

// grow returns a slice of at least the given length, s if that will do. The
// content is lost.
func grow(s []float32, length int) []float32 {
	if length <= cap(s) {
		return s[:cap(s)]
	}
	return make([]float32, length)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
