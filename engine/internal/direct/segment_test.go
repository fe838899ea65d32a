package direct

import (
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
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
	for name, g := range trial.DirectGeometries(t) {
		r := newProduct(conv.Forward(g), conv.Config[float32]{Set: withTiles(kernel.Size{MR: 14, NR: 16}, kernel.Size{MR: 14, NR: 32})}) // AVX-512 has these; nothing is computed
		for i := range r.grid.Down * r.grid.Across {
			b := r.grid.Block(&g, i, r.grid.Images)
			for images := 1; images <= b.Images; images++ {
				table := r.tables[b.At].Of(images)
				if has := table.Rows / (b.BH * b.BW); has < images || has >= 2*images || has > b.Images {
					t.Fatalf("%s: a table of %d images for %d of %d", name, has, images, b.Images)
				}
				seen := map[int32]bool{}
				rows := 0
				for _, s := range table.Segments {
					if s.First != rows {
						t.Fatalf("%s: a segment begins at row %d, the last one ended at %d", name, s.First, rows)
					}
					rows += s.Each * (table.Rows / (b.BH * b.BW))
					for _, d := range table.Dst[s.First:][:images*s.Each] {
						seen[d] = true
					}
				}
				if len(table.Segments) > 1 {
					cut++
				}
				for image := range images {
					for pixel := range b.BH * b.BW {
						if d := int32(image*r.ImageStep + pixel/b.BW*r.RowStep + pixel%b.BW*r.ColStep); !seen[d] {
							t.Fatalf("%s: pixel %d of image %d is missing", name, pixel, image)
						}
					}
				}
				if rows != table.Rows || len(seen) != images*b.BH*b.BW {
					t.Fatalf("%s: segments of %d rows in a table of %d, %d pixels", name, rows, table.Rows, len(seen))
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
	g := trial.Same(t, 14, 14, 64, 5, 32)
	r := newProduct(conv.Forward(g), conv.Config[float32]{Set: withTiles(kernel.Size{MR: 14, NR: 16}, kernel.Size{MR: 14, NR: 32})})
	want := []int{14, 14, 10, 10, 100, 10, 10, 14, 14}
	segments := r.tables[0].Of(1).Segments
	if len(segments) != len(want) {
		t.Fatalf("segments %v, want lengths %v", segments, want)
	}
	for i, s := range segments {
		if s.Each != want[i] {
			t.Fatalf("segments %v, want lengths %v", segments, want)
		}
	}
}
