//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file outer-avx512 -out ../outer_avx512_amd64.s
//go:generate go run -C _asm ./tile -file outer-avx2 -out ../outer_avx2_amd64.s

//go:noescape
func outerF32Tile14x32AVX512(args *OuterArgs[float32])

//go:noescape
func outerF32Tile14x16AVX512(args *OuterArgs[float32])

//go:noescape
func outerF32Tile6x16AVX2(args *OuterArgs[float32])

//go:noescape
func outerF32Tile12x8AVX2(args *OuterArgs[float32])

// outer calls the narrowest kernel that takes the columns.
func (t Tile) outer(a *OuterArgs[float32]) {
	switch t.ISA {
	case AVX512:
		if a.Cols > 16 {
			outerF32Tile14x32AVX512(a)
		} else {
			outerF32Tile14x16AVX512(a)
		}
	case AVX2:
		if a.Cols > 8 {
			outerF32Tile6x16AVX2(a)
		} else {
			outerF32Tile12x8AVX2(a)
		}
	default:
		outerPortable(a)
	}
}

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(OuterArgs[float32]{}.Dst)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.A) ^ 24)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.B) ^ 48)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.Runs) ^ 72)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.Rows) ^ 96)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.Cols) ^ 104)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.AStep) ^ 112)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.BStep) ^ 120)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.DstStride) ^ 128)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.Alpha) ^ 136)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.AAhead) ^ 144)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.BAhead) ^ 152)
	_ = -(unsafe.Offsetof(OuterArgs[float32]{}.Accumulate) ^ 160)
	_ = -unsafe.Offsetof(Run{}.A)
	_ = -(unsafe.Offsetof(Run{}.B) ^ 8)
	_ = -(unsafe.Offsetof(Run{}.Count) ^ 16)
	_ = -(unsafe.Sizeof(Run{}) ^ 24)
)
