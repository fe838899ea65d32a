package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Gradients to the data that are raised, of panels packed by the call and by
// each worker.
func TestDirectRaised(t *testing.T) {
	size := func(h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	ran := map[bool]bool{}
	for name, g := range map[string]im2col.Geometry{
		"few outputs":          size(21, 23, 5, 20, 21, 7, im2col.Valid()),
		"few outputs, flipped": size(21, 23, 5, 20, 21, 7, im2col.Valid(), im2col.Flip()),
		"wide pixels, flipped": size(12, 13, 20, 11, 11, 9, im2col.Valid(), im2col.Flip()),
		"phases, flipped":      size(24, 29, 3, 9, 8, 5, im2col.Padded(3, 1, 2, 6), im2col.Stride(5, 6), im2col.Flip()),
		"cut off, flipped":     size(24, 29, 3, 9, 8, 5, im2col.Padded(-1, 2, -3, -2), im2col.Stride(5, 6), im2col.Flip()),
		"dilated, flipped":     size(40, 43, 4, 7, 6, 6, im2col.Padded(4, 9, 8, 3), im2col.Stride(5, 7), im2col.Dilation(3, 4), im2col.Flip()),
		"groups, flipped":      size(24, 29, 6, 7, 8, 12, im2col.Same(), im2col.Stride(7, 6), im2col.Dilation(1, 2), im2col.Groups(3), im2col.Flip()),
		"padding":              size(6, 5, 2, 40, 50, 3, im2col.Padded(39, 39, 49, 49), im2col.Stride(8, 9)),
		"many filters":         size(20, 18, 2, 7, 7, 3000, im2col.Valid(), im2col.Stride(6, 6)),
	} {
		for _, isa := range ISAs() {
			if isa == kernel.Portable || raceEnabled && isa != BestISA() {
				continue
			}
			for i, n := range []int{0, 1, 3, 20} {
				if g.OC > 1000 && n > 3 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%v/n=%d", name, isa, n), func(t *testing.T) {
					opts := []Option{WithAlgorithm(Direct), WithISA(isa), WithWorkers(max(1, i))}
					plan, err := NewConv2D[float32](g, opts...)
					if err != nil {
						t.Fatal(err)
					}
					d := plan.backward[0].many
					if !by(d, "direct") || !strings.Contains(d.String(), "raised") {
						t.Fatalf("the plan computes %v", d)
					}
					if _, parts := d.Prepared(n); n > 0 {
						ran[parts > 0] = true
					}
					checkConv2D[float32](t, rand.New(rand.NewPCG(71, uint64(n))), g, n, opts...)
				})
			}
		}
	}
	if BestISA() != kernel.Portable && (!ran[true] || !ran[false]) {
		t.Error("the layers do not cover both ways to pack a filter")
	}
}
