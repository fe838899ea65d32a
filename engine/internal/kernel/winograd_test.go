package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The matrices of F(4×4, 3×3) for the points 0, ±a, ±b and ∞ (Lavin and Gray
// 2015; Vincent et al. 2017 for other points than theirs), written out.
var (
	winogradBT = [6][6]float64{
		{1.265625, 0, -2.8125, 0, 1, 0},
		{0, -1.6875, -2.25, .75, 1, 0},
		{0, 1.6875, -2.25, -.75, 1, 0},
		{0, -.84375, -.5625, 1.5, 1, 0},
		{0, .84375, -.5625, -1.5, 1, 0},
		{0, 1.265625, 0, -2.8125, 0, 1},
	}
	winogradG = [6][3]float64{
		{64. / 81, 0, 0},
		{-128. / 243, -32. / 81, -8. / 27},
		{-128. / 243, 32. / 81, -8. / 27},
		{32. / 243, 16. / 81, 8. / 27},
		{32. / 243, -16. / 81, 8. / 27},
		{0, 0, 1},
	}
	winogradAT = [4][6]float64{
		{1, 1, 1, 1, 1, 0},
		{0, .75, -.75, 1.5, -1.5, 0},
		{0, .5625, .5625, 2.25, 2.25, 0},
		{0, .421875, -.421875, 3.375, -3.375, 1},
	}
)

// sandwich computes left·x·leftᵀ.
func sandwich(rows, inner int, left func(i, k int) float64, x func(i, j int) float64) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, rows)
		for j := range out[i] {
			for k := range inner {
				for l := range inner {
					out[i][j] += left(i, k) * x(k, l) * left(j, l)
				}
			}
		}
	}
	return out
}

func eachSet(t *testing.T, f func(t *testing.T, set *Set)) {
	for _, set := range Sets() {
		t.Log("instruction set:", set)
		t.Run(set.String(), func(t *testing.T) { f(t, set) })
	}
}

// nans returns n elements of NaN between guards of NaN, and all of them.
func nans(n int) (x, all []float32) {
	const guard = 23
	all = make([]float32, n+2*guard)
	for i := range all {
		all[i] = float32(math.NaN())
	}
	return all[guard : guard+n : guard+n], all
}

func close32(got float32, want, scale float64) bool {
	return math.Abs(float64(got)-want) <= 40*0x1p-24*scale
}

// The transforms are their matrix formulas, for every number of channels, and
// write nothing else.
func TestWinogradTransforms(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		r := rand.New(rand.NewPCG(1, 2))
		for channels := 1; channels <= 35; channels++ {
			plane := channels + r.IntN(9)
			col := channels + r.IntN(7)
			row := 6*col + r.IntN(11)
			t.Run(fmt.Sprint(channels), func(t *testing.T) {
				testWinogradInput(t, r, set, plane, row, col, channels)
				testWinogradFilter(t, r, set, plane, channels)
				testWinogradOutput(t, r, set, plane, row, col, channels)
				testWinogradOutputGradient(t, r, set, plane, row, col, channels)
				testWinogradFilterGradient(t, r, set, plane, col, channels)
			})
		}
	})
}

func testWinogradInput(t *testing.T, r *rand.Rand, set *Set, plane, row, col, channels int) {
	src := make([]float32, 5*(row+col)+channels)
	for i := range src {
		src[i] = r.Float32()*2 - 1
	}
	v, all := nans(35*plane + channels)
	set.WinogradInput(v, plane, src, row, col, channels)
	for c := range channels {
		want := sandwich(6, 6, func(i, k int) float64 { return winogradBT[i][k] },
			func(i, j int) float64 { return float64(src[i*row+j*col+c]) })
		for p := range WinogradPlanes {
			if got := v[p*plane+c]; !close32(got, want[p/6][p%6], 36) {
				t.Fatalf("input: plane %d channel %d of %d: %v, want %v", p, c, channels, got, want[p/6][p%6])
			}
			v[p*plane+c] = float32(math.NaN())
		}
	}
	wantNaNs(t, "input", all)
}

