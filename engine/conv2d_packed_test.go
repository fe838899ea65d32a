package engine

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
)

// A packed filter keeps the values that it was packed from until it is packed
// again, and many calls may read it at once.
func TestPackedFilterIsACopy(t *testing.T) {
	for name, g := range promiseGeometries(t) {
		const n = 2
		r := rand.New(rand.NewPCG(21, 22))
		for way, opts := range everyWay() {
			plan, err := NewConv2D[float32](g, append(opts, WithWorkers(2))...)
			if err != nil {
				t.Fatal(err)
			}
			src, filter := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen())
			want := make([]float32, n*g.OutputLen())
			packed := plan.Pack(filter)
			plan.ForwardPacked(want, src, packed, nil)
			for i := range filter {
				filter[i] = float32(math.NaN())
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					got := trial.Destination[float32](len(want))
					plan.ForwardPacked(got.Data, src, packed, nil)
					got.Check(t, name+" "+way, want)
				})
			}
			wg.Wait()
			plan.PackInto(packed, filter)
			plan.ForwardPacked(want, src, packed, nil)
			for i, x := range want {
				if x == x {
					t.Fatalf("%s %s: dst[%d] = %v of a filter packed again as NaN", name, way, i, x)
				}
			}
		}
	}
}

// A filter that is transformed beforehand is by Winograd for few images too.
func TestPackedChoice(t *testing.T) {
	if BestISA() == kernel.Portable {
		t.Skip("needs assembly")
	}
	g := trial.Same(t, 7, 7, 32, 3, 40) // 4 tiles an image
	plan, err := NewConv2D[float32](g, WithFastAlgorithms(), WithActivation(ReLU))
	if err != nil {
		t.Fatal(err)
	}
	if !by(plan.packed, "winograd") {
		t.Errorf("%v", plan.Choices())
	}
	if by(plan.forward.at(1), "winograd") {
		t.Errorf("%v", plan.Choices())
	}
	r := rand.New(rand.NewPCG(23, 24))
	filter, bias := trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OC)
	packed := plan.Pack(filter)
	for n := range 4 {
		src := trial.Normals[float32](r, n*g.InputLen())
		got, want := trial.Destination[float32](n*g.OutputLen()), make([]float32, n*g.OutputLen())
		plan.ForwardPacked(got.Data, src, packed, bias)
		plan.Forward(want, src, filter, bias) // by Direct
		for i, x := range got.Data {
			// The sum of 288 products of normals is about 17.
			if diff := math.Abs(float64(x - want[i])); !(diff <= 1e-3) {
				t.Fatalf("n=%d: dst[%d] = %v, want about %v", n, i, x, want[i])
			}
		}
	}
}
