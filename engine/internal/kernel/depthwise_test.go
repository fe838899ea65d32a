package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// newDepthwiseCase makes a call with random offsets, a quarter of them padding,
// and what it must leave in Dst, by the definition in float64.
func newDepthwiseCase(r *rand.Rand, rows, cols, taps, data int) *tileCase {
	c := newTileCase(r, cols, rows, cols, taps, cols, data)
	a := &c.args
	a.Accumulate = false
	for i := range a.Dst {
		a.Dst[i] = float32(math.NaN())
	}
	a.Filter = a.Filter[:(taps-1)*a.FilterStride+cols]
	copy(c.want, a.Dst)
	for i, d := range a.DstOffsets {
		for j := range cols {
			c.want[int(d)+j] = float32(defineDepthwise(a, i, j))
		}
	}
	return c
}

// defineDepthwise computes element (r, j) as the doc comment of Depthwise says.
func defineDepthwise(a *ConvArgs, r, j int) float64 {
	var sum float64
	if a.Bias != nil {
		sum = float64(a.Bias[j])
	}
	for t := range a.Taps {
		if offset := int(a.SrcOffsets[t*a.TapStride+r]); offset >= 0 {
			sum += float64(a.Src[offset+j]) * float64(a.Filter[t*a.FilterStride+j])
		}
	}
	if a.ReLU {
		sum = max(sum, 0)
	}
	return sum
}

func TestDepthwise(t *testing.T) {
	for _, set := range Sets() {
		t.Log("kernel: depthwise", set)
		t.Run(set.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for cols := 1; cols <= 150; cols++ {
				for taps := 1; taps <= 9; taps += 1 + r.IntN(4) {
					c := newDepthwiseCase(r, 1+r.IntN(5), cols, taps, integers)
					a := c.args
					a.Dst = append([]float32(nil), a.Dst...)
					set.Depthwise(&a)
					for i, w := range c.want {
						if got := a.Dst[i]; got != w && (got == got || w == w) {
							t.Fatalf("cols=%d taps=%d bias=%v relu=%v: Dst[%d] = %v, want %v", cols, taps, a.Bias != nil, a.ReLU, i, got, w)
						}
					}
				}
			}
		})
	}
}

func TestDepthwiseNaNAndNegativeZero(t *testing.T) {
	nan, negZero := float32(math.NaN()), float32(math.Copysign(0, -1))
	for _, set := range Sets() {
		for _, cols := range []int{1, 8, 16, 64, 71} {
			for _, want := range []float32{nan, negZero} {
				a := ConvArgs{
					Dst: make([]float32, cols), Src: make([]float32, cols), Filter: make([]float32, cols),
					Zero: make([]float32, cols), Bias: make([]float32, cols),
					SrcOffsets: []int32{0}, DstOffsets: []int32{0}, Rows: 1, Cols: cols, Taps: 1, ReLU: true,
				}
				for j := range cols {
					a.Src[j], a.Filter[j], a.Bias[j] = 1, want, want
				}
				set.Depthwise(&a)
				for j, got := range a.Dst {
					if math.Float32bits(got) != math.Float32bits(want) && (got == got || want == want) {
						t.Fatalf("%v: relu of %v is %v, channel %d of %d", set, want, got, j, cols)
					}
				}
			}
		}
	}
}

func TestDepthwiseMisusePanics(t *testing.T) {
	good := newDepthwiseCase(rand.New(rand.NewPCG(3, 4)), 3, 7, 2, integers).args
	good.Bias = make([]float32, 7)
	for want, spoil := range map[string]func(a *ConvArgs){
		badCols:      func(a *ConvArgs) { a.Cols = 0 },
		badDepth:     func(a *ConvArgs) { a.Taps = 0 },
		shortOffsets: func(a *ConvArgs) { a.DstOffsets = a.DstOffsets[1:] },
		shortFilter:  func(a *ConvArgs) { a.Filter = a.Filter[1:] },
		shortZero:    func(a *ConvArgs) { a.Zero = a.Zero[1:] },
		shortBias:    func(a *ConvArgs) { a.Bias = a.Bias[1:] },
		emptyTensor:  func(a *ConvArgs) { a.Src = nil },
	} {
		t.Run(want, func(t *testing.T) {
			a := good
			spoil(&a)
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			portable.Depthwise(&a)
		})
	}
}
