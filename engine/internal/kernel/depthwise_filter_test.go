package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Random integers, runs that overlap and empty ones, between guard zones,
// against the definition.
func TestDepthwiseFilter(t *testing.T) {
	nan := float32(math.NaN())
	for _, set := range Sets() {
		t.Log("kernel: depthwise filter", set)
		t.Run(set.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			ints := func(n int) []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(r.IntN(9) - 4)
				}
				return x
			}
			for cols := 1; cols <= 150; cols++ {
				for taps := 1; taps <= DepthwiseTaps; taps++ {
					a := DepthwiseFilterArgs{
						Taps: taps, Cols: cols, TapStep: r.IntN(cols + 9), AStep: r.IntN(cols + 9), BStep: r.IntN(cols + 9),
						DstStride: cols + r.IntN(9), Accumulate: r.IntN(2) == 0,
					}
					lenA, lenB := 1, 1
					for range 1 + r.IntN(4) {
						run := Run{A: r.IntN(30), B: r.IntN(30), Count: r.IntN(12)}
						a.Runs = append(a.Runs, run)
						if run.Count > 0 {
							lenA = max(lenA, run.A+(taps-1)*a.TapStep+(run.Count-1)*a.AStep+cols)
							lenB = max(lenB, run.B+(run.Count-1)*a.BStep+cols)
						}
					}
					a.A, a.B = ints(lenA), ints(lenB) // not an element more than the definition reads
					length, start := (taps-1)*a.DstStride+cols, ints((taps-1)*a.DstStride+cols)
					const guard = 40
					whole := make([]float32, length+2*guard)
					want := make([]float32, len(whole))
					for i := range whole {
						whole[i], want[i] = nan, nan
					}
					a.Dst = whole[guard : guard+length]
					for tap := range taps {
						for j := range cols {
							at := tap*a.DstStride + j
							var sum float32
							if a.Accumulate {
								sum, a.Dst[at] = start[at], start[at]
							}
							for _, run := range a.Runs {
								for k := range run.Count {
									sum += a.A[run.A+tap*a.TapStep+k*a.AStep+j] * a.B[run.B+k*a.BStep+j]
								}
							}
							want[guard+at] = sum
						}
					}
					set.DepthwiseFilter(&a)
					for i, w := range want {
						if got := whole[i]; got != w && (got == got || w == w) {
							t.Fatalf("cols=%d taps=%d %+v: element %d is %v, want %v", cols, taps, a.Runs, i-guard, got, w)
						}
					}
				}
			}
		})
	}
}

func TestDepthwiseFilterMisusePanics(t *testing.T) {
	for want, spoil := range map[string]func(a *DepthwiseFilterArgs){
		badCols:     func(a *DepthwiseFilterArgs) { a.Cols = 0 },
		badTapCount: func(a *DepthwiseFilterArgs) { a.Taps = DepthwiseTaps + 1 },
		shortDst:    func(a *DepthwiseFilterArgs) { a.Dst = a.Dst[1:] },
		noRuns:      func(a *DepthwiseFilterArgs) { a.Runs = nil },
		emptyTensor: func(a *DepthwiseFilterArgs) { a.B = nil },
	} {
		t.Run(want, func(t *testing.T) {
			a := DepthwiseFilterArgs{
				Dst: make([]float32, 6), A: make([]float32, 6), B: make([]float32, 3),
				Runs: []Run{{Count: 1}}, Taps: 2, Cols: 3, TapStep: 3, DstStride: 3,
			}
			spoil(&a)
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			portable.DepthwiseFilter(&a)
		})
	}
}
