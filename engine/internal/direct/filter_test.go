package direct

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// The blocks of a gradient to the filter may begin and end anywhere.
func TestFilterInBlocksOfAnyLines(t *testing.T) {
	for _, set := range kernel.Sets() {
		r := rand.New(rand.NewPCG(13, 14))
		ran := 0
		for i := range 400 {
			g := trial.RandomGeometry(r)
			if i%4 == 0 { // long rows
				g.W, g.KW, g.PadLeft, g.OW = 7, 20, 19, 13
			}
			n := 1 + r.IntN(3)
			if conv.Depthwise(&g) || g.Validate() != nil {
				continue
			}
			c := trial.NewFilterCase(r, g, n)
			for lines := 1; lines <= 3; lines++ {
				f := newFilter(g, trial.ConfigOf(set))
				f.lines = lines
				f.packed = f.packed && lines*g.OW*f.tile.NR <= 1<<20
				c.Check(t, fmt.Sprintf("%d %v n=%d %v, %d lines", i, g, n, set, lines), f, f.sums)
				ran++
			}
		}
		if ran < 600 {
			t.Errorf("%v: %d cases ran", set, ran)
		}
	}
}

// The geometry for which engine tests shards without rows has some.
func TestSomeShardsHaveNoRows(t *testing.T) {
	const images = 5
	g, err := im2col.New(im2col.Input{H: 1, W: 1300, C: 1}, im2col.Filter{KH: 1, KW: 2, OC: 40}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	r := newFilter(g, trial.ConfigOf(kernel.Best()))
	if shards, _ := r.cut(images); cut.Ceil(images, shards)*(shards-1) < images || r.panels < 2 && kernel.Best().ISA != kernel.Portable {
		t.Fatalf("%d shards, none of them empty, of %d panels", shards, r.panels)
	}
}
