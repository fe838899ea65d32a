package depthwise

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
)

// The blocks of a gradient to the filter may begin and end anywhere.
func TestFilterInBlocksOfAnyLines(t *testing.T) {
	for _, set := range kernel.Sets() {
		r := rand.New(rand.NewPCG(13, 14))
		for i := range 300 {
			g := trial.RandomGeometry(r)
			g.Groups = 2 + r.IntN(40)
			g.C, g.OC = g.Groups, g.Groups
			n := 1 + r.IntN(3)
			c := trial.NewFilterCase(r, g, n)
			for lines := 1; lines <= 3; lines++ {
				f := NewFilter(g, trial.ConfigOf(set)).(*gradient)
				f.lines = lines
				c.Check(t, fmt.Sprintf("%d %v n=%d %v, %d lines", i, g, n, set, lines), f, f.sums)
			}
		}
	}
}
