package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// Four is plain Go on four elements at a time.
const Four ISA = "four"

var four = Set{
	ISA: Four, Lanes: 4,
	Sizes: []Size{{2, 4}}, DoubleSize: Size{4, 4},
	rank:      3,
	available: func() bool { return true },
	kernels:   kernels{Outer: byCols[OuterArgs[float32]]{{4, outerFour}}},
	loops:     loops{add: addFour},
}

// outerFour sums row by row, four columns beside each other.
func outerFour(a *OuterArgs[float32]) {
	for r := range a.Rows {
		var sums [4]float32
		for _, run := range a.Runs {
			for k := range run.Count {
				x, y := a.A[run.A+k*a.AStep+r], a.B[run.B+k*a.BStep:]
				for j := range a.Cols {
					sums[j] += x * y[j]
				}
			}
		}
		for j := range a.Cols {
			a.finish(r, j, sums[j])
		}
	}
}

func addFour(dst, x *float32, n int) {
	d, s := unsafe.Slice(dst, n), unsafe.Slice(x, n)
	for ; len(d) >= 4; d, s = d[4:], s[4:] {
		d[0], d[1], d[2], d[3] = d[0]+s[0], d[1]+s[1], d[2]+s[2], d[3]+s[3]
	}
	for i := range d {
		d[i] += s[i]
	}
}

// TestSetOfTwoKernels: a set needs nothing but what it has, as docs/kernel.md says.
func TestSetOfTwoKernels(t *testing.T) {
	s := four
	s.complete()
	checkComplete(t, &s)
	for _, name := range []string{"Outer", "float32 Add"} {
		if slices.Contains(s.Borrowed, name) {
			t.Errorf("%s is the portable set's", name)
		}
	}
	r := rand.New(rand.NewPCG(15, 16))
	tile := s.TileFor(4)
	for rows := 1; rows <= 6; rows++ {
		for cols := 1; cols <= tile.NR; cols++ {
			checkOuter(t, r, panelTile[float32]{tile.String(), &s, tile.MR, tile.NR, tile.Outer, tile.PackRows, tile.PackColumns}, rows, cols, r.IntN(23))
		}
	}
	x, sum := []float32{1, 2, 3, 4, 5, 6, 7}, make([]float32, 7)
	s.vector32.Add(sum, x)
	if !slices.Equal(sum, x) {
		t.Errorf("0 + %v = %v", x, sum)
	}
}
