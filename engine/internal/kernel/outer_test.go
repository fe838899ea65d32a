package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// panelTile is what tiles of either precision do with panels.
type panelTile[T Float] struct {
	name        string
	set         *Set
	mr, nr      int
	outer       func(*OuterArgs[T])
	packRows    func(dst []T, step int, src []T, ld, depth, cols int)
	packColumns func(dst []T, step int, src []T, ld, depth, cols int)
}

// eachPanelTile runs a test for every tile of this machine, of either precision.
func eachPanelTile(t *testing.T, single func(*testing.T, panelTile[float32]), double func(*testing.T, panelTile[float64])) {
	eachTile(t, func(t *testing.T, tile Tile) {
		single(t, panelTile[float32]{tile.String(), tile.set, tile.MR, tile.NR, tile.Outer, tile.PackRows, tile.PackColumns})
	})
	for _, set := range Sets() {
		tile := set.DoubleTile()
		t.Run(tile.String(), func(t *testing.T) {
			double(t, panelTile[float64]{tile.String(), tile.set, tile.MR, tile.NR, tile.Outer, tile.PackRows, tile.PackColumns})
		})
	}
}

// checkOuter lets a tile compute random integers, runs that overlap and empty
// ones among them, and compares with the definition; what is not C's own must
// stay NaN.
func checkOuter[T Float](t *testing.T, r *rand.Rand, tile panelTile[T], rows, cols, terms int) {
	t.Helper()
	ints := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.IntN(9) - 4)
		}
		return x
	}
	nan := T(math.NaN())
	const gap = 7
	a := OuterArgs[T]{
		Rows: rows, Cols: cols, AStep: r.IntN(rows + 5), BStep: r.IntN(cols + 40),
		DstStride: cols + r.IntN(20), Alpha: T(1 + r.IntN(3)), Accumulate: r.IntN(2) == 0,
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
	all := make([]T, size+2*gap)
	for i := range all {
		all[i] = nan
	}
	a.Dst = all[gap : gap+size : gap+size]
	want := make([]T, rows*cols)
	for i := range rows {
		for j := range cols {
			if a.Accumulate {
				x := T(r.IntN(9) - 4)
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
	tile.outer(&a)
	for i, x := range all {
		at := i - gap
		row, col := at/a.DstStride, at%a.DstStride
		if at < 0 || at >= size || col >= cols {
			if x == x {
				t.Fatalf("%s %d×%d: wrote outside, at %d", tile.name, rows, cols, at)
			}
		} else if x != want[row*cols+col] {
			t.Fatalf("%s %d×%d, runs %v, alpha %v, accumulate %v: dst[%d][%d] = %v, want %v",
				tile.name, rows, cols, a.Runs, a.Alpha, a.Accumulate, row, col, x, want[row*cols+col])
		}
	}
}

func TestOuterEveryHeightAndWidth(t *testing.T) {
	eachPanelTile(t, testOuterEveryHeightAndWidth[float32], testOuterEveryHeightAndWidth[float64])
}

func testOuterEveryHeightAndWidth[T Float](t *testing.T, tile panelTile[T]) {
	r := rand.New(rand.NewPCG(1, 2))
	for rows := 1; rows <= 3*tile.mr; rows++ {
		for cols := 1; cols <= tile.nr; cols++ {
			checkOuter(t, r, tile, rows, cols, r.IntN(23))
		}
	}
}

func TestOuterEveryCount(t *testing.T) {
	eachPanelTile(t, testOuterEveryCount[float32], testOuterEveryCount[float64])
}

func testOuterEveryCount[T Float](t *testing.T, tile panelTile[T]) {
	r := rand.New(rand.NewPCG(3, 4))
	for rows := 1; rows <= tile.mr; rows++ {
		for terms := range 40 {
			checkOuter(t, r, tile, rows, 1+r.IntN(tile.nr), terms)
		}
	}
}

// NaN and infinities reach their own rows and columns, by the rules of
// arithmetic, and a NaN in Dst does no harm unless it is added to.
func TestOuterNotANumber(t *testing.T) {
	eachPanelTile(t, testOuterNotANumber[float32], testOuterNotANumber[float64])
}

func testOuterNotANumber[T Float](t *testing.T, tile panelTile[T]) {
	nan, inf := T(math.NaN()), T(math.Inf(1))
	for rows := 2; rows <= tile.mr; rows++ {
		for cols := 2; cols <= tile.nr; cols++ {
			a := OuterArgs[T]{Rows: rows, Cols: cols, AStep: rows, BStep: cols, DstStride: cols, Alpha: 1, Runs: []Run{{Count: 5}}}
			a.A, a.B, a.Dst = make([]T, 5*rows), make([]T, 5*cols), make([]T, rows*cols)
			for i := range a.A {
				a.A[i] = 1
			}
			for i := range a.Dst {
				a.Dst[i] = nan
			}
			a.A[3*rows] = inf  // 0·∞ in row 0: NaN
			a.B[2*cols+1] = -7 // column 1
			tile.outer(&a)
			for i, x := range a.Dst {
				want := T(0)
				if i%cols == 1 {
					want = -7
				}
				if isNaN := i/cols == 0; isNaN != (x != x) || !isNaN && x != want {
					t.Fatalf("%d×%d: dst[%d] = %v", rows, cols, i, x)
				}
			}
		}
	}
}

func TestPackIsATransposition(t *testing.T) {
	eachPanelTile(t, testPackIsATransposition[float32], testPackIsATransposition[float64])
}

func testPackIsATransposition[T Float](t *testing.T, tile panelTile[T]) {
	nan := T(math.NaN())
	r := rand.New(rand.NewPCG(5, 6))
	for cols := 1; cols <= tile.nr; cols++ {
		for depth := 1; depth <= 40; depth++ {
			step := tile.nr
			if cols <= tile.nr/2 {
				step = cols + r.IntN(4)
			}
			ld := max(depth, cols) + r.IntN(5)
			src := make([]T, max((depth-1)*ld+cols, (cols-1)*ld+depth))
			for i := range src {
				src[i] = T(r.Float64())
			}
			size := (depth-1)*step + cols + PackSlack
			check := func(what string, pack func(dst, src []T), srcLen int, at func(k, j int) int) {
				all := make([]T, size+2*PackSlack)
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
			check("rows", func(dst, src []T) { tile.packRows(dst, step, src, ld, depth, cols) },
				(depth-1)*ld+cols, func(k, j int) int { return k*ld + j })
			check("columns", func(dst, src []T) { tile.packColumns(dst, step, src, ld, depth, cols) },
				(cols-1)*ld+depth, func(k, j int) int { return j*ld + k })
		}
	}
}

func TestOuterPanicsBeforeAnythingIsTouched(t *testing.T) {
	eachPanelTile(t, testOuterPanicsBeforeAnythingIsTouched[float32], testOuterPanicsBeforeAnythingIsTouched[float64])
}

func testOuterPanicsBeforeAnythingIsTouched[T Float](t *testing.T, tile panelTile[T]) {
	good := func() *OuterArgs[T] {
		return &OuterArgs[T]{Dst: make([]T, 8), A: make([]T, 8), B: make([]T, 8), Runs: []Run{{Count: 1}},
			Rows: 2, Cols: 4, AStep: 2, BStep: 4, DstStride: 4, Alpha: 1}
	}
	x := make([]T, 64)
	for _, c := range []struct {
		want string
		call func(a *OuterArgs[T])
	}{
		{badCols, func(a *OuterArgs[T]) { a.Cols = tile.nr + 1; tile.outer(a) }},
		{badCols, func(a *OuterArgs[T]) { a.Cols = 0; tile.outer(a) }},
		{shortDst, func(a *OuterArgs[T]) { a.Dst = a.Dst[:7]; tile.outer(a) }},
		{noRuns, func(a *OuterArgs[T]) { a.Runs = nil; tile.outer(a) }},
		{emptyTensor, func(a *OuterArgs[T]) { a.A = nil; tile.outer(a) }},
		{badCols, func(a *OuterArgs[T]) { tile.packRows(x, 99, x, 1, 1, tile.nr+1) }},
		{shortPanel, func(a *OuterArgs[T]) { tile.packRows(x[:PackSlack], 1, x, 1, 1, 1) }},
		{shortPanel, func(a *OuterArgs[T]) { tile.packColumns(x, tile.nr/2, x, 1, 1, tile.nr/2+1) }},
		{shortPackSrc, func(a *OuterArgs[T]) { tile.packRows(x, 4, x[:4], 4, 2, 1) }},
		{shortPackSrc, func(a *OuterArgs[T]) { tile.packColumns(x, 4, x[:4], 4, 1, 2) }},
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
}
