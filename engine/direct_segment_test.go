package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// withTiles returns a set of portable kernels with tiles of other sizes.
func withTiles(sizes ...kernel.Size) *kernel.Set {
	set := *kernel.Find(kernel.Portable)
	set.Sizes = sizes
	return &set
}

// A table has every pixel of every image once, its segments all rows of it, and
// a table of fewer images is for as many as it says.
func TestTablesHaveEveryPixelOnce(t *testing.T) {
	cut := 0
	for name, g := range directGeometries(t) {
		o, err := newOptions(nil)
		if err != nil {
			t.Fatal(err)
		}
		o.set = withTiles(kernel.Size{MR: 14, NR: 16}, kernel.Size{MR: 14, NR: 32}) // AVX-512 has these; nothing is computed
		r := newDirect(forwardProduct(g), o, nil)
		for i := range r.grid.Down * r.grid.Across {
			b := r.grid.Block(&g, i, r.grid.Images)
			for images := 1; images <= b.Images; images++ {
				table := r.tables[b.At].of(images)
				if has := table.rows / (b.BH * b.BW); has < images || has >= 2*images || has > b.Images {
					t.Fatalf("%s: a table of %d images for %d of %d", name, has, images, b.Images)
				}
				seen := map[int32]bool{}
				rows := 0
				for _, s := range table.segments {
					if s.first != rows {
						t.Fatalf("%s: a segment begins at row %d, the last one ended at %d", name, s.first, rows)
					}
					rows += s.each * (table.rows / (b.BH * b.BW))
					for _, d := range table.dst[s.first:][:images*s.each] {
						seen[d] = true
					}
				}
				if len(table.segments) > 1 {
					cut++
				}
				for image := range images {
					for pixel := range b.BH * b.BW {
						if d := int32(image*r.imageStep + pixel/b.BW*r.rowStep + pixel%b.BW*r.colStep); !seen[d] {
							t.Fatalf("%s: pixel %d of image %d is missing", name, pixel, image)
						}
					}
				}
				if rows != table.rows || len(seen) != images*b.BH*b.BW {
					t.Fatalf("%s: segments of %d rows in a table of %d, %d pixels", name, rows, table.rows, len(seen))
				}
			}
		}
	}
	if cut == 0 {
		t.Error("no table was cut")
	}
}

// The segments of 5×5 kernels on a padded image of 14×14: border rows by
// themselves, the border columns of the other rows, and the rest.
func TestSegmentsFollowThePadding(t *testing.T) {
	g := sameGeometry(t, 14, 14, 64, 5, 32)
	o, err := newOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	o.set = withTiles(kernel.Size{MR: 14, NR: 16}, kernel.Size{MR: 14, NR: 32})
	r := newDirect(forwardProduct(g), o, nil)
	want := []int{14, 14, 10, 10, 100, 10, 10, 14, 14}
	segments := r.tables[0].of(1).segments
	if len(segments) != len(want) {
		t.Fatalf("segments %v, want lengths %v", segments, want)
	}
	for i, s := range segments {
		if s.each != want[i] {
			t.Fatalf("segments %v, want lengths %v", segments, want)
		}
	}
}

// Weights that are not finite reach every output at which they meet the image,
// and elements of the image that are not finite every output that reads them,
// through a weight of zero too.
func TestDirectKeepsNaN(t *testing.T) {
	for name, g := range map[string]im2col.Geometry{
		"images": sameGeometry(t, 5, 6, 20, 5, 18),
		"rows":   sameGeometry(t, 30, 31, 16, 3, 32),
		"strip":  sameGeometry(t, 9, 9, 3, 3, 8),
	} {
		const n = 3
		nan := float32(math.NaN())
		for _, isa := range ISAs() {
			if raceEnabled && isa != BestISA() {
				continue
			}
			plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(17, 18))
			src, filter := make([]float32, n*g.InputLen()), make([]float32, g.FilterLen())
			for _, poisoned := range []*[]float32{&src, &filter} {
				clear(src)
				clear(filter)
				at := r.IntN(len(*poisoned))
				(*poisoned)[at] = nan
				dst := make([]float32, n*g.OutputLen())
				plan.Forward(dst, src, filter, nil)
				reference(g, n, func(s, f, d int) {
					if (poisoned == &src && s == at || poisoned == &filter && f == at) && dst[d] == dst[d] {
						t.Fatalf("%s on %v: dst[%d] = %v, but it meets NaN", name, isa, d, dst[d])
					}
				})
			}
		}
	}
}
