package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// directGeometries lead through every branch of the direct algorithm: blocks
// of several images, of whole rows and of parts of rows; panels with and
// without a tail; a depth in one chunk, in chunks of kernel elements and of
// channels; strips; phases.
func directGeometries(t testing.TB) map[string]im2col.Geometry {
	m := map[string]im2col.Geometry{}
	add := func(name string, h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = g
	}
	add("images", 4, 5, 17, 3, 3, 33, im2col.Same())
	add("one_pixel", 3, 3, 20, 3, 3, 40, im2col.Valid())
	add("rows", 40, 23, 16, 3, 3, 32, im2col.Same())
	add("rows_tail", 40, 23, 18, 3, 3, 37, im2col.Same())
	add("parts_of_rows", 3, 700, 16, 3, 5, 7, im2col.Same())
	add("parts_of_rows_strip", 5, 700, 3, 3, 5, 7, im2col.Same(), im2col.Stride(1, 2))
	add("unpacked", 7, 7, 48, 3, 3, 96, im2col.Same())
	add("unpacked_groups", 7, 7, 96, 3, 3, 64, im2col.Same(), im2col.Groups(2))
	add("deep_taps", 4, 4, 600, 3, 3, 32, im2col.Same())
	add("deep_channels", 3, 3, 9000, 1, 1, 16, im2col.Valid())
	add("deep_channels_taps", 3, 3, 2500, 1, 2, 16, im2col.Valid())
	add("stem", 37, 41, 3, 7, 7, 64, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2))
	add("stem_flip", 37, 41, 3, 7, 7, 24, im2col.Padded(3, 3, 3, 3), im2col.Stride(2, 2), im2col.Flip())
	add("few_in_place", 13, 31, 3, 3, 5, 9, im2col.Padded(1, 0, -1, 0), im2col.Stride(2, 3), im2col.Flip())
	add("few_in_parts_of_rows", 4, 700, 2, 3, 4, 9, im2col.Valid())
	add("strip_groups", 15, 16, 12, 3, 3, 20, im2col.Same(), im2col.Groups(4))
	add("strip_images", 6, 5, 2, 3, 4, 9, im2col.Same())
	add("strip_dilated_rows", 30, 30, 4, 3, 3, 9, im2col.Same(), im2col.Dilation(4, 1))
	add("dilated_columns", 30, 30, 4, 3, 3, 9, im2col.Same(), im2col.Dilation(1, 3))
	add("stride_over_kernel", 31, 33, 5, 2, 2, 19, im2col.Valid(), im2col.Stride(3, 3))
	add("stride_over_kernel_large", 90, 80, 16, 1, 1, 8, im2col.Valid(), im2col.Stride(2, 2))
	add("all_padding", 2, 2, 20, 2, 2, 16, im2col.Padded(9, 9, 9, 9), im2col.Stride(3, 3))
	add("all_padding_strip", 2, 2, 3, 2, 2, 16, im2col.Padded(9, 9, 9, 9), im2col.Stride(3, 3))
	add("cropped", 30, 30, 20, 3, 3, 16, im2col.Padded(-7, -8, -9, -10))
	add("cropped_strip", 30, 30, 5, 3, 3, 16, im2col.Padded(-7, -8, -9, -10))
	add("depthwise", 20, 20, 40, 3, 3, 40, im2col.Same(), im2col.Groups(40))
	add("depthwise_multiplier", 9, 9, 20, 3, 3, 60, im2col.Same(), im2col.Groups(20), im2col.Stride(2, 2))
	// Pixels whole pages apart, of which a tile is copied to a strip.
	add("pages", 9, 8, 1024, 1, 1, 40, im2col.Valid())
	add("pages_flip", 8, 9, 1024, 1, 2, 24, im2col.Padded(0, 1, 2, 0), im2col.Flip())
	add("pages_groups", 6, 7, 2048, 1, 1, 36, im2col.Valid(), im2col.Groups(2))
	add("pages_by_stride", 13, 14, 512, 3, 3, 20, im2col.Same(), im2col.Stride(2, 2))
	add("pages_in_gaps", 15, 14, 256, 1, 1, 33, im2col.Padded(2, 3, 5, 1), im2col.Stride(3, 4))
	add("pages_in_gaps_cropped", 15, 14, 512, 1, 1, 33, im2col.Padded(-3, -1, -2, -1), im2col.Stride(3, 2))
	add("pages_in_columns_gaps", 12, 14, 512, 3, 1, 18, im2col.Same(), im2col.Stride(1, 2))
	add("pages_backward", 7, 7, 20, 3, 3, 1024, im2col.Same())
	return m
}

