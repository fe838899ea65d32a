package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tileCase is one call of a tile kernel with everything that it must leave
// alone: Dst holds NaN around the pixels that it writes.
type tileCase struct {
	args ConvArgs
	want []float32 // Dst afterwards
}

// Values of tileCase's data.
const (
	integers = iota // small, so that every sum is exact
	reals
)

// newTileCase makes a call with random offsets, a quarter of them padding, of
// some taps all in a run of rows, and what it must leave in Dst, by the definition
// in float64.
func newTileCase(r *rand.Rand, nr, rows, cols, taps, depth, data int) *tileCase {
	value := func() float32 {
		if data == integers {
			return float32(r.IntN(9) - 4)
		}
		return float32(r.NormFloat64())
	}
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = value()
		}
		return x
	}
	a := ConvArgs{
		Rows: rows, Cols: cols, Taps: taps, Depth: depth,
		TapStride:    rows + r.IntN(3),
		FilterStride: nr + r.IntN(2)*(1+r.IntN(40)),
		Accumulate:   r.IntN(3) == 0,
		ReLU:         r.IntN(2) == 0,
		Zero:         make([]float32, depth),
		Src:          fill(depth + 3*rows),
	}
	a.Filter = fill((taps*depth-1)*a.FilterStride + nr)
	if r.IntN(2) == 0 {
		a.Bias = fill(cols)
	}
	a.SrcOffsets = make([]int32, (taps-1)*a.TapStride+rows)
	for i := range a.SrcOffsets {
		a.SrcOffsets[i] = int32(r.IntN(3*rows + 1))
		if r.IntN(4) == 0 {
			a.SrcOffsets[i] = -1 - int32(r.IntN(1000))
		}
	}
	for tap := range taps {
		if r.IntN(3) > 0 {
			continue
		}
		lo := r.IntN(2) * r.IntN(rows)
		for row := lo; row < rows-r.IntN(2)*r.IntN(rows-lo); row++ {
			a.SrcOffsets[tap*a.TapStride+row] = -1
		}
	}
	if r.IntN(3) == 0 {
		a.Inside = true
		for i, o := range a.SrcOffsets {
			a.SrcOffsets[i] = max(o, 0)
		}
	}
	a.Cold = r.IntN(2) == 0
	// The pixels lie in any order with gaps of a guard between them.
	const gap = 5
	a.DstOffsets = make([]int32, rows)
	for i, place := range r.Perm(rows) {
		a.DstOffsets[i] = int32(gap + place*(cols+gap))
	}
	a.Dst = make([]float32, gap+rows*(cols+gap))
	for i := range a.Dst {
		a.Dst[i] = float32(math.NaN())
	}
	if a.Accumulate {
		for _, d := range a.DstOffsets {
			copy(a.Dst[d:], fill(cols))
		}
	}
	c := &tileCase{args: a, want: append([]float32(nil), a.Dst...)}
	for i, d := range a.DstOffsets {
		for j := range cols {
			c.want[int(d)+j] = float32(define(&a, i, j))
		}
	}
	return c
}

// define computes element (r, j) as the doc comment of ConvArgs says.
func define(a *ConvArgs, r, j int) float64 {
	var sum float64
	if a.Accumulate {
		sum = float64(a.Dst[int(a.DstOffsets[r])+j])
	} else if a.Bias != nil {
		sum = float64(a.Bias[j])
	}
	for t := range a.Taps {
		offset := int(a.SrcOffsets[t*a.TapStride+r])
		if offset < 0 {
			continue
		}
		for c := range a.Depth {
			sum += float64(a.Src[offset+c]) * float64(a.Filter[(t*a.Depth+c)*a.FilterStride+j])
		}
	}
	if a.ReLU {
		sum = max(sum, 0)
	}
	return sum
}

// run lets a tile compute the case, on a copy of Dst, which it returns.
func (c *tileCase) run(tile Tile) []float32 {
	a := c.args
	a.Dst = append([]float32(nil), a.Dst...)
	tile.Conv(&a)
	return a.Dst
}

