//go:build unix

package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/internal/fence"
)

// The tests here and in fence_vector_test.go let every kernel run with each of its
// slices as long as its contract says and not an element longer, beside protected
// pages.

// newFence returns memory for calls of kernels.
func newFence(t *testing.T) *fence.Fence {
	if raceEnabled {
		t.Skip("slow, and on one goroutine")
	}
	return fence.New(t)
}

// smallIntegers returns a slice in m.
func smallIntegers(m *fence.Memory, r *rand.Rand, n int) []float32 {
	return smallIntegersOf[float32](m, r, n)
}

func smallIntegersOf[T Float](m *fence.Memory, r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.IntN(9) - 4)
	}
	return fence.Place(m, x)
}

func TestConvStaysInItsSlices(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		f := newFence(t)
		for rows := 1; rows <= 2*tile.MR+1; rows++ {
			for cols := 1; cols <= tile.NR; cols++ {
				seed := rand.NewPCG(uint64(rows), uint64(cols))
				shape := rand.New(seed)
				taps, depth := 1+shape.IntN(3), 1+shape.IntN(9)
				if shape.IntN(20) == 0 {
					taps, depth = 9, 40
				}
				draw := shape.Uint64()
				fence.Check(t, f, fmt.Sprintf("%v rows=%d cols=%d taps=%d depth=%d", tile, rows, cols, taps, depth), func(m *fence.Memory) []float32 {
					r := rand.New(rand.NewPCG(draw, 1))
					return fencedConv(m, r, rows, cols, taps, depth, tile.NR, tile.NR, depth, tile.Conv)
				})
			}
		}
	})
}

func TestDepthwiseStaysInItsSlices(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		f := newFence(t)
		for cols := 1; cols <= 150; cols++ {
			for rows := 1; rows <= 13; rows += 1 + cols/17 {
				taps := 1 + (rows+cols)%9
				fence.Check(t, f, fmt.Sprintf("rows=%d cols=%d taps=%d", rows, cols, taps), func(m *fence.Memory) []float32 {
					r := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
					return fencedConv(m, r, rows, cols, taps, 1, cols, cols, cols, func(a *ConvArgs) { set.Depthwise(a) })
				})
			}
		}
	})
}

// fencedConv makes a call whose last and first elements are all touched. A row of
// the filter is filterRow long, at distances of step at least; a pixel is read to
// the given length.
func fencedConv(m *fence.Memory, r *rand.Rand, rows, cols, taps, depth, filterRow, step, pixel int, conv func(*ConvArgs)) []float32 {
	a := ConvArgs{
		Rows: rows, Cols: cols, Taps: taps, Depth: depth,
		TapStride:    rows + r.IntN(3),
		FilterStride: step + r.IntN(2)*r.IntN(40),
		Accumulate:   r.IntN(3) == 0,
		ReLU:         r.IntN(2) == 0,
		Inside:       r.IntN(2) == 0,
		Cold:         r.IntN(2) == 0,
		Zero:         fence.Place(m, make([]float32, pixel)),
	}
	if r.IntN(2) == 0 {
		a.Bias = smallIntegers(m, r, cols)
	}
	a.Filter = smallIntegers(m, r, (taps*depth-1)*a.FilterStride+filterRow)
	last := r.IntN(3 * rows)
	a.Src = smallIntegers(m, r, last+pixel)
	offsets := make([]int32, (taps-1)*a.TapStride+rows)
	for i := range offsets {
		offsets[i] = int32(r.IntN(last + 1))
		if !a.Inside && r.IntN(4) == 0 {
			offsets[i] = -1
		}
	}
	offsets[r.IntN(len(offsets))] = 0
	offsets[r.IntN(taps)*a.TapStride+r.IntN(rows)] = int32(last)
	a.SrcOffsets = fence.Place(m, offsets)
	dst := make([]int32, rows)
	gap := r.IntN(2) * r.IntN(5)
	for i, place := range r.Perm(rows) {
		dst[i] = int32(place * (cols + gap))
	}
	a.DstOffsets = fence.Place(m, dst)
	a.Dst = smallIntegers(m, r, rows*(cols+gap)-gap)
	conv(&a)
	return a.Dst
}