func TestDirectIsExactOnIntegers(t *testing.T) {
	for name, g := range directGeometries(t) {
		t.Run(name, func(t *testing.T) {
			batches := []int{1, 13}
			if raceEnabled {
				batches = []int{2}
			}
			for _, n := range batches {
				if float64(n)*g.FLOP() > 30e6 {
					n = min(n, 2)
				}
				r := rand.New(rand.NewPCG(1, 2))
				src, filter, bias := integers[float32](r, n*g.InputLen()), integers[float32](r, g.FilterLen()), integers[float32](r, g.OC)
				dDst := integers[float32](r, n*g.OutputLen())
				dst, dSrc := make([]float32, len(dDst)), make([]float32, len(src))
				for i := range dst {
					dst[i] = bias[i%g.OC]
				}
				reference(g, n, func(s, f, d int) {
					dst[d] += src[s] * filter[f]
					dSrc[s] += dDst[d] * filter[f]
				})
				for _, isa := range ISAs() {
					if raceEnabled && isa == kernel.Portable && g.FLOP() > 3e6 {
						continue
					}
					plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa), WithWorkers(2))
					if err != nil {
						t.Fatal(err)
					}
					got := guarded[float32](len(dst))
					plan.Forward(got.data, src, filter, bias)
					got.check(t, fmt.Sprintf("n=%d %v: dst", n, isa), dst)
					got = guarded[float32](len(dst))
					plan.ForwardPacked(got.data, src, plan.Pack(filter), bias)
					got.check(t, fmt.Sprintf("n=%d %v: dst of the packed filter", n, isa), dst)
					got = guarded[float32](len(dSrc))
					plan.BackwardData(got.data, dDst, filter)
					got.check(t, fmt.Sprintf("n=%d %v: dSrc", n, isa), dSrc)
				}
			}
		})
	}
}

// The activation comes after the last chunk of the depth, and on the bias.
func TestDirectActivations(t *testing.T) {
	for name, g := range directGeometries(t) {
		if g.FLOP() > 5e6 && g.Depth() < 3000 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			const n = 3
			r := rand.New(rand.NewPCG(3, 4))
			src, filter, bias := normals[float32](r, n*g.InputLen()), normals[float32](r, g.FilterLen()), normals[float32](r, g.OC)
			for _, isa := range ISAs() {
				plain := make([]float32, n*g.OutputLen())
				for act := range numActivations {
					plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa), WithActivation(act))
					if err != nil {
						t.Fatal(err)
					}
					got := make([]float32, len(plain))
					plan.Forward(got, src, filter, bias)
					if act == None {
						copy(plain, got)
					}
					for i, x := range plain {
						want := applied(act, float64(x))
						if !(math.Abs(float64(got[i])-want) <= 4e-7*math.Abs(want)+1e-38) {
							t.Fatalf("%v %v: dst[%d] = %v, want %v of %v = %v", isa, act, i, got[i], act, x, want)
						}
					}
				}
			}
		})
	}
}

func applied(act Activation, x float64) float64 {
	switch act {
	case ReLU:
		return max(x, 0)
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case Tanh:
		return math.Tanh(x)
	}
	return x
}

// Sets that fuse multiply and add do it alike.
func TestDirectBitsAreTheSameWhereFused(t *testing.T) {
	var fused []ISA
	for _, set := range kernel.Sets() {
		if set.Fused {
			fused = append(fused, set.ISA)
		}
	}
	if len(fused) < 2 {
		t.Skip("this machine or build has no two sets that fuse multiply and add")
	}
	for name, g := range promiseGeometries(t) {
		const n = 2
		r := rand.New(rand.NewPCG(5, 6))
		src, filter, dDst := normals[float32](r, n*g.InputLen()), normals[float32](r, g.FilterLen()), normals[float32](r, n*g.OutputLen())
		var want [2][]float32
		for _, isa := range fused {
			plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			got := [2][]float32{make([]float32, len(dDst)), make([]float32, len(src))}
			plan.Forward(got[0], src, filter, nil)
			plan.BackwardData(got[1], dDst, filter)
			if want[0] == nil {
				want = got
				continue
			}
			sameBits(t, name+": dst", got[0], want[0])
			sameBits(t, name+": dSrc", got[1], want[1])
		}
	}
}

// Where pixels are copied to a strip, and where not: a strip that would not fit
// the cache, tiles of few rows.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		name string
		g    im2col.Geometry
		want bool
	}{
		{"pointwise", sameGeometry(t, 14, 14, 1024, 1, 256), true},
		{"strided", sameGeometry(t, 14, 14, 512, 3, 64, im2col.Stride(2, 2)), true},
		{"odd channels", sameGeometry(t, 14, 14, 1023, 1, 256), false},
		{"half pages", sameGeometry(t, 14, 14, 512, 3, 64), false},
		{"wide images", sameGeometry(t, 3, 400, 1024, 1, 16), false},
	} {
		ran := 0
		for _, isa := range ISAs() {
			plan, err := NewConv2D[float32](c.g, WithAlgorithm(Direct), WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			r := any(plan.forward.many).(*direct)
			if got, want := r.spread != nil, c.want && r.tile().MR > cacheWays; got != want {
				t.Errorf("%s on %v: strip %v, want %v", c.name, isa, got, want)
			}
			if r.spread != nil && r.spread.pixel%32 != 16 {
				t.Errorf("%s on %v: pixels of a strip are %d elements apart, want an odd number of lines", c.name, isa, r.spread.pixel)
			}
			ran++
		}
		if ran == 0 {
			t.Error("no instruction set")
		}
	}
}
