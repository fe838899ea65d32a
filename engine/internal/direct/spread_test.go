package direct

import (
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// Where pixels are copied to a strip, and where not: a strip that would not fit
// the cache, tiles of few rows.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		name string
		g    im2col.Geometry
		want bool
	}{
		{"pointwise", trial.Same(t, 14, 14, 1024, 1, 256), true},
		{"strided", trial.Same(t, 14, 14, 512, 3, 64, im2col.Stride(2, 2)), true},
		{"odd channels", trial.Same(t, 14, 14, 1023, 1, 256), false},
		{"half pages", trial.Same(t, 14, 14, 512, 3, 64), false},
		{"wide images", trial.Same(t, 3, 400, 1024, 1, 16), false},
	} {
		ran := 0
		for _, set := range kernel.Sets() {
			r := newProduct(conv.Forward(c.g), trial.ConfigOf(set))
			if got, want := r.spread != nil, c.want && r.tile().MR > cacheWays; got != want {
				t.Errorf("%s on %v: strip %v, want %v", c.name, set, got, want)
			}
			if r.spread != nil && r.spread.pixel%32 != 16 {
				t.Errorf("%s on %v: pixels of a strip are %d elements apart, want an odd number of lines", c.name, set, r.spread.pixel)
			}
			ran++
		}
		if ran == 0 {
			t.Error("no instruction set")
		}
	}
}