func testWinogradFilter(t *testing.T, r *rand.Rand, set *Set, plane, channels int) {
	u, all := nans(35*plane + channels)
	g := make([]float32, 9*channels)
	for c := range channels {
		for i := range 9 {
			g[i*channels+c] = r.Float32()*2 - 1
			u[WinogradTapPlane(i/3, i%3)*plane+c] = g[i*channels+c]
		}
	}
	set.WinogradFilter(u, plane, channels)
	for c := range channels {
		want := sandwich(6, 3, func(i, k int) float64 { return winogradG[i][k] },
			func(i, j int) float64 { return float64(g[(3*i+j)*channels+c]) })
		for p := range WinogradPlanes {
			if got := u[p*plane+c]; !close32(got, want[p/6][p%6], 2) {
				t.Fatalf("filter: plane %d channel %d of %d: %v, want %v", p, c, channels, got, want[p/6][p%6])
			}
			u[p*plane+c] = float32(math.NaN())
		}
	}
	wantNaNs(t, "filter", all)
}

func testWinogradOutput(t *testing.T, r *rand.Rand, set *Set, plane, row, col, channels int) {
	m, _ := nans(35*plane + channels)
	for p := range WinogradPlanes {
		for c := range channels {
			m[p*plane+c] = r.Float32()*2 - 1
		}
	}
	before := append([]float32(nil), m...)
	dst, all := nans(3*(row+col) + channels)
	set.WinogradOutput(dst, row, col, m, plane, channels)
	for c := range channels {
		want := sandwich(4, 6, func(i, k int) float64 { return winogradAT[i][k] },
			func(i, j int) float64 { return float64(before[(6*i+j)*plane+c]) })
		for i := range 4 {
			for j := range 4 {
				at := i*row + j*col + c
				if got := dst[at]; !close32(got, want[i][j], 100) {
					t.Fatalf("output: pixel %d,%d channel %d of %d: %v, want %v", i, j, c, channels, got, want[i][j])
				}
				dst[at] = float32(math.NaN())
			}
		}
	}
	wantNaNs(t, "output", all)
}

// wantNaNs fails the test where something other than the results was written.
func wantNaNs(t *testing.T, what string, all []float32) {
	t.Helper()
	for i, x := range all {
		if x == x {
			t.Fatalf("%s: wrote beside its results, at %d of %d", what, i, len(all))
		}
	}
}

func TestWinogradPanicsBeforeAnythingIsTouched(t *testing.T) {
	eachSet(t, func(t *testing.T, set *Set) {
		x, planes := make([]float32, 6*6*16), make([]float32, 36*16)
		for _, c := range []struct {
			want string
			call func()
		}{
			{badPlanes, func() { set.WinogradInput(planes[1:], 16, x, 96, 16, 16) }},
			{badPlanes, func() { set.WinogradInput(planes, 15, x, 96, 16, 16) }},
			{badImage, func() { set.WinogradInput(planes, 16, x[1:], 96, 16, 16) }},
			{badImage, func() { set.WinogradOutput(x[:4*16], 64, 16, planes, 16, 16) }},
			{badPlanes, func() { set.WinogradOutput(x, 64, 16, planes[:35*16], 16, 16) }},
			{badPlanes, func() { set.WinogradFilter(planes[:35*16], 16, 16) }},
			{badPlanes, func() { set.WinogradOutputGradient(planes[1:], 16, x, 96, 16, 16) }},
			{badImage, func() { set.WinogradOutputGradient(planes, 16, x[:4*16], 64, 16, 16) }},
			{badPlanes, func() { set.WinogradFilterGradient(x, 16, false, planes[1:], 16, 16) }},
			{badTaps, func() { set.WinogradFilterGradient(x[:9*16-1], 16, true, planes, 16, 16) }},
			{badTaps, func() { set.WinogradFilterGradient(x, 15, false, planes, 16, 16) }},
		} {
			func() {
				defer func() {
					if got := recover(); got != c.want {
						t.Errorf("panic %v, want %q", got, c.want)
					}
				}()
				c.call()
			}()
		}
	})
}