// check fails the test unless the tile computes exactly what is wanted and
// leaves the rest of Dst as it was.
func (c *tileCase) check(t *testing.T, tile Tile) {
	t.Helper()
	got := c.run(tile)
	for i, w := range c.want {
		if w != w {
			if got[i] == got[i] {
				t.Fatalf("%v rows=%d cols=%d: wrote %v outside its pixels, at %d", tile, c.args.Rows, c.args.Cols, got[i], i)
			}
		} else if got[i] != w {
			t.Fatalf("%v rows=%d cols=%d taps=%d depth=%d accumulate=%v bias=%v relu=%v filter stride %d: Dst[%d] = %v, want %v",
				tile, c.args.Rows, c.args.Cols, c.args.Taps, c.args.Depth, c.args.Accumulate, c.args.Bias != nil,
				c.args.ReLU, c.args.FilterStride, i, got[i], w)
		}
	}
}

// eachTile runs f for every tile of this machine, and says which they were.
func eachTile(t *testing.T, f func(t *testing.T, tile Tile)) {
	ran := 0
	for _, set := range Sets() {
		for _, tile := range set.Tiles() {
			ran++
			t.Log("kernel:", tile)
			t.Run(tile.String(), func(t *testing.T) { f(t, tile) })
		}
	}
	if ran == 0 {
		t.Fatal("no kernel ran")
	}
}

func TestTileEveryHeightAndWidth(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(1, 2))
		for rows := 1; rows <= 3*tile.MR; rows++ {
			for cols := 1; cols <= tile.NR; cols++ {
				newTileCase(r, tile.NR, rows, cols, 1+r.IntN(3), 1+r.IntN(9), integers).check(t, tile)
			}
		}
	})
}

func TestTileEveryDepthAndTaps(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(3, 4))
		for taps := 1; taps <= 9; taps++ {
			for depth := 1; depth <= 21; depth++ {
				newTileCase(r, tile.NR, 1+r.IntN(2*tile.MR), 1+r.IntN(tile.NR), taps, depth, integers).check(t, tile)
				newTileCase(r, tile.NR, tile.MR, tile.NR, taps, depth, integers).check(t, tile)
			}
		}
	})
}

// Rounding errors of a chain of k multiply-adds: γ_k·Σ|a·b| (Higham, Accuracy
// and Stability of Numerical Algorithms, section 3.1).
func TestTileRealsWithinTheErrorBound(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(5, 6))
		for range 60 {
			c := newTileCase(r, tile.NR, 1+r.IntN(3*tile.MR), 1+r.IntN(tile.NR), 1+r.IntN(9), 1+r.IntN(70), reals)
			got := c.run(tile)
			abs := c.args
			abs.ReLU = false
			for _, x := range []*[]float32{&abs.Dst, &abs.Src, &abs.Filter, &abs.Bias} {
				*x = append([]float32(nil), *x...)
				for i, v := range *x {
					(*x)[i] = float32(math.Abs(float64(v)))
				}
			}
			if c.args.Bias == nil {
				abs.Bias = nil
			}
			// A product and a sum may round by themselves.
			k := float64(2*(c.args.Taps*c.args.Depth) + 2)
			eps := math.Ldexp(1, -24)
			gamma := k * eps / (1 - k*eps)
			for i, d := range c.args.DstOffsets {
				for j := range c.args.Cols {
					at := int(d) + j
					diff := math.Abs(float64(got[at]) - define(&c.args, i, j))
					if bound := gamma * define(&abs, i, j); !(diff <= bound) {
						t.Fatalf("%v: element (%d, %d) is off by %g, bound %g", tile, i, j, diff, bound)
					}
				}
			}
		}
	})
}

func TestTileBitsAreTheSameWhereFused(t *testing.T) {
	var fused []Tile
	for _, set := range Sets() {
		if set.Fused {
			fused = append(fused, set.Tiles()...)
		}
	}
	if len(fused) == 0 {
		t.Skip("no set of this machine and build fuses multiply and add")
	}
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		// Narrow enough for every tile, the panel wide enough for every tile.
		c := newTileCase(r, 32, 1+r.IntN(45), 1+r.IntN(8), 1+r.IntN(4), 1+r.IntN(40), reals)
		want := c.run(fused[0])
		for _, tile := range fused[1:] {
			sameFloat32Bits(t, tile.String(), c.run(tile), want)
		}
	}
}

