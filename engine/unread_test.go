package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// unread lists what no sum of a convolution has a term of: the input pixels that
// no window meets, and the output pixels whose windows lie wholly in padding, of
// which a bias's gradient alone takes notice.
func unread(g im2col.Geometry) (inputs, outputs []int) {
	axis := func(in, k, stride, dilation, pad, out int) (readIn, readOut []bool) {
		readIn, readOut = make([]bool, in), make([]bool, out)
		for o := range out {
			for i := range k {
				if at := o*stride - pad + i*dilation; at >= 0 && at < in {
					readIn[at], readOut[o] = true, true
				}
			}
		}
		return readIn, readOut
	}
	pixels := func(rows, cols []bool) (left []int) {
		for i, row := range rows {
			for j, col := range cols {
				if !row || !col {
					left = append(left, i*len(cols)+j)
				}
			}
		}
		return left
	}
	inRows, outRows := axis(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH)
	inCols, outCols := axis(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW)
	return pixels(inRows, inCols), pixels(outRows, outCols)
}

// poisoned is n images with poison in some of their pixels.
func poisoned[T Float](images []T, n, depth int, pixels []int, poison T) []T {
	images = slices.Clone(images)
	if n == 0 {
		return images
	}
	size := len(images) / n
	for i := range n {
		for _, p := range pixels {
			for c := range depth {
				images[i*size+p*depth+c] = poison
			}
		}
	}
	return images
}

// unreadGeometry returns a convolution with inputs that no output depends on or
// outputs that depend on no input, every other one such as Winograd computes.
func unreadGeometry(r *rand.Rand, i int) im2col.Geometry {
	for {
		opts := []im2col.Option{im2col.Groups(1)}
		in := im2col.Input{H: 1 + r.IntN(14), W: 1 + r.IntN(14), C: 1 + r.IntN(20)}
		f := im2col.Filter{KH: 3, KW: 3, OC: 1 + r.IntN(36)}
		if i%2 == 0 {
			in.C = 1 + r.IntN(6)
			f = im2col.Filter{KH: 1 + r.IntN(5), KW: 1 + r.IntN(5), OC: 1 + r.IntN(20)}
			opts = append(opts, im2col.Stride(1+r.IntN(4), 1+r.IntN(4)), im2col.Dilation(1+r.IntN(3), 1+r.IntN(3)))
			if groups := 1 + r.IntN(4); i%4 == 0 {
				in.C, f.OC = groups, groups*(1+r.IntN(2))
				opts = append(opts, im2col.Groups(groups))
			}
		}
		if r.IntN(2) == 0 {
			opts = append(opts, im2col.Flip())
		}
		side := func() int { return r.IntN(10) - 4 }
		g, err := im2col.New(in, f, im2col.Padded(side(), side(), side(), side()), opts...)
		if err != nil {
			continue
		}
		if inputs, outputs := unread(g); len(inputs)+len(outputs) > 0 {
			return g
		}
	}
}

// What no sum has a term of may be anything, in every pass and by every
// algorithm: not even what Winograd computes and throws away reaches what it
// keeps.
func TestUnreadValuesDoNotMatter(t *testing.T) {
	const geometries = 60
	r := rand.New(rand.NewPCG(25, 26))
	byWays := map[string]int{}
	for i := range geometries {
		g := unreadGeometry(r, i)
		n := 1 + r.IntN(3)
		t.Run(fmt.Sprintf("%d %v n=%d", i, g, n), func(t *testing.T) {
			checkUnread[float32](t, r, g, n, byWays)
			checkUnread[float64](t, r, g, n, byWays)
		})
	}
	for way := range everyWay() {
		if byWays[way] != 2*geometries {
			t.Errorf("%s: %d checks, want %d", way, byWays[way], 2*geometries)
		}
	}
}

func checkUnread[T Float](t *testing.T, r *rand.Rand, g im2col.Geometry, n int, byWays map[string]int) {
	src, filter, dDst := trial.Integers[T](r, n*g.InputLen()), trial.Integers[T](r, g.FilterLen()), trial.Integers[T](r, n*g.OutputLen())
	dst, dSrc, dFilter := make([]T, len(dDst)), make([]T, len(src)), make([]T, len(filter))
	trial.Reference(g, n, func(s, f, d int) {
		dst[d] += src[s] * filter[f]
		dSrc[s] += dDst[d] * filter[f]
		dFilter[f] += dDst[d] * src[s]
	})
	inputs, outputs := unread(g)
	for way, opts := range everyWay() {
		plan, err := NewConv2D[T](g, append(opts, WithWorkers(2))...)
		if err != nil {
			t.Fatal(err)
		}
		byWays[way]++
		packed := plan.Pack(filter)
		for _, poison := range []T{T(math.NaN()), math.MaxFloat32} {
			src, dDst := poisoned(src, n, g.C, inputs, poison), poisoned(dDst, n, g.OC, outputs, poison)
			check := func(pass Pass, want []T, terms int, compute func(out []T)) {
				t.Helper()
				bound := 0.
				if plan.choices[pass].Algorithm == Winograd {
					bound = winogradBound * 0x1p-24 * 16 * float64(terms)
				}
				got := trial.Destination[T](len(want))
				compute(got.Data)
				for i, x := range got.Data {
					if diff := math.Abs(float64(x - want[i])); !(diff <= bound) {
						t.Fatalf("%s, %v where nothing is read: %v[%d] = %v, want %v ± %g", way, poison, pass, i, x, want[i], bound)
					}
				}
			}
			check(PassForward, dst, g.Depth(), func(out []T) { plan.Forward(out, src, filter, nil) })
			check(PassPacked, dst, g.Depth(), func(out []T) { plan.ForwardPacked(out, src, packed, nil) })
			check(PassData, dSrc, g.Taps()*g.GroupOC(), func(out []T) { plan.BackwardData(out, dDst, filter) })
			check(PassFilter, dFilter, n*g.Rows(), func(out []T) { plan.BackwardFilter(out, nil, src, dDst) })
		}
	}
}
