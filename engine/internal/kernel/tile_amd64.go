//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file conv-avx512 -out ../tile_conv_avx512_amd64.s
//go:generate go run -C _asm ./tile -file conv-avx2 -out ../tile_conv_avx2_amd64.s

//go:noescape
func convF32Tile14x32AVX512(args *ConvArgs)

//go:noescape
func convF32Tile14x16AVX512(args *ConvArgs)

//go:noescape
func convF32Tile14x8AVX512(args *ConvArgs)

//go:noescape
func convF32Tile6x16AVX2(args *ConvArgs)

//go:noescape
func convF32Tile12x8AVX2(args *ConvArgs)

// conv calls the narrowest kernel that takes the columns; a narrow one reads a
// wide panel as well.
func (t Tile) conv(a *ConvArgs) {
	switch t.ISA {
	case AVX512:
		switch {
		case a.Cols > 16:
			convF32Tile14x32AVX512(a)
		case a.Cols > 8:
			convF32Tile14x16AVX512(a)
		default:
			convF32Tile14x8AVX512(a)
		}
	case AVX2:
		if a.Cols > 8 {
			convF32Tile6x16AVX2(a)
		} else {
			convF32Tile12x8AVX2(a)
		}
	default:
		convPortable(a)
	}
}

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(ConvArgs{}.Dst)
	_ = -(unsafe.Offsetof(ConvArgs{}.Src) ^ 24)
	_ = -(unsafe.Offsetof(ConvArgs{}.Filter) ^ 48)
	_ = -(unsafe.Offsetof(ConvArgs{}.Bias) ^ 72)
	_ = -(unsafe.Offsetof(ConvArgs{}.Zero) ^ 96)
	_ = -(unsafe.Offsetof(ConvArgs{}.SrcOffsets) ^ 120)
	_ = -(unsafe.Offsetof(ConvArgs{}.DstOffsets) ^ 144)
	_ = -(unsafe.Offsetof(ConvArgs{}.Rows) ^ 168)
	_ = -(unsafe.Offsetof(ConvArgs{}.Cols) ^ 176)
	_ = -(unsafe.Offsetof(ConvArgs{}.Taps) ^ 184)
	_ = -(unsafe.Offsetof(ConvArgs{}.Depth) ^ 192)
	_ = -(unsafe.Offsetof(ConvArgs{}.TapStride) ^ 200)
	_ = -(unsafe.Offsetof(ConvArgs{}.FilterStride) ^ 208)
	_ = -(unsafe.Offsetof(ConvArgs{}.Accumulate) ^ 216)
	_ = -(unsafe.Offsetof(ConvArgs{}.ReLU) ^ 217)
	_ = -(unsafe.Offsetof(ConvArgs{}.Inside) ^ 218)
	_ = -(unsafe.Offsetof(ConvArgs{}.Cold) ^ 219)
)