func TestTileBitsDependOnNoCut(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(9, 10))
		for range 50 {
			c := newTileCase(r, tile.NR, 2+r.IntN(3*tile.MR), 1+r.IntN(tile.NR), 2+r.IntN(4), 2+r.IntN(40), reals)
			want := c.run(tile)

			// Two calls for the taps.
			cut := 1 + r.IntN(c.args.Taps-1)
			first, second := c.args, c.args
			first.Dst = append([]float32(nil), c.args.Dst...)
			first.Taps, first.ReLU = cut, false
			tile.Conv(&first)
			second.Dst = first.Dst
			second.Taps, second.Accumulate = c.args.Taps-cut, true
			second.SrcOffsets = c.args.SrcOffsets[cut*c.args.TapStride:]
			second.Filter = c.args.Filter[cut*c.args.Depth*c.args.FilterStride:]
			tile.Conv(&second)
			sameFloat32Bits(t, "taps in two calls", second.Dst, want)

			// Two calls for the rows.
			cut = 1 + r.IntN(c.args.Rows-1)
			first, second = c.args, c.args
			first.Dst = append([]float32(nil), c.args.Dst...)
			first.Rows = cut
			tile.Conv(&first)
			second.Dst = first.Dst
			second.Rows -= cut
			second.SrcOffsets, second.DstOffsets = c.args.SrcOffsets[cut:], c.args.DstOffsets[cut:]
			tile.Conv(&second)
			sameFloat32Bits(t, "rows in two calls", second.Dst, want)
		}
	})
}

func TestTileSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negZero := float32(math.Copysign(0, -1))
	eachTile(t, func(t *testing.T, tile Tile) {
		for _, rows := range []int{1, tile.MR, tile.MR + 1} {
			for _, cols := range []int{1, tile.NR} {
				for _, c := range []struct {
					x, f, start, want float32
					relu              bool
				}{
					{x: nan, f: 0, want: nan},
					{x: nan, f: 1, want: nan, relu: true},
					{x: inf, f: 0, want: nan},
					{x: inf, f: 0, want: nan, relu: true},
					{x: inf, f: -1, want: -inf},
					{x: inf, f: -1, want: 0, relu: true},
					{x: inf, f: 1, want: inf, relu: true},
					{x: inf, f: 1, start: -inf, want: nan, relu: true},
					{x: 1, f: negZero, start: negZero, want: negZero},
					{x: 1, f: negZero, start: negZero, want: negZero, relu: true},
					{x: 1, f: negZero, start: 0, want: 0, relu: true},
					{x: 2, f: 3, start: -7, want: 0, relu: true},
					{x: 2, f: 3, start: -7, want: -1},
				} {
					a := ConvArgs{
						Dst: make([]float32, rows*cols), Src: []float32{c.x}, Filter: make([]float32, tile.NR),
						Bias: make([]float32, cols), Zero: []float32{0},
						SrcOffsets: make([]int32, rows), DstOffsets: make([]int32, rows),
						Rows: rows, Cols: cols, Taps: 1, Depth: 1, FilterStride: tile.NR, ReLU: c.relu,
					}
					for i := range rows {
						a.DstOffsets[i] = int32(i * cols)
					}
					for j := range cols {
						a.Filter[j], a.Bias[j] = c.f, c.start
					}
					tile.Conv(&a)
					for i, got := range a.Dst {
						same := math.Float32bits(got) == math.Float32bits(c.want)
						if c.want != c.want {
							same = got != got
						}
						if !same {
							t.Fatalf("%v rows=%d cols=%d: %v + %v·%v, relu %v: element %d is %v, want %v",
								tile, rows, cols, c.start, c.x, c.f, c.relu, i, got, c.want)
						}
					}
				}
			}
		}
	})
}

