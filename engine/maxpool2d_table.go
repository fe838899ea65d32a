package engine

import (
	"slices"

	"github.com/unslide/unslide/im2col"
)

// poolTable is how many offsets a table has at most that serves several pixels: it
// stays in the first-level cache.
const poolTable = 4096

// poolTables are a worker's tables of where windows lie, see kernel.Vector.MaxPool,
// made when they are needed and kept until another takes their place.
type poolTables struct {
	short [8]poolTableOf // of poolTable offsets at most
	long  poolTableOf
}

// of returns the table for a key.
func (t *poolTables) of(g *im2col.Geometry, key poolKey) []int {
	if key.rows*key.cols > poolTable/key.pixels {
		return t.long.of(g, key)
	}
	return t.short[(key.rows+3*key.cols)%len(t.short)].of(g, key)
}

// poolKey says what a table is for: windows of rows × cols kernel elements, of
// pixels output pixels side by side, the first of which begins at input column w.
type poolKey struct{ rows, w, cols, pixels int }

type poolTableOf struct {
	key     poolKey
	offsets []int
}

// of returns the table for a key: for each pixel, row and column, in the order of
// the kernel, the offset from column 0 of the windows' first row, im2col.Outside
// where that is not in the image.
func (t *poolTableOf) of(g *im2col.Geometry, key poolKey) []int {
	if t.key != key {
		t.fill(g, key)
	}
	return t.offsets
}

func (t *poolTableOf) fill(g *im2col.Geometry, key poolKey) {
	t.key, t.offsets = key, t.offsets[:0]
	for pixel := range key.pixels {
		begin := len(t.offsets)
		for i := range key.rows {
			w := key.w + pixel*g.StrideW
			for range key.cols {
				at := im2col.Outside
				if w >= 0 && w < g.W {
					at = (i*g.DilationH*g.W + w) * g.C
				}
				t.offsets = append(t.offsets, at)
				w += g.DilationW
			}
		}
		if g.Flip {
			slices.Reverse(t.offsets[begin:])
		}
	}
}
