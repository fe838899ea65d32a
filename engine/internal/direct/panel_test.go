package direct

import (
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// A panel as wide as a tile would take many times the size of few filters: it is
// neither packed for a call nor by a worker for each block.
func TestFewFiltersAreNotPacked(t *testing.T) {
	for name, g := range map[string]im2col.Geometry{
		"one_block":   square(t, 28, 1, 27, 1, im2col.Valid()),
		"flipped":     square(t, 28, 1, 27, 1, im2col.Valid(), im2col.Flip()),
		"channels":    square(t, 56, 20, 55, 2, im2col.Valid()),
		"many_blocks": square(t, 400, 1, 300, 1, im2col.Valid()),
	} {
		for _, set := range kernel.Sets() {
			r := newProduct(conv.Forward(g), trial.ConfigOf(set))
			if r == nil {
				t.Fatalf("%s: no runner", name)
			}
			if how := r.packing(1); how != notPacked && how != turnedByCall && g.OC < r.tile().NR/2 {
				t.Errorf("%s on %v: packing %d", name, set, how)
			}
			if length, _ := r.Prepared(1); length > g.FilterLen()+r.tile().NR {
				t.Errorf("%s on %v: %d elements for a filter of %d", name, set, length, g.FilterLen())
			}
			if parts := r.Parts(1); r.deep() && parts < min(4, g.Rows()/r.tile().MR) {
				t.Errorf("%s on %v: %d parts", name, set, parts)
			}
		}
	}
}

// square makes a geometry of a square image and kernel.
func square(t *testing.T, size, c, k, oc int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
	t.Helper()
	g, err := im2col.New(im2col.Input{H: size, W: size, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
