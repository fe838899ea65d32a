package cut

import (
	"math"
	"slices"
	"testing"

	"github.com/unslide/unslide/im2col"
)

// covers fails the test unless the runs that of returns follow each other from 0
// to n.
func covers(t *testing.T, n, parts int, of func(part int) (lo, hi int)) {
	t.Helper()
	end := 0
	for part := range parts {
		lo, hi := of(part)
		if lo != end || hi < lo {
			t.Fatalf("part %d of %d of %d: [%d,%d), after %d", part, parts, n, lo, hi, end)
		}
		end = hi
	}
	if end != n {
		t.Fatalf("%d parts of %d end at %d", parts, n, end)
	}
}

func TestPartsCoverTheWhole(t *testing.T) {
	for n := range 700 {
		for parts := 1; parts < 40; parts++ {
			covers(t, n, parts, func(part int) (lo, hi int) { return Range(part, parts, n) })
			for _, unit := range []int{1, 3, 32} {
				covers(t, n, parts, func(part int) (lo, hi int) { return Units(part, parts, n, unit) })
			}
		}
	}
}

// A cut for more workers stays within its limits, pays, and wakes nobody for
// little work.
func TestBestCut(t *testing.T) {
	limit := Cut{Rows: 100, Cols: 3, Shards: 2}
	for _, flop := range []float64{0, MinPartFLOP, 3 * MinPartFLOP, 9 * MinPartFLOP, 1e12} {
		for _, each := range []float64{0, 0.01, 1} { // what a further part costs
			cost := func(c Cut) float64 { return 1 + each*float64(c.Parts()-1) }
			c := Best(2, flop, limit, cost)
			if c.Rows > limit.Rows || c.Cols > limit.Cols || c.Shards > limit.Shards || 2*c.Parts() > EnoughParts {
				t.Errorf("flop %g, cost %g: %+v is beyond the limits", flop, each, c)
			}
			if c.Parts() > 1 && flop/float64(2*c.Parts()) < MinPartFLOP {
				t.Errorf("flop %g, cost %g: %+v: parts too short", flop, each, c)
			}
			if cost(c) > 1.1+1e-9 {
				t.Errorf("flop %g, cost %g: %+v costs %g", flop, each, c, cost(c))
			}
			if each == 0 && flop == 1e12 && 2*c.Parts() != EnoughParts {
				t.Errorf("parts cost nothing, and there are %+v", c)
			}
		}
	}
}

func TestEvenly(t *testing.T) {
	if got, want := Evenly(100, 16), []int{100, 64, 48, 32, 16}; !slices.Equal(got, want) {
		t.Errorf("100 in units of 16: %v, want %v", got, want)
	}
}

func TestCeilAndFloor(t *testing.T) {
	for a := -40; a <= 40; a++ {
		for b := 1; b < 9; b++ {
			if got, want := Floor(a, b), int(math.Floor(float64(a)/float64(b))); got != want {
				t.Errorf("⌊%d/%d⌋ = %d", a, b, got)
			}
			if got, want := Ceil(a, b), int(math.Ceil(float64(a)/float64(b))); a >= 0 && got != want {
				t.Errorf("⌈%d/%d⌉ = %d", a, b, got)
			}
		}
	}
}

// Blocks have every output pixel of a batch once, and the input rows that the
// definition reads.
func TestBlocksCoverTheBatch(t *testing.T) {
	for _, g := range []im2col.Geometry{
		geometry(t, 7, 5, 3, im2col.Same()),
		geometry(t, 40, 33, 3, im2col.Padded(4, -2, 0, 1)),
		geometry(t, 3, 200, 2, im2col.Valid(), im2col.Stride(2, 3)),
	} {
		for _, target := range []int{1, 7, 64, 1000} {
			const n = 5
			grid := NewGrid(&g, target)
			seen := make([]int, n*g.Rows())
			for i := range grid.Blocks(n) {
				b := grid.Block(&g, i, n)
				if b.Images*b.BH*b.BW > grid.Rows() {
					t.Fatalf("%v: block %+v is larger than %+v", g, b, grid)
				}
				h0, h1 := b.InputRows(&g)
				for oh := b.OH; oh < b.OH+b.BH; oh++ {
					for kh := range g.KH {
						if h := oh*g.StrideH - g.PadTop + kh*g.DilationH; h >= 0 && h < g.H && (h < h0 || h >= h1) {
							t.Fatalf("%v: block %+v reads row %d, which is not in [%d,%d)", g, b, h, h0, h1)
						}
					}
					for ow := b.OW; ow < b.OW+b.BW; ow++ {
						for image := b.Image; image < b.Image+b.Images; image++ {
							seen[(image*g.OH+oh)*g.OW+ow]++
						}
					}
				}
			}
			if i := slices.IndexFunc(seen, func(times int) bool { return times != 1 }); i >= 0 {
				t.Errorf("%v in blocks of %d: pixel %d is in %d of them", g, target, i, seen[i])
			}
		}
	}
}

func geometry(t *testing.T, h, w, k int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
	t.Helper()
	g, err := im2col.New(im2col.Input{H: h, W: w, C: 3}, im2col.Filter{KH: k, KW: k, OC: 2}, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