// A tap that is padding for all rows is left out, whatever the filter; one that
// is not multiplies by zeros where it is.
func TestTileLeavesPaddingOut(t *testing.T) {
	nan := float32(math.NaN())
	eachTile(t, func(t *testing.T, tile Tile) {
		for rows := 1; rows <= tile.MR; rows++ {
			const taps, depth = 3, 5
			a := ConvArgs{
				Dst: make([]float32, rows*tile.NR), Src: []float32{1, 1, 1, 1, 1}, Filter: make([]float32, taps*depth*tile.NR),
				Zero: make([]float32, depth), SrcOffsets: make([]int32, taps*rows), DstOffsets: make([]int32, rows),
				Rows: rows, Cols: tile.NR, Taps: taps, Depth: depth, TapStride: rows, FilterStride: tile.NR,
			}
			for i := range a.Filter {
				a.Filter[i] = float32(1 + i/(depth*tile.NR))
			}
			for i := range tile.NR { // in the second tap
				a.Filter[(depth+2)*tile.NR+i] = nan
			}
			for r := range rows {
				a.DstOffsets[r], a.SrcOffsets[rows+r] = int32(r*tile.NR), -1-int32(r)
			}
			tile.Conv(&a)
			for i, x := range a.Dst {
				if x != 5*1+5*3 {
					t.Fatalf("%v rows=%d: element %d is %v, want %v", tile, rows, i, x, 5*1+5*3)
				}
			}
			a.SrcOffsets[rows+rows/2] = 0
			tile.Conv(&a)
			for i, x := range a.Dst[rows/2*tile.NR:][:tile.NR] {
				if x == x {
					t.Fatalf("%v rows=%d: element %d of row %d, which meets NaN, is %v", tile, rows, i, rows/2, x)
				}
			}
		}
	})
}

func TestTileForTakesTheNarrowest(t *testing.T) {
	for _, set := range Sets() {
		tiles := set.Tiles()
		for cols := 1; cols <= 100; cols++ {
			got := set.TileFor(cols)
			for _, other := range tiles {
				if cols <= other.NR && other.NR < got.NR || cols > got.NR && other.NR > got.NR {
					t.Errorf("%v, %d columns: %v, but %v is there", set, cols, got, other)
				}
			}
		}
	}
}

func TestTileMisusePanics(t *testing.T) {
	tile := portable.TileFor(4)
	good := newTileCase(rand.New(rand.NewPCG(11, 12)), tile.NR, 3, 4, 2, 5, integers).args
	good.Bias = make([]float32, 4)
	for want, spoil := range map[string]func(a *ConvArgs){
		badCols:      func(a *ConvArgs) { a.Cols = tile.NR + 1 },
		badDepth:     func(a *ConvArgs) { a.Depth = 0 },
		shortOffsets: func(a *ConvArgs) { a.SrcOffsets = a.SrcOffsets[1:] },
		shortFilter:  func(a *ConvArgs) { a.Filter = a.Filter[1:] },
		shortZero:    func(a *ConvArgs) { a.Zero = a.Zero[1:] },
		shortBias:    func(a *ConvArgs) { a.Bias = a.Bias[1:] },
		emptyTensor:  func(a *ConvArgs) { a.Dst = nil },
	} {
		t.Run(want, func(t *testing.T) {
			a := good
			spoil(&a)
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			tile.Conv(&a)
		})
	}
	tile.Conv(&ConvArgs{}) // no rows: nothing to do
}

func sameFloat32Bits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
			t.Fatalf("%s: element %d is %v, want the same bits as %v", what, i, got[i], want[i])
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, set := range Sets() {
		for _, tile := range set.Tiles() {
			for _, depth := range []int{4, 21, 64, 256} {
				b.Run(fmt.Sprintf("tile=%v/depth=%d", tile, depth), func(b *testing.B) {
					const rows, taps = 168, 9
					a := ConvArgs{
						Dst: make([]float32, rows*tile.NR), Src: make([]float32, depth*(rows+taps)),
						Filter: make([]float32, taps*depth*tile.NR), Zero: make([]float32, depth),
						SrcOffsets: make([]int32, taps*rows), DstOffsets: make([]int32, rows),
						Rows: rows, Cols: tile.NR, Taps: taps, Depth: depth, TapStride: rows, FilterStride: tile.NR,
					}
					for r := range rows {
						a.DstOffsets[r] = int32(r * tile.NR)
						for t := range taps {
							a.SrcOffsets[t*rows+r] = int32((r + t) * depth)
						}
					}
					for b.Loop() {
						tile.Conv(&a)
					}
					b.ReportMetric(2*rows*float64(tile.NR*taps*depth)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
