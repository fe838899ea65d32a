package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func testWinogradOutputGradient(t *testing.T, r *rand.Rand, isa ISA, plane, row, col, channels int) {
	dst := make([]float32, 3*(row+col)+channels)
	for i := range dst {
		dst[i] = r.Float32()*2 - 1
	}
	w, all := nans(35*plane + channels)
	WinogradOutputGradient(isa, w, plane, dst, row, col, channels)
	for c := range channels {
		want := sandwich(6, 4, func(i, k int) float64 { return winogradAT[k][i] },
			func(i, j int) float64 { return float64(dst[i*row+j*col+c]) })
		for p := range WinogradPlanes {
			if got := w[p*plane+c]; !close32(got, want[p/6][p%6], 70) {
				t.Fatalf("output gradient: plane %d channel %d of %d: %v, want %v", p, c, channels, got, want[p/6][p%6])
			}
			w[p*plane+c] = float32(math.NaN())
		}
	}
	wantNaNs(t, "output gradient", all)
}

func testWinogradFilterGradient(t *testing.T, r *rand.Rand, isa ISA, plane, tap, channels int) {
	for _, flip := range []bool{false, true} {
		u, _ := nans(35*plane + channels)
		for p := range WinogradPlanes {
			for c := range channels {
				u[p*plane+c] = r.Float32()*2 - 1
			}
		}
		before := append([]float32(nil), u...)
		dFilter, all := nans(8*tap + channels)
		WinogradFilterGradient(isa, dFilter, tap, flip, u, plane, channels)
		for c := range channels {
			want := sandwich(3, 6, func(i, k int) float64 { return winogradG[k][i] },
				func(i, j int) float64 { return float64(before[(6*i+j)*plane+c]) })
			for i := range 9 {
				at := i*tap + c
				if flip {
					at = (8-i)*tap + c
				}
				if got := dFilter[at]; !close32(got, want[i/3][i%3], 6) {
					t.Fatalf("filter gradient: element %d channel %d of %d: %v, want %v", i, c, channels, got, want[i/3][i%3])
				}
				dFilter[at] = float32(math.NaN())
			}
		}
		wantNaNs(t, "filter gradient", all)
	}
}