func TestOuterStaysInItsSlices(t *testing.T) {
	eachPanelTile(t, testOuterStaysInItsSlices[float32], testOuterStaysInItsSlices[float64])
}

func testOuterStaysInItsSlices[T Float](t *testing.T, tile panelTile[T]) {
	f := newFence(t)
	for rows := 1; rows <= 2*tile.mr+1; rows++ {
		for cols := 1; cols <= tile.nr; cols++ {
			fence.Check(t, f, fmt.Sprintf("%s rows=%d cols=%d", tile.name, rows, cols), func(m *fence.Memory) []T {
				r := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
				a := OuterArgs[T]{
					Rows: rows, Cols: cols, AStep: r.IntN(rows + 5), BStep: r.IntN(cols + 40),
					DstStride: cols + r.IntN(2)*r.IntN(20), Alpha: 2, Accumulate: r.IntN(2) == 0, AAhead: r.IntN(2) * 64,
				}
				if r.IntN(3) == 0 { // packed panels
					a.AStep, a.BStep = tile.mr*(1+(rows-1)/tile.mr), tile.nr
				}
				runs, lenA, lenB := fencedRuns(m, r, a.AStep, a.BStep)
				a.Runs, a.A, a.B = runs, smallIntegersOf[T](m, r, lenA+rows), smallIntegersOf[T](m, r, lenB+cols)
				a.Dst = smallIntegersOf[T](m, r, (rows-1)*a.DstStride+cols)
				tile.outer(&a)
				return a.Dst
			})
		}
	}
}

// fencedRuns returns runs of terms, the first from the very first element on, and
// how long the matrices are without the last term's row.
func fencedRuns(m *fence.Memory, r *rand.Rand, aStep, bStep int) (runs []Run, lenA, lenB int) {
	for i := range 1 + r.IntN(4) {
		run := Run{Count: r.IntN(12)}
		if i > 0 {
			run.A, run.B = r.IntN(30), r.IntN(30)
		}
		if run.Count > 0 {
			lenA, lenB = max(lenA, run.A+(run.Count-1)*aStep), max(lenB, run.B+(run.Count-1)*bStep)
		}
		runs = append(runs, run)
	}
	return fence.Place(m, runs), lenA, lenB
}

func TestDepthwiseFilterStaysInItsSlices(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		f := newFence(t)
		for cols := 1; cols <= 150; cols++ {
			for taps := 1; taps <= DepthwiseTaps; taps++ {
				fence.Check(t, f, fmt.Sprintf("cols=%d taps=%d", cols, taps), func(m *fence.Memory) []float32 {
					r := rand.New(rand.NewPCG(uint64(taps), uint64(cols)))
					a := DepthwiseFilterArgs{
						Taps: taps, Cols: cols, TapStep: r.IntN(cols + 9), AStep: r.IntN(cols + 9), BStep: r.IntN(cols + 9),
						DstStride: cols + r.IntN(2)*r.IntN(9), Accumulate: r.IntN(2) == 0,
					}
					runs, lenA, lenB := fencedRuns(m, r, a.AStep, a.BStep)
					a.Runs, a.A, a.B = runs, smallIntegers(m, r, lenA+(taps-1)*a.TapStep+cols), smallIntegers(m, r, lenB+cols)
					a.Dst = smallIntegers(m, r, (taps-1)*a.DstStride+cols)
					set.DepthwiseFilter(&a)
					return a.Dst
				})
			}
		}
	})
}

func TestPackStaysInItsSlices(t *testing.T) {
	eachPanelTile(t, testPackStaysInItsSlices[float32], testPackStaysInItsSlices[float64])
}

