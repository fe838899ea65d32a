package engine

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// pooling compares the max-pooling of a geometry with the definition, on every
// instruction set. Pixels under no window hold NaN, and so does one in a hundred
// of the others, which wins where it is first.
func pooling[T Float](s *tally, r *rand.Rand, g im2col.Geometry, n int) (faults error) {
	g.OC, g.Groups = g.C, g.C
	rows := axisUse(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH)
	cols := axisUse(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW)
	src, dDst := trial.Destination[T](n*g.InputLen()), trial.Destination[T](n*g.OutputLen())
	for i := range src.Data {
		if p := i / g.C; rows.inputs[p/g.W%g.H] && cols.inputs[p%g.W] && r.IntN(100) > 0 {
			src.Data[i] = T(r.IntN(9) - 4) // with ties
		}
	}
	dst, dSrc, argmax := make([]T, len(dDst.Data)), make([]T, len(src.Data)), make([]int32, len(dDst.Data))
	for i := range dDst.Data {
		dDst.Data[i] = T(r.IntN(9) - 4)
		argmax[i] = largestUnder(&g, src.Data, i)
		if argmax[i] >= 0 {
			at := i/g.OutputLen()*g.InputLen() + int(argmax[i])
			dst[i] = src.Data[at]
			dSrc[at] += dDst.Data[i]
		}
	}
	possible := !slices.Contains(rows.outputs, false) && !slices.Contains(cols.outputs, false)
	for _, isa := range ISAs() {
		plan, err := NewMaxPool2D[T](g, WithISA(isa), WithWorkers(1+r.IntN(3)))
		if (err == nil) != possible {
			return fmt.Errorf("max-pooling, every window touches the image: %v, error %w", possible, err)
		}
		if err != nil {
			return nil
		}
		s.plans++
		gotDst, gotSrc, gotArgmax := trial.Destination[T](len(dst)), trial.Destination[T](len(dSrc)), make([]int32, len(argmax))
		plan.Forward(gotDst.Data, src.Data, gotArgmax)
		plan.Backward(gotSrc.Data, dDst.Data, argmax)
		only := trial.Destination[T](len(dst))
		plan.Forward(only.Data, src.Data, nil)
		s.results += 4
		for i := range argmax {
			if gotArgmax[i] != argmax[i] {
				faults = errors.Join(faults, fmt.Errorf("%T, max-pooling on %v, %d workers: argmax[%d] = %d, want %d", *new(T), isa, plan.options.workers, i, gotArgmax[i], argmax[i]))
				break
			}
		}
		for what, x := range map[string]struct {
			got  trial.Guarded[T]
			want []T
		}{"dst": {gotDst, dst}, "dst without argmax": {only, dst}, "dSrc": {gotSrc, dSrc}} {
			if err := differs(x.got, x.want); err != nil {
				faults = errors.Join(faults, fmt.Errorf("%T, max-pooling on %v, %d workers: %s%w", *new(T), isa, plan.options.workers, what, err))
			}
		}
	}
	return faults
}

// largestUnder returns the offset in its image of the largest element under the
// window of output element i: the first of equals in the kernel's order, or the
// first NaN; −1 without any.
func largestUnder[T Float](g *im2col.Geometry, src []T, i int) int32 {
	c, ow, oh, image := i%g.C, i/g.C%g.OW, i/g.C/g.OW%g.OH, i/g.OutputLen()
	best := -1
	for kh := range g.KH {
		for kw := range g.KW {
			h, w := oh*g.StrideH-g.PadTop+g.TapRow(kh), ow*g.StrideW-g.PadLeft+g.TapCol(kw)
			if h < 0 || h >= g.H || w < 0 || w >= g.W {
				continue
			}
			at := ((image*g.H+h)*g.W+w)*g.C + c
			if best < 0 || src[at] > src[best] || src[at] != src[at] && src[best] == src[best] {
				best = at
			}
		}
	}
	if best < 0 {
		return -1
	}
	return int32(best - image*g.InputLen())
}

// differs reports the first element that is not the wanted one, or a write
// outside.
func differs[T Float](g trial.Guarded[T], want []T) error {
	for i, x := range g.Data {
		if math.Float64bits(float64(x)) != math.Float64bits(float64(want[i])) && (x == x || want[i] == want[i]) {
			return fmt.Errorf("[%d] = %v, want %v", i, x, want[i])
		}
	}
	return g.Outside()
}
