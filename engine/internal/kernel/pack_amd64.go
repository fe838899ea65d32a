//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file pack-avx512 -out ../pack_avx512_amd64.s
//go:generate go run -C _asm ./tile -file pack-avx2 -out ../pack_avx2_amd64.s

type packArgs[T Float] struct {
	dst, src              *T
	step, ld, depth, cols int
}

//go:noescape
func packRowsF32x32AVX512(args *packArgs[float32])

//go:noescape
func packRowsF32x16AVX512(args *packArgs[float32])

//go:noescape
func packColumnsF32x16AVX512(args *packArgs[float32])

//go:noescape
func packRowsF32x16AVX2(args *packArgs[float32])

//go:noescape
func packRowsF32x8AVX2(args *packArgs[float32])

//go:noescape
func packColumnsF32x8AVX2(args *packArgs[float32])

func (t Tile) packRows(dst []float32, step int, src []float32, ld, depth, cols int) {
	args := packArgs[float32]{&dst[0], &src[0], step, ld, depth, cols}
	switch {
	case t.ISA == AVX512 && cols > 16:
		packRowsF32x32AVX512(&args)
	case t.ISA == AVX512:
		packRowsF32x16AVX512(&args)
	case t.ISA == AVX2 && cols > 8:
		packRowsF32x16AVX2(&args)
	case t.ISA == AVX2:
		packRowsF32x8AVX2(&args)
	default:
		packRowsPortable(dst, step, src, ld, depth, cols)
	}
}

func (t Tile) packColumns(dst []float32, step int, src []float32, ld, depth, cols int) {
	// Blocks from right to left: each may end in the next row, which is written
	// later.
	switch t.ISA {
	case AVX512:
		for j := (cols - 1) &^ 15; j >= 0; j -= 16 {
			packColumnsF32x16AVX512(&packArgs[float32]{&dst[j], &src[j*ld], step, ld, depth, min(16, cols-j)})
		}
	case AVX2:
		for j := (cols - 1) &^ 7; j >= 0; j -= 8 {
			packColumnsF32x8AVX2(&packArgs[float32]{&dst[j], &src[j*ld], step, ld, depth, min(8, cols-j)})
		}
	default:
		packColumnsPortable(dst, step, src, ld, depth, cols)
	}
}

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(packArgs[float32]{}.dst)
	_ = -(unsafe.Offsetof(packArgs[float32]{}.src) ^ 8)
	_ = -(unsafe.Offsetof(packArgs[float32]{}.step) ^ 16)
	_ = -(unsafe.Offsetof(packArgs[float32]{}.ld) ^ 24)
	_ = -(unsafe.Offsetof(packArgs[float32]{}.depth) ^ 32)
	_ = -(unsafe.Offsetof(packArgs[float32]{}.cols) ^ 40)
)
