package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// checkOuter lets a tile compute random integers, runs that overlap and empty
// ones among them, and compares with the definition; what is not C's own must
// stay NaN.
func checkOuter(t *testing.T, r *rand.Rand, tile Tile, rows, cols, terms int) {
	t.Helper()
	ints := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.IntN(9) - 4)
		}
		return x
	}
	nan := float32(math.NaN())
	const gap = 7
	a := OuterArgs{
		Rows: rows, Cols: cols, AStep: r.IntN(rows + 5), BStep: r.IntN(cols + 40),
		DstStride: cols + r.IntN(20), Alpha: float32(1 + r.IntN(3)), Accumulate: r.IntN(2) == 0,
		AAhead: r.IntN(2) << r.IntN(50), BAhead: -r.IntN(2) << r.IntN(50), // what lies there does not matter
	}
	for left := terms; ; {
		n := r.IntN(left + 1)
		if len(a.Runs) == 4 {
			n = left
		}
		a.Runs = append(a.Runs, Run{A: r.IntN(30), B: r.IntN(30), Count: n})
		if left -= n; left == 0 {
			break
		}
	}
	// Not an element more than the definition reads.
	lenA, lenB := 1, 1
	for _, run := range a.Runs {
		if run.Count > 0 {
			lenA = max(lenA, run.A+(run.Count-1)*a.AStep+rows)
			lenB = max(lenB, run.B+(run.Count-1)*a.BStep+cols)
		}
	}
	a.A, a.B = ints(lenA), ints(lenB)
	size := (rows-1)*a.DstStride + cols
	all := make([]float32, size+2*gap)
	for i := range all {
		all[i] = nan
	}
	a.Dst = all[gap : gap+size : gap+size]
	want := make([]float32, rows*cols)
	for i := range rows {
		for j := range cols {
			if a.Accumulate {
				x := float32(r.IntN(9) - 4)
				a.Dst[i*a.DstStride+j] = x
				want[i*cols+j] = x
			}
			for _, run := range a.Runs {
				for k := range run.Count {
					want[i*cols+j] += a.Alpha * a.A[run.A+k*a.AStep+i] * a.B[run.B+k*a.BStep+j]
				}
			}
		}
	}
	tile.Outer(&a)
	for i, x := range all {
		at := i - gap
		row, col := at/a.DstStride, at%a.DstStride
		if at < 0 || at >= size || col >= cols {
			if x == x {
				t.Fatalf("%v %d×%d: wrote outside, at %d", tile, rows, cols, at)
			}
		} else if x != want[row*cols+col] {
			t.Fatalf("%v %d×%d, runs %v, alpha %v, accumulate %v: dst[%d][%d] = %v, want %v",
				tile, rows, cols, a.Runs, a.Alpha, a.Accumulate, row, col, x, want[row*cols+col])
		}
	}
}

func TestOuterEveryHeightAndWidth(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(1, 2))
		for rows := 1; rows <= 3*tile.MR; rows++ {
			for cols := 1; cols <= tile.NR; cols++ {
				checkOuter(t, r, tile, rows, cols, r.IntN(23))
			}
		}
	})
}

func TestOuterEveryCount(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(3, 4))
		for rows := 1; rows <= tile.MR; rows++ {
			for terms := range 40 {
				checkOuter(t, r, tile, rows, 1+r.IntN(tile.NR), terms)
			}
		}
	})
}

// NaN and infinities reach their own rows and columns, by the rules of
// arithmetic, and a NaN in Dst does no harm unless it is added to.
func TestOuterNotANumber(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachTile(t, func(t *testing.T, tile Tile) {
		for rows := 2; rows <= tile.MR; rows++ {
			for cols := 2; cols <= tile.NR; cols++ {
				a := OuterArgs{Rows: rows, Cols: cols, AStep: rows, BStep: cols, DstStride: cols, Alpha: 1, Runs: []Run{{Count: 5}}}
				a.A, a.B, a.Dst = make([]float32, 5*rows), make([]float32, 5*cols), make([]float32, rows*cols)
				for i := range a.A {
					a.A[i] = 1
				}
				for i := range a.Dst {
					a.Dst[i] = nan
				}
				a.A[3*rows] = inf  // 0·∞ in row 0: NaN
				a.B[2*cols+1] = -7 // column 1
				tile.Outer(&a)
				for i, x := range a.Dst {
					want := float32(0)
					if i%cols == 1 {
						want = -7
					}
					if isNaN := i/cols == 0; isNaN != (x != x) || !isNaN && x != want {
						t.Fatalf("%d×%d: dst[%d] = %v", rows, cols, i, x)
					}
				}
			}
		}
	})
}

