package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func testWinogradOutputGradient(t *testing.T, r *rand.Rand, set *Set, plane, row, col, channels int) {
	dst := make([]float32, 3*(row+col)+channels)
	for i := range dst {
		dst[i] = r.Float32()*2 - 1
	}
	w, all := nans(35*plane + channels)
	set.WinogradOutputGradient(w, plane, dst, row, col, channels)
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

func testWinogradFilterGradient(t *testing.T, r *rand.Rand, set *Set, plane, tap, channels int) {
	for _, flip := range []bool{false, true} {
		u, _ := nans(35*plane + channels)
		for p := range WinogradPlanes {
			for c := range channels {
				u[p*plane+c] = r.Float32()*2 - 1
			}
		}
		before := append([]float32(nil), u...)
		dFilter, all := nans(8*tap + channels)
		set.WinogradFilterGradient(dFilter, tap, flip, u, plane, channels)
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

// AVX2 and AVX-512 do the same operations in the same order: whole vectors have
// the same bits.
func TestWinogradSameBitsOnBothVectors(t *testing.T) {
	avx2, avx512 := Find("avx2"), Find("avx512")
	if avx2 == nil || avx512 == nil {
		t.Skip("needs AVX2 and AVX-512")
	}
	const channels = 48
	r := rand.New(rand.NewPCG(3, 4))
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	image, planes := fill(36*channels), fill(36*channels)
	for what, transform := range map[string]func(set *Set, image, planes []float32){
		"input":  func(set *Set, x, p []float32) { set.WinogradInput(p, channels, x, 6*channels, channels, channels) },
		"output": func(set *Set, x, p []float32) { set.WinogradOutput(x, 6*channels, channels, p, channels, channels) },
		"filter": func(set *Set, x, p []float32) { set.WinogradFilter(p, channels, channels) },
		"output gradient": func(set *Set, x, p []float32) {
			set.WinogradOutputGradient(p, channels, x, 6*channels, channels, channels)
		},
		"filter gradient": func(set *Set, x, p []float32) { set.WinogradFilterGradient(x, channels, false, p, channels, channels) },
	} {
		var x, p [2][]float32
		for i, set := range []*Set{avx2, avx512} {
			x[i], p[i] = append(x[i], image...), append(p[i], planes...)
			transform(set, x[i], p[i])
			if what == "output" || what == "filter gradient" {
				p[i] = nil // destroyed, differently
			}
		}
		for i := range x[0] {
			if math.Float32bits(x[0][i]) != math.Float32bits(x[1][i]) {
				t.Fatalf("%s: element %d is %v on AVX2, %v on AVX-512", what, i, x[0][i], x[1][i])
			}
		}
		for i := range p[0] {
			if math.Float32bits(p[0][i]) != math.Float32bits(p[1][i]) {
				t.Fatalf("%s: plane element %d is %v on AVX2, %v on AVX-512", what, i, p[0][i], p[1][i])
			}
		}
	}
}
