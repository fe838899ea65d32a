package kernel

// OuterArgs is a sum of outer products of rows of two matrices, taken in runs:
//
//	Dst[r·DstStride + j] = start + Alpha · Σ_runs Σ_{k<Count} A[run.A + k·AStep + r] · B[run.B + k·BStep + j]
//
// for r < Rows, j < Cols, where start is the element of Dst itself with
// Accumulate, else 0. With A and B packed in panels (AStep = MR, BStep = NR) and
// one run it is the inner loop of a matrix product. With pixels as rows it is
// the gradient to a filter: A the input, B the output's gradient, both in
// place, and a run the pixels of an output row that a kernel element meets.
//
// All counts, offsets and steps are in elements. The offsets of runs are
// trusted: the assembly reads where they point.
//
// Tiles of few rows sum in several chains, so that the bits of an element
// depend on Rows. A long call is cut into several of the kernel, which is not
// preempted: rows into tiles and, where a tile by itself has too many terms, the
// sum into sums.
type OuterArgs[T Float] struct {
	Dst  []T
	A, B []T
	Runs []Run

	Rows, Cols   int // any Rows ≥ 0; 1 ≤ Cols ≤ NR
	AStep, BStep int
	DstStride    int

	Alpha T

	// AAhead and BAhead are how far behind each row of A, and of B, lies what is
	// fetched to the second-level cache with it, for a later call; 0 for nothing.
	AAhead, BAhead int

	Accumulate bool // add to what is in Dst; without it Dst is only written
}

// Run is a run of terms: Count rows of A and of B, from offsets A and B on.
type Run struct{ A, B, Count int }

// Outer computes one panel of a sum of outer products. It panics if a slice is
// too short for the counts, before anything is touched.
//
// Inlined in another package, it would be a call of a generic function of which
// the compiler does not know there that it keeps nothing of a.
//
//go:noinline
func (t Tile) Outer(a *OuterArgs[float32]) { outer(t.set.kernels.Outer, t.Size, a) }

func outer[T Float](kernels byCols[OuterArgs[T]], size Size, a *OuterArgs[T]) {
	if a.Rows <= 0 {
		return
	}
	a.check(size.NR)
	kernel := kernels.of(a.Cols)
	if !a.long() {
		call(kernel, a)
		return
	}
	piece, cutter := *a, runCutter{}
	most, step := a.most(size.MR)
	for r := 0; r < a.Rows; r += step {
		piece.Rows, piece.Accumulate = min(step, a.Rows-r), a.Accumulate
		piece.A, piece.Dst = a.A[r:], a.Dst[r*a.DstStride:]
		cutter = runCutter{runs: a.Runs, aStep: a.AStep, bStep: a.BStep}
		for piece.Runs = cutter.next(most); len(piece.Runs) > 0; piece.Runs = cutter.next(most) {
			call(kernel, &piece)
			piece.Accumulate = true
		}
	}
}

func (a *OuterArgs[T]) check(nr int) {
	switch {
	case a.Cols < 1 || a.Cols > nr:
		panic(badCols)
	case a.DstStride < 0 || len(a.Dst) < (a.Rows-1)*a.DstStride+a.Cols:
		panic(shortDst)
	case len(a.Runs) == 0:
		panic(noRuns)
	case len(a.A) == 0 || len(a.B) == 0:
		panic(emptyTensor)
	}
}

// long reports whether the sum is too much for one call of assembly.
func (a *OuterArgs[T]) long() bool {
	return a.Rows*a.Cols*(termsOf(a.Runs)+storeCost) > longProduct
}

// most returns how many terms, and how many rows, one call of assembly takes.
func (a *OuterArgs[T]) most(mr int) (terms, rows int) {
	terms = longProduct / (mr * a.Cols)
	return terms, rowsOf(longProduct, a.Cols*(min(termsOf(a.Runs), terms)+storeCost), mr)
}

const (
	shortDst = "kernel: dst too short"
	noRuns   = "kernel: no runs of terms"
)

// outerPortable defines what every kernel of outer products computes. Full
// tiles of 4×4 keep their sums in variables, which the compiler holds in
// registers.
func outerPortable[T Float](a *OuterArgs[T]) {
	for r := 0; r < a.Rows; r += 4 {
		for j := 0; j < a.Cols; j += 4 {
			if r+4 <= a.Rows && j+4 <= a.Cols {
				outer4x4(a, r, j)
			} else {
				outerPart(a, r, min(r+4, a.Rows), j, min(j+4, a.Cols))
			}
		}
	}
}

func outerPart[T Float](a *OuterArgs[T], r0, r1, j0, j1 int) {
	var sum [4][4]T
	for _, run := range a.Runs {
		for k := range run.Count {
			x := a.A[run.A+k*a.AStep+r0:][:r1-r0]
			y := a.B[run.B+k*a.BStep+j0:][:j1-j0]
			for i, x := range x {
				for j, y := range y {
					sum[i][j&3] += x * y
				}
			}
		}
	}
	for i := range r1 - r0 {
		for j := range j1 - j0 {
			a.finish(r0+i, j0+j, sum[i][j])
		}
	}
}

func outer4x4[T Float](a *OuterArgs[T], r, j int) {
	var s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33 T
	for _, run := range a.Runs {
		p, q := run.A+r, run.B+j
		for range run.Count {
			x, y := a.A[p:p+4:p+4], a.B[q:q+4:q+4]
			p += a.AStep
			q += a.BStep
			y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
			x0 := x[0]
			s00 += x0 * y0
			s01 += x0 * y1
			s02 += x0 * y2
			s03 += x0 * y3
			x1 := x[1]
			s10 += x1 * y0
			s11 += x1 * y1
			s12 += x1 * y2
			s13 += x1 * y3
			x2 := x[2]
			s20 += x2 * y0
			s21 += x2 * y1
			s22 += x2 * y2
			s23 += x2 * y3
			x3 := x[3]
			s30 += x3 * y0
			s31 += x3 * y1
			s32 += x3 * y2
			s33 += x3 * y3
		}
	}
	for i, row := range [4][4]T{
		{s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33},
	} {
		for k, sum := range row {
			a.finish(r+i, j+k, sum)
		}
	}
}

// finish stores the sum of an element.
func (a *OuterArgs[T]) finish(r, j int, sum T) {
	d := &a.Dst[r*a.DstStride+j]
	if a.Accumulate {
		*d += a.Alpha * sum
	} else {
		*d = a.Alpha * sum
	}
}