func TestPackIsATransposition(t *testing.T) {
	nan := float32(math.NaN())
	eachTile(t, func(t *testing.T, tile Tile) {
		r := rand.New(rand.NewPCG(5, 6))
		for cols := 1; cols <= tile.NR; cols++ {
			for depth := 1; depth <= 40; depth++ {
				step := tile.NR
				if cols <= tile.NR/2 {
					step = cols + r.IntN(4)
				}
				ld := max(depth, cols) + r.IntN(5)
				src := make([]float32, max((depth-1)*ld+cols, (cols-1)*ld+depth))
				for i := range src {
					src[i] = r.Float32()
				}
				size := (depth-1)*step + cols + PackSlack
				check := func(what string, pack func(dst, src []float32), srcLen int, at func(k, j int) int) {
					all := make([]float32, size+2*PackSlack)
					for i := range all {
						all[i] = nan
					}
					pack(all[PackSlack:][:size:size], src[:srcLen:srcLen])
					for i, x := range all {
						if (i < PackSlack || i >= PackSlack+size) && x == x {
							t.Fatalf("%s %d×%d step %d: wrote outside, at %d of %d", what, depth, cols, step, i-PackSlack, size)
						}
					}
					for k := range depth {
						for j := range cols {
							if got, want := all[PackSlack+k*step+j], src[at(k, j)]; got != want {
								t.Fatalf("%s %d×%d step %d: element %d, %d is %v, want %v", what, depth, cols, step, k, j, got, want)
							}
						}
					}
				}
				check("rows", func(dst, src []float32) { tile.PackRows(dst, step, src, ld, depth, cols) },
					(depth-1)*ld+cols, func(k, j int) int { return k*ld + j })
				check("columns", func(dst, src []float32) { tile.PackColumns(dst, step, src, ld, depth, cols) },
					(cols-1)*ld+depth, func(k, j int) int { return j*ld + k })
			}
		}
	})
}

func TestOuterPanicsBeforeAnythingIsTouched(t *testing.T) {
	eachTile(t, func(t *testing.T, tile Tile) {
		good := func() *OuterArgs {
			return &OuterArgs{Dst: make([]float32, 8), A: make([]float32, 8), B: make([]float32, 8), Runs: []Run{{Count: 1}},
				Rows: 2, Cols: 4, AStep: 2, BStep: 4, DstStride: 4, Alpha: 1}
		}
		x := make([]float32, 64)
		for _, c := range []struct {
			want string
			call func(a *OuterArgs)
		}{
			{badCols, func(a *OuterArgs) { a.Cols = tile.NR + 1; tile.Outer(a) }},
			{badCols, func(a *OuterArgs) { a.Cols = 0; tile.Outer(a) }},
			{shortDst, func(a *OuterArgs) { a.Dst = a.Dst[:7]; tile.Outer(a) }},
			{noRuns, func(a *OuterArgs) { a.Runs = nil; tile.Outer(a) }},
			{emptyTensor, func(a *OuterArgs) { a.A = nil; tile.Outer(a) }},
			{badCols, func(a *OuterArgs) { tile.PackRows(x, 99, x, 1, 1, tile.NR+1) }},
			{shortPanel, func(a *OuterArgs) { tile.PackRows(x[:PackSlack], 1, x, 1, 1, 1) }},
			{shortPanel, func(a *OuterArgs) { tile.PackColumns(x, tile.NR-1, x, 1, 1, tile.NR/2+1) }},
			{shortPackSrc, func(a *OuterArgs) { tile.PackRows(x, 4, x[:4], 4, 2, 1) }},
			{shortPackSrc, func(a *OuterArgs) { tile.PackColumns(x, 4, x[:4], 4, 1, 2) }},
		} {
			func() {
				defer func() {
					if got := recover(); got != c.want {
						t.Errorf("panic %v, want %q", got, c.want)
					}
				}()
				c.call(good())
			}()
		}
	})
}
