package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// slidingProduct computes a product as it is defined, a kernel that slides.
type slidingProduct struct {
	conv.Product
	ops *conv.Ops[float32]
	act kernel.Activation
}

func newSlidingProduct(p conv.Product, c conv.Config[float32]) conv.Runner[float32] {
	return &slidingProduct{p, c.Ops, c.Activation}
}

func (r *slidingProduct) String() string { return "sliding element by element" }

// Prepared: the filter is read as it is.
func (r *slidingProduct) Prepared(int) (length, parts int)     { return 0, 0 }
func (r *slidingProduct) Prepare(_ int, dst, filter []float32) {}
func (r *slidingProduct) Scratch() int                         { return 0 }

// A part is one row of outputs.
func (r *slidingProduct) Parts(n int) int { return n * r.G.OH }

func (r *slidingProduct) Compute(part, _ int, dst, src, filter, bias, _ []float32) {
	g := &r.G
	image, oh := part/g.OH, part%g.OH
	src = src[image*g.InputLen():]
	for ow := range g.OW {
		pixel := dst[image*r.ImageStep+r.Offset+oh*r.RowStep+ow*r.ColStep:][:g.OC]
		for oc := range pixel {
			pixel[oc] = r.sum(src, filter, oh, ow, oc)
		}
		r.ops.BiasAct(pixel, g.OC, 1, g.OC, bias, r.act)
	}
}

func (r *slidingProduct) sum(src, filter []float32, oh, ow, oc int) (sum float32) {
	g := &r.G
	first := oc / g.GroupOC() * g.GroupC() // channel of the group
	for kh := range g.KH {
		for kw := range g.KW {
			h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
			if h < 0 || h >= g.H || w < 0 || w >= g.W {
				continue
			}
			for c := range g.GroupC() {
				sum += src[(h*g.W+w)*g.C+first+c] * filter[r.weight(kh*g.KW+kw, first, c, oc)]
			}
		}
	}
	return sum
}

// weight is where the plan's filter has the weight between channel c of the group
// and output oc: of a phase of the gradient to the data the two are exchanged.
func (r *slidingProduct) weight(tap, first, c, oc int) int {
	if r.Transposed == nil {
		return (tap*r.G.GroupC()+c)*r.G.OC + oc
	}
	return (r.Transposed[tap]*r.G.GroupOC()+oc%r.G.GroupOC())*r.G.C + first + c
}

// addSliding adds an algorithm to the table for the duration of a test: the one of
// docs/algorithm.md.
func addSliding(t *testing.T) {
	before := algorithms
	t.Cleanup(func() { algorithms = before })
	algorithms = append([]*algorithm{{
		Algorithm: numAlgorithms, name: "sliding", why: "a test",
		unfit:  func(g *im2col.Geometry) string { return unless(g.C < 3, "sliding is for few channels") },
		single: passes[float32]{product: newSlidingProduct},
	}}, before...)
}

// TestAlgorithmIsARow: with a row in the table an algorithm is chosen, named and
// computes; what it leaves out, and what it does not fit, others do.
func TestAlgorithmIsARow(t *testing.T) {
	addSliding(t)
	r, slid := rand.New(rand.NewPCG(17, 18)), map[Pass]int{}
	for range 40 {
		g := trial.RandomGeometry(r)
		plan, err := NewConv2D[float32](g, WithWorkers(2))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range plan.Choices() {
			if c.Algorithm == numAlgorithms {
				slid[c.Pass]++
				if c.Algorithm.String() != "sliding" || c.Pass == PassFilter {
					t.Errorf("%v is by %v", c.Pass, c.Algorithm)
				}
			}
		}
		checkConv2D[float32](t, r, g, 2, WithWorkers(2))
	}
	if len(slid) != int(numPasses)-1 && BestISA() != kernel.Portable {
		t.Errorf("it computes %v", slid)
	}
}