func testPackStaysInItsSlices[T Float](t *testing.T, tile panelTile[T]) {
	f := newFence(t)
	for cols := 1; cols <= tile.nr; cols++ {
		for depth := 1; depth <= 37; depth++ {
			for by, pack := range map[string]func(dst []T, step int, src []T, ld, depth, cols int){
				"rows": tile.packRows, "columns": tile.packColumns,
			} {
				fence.Check(t, f, fmt.Sprintf("%s by %s, depth=%d cols=%d", tile.name, by, depth, cols), func(m *fence.Memory) []T {
					r := rand.New(rand.NewPCG(uint64(depth), uint64(cols)))
					step := tile.nr
					if cols <= tile.nr/2 && r.IntN(2) == 0 {
						step = cols + r.IntN(tile.nr/2)
					}
					ld, count, length := cols+r.IntN(3), depth, cols
					if by == "columns" {
						ld, count, length = depth+r.IntN(3), cols, depth
					}
					src := smallIntegersOf[T](m, r, (count-1)*ld+length)
					dst := fence.Place(m, make([]T, (depth-1)*step+cols+PackSlack))
					pack(dst, step, src, ld, depth, cols)
					var got []T // what lies between may hold anything
					for k := range depth {
						got = append(got, dst[k*step:][:cols]...)
					}
					return got
				})
			}
		}
	}
}

func TestPlanesStayInTheirSlices(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		f := newFence(t)
		for n := 1; n <= 70; n++ {
			for rows := 1; rows <= 4; rows++ {
				fence.Check(t, f, fmt.Sprintf("spans, n=%d rows=%d", n, rows), func(m *fence.Memory) []float32 {
					r := rand.New(rand.NewPCG(uint64(rows), uint64(n)))
					spans := []Span{{0, 0, n}, {r.IntN(5), r.IntN(5), n}, {3, 4, r.IntN(n + 1)}, {5, 5, n}}
					dstStep, srcStep := n+5+r.IntN(3), n+5+r.IntN(3)
					src := smallIntegers(m, r, (rows-1)*srcStep+5+n)
					dst := smallIntegers(m, r, (rows-1)*dstStep+5+n)
					set.AddSpans(dst, dstStep, src, srcStep, rows, fence.Place(m, spans))
					return dst
				})
				for streams := 1; streams <= 9; streams++ {
					fence.Check(t, f, fmt.Sprintf("%d streams, n=%d rows=%d", streams, n, rows), func(m *fence.Memory) []float32 {
						r := rand.New(rand.NewPCG(uint64(rows), uint64(n)))
						ld := n + r.IntN(3)
						srcStep, dstStep := streams*ld+r.IntN(3), streams*n
						src := smallIntegers(m, r, (rows-1)*srcStep+(streams-1)*ld+n+InterleaveSlack)
						dst := smallIntegers(m, r, rows*dstStep)
						set.Interleave(dst, dstStep, src, srcStep, ld, streams, n, rows)
						return dst
					})
				}
			}
		}
	})
}

func TestPrefetchOfTheLastElements(t *testing.T) {
	f := newFence(t)
	for n := range 70 {
		fence.Check(t, f, fmt.Sprint(n), func(m *fence.Memory) []float32 {
			Best().Prefetch(fence.Place(m, make([]float32, n)))
			return nil
		})
	}
}

func TestWinogradTransformsStayInTheirSlices(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		f := newFence(t)
		for channels := 1; channels <= 70; channels++ {
			check := func(what string, call func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32) {
				fence.Check(t, f, fmt.Sprintf("%s, channels=%d", what, channels), func(m *fence.Memory) []float32 {
					r := rand.New(rand.NewPCG(uint64(channels), 1))
					plane := channels + r.IntN(3)
					return call(m, r, plane, smallIntegers(m, r, (WinogradPlanes-1)*plane+channels))
				})
			}
			col := channels + channels%3
			row := 6*col + channels%2
			check("input", func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32 {
				set.WinogradInput(planes, plane, smallIntegers(m, r, 5*(row+col)+channels), row, col, channels)
				return planes
			})
			check("output", func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32 {
				dst := smallIntegers(m, r, 3*(row+col)+channels)
				set.WinogradOutput(dst, row, col, planes, plane, channels)
				return dst
			})
			check("filter", func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32 {
				set.WinogradFilter(planes, plane, channels)
				return planes
			})
			check("gradient to the output", func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32 {
				set.WinogradOutputGradient(planes, plane, smallIntegers(m, r, 3*(row+col)+channels), row, col, channels)
				return planes
			})
			check("gradient to the filter", func(m *fence.Memory, r *rand.Rand, plane int, planes []float32) []float32 {
				dst := smallIntegers(m, r, 8*col+channels)
				set.WinogradFilterGradient(dst, col, channels%2 == 0, planes, plane, channels)
				return dst
			})
		}
	})
}
